#!/bin/bash
# 0 ready, 1 not open, 2 the container starts, 3 pluggable databases are made, 4 setup scripts run, 5 startup scripts run
set -Eeuo pipefail
databases=${1:-${ORACLE_DATABASE:-FREEPDB1}}
if [ -z "${2:-}" ]; then
  [ -f /opt/oracle/hc-container-init ] && exit 2
  [ -f /opt/oracle/hc-pdb-create ] && exit 3
  [ -f /opt/oracle/hc-user-setup-scripts ] && exit 4
  [ -f /opt/oracle/hc-user-startup-scripts ] && exit 5
fi
for database in ${databases//,/ }; do
  view='v$pdbs'
  [ "${database^^}" = FREE ] && view='v$database'
  mode=$(printf "set heading off feedback off pagesize 0\nSELECT open_mode FROM %s WHERE name = '%s';\nexit;\n" "${view}" "${database^^}" | sqlplus -s /) || exit 1
  [ "${mode}" = "READ WRITE" ] || exit 1
done
