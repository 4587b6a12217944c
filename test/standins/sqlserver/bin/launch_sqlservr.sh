#!/bin/bash
# 2022 CU18 and later: sqlservr in the background and no trap, so a SIGTERM to the container never reaches the server.
/opt/mssql/bin/permissions_check.sh
"$@" &
pid="$!"
wait $pid
