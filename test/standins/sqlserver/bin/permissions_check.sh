#!/bin/bash
# The entrypoint until 2022 CU17: given a command it becomes that command, so the server is the container's first process.
echo "SQL Server 2022 will run as non-root by default."
echo "This container is running as user $(id -un)."
echo "To learn more visit https://go.microsoft.com/fwlink/?linkid=2099216."
exec "$@"
