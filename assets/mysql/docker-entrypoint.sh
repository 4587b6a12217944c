#!/usr/bin/env bash
# Makes the database at the first start, then becomes the server. It keeps to the official image's protocol:
# the same variables, init directory and order. No `set -u`: users' init files are sourced into this shell.
set -Eeo pipefail
shopt -s nullglob

say() { echo "entrypoint: $*"; }
die() {
    say "$*" >&2
    exit 1
}

# Sets NAME from itself, else from the file that NAME_FILE names, else to the default.
setting() {
    local name=$1 file_name=${1}_FILE default=${2-}
    [[ -z ${!name-} || -z ${!file_name-} ]] || die "$name and $file_name are both set: keep one"
    if [[ -n ${!file_name-} ]]; then
        default=$(<"${!file_name}")
    fi
    export "$name=${!name:-$default}"
    unset "$file_name"
}

read_settings() {
    setting MYSQL_ROOT_PASSWORD
    setting MYSQL_ROOT_HOST %
    setting MYSQL_DATABASE
    setting MYSQL_USER
    setting MYSQL_PASSWORD
    if [[ -z $MYSQL_ROOT_PASSWORD$MYSQL_ALLOW_EMPTY_PASSWORD$MYSQL_RANDOM_ROOT_PASSWORD ]]; then
        die "a first start needs MYSQL_ROOT_PASSWORD or MYSQL_ROOT_PASSWORD_FILE (or MYSQL_RANDOM_ROOT_PASSWORD, or MYSQL_ALLOW_EMPTY_PASSWORD)"
    fi
    [[ $MYSQL_USER != root ]] || die "MYSQL_USER makes a further user: for root, MYSQL_ROOT_PASSWORD is enough"
}

# Asks the server itself where the command and the option files put things. Sets DATADIR and SOCKET.
ask_server() {
    local answer
    answer=$("$@" --verbose --help --log-bin-index="$(mktemp -u)" 2>&1) || die "the server refuses its settings: $answer"
    DATADIR=$(sed -n 's/^datadir  *//p' <<<"$answer")
    DATADIR=${DATADIR%/}
    SOCKET=$(sed -n 's/^socket  *//p' <<<"$answer")
}

make_directories() {
    mkdir -p "$DATADIR" "${SOCKET%/*}"
    if ((EUID == 0)); then
        find "$DATADIR" "${SOCKET%/*}" ! -user mysql -exec chown mysql:mysql {} +
    fi
}

literal() {
    local text=${1//\\/\\\\}
    echo "'${text//\'/\'\'}'"
}

identifier() {
    echo "\`${1//\`/\`\`}\`"
}

# SQL as root, from standard input or from the client's arguments. Init files that are sourced may call it, by its official name.
docker_process_sql() {
    local password=${ROOT_PASSWORD_NOW//\\/\\\\}
    mysql --defaults-extra-file=<(printf '[client]\npassword="%s"\n' "${password//\"/\\\"}") \
        --protocol=socket --socket="$SOCKET" -uroot -hlocalhost --comments --database="$MYSQL_DATABASE" "$@"
}

start_on_socket() {
    "$@" --skip-networking --default-time-zone=SYSTEM &
    SERVER=$!
    until MYSQL_DATABASE='' docker_process_sql -e 'SELECT 1' &>/dev/null; do
        kill -0 "$SERVER" 2>/dev/null || die "the server ended while the database was being made"
        sleep 0.1
    done
}

# Accounts and the database, as SQL.
accounts() {
    local root_host password user
    root_host=$(literal "$MYSQL_ROOT_HOST")
    password=$(literal "$MYSQL_ROOT_PASSWORD")
    user="$(literal "$MYSQL_USER")@'%'"
    echo "SET SESSION sql_log_bin = 0, SESSION sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '');"
    if [[ -n $MYSQL_ROOT_HOST && $MYSQL_ROOT_HOST != localhost ]]; then
        echo "CREATE USER 'root'@$root_host IDENTIFIED BY $password;"
        echo "GRANT ALL ON *.* TO 'root'@$root_host WITH GRANT OPTION;"
    fi
    if [[ -n $MYSQL_DATABASE ]]; then
        echo "CREATE DATABASE IF NOT EXISTS $(identifier "$MYSQL_DATABASE");"
    fi
    if [[ -n $MYSQL_USER && -n $MYSQL_PASSWORD ]]; then
        echo "CREATE USER $user IDENTIFIED BY $(literal "$MYSQL_PASSWORD");"
        # In a grant `_` is a wildcard.
        [[ -z $MYSQL_DATABASE ]] || echo "GRANT ALL ON $(identifier "${MYSQL_DATABASE//_/\\_}").* TO $user;"
    fi
    echo "ALTER USER 'root'@'localhost' IDENTIFIED BY $password;"
}

run_init_files() {
    local file
    ls /docker-entrypoint-initdb.d >/dev/null # One that cannot be read is a fault, not an empty one.
    for file in /docker-entrypoint-initdb.d/*; do
        say "$file"
        # shellcheck source=/dev/null
        case $file in
            *.sh) if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
            *.sql) docker_process_sql <"$file" ;;
            *.sql.bz2) bunzip2 -c "$file" | docker_process_sql ;;
            *.sql.gz) gunzip -c "$file" | docker_process_sql ;;
            *.sql.xz) xzcat "$file" | docker_process_sql ;;
            *.sql.zst) zstd -dc "$file" | docker_process_sql ;;
            *) say "not an init file, left alone" ;;
        esac
    done
}

initialise() {
    "$@" --initialize-insecure --default-time-zone=SYSTEM
    ROOT_PASSWORD_NOW=''
    start_on_socket "$@"
    if [[ -z $MYSQL_INITDB_SKIP_TZINFO ]]; then
        mysql_tzinfo_to_sql /usr/share/zoneinfo | docker_process_sql --database=mysql
    fi
    if [[ -n $MYSQL_RANDOM_ROOT_PASSWORD ]]; then
        MYSQL_ROOT_PASSWORD=$(head -c 24 /dev/urandom | base64)
        export MYSQL_ROOT_PASSWORD
        say "generated root password: $MYSQL_ROOT_PASSWORD"
    fi
    [[ -z $MYSQL_USER || -n $MYSQL_PASSWORD ]] || say "MYSQL_USER without MYSQL_PASSWORD: no such user is made"
    accounts | docker_process_sql --database=mysql
    ROOT_PASSWORD_NOW=$MYSQL_ROOT_PASSWORD
    run_init_files
    if [[ -n $MYSQL_ONETIME_PASSWORD ]]; then
        echo "ALTER USER 'root'@$(literal "${MYSQL_ROOT_HOST:-localhost}") PASSWORD EXPIRE;" | docker_process_sql --database=mysql
    fi
    kill "$SERVER"
    wait "$SERVER" || die "the server did not stop cleanly"
    say "the database is made"
}

[[ ${1-} != -* ]] || set -- mysqld "$@"
[[ ${1-} == mysqld ]] || exec "$@"
for word; do
    case $word in -'?' | --help | --print-defaults | -V | --version) exec "$@" ;; esac
done

ask_server "$@"
# Before root is dropped: a secret's file may be readable by root only.
if [[ ! -d $DATADIR/mysql ]]; then
    read_settings
fi
make_directories
if ((EUID == 0)); then
    HOME=/var/lib/mysql exec setpriv --reuid=mysql --regid=mysql --init-groups "$0" "$@"
fi
if [[ ! -d $DATADIR/mysql ]]; then
    initialise "$@"
fi
unset MYSQL_ROOT_PASSWORD MYSQL_PASSWORD
exec "$@"
