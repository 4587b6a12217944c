#!/bin/bash
# What gvenzl/oci-oracle-free's container-entrypoint.sh does, in the same order and with the same words in the log.
set -Eeuo pipefail

stop_database() {
  echo "CONTAINER: shutdown request received."
  echo "CONTAINER: shutting down database!"
  lsnrctl stop
  printf 'WHENEVER SQLERROR EXIT SQL.SQLCODE\nshutdown immediate;\nexit;\n' | sqlplus -s / as sysdba
  echo "CONTAINER: stopping container."
}

# X or the content of the file X_FILE, never both
from_environment_or_file() {
  local file="${1}_FILE"
  if [ -n "${!1:-}" ] && [ -n "${!file:-}" ]; then
    echo "Both \$${1} and \$${file} are specified but are mutually exclusive."
    exit 1
  fi
  if [ -n "${!file:-}" ]; then
    export "${1}"="$(< "${!file}")"
  fi
}

refuse_unlisted_variables() {
  local name
  for name in $(compgen -e); do
    case "${name}" in
      ORACLE_BASE | ORACLE_BASE_CONFIG | ORACLE_BASE_HOME | ORACLE_HOME | ORACLE_SID) ;;
      ORACLE_PASSWORD | ORACLE_PASSWORD_FILE | ORACLE_RANDOM_PASSWORD | ORACLE_DATABASE | ORACLE_DATABASE_FILE) ;;
      APP_USER | APP_USER_PASSWORD | APP_USER_PASSWORD_FILE) ;;
      ORACLE_* | APP_*)
        echo "CONTAINER: stand-in: the environment variable ${name} is not one of the image's documented ones."
        exit 1
        ;;
    esac
  done
}

check_first_start_variables() {
  from_environment_or_file ORACLE_DATABASE
  from_environment_or_file ORACLE_PASSWORD
  if [ -z "${ORACLE_PASSWORD:-}" ] && [ -z "${ORACLE_RANDOM_PASSWORD:-}" ]; then
    echo "Oracle Database SYS and SYSTEM passwords have to be specified at first database startup."
    echo "Please specify a password either via the \$ORACLE_PASSWORD variable, e.g. '-e ORACLE_PASSWORD=<password>'"
    echo "or set the \$ORACLE_RANDOM_PASSWORD environment variable to any value, e.g. '-e ORACLE_RANDOM_PASSWORD=yes'."
    exit 1
  elif [ -n "${ORACLE_PASSWORD:-}" ] && [ -n "${ORACLE_RANDOM_PASSWORD:-}" ]; then
    echo "Both \$ORACLE_RANDOM_PASSWORD and \$ORACLE_PASSWORD[_FILE] are specified but are mutually exclusive."
    exit 1
  fi
  from_environment_or_file APP_USER_PASSWORD
  local user=${APP_USER:+given} password=${APP_USER_PASSWORD:+given}
  if [ "${user}" != "${password}" ]; then
    echo "Both variables are required, please specify \$APP_USER and \$APP_USER_PASSWORD[_FILE]."
    exit 1
  fi
}

check_memory() {
  local memory
  memory=$(python3 -IS -c 'import sys; sys.path.insert(0, "/opt/standin"); from common.machine import memory_bytes; print(memory_bytes())')
  if [ "${memory}" -lt 2147483648 ]; then
    echo "CONTAINER: WARNING: The container has less than 2 GB memory available to run Oracle Database Free."
    echo "There are currently only $((memory / 1024 / 1024)) MiB available inside the container."
  fi
}

create_files() {
  if [ -f "${ORACLE_BASE}/${ORACLE_SID}.7z" ]; then
    echo "CONTAINER: uncompressing database data files, please wait..."
    sleep 0.5
    tar -xf "${ORACLE_BASE}/${ORACLE_SID}.7z" -C "${ORACLE_BASE}/oradata"
    echo "CONTAINER: done uncompressing database data files, duration: 1 seconds."
    rm "${ORACLE_BASE}/${ORACLE_SID}.7z"
  fi
  mkdir -p "${ORACLE_BASE}/oradata/dbconfig/${ORACLE_SID}"
  mv "${ORACLE_BASE_CONFIG}/dbs/spfile${ORACLE_SID}.ora" "${ORACLE_BASE}/oradata/dbconfig/${ORACLE_SID}/"
}

run_scripts() {
  if [ -d "${1}" ] && [ -n "$(ls -A "${1}")" ]; then
    echo -e "\nCONTAINER: Executing user-defined scripts..."
    run_scripts_in "${1}"
    echo -e "CONTAINER: DONE: Executing user-defined scripts.\n"
  fi
}

run_scripts_in() {
  local script
  for script in "${1}"/*; do
    echo -e "\nCONTAINER: running ${script} ..."
    case "${script}" in
      *.sh) if [ -x "${script}" ]; then "${script}"; else . "${script}"; fi ;;
      *.sql) echo "exit" | sqlplus -s / as sysdba @"${script}" ;;
      *.sql.gz) zcat "${script}" | sqlplus -s / as sysdba ;;
      *.sql.zip) echo "CONTAINER: stand-in: refused: ${script}: no unzip here."; exit 1 ;;
      *) if [ -d "${script}" ]; then run_scripts_in "${script}"; else echo "CONTAINER: ignoring ${script}"; fi ;;
    esac
    echo "CONTAINER: DONE: running ${script}"
  done
}

each_database() {
  local name
  for name in ${ORACLE_DATABASE//,/ }; do "$@" "${name}"; done
}

trap stop_database SIGINT SIGTERM

echo "CONTAINER: starting up..."
touch /opt/oracle/hc-container-init /opt/oracle/hc-user-startup-scripts
refuse_unlisted_variables

# From here on one directory decides that there is a database, also a half-made one.
first=yes
[ -d "${ORACLE_BASE}/oradata/dbconfig/${ORACLE_SID}" ] && first=
[ -n "${first}" ] && check_first_start_variables
check_memory

if [ -n "${first}" ]; then
  echo "CONTAINER: first database startup, initializing..."
  touch /opt/oracle/hc-pdb-create /opt/oracle/hc-user-setup-scripts
  create_files
else
  echo "CONTAINER: database already initialized."
fi

echo "CONTAINER: starting up Oracle Database..."
lsnrctl start && printf 'WHENEVER SQLERROR EXIT SQL.SQLCODE\nstartup;\nexit;\n' | sqlplus -s / as sysdba || true
echo ""

if ! healthcheck.sh "${ORACLE_SID}" "container status ignore"; then
  echo "############################################"
  echo "DATABASE STARTUP FAILED!"
  echo "CHECK LOG OUTPUT ABOVE FOR MORE INFORMATION!"
  echo "############################################"
  exit 1
fi

if [ -n "${first}" ]; then
  echo "CONTAINER: Resetting SYS and SYSTEM passwords."
  if [ -n "${ORACLE_RANDOM_PASSWORD:-}" ]; then
    ORACLE_PASSWORD=$(head -c 6 /dev/urandom | base64 | tr -dc A-Za-z0-9)
    echo "ORACLE PASSWORD FOR SYS AND SYSTEM: ${ORACLE_PASSWORD}"
  fi
  resetPassword "${ORACLE_PASSWORD}"
  rm -f /opt/oracle/hc-container-init
  if [ -n "${ORACLE_DATABASE:-}" ]; then each_database createDatabase; fi
  rm -f /opt/oracle/hc-pdb-create
  if [ -n "${APP_USER:-}" ]; then
    echo "CONTAINER: Creating app user for default pluggable database."
    createAppUser "${APP_USER}" "${APP_USER_PASSWORD}"
    if [ -n "${ORACLE_DATABASE:-}" ]; then each_database createAppUser "${APP_USER}" "${APP_USER_PASSWORD}"; fi
    echo "CONTAINER: DONE: Creating app user for default pluggable database."
  fi
  run_scripts /container-entrypoint-initdb.d
  run_scripts /docker-entrypoint-initdb.d
  rm -f /opt/oracle/hc-user-setup-scripts
else
  if [ -n "${ORACLE_PASSWORD:-}" ]; then
    echo "CONTAINER: WARNING: \$ORACLE_PASSWORD has been specified but the database is already initialized. The password will be ignored."
  fi
  rm -f /opt/oracle/hc-container-init /opt/oracle/hc-user-setup-scripts
fi

run_scripts /container-entrypoint-startdb.d
run_scripts /docker-entrypoint-startdb.d
rm -f /opt/oracle/hc-user-startup-scripts

echo ""
echo "#########################"
echo "DATABASE IS READY TO USE!"
echo "#########################"
echo ""
echo "####################################################################"
echo "CONTAINER: The following output is now from the alert_${ORACLE_SID}.log file:"
echo "####################################################################"
tail -f "${ORACLE_BASE}/diag/rdbms/free/${ORACLE_SID}/trace/alert_${ORACLE_SID}.log" &
wait $!
