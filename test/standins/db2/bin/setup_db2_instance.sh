#!/bin/bash
# What the image's own script of this name does at every start, in the same order and with the same words in the log.

fail() {
  echo "$@" >&2
  exit 1
}

check_variables() {
  local name
  if [ -z "${LICENSE}" ]; then
    echo ""
    fail "Error: you need to accept the license
Did you forget to add '-e LICENSE=accept' ?"
  fi
  if [ "${LICENSE}" != accept ]; then
    echo ""
    fail "error: LICENSE not set to 'accept'
Please set '-e LICENSE=accept' to accept License before use the DB2 software contained in this image."
  fi
  if [ -z "${DB2INST1_PASSWORD}" ]; then
    fail "
error: DB2INST1_PASSWORD not set
Did you forget to add -e \"DB2INST1_PASSWORD=...\" ?"
  fi
  for name in $(compgen -e); do
    case "${name}" in
      DB2INSTANCE | DB2INST1_PASSWORD | DBNAME | HADR_ENABLED | ETCD_ENDPOINT | ETCD_USERNAME | ETCD_PASSWORD) ;;
      DB2* | DBNAME* | HADR_* | ETCD_*) fail "(!) stand-in: the environment variable ${name} is not one of the image's documented ones." ;;
    esac
  done
  for name in BLU ENABLE_ORACLE_COMPATIBILITY TO_CREATE_SAMPLEDB SAMPLEDB REPODB IS_OSXFS PERSISTENT_HOME HADR_ENABLED AUTOCONFIG ARCHIVE_LOGS TEXT_SEARCH; do
    case "${!name:-false}" in
      true | false) ;;
      *) fail "(!) stand-in: ${name}=${!name}: true or false." ;;
    esac
  done
  [ "${HADR_ENABLED:-false}" = false ] || fail "(!) stand-in: refused: HADR_ENABLED=true is not imitated."
  [[ "${DB2INSTANCE}" =~ ^[a-z][a-z0-9]{0,7}$ ]] || fail "(!) DB2INSTANCE=${DB2INSTANCE} is not a valid instance name."
}

check_privileges() {
  python3 -IS - << 'END' || exit 1
import sys

sys.path.insert(0, "/opt/standin")
from common.machine import capabilities

IPC_LOCK, IPC_OWNER, SYS_MODULE, SYS_RAWIO, SYS_ADMIN = 14, 15, 16, 17, 21
if {SYS_MODULE, SYS_RAWIO, SYS_ADMIN} <= capabilities():
    sys.exit("(!) stand-in: refused: this container is privileged; the capabilities IPC_LOCK and IPC_OWNER are enough.")
if not {IPC_LOCK, IPC_OWNER} <= capabilities():
    sys.exit("SQL1220N  The database manager shared memory set cannot be allocated.\n(!) The container lacks the capability IPC_LOCK or IPC_OWNER.")
END
}

create_users() {
  echo "(*) Creating users ... "
  groupadd --gid 1001 db2iadm1
  groupadd --gid 1002 db2fadm1
  useradd --no-log-init --uid 1000 --gid db2iadm1 --home-dir "${home}" --create-home --shell /bin/bash "${DB2INSTANCE}" 2> /dev/null
  useradd --no-log-init --uid 1001 --gid db2fadm1 --no-create-home --shell /bin/bash db2fenc1
  printf '%s:%s\n' "${DB2INSTANCE}" "${DB2INST1_PASSWORD}" | chpasswd
}

create_instance() {
  echo "(*) Creating instance ... "
  echo "DB2 installation is being initialized."
  echo ""
  echo " Total number of tasks to be performed: 4"
  echo "Total estimated time for all tasks to be performed: 309 second(s)"
  sleep "${1}"
  mkdir -p "${home}/sqllib/bin" "${home}/sqllib/db2dump/DIAG0000" /database/data || fail "(!) ${home} is not writable"
  ln -sf /opt/ibm/db2/V11.5/bin/* "${home}/sqllib/bin/"
  printf 'export DB2INSTANCE=%s\nexport PATH=$PATH:%s/sqllib/bin\n' "${DB2INSTANCE}" "${home}" > "${home}/sqllib/db2profile"
  touch "${home}/sqllib/db2dump/DIAG0000/db2diag.log"
  grep -qs db2profile "${home}/.profile" || echo ". ${home}/sqllib/db2profile" >> "${home}/.profile"
  chown -R "${DB2INSTANCE}:db2iadm1" "${home}"
  # Only the directories: a file of another owner that was put here stays one.
  chown "${DB2INSTANCE}:db2iadm1" /database/data
  echo "The execution completed successfully."
}

on_sigterm() {
  echo "(*) Stopping Db2 ..."
  su - "${DB2INSTANCE}" -c "db2stop force"
  exit 0
}

create_database() {
  echo "(*) User chose to create ${1} database"
  echo "(*) Creating database ${1} ... "
  su - "${DB2INSTANCE}" -c "db2 create database ${1}" || { echo "(!) Failed to create ${1} database"; return; }
  if [ "${ARCHIVE_LOGS:-true}" = true ]; then
    echo "(*) Enabling archive logs ... "
    sleep 0.5
    su - "${DB2INSTANCE}" -c "db2 update db cfg for ${1} using LOGARCHMETH1 DISK"
  fi
  if [ "${AUTOCONFIG:-true}" = true ]; then
    echo "(*) Running autoconfigure ... "
    sleep 0.5
  fi
}

home=/database/config/${DB2INSTANCE}
[ "${PERSISTENT_HOME:-true}" = true ] || home=/home/${DB2INSTANCE}

check_variables
check_privileges
chmod 755 /database && touch /database/.writable && rm /database/.writable || fail "(!) /database is not writable"
mkdir -p /database/config

seconds=0.5
if ! getent passwd "${DB2INSTANCE}" > /dev/null; then
  echo "(*) Previous setup has not been detected. Creating the users... "
  create_users
  seconds=1.5
fi
create_instance "${seconds}"
echo "(*) Cataloging existing databases"
rm -f /var/run/db2/instance
python3 -IS -c 'import sys; sys.path.insert(0, "/opt/standin"); from db2.server import main; main()' "${DB2INSTANCE}" "${home}" /database/data &
until [ -S /var/run/db2/instance ]; do sleep 0.1; done
echo "(*) Applying Db2 license ..."
su - "${DB2INSTANCE}" -c db2start || fail "(!) The instance did not start."
trap on_sigterm SIGTERM

if [ ! -f /database/config/.setup_complete ]; then
  [ "${SAMPLEDB:-false}" = true ] && create_database SAMPLE
  [ -n "${DBNAME}" ] && create_database "${DBNAME}"
fi
echo "(*) All databases are now active. "
touch /database/config/.setup_complete && echo "(*) Setup has completed."

if [ -d /var/custom ]; then
  echo "(*) Running user-provided scripts ... "
  for script in $(ls /var/custom); do
    echo "(*) Running ${script} ..."
    "/var/custom/${script}"
  done
fi

while :; do
  tail -f "${home}/sqllib/db2dump/DIAG0000/db2diag.log" &
  wait
done
