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

# Sets MARIADB_X from itself, else from MARIADB_X_FILE, else from MYSQL_X or MYSQL_X_FILE, else to the default.
# Init files find the value under both names.
setting() {
    local name file_name value=''
    for name in "MARIADB_$1" "MYSQL_$1"; do
        file_name=${name}_FILE
        [[ -z ${!name-} || -z ${!file_name-} ]] || die "$name and $file_name are both set: keep one"
        if [[ -z $value && -n ${!name-} ]]; then
            value=${!name}
        elif [[ -z $value && -n ${!file_name-} ]]; then
            value=$(<"${!file_name}")
        fi
        unset "$file_name"
    done
    export "MARIADB_$1=${value:-${2-}}" "MYSQL_$1=${value:-${2-}}"
}

read_settings() {
    local name
    for name in ROOT_PASSWORD ROOT_PASSWORD_HASH RANDOM_ROOT_PASSWORD DATABASE USER PASSWORD PASSWORD_HASH INITDB_SKIP_TZINFO; do
        setting "$name"
    done
    setting ROOT_HOST %
    setting USER_HOST %
    setting ALLOW_EMPTY_ROOT_PASSWORD "${MARIADB_ALLOW_EMPTY_PASSWORD:-$MYSQL_ALLOW_EMPTY_PASSWORD}"
    if [[ -z $MARIADB_ROOT_PASSWORD$MARIADB_ROOT_PASSWORD_HASH$MARIADB_ALLOW_EMPTY_ROOT_PASSWORD$MARIADB_RANDOM_ROOT_PASSWORD ]]; then
        die "a first start needs MARIADB_ROOT_PASSWORD, its _HASH or its _FILE (or MARIADB_RANDOM_ROOT_PASSWORD, or MARIADB_ALLOW_EMPTY_ROOT_PASSWORD)"
    fi
    [[ $MARIADB_USER != root ]] || die "MARIADB_USER makes a further user: for root, MARIADB_ROOT_PASSWORD is enough"
}

# Asks the server itself where the command and the option files put things. Sets DATADIR and SOCKET.
ask_server() {
    local answer
    answer=$("$@" --verbose --help 2>&1) || die "the server refuses its settings: $answer"
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

# Whatever sql_mode the server is given, `literal` quotes as this session reads.
SESSION="SET SESSION sql_log_bin = 0, SESSION sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '');"

literal() {
    local text=${1//\\/\\\\}
    echo "'${text//\'/\'\'}'"
}

identifier() {
    echo "\`${1//\`/\`\`}\`"
}

# SQL as root, from standard input or from the client's arguments. Init files that are sourced may call it, by its official name.
docker_process_sql() {
    MYSQL_PWD=$ROOT_PASSWORD_NOW mariadb \
        --protocol=socket --socket="$SOCKET" -uroot -hlocalhost --comments --database="$MARIADB_DATABASE" "$@"
}

start_on_socket() {
    "$@" --skip-networking --default-time-zone=SYSTEM --skip-ssl --skip-slave-start --wsrep-on=OFF &
    SERVER=$!
    until MARIADB_DATABASE='' docker_process_sql -e 'SELECT 1' &>/dev/null; do
        kill -0 "$SERVER" 2>/dev/null || die "the server ended while the database was being made"
        sleep 0.1
    done
}

# How an account proves itself: by the hash where there is one, else by the password.
identified() {
    if [[ -n $2 ]]; then
        echo "IDENTIFIED BY PASSWORD $(literal "$2")"
    else
        echo "IDENTIFIED BY $(literal "$1")"
    fi
}

# Accounts and the database, as SQL.
accounts() {
    local root_host root_proof user
    root_host=$(literal "$MARIADB_ROOT_HOST")
    root_proof=$(identified "$MARIADB_ROOT_PASSWORD" "$MARIADB_ROOT_PASSWORD_HASH")
    user="$(literal "$MARIADB_USER")@$(literal "$MARIADB_USER_HOST")"
    echo "$SESSION"
    echo "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1', 'root'@$(literal "$HOSTNAME");"
    if [[ -n $MARIADB_ROOT_HOST && $MARIADB_ROOT_HOST != localhost ]]; then
        echo "CREATE USER 'root'@$root_host $root_proof;"
        echo "GRANT ALL ON *.* TO 'root'@$root_host WITH GRANT OPTION;"
    fi
    if [[ -n $MARIADB_DATABASE ]]; then
        echo "CREATE DATABASE IF NOT EXISTS $(identifier "$MARIADB_DATABASE");"
    fi
    if [[ -n $MARIADB_USER && -n $MARIADB_PASSWORD$MARIADB_PASSWORD_HASH ]]; then
        echo "CREATE USER $user $(identified "$MARIADB_PASSWORD" "$MARIADB_PASSWORD_HASH");"
        # In a grant `_` is a wildcard.
        [[ -z $MARIADB_DATABASE ]] || echo "GRANT ALL ON $(identifier "${MARIADB_DATABASE//_/\\_}").* TO $user;"
    fi
}

# Ends root's coming in without a password.
close_root() {
    echo "$SESSION ALTER USER 'root'@'localhost' $(identified "$MARIADB_ROOT_PASSWORD" "$MARIADB_ROOT_PASSWORD_HASH");" |
        docker_process_sql --database=mysql
    ROOT_PASSWORD_NOW=$MARIADB_ROOT_PASSWORD
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
            *.sql.gz) gunzip -c "$file" | docker_process_sql ;;
            *.sql.xz) xzcat "$file" | docker_process_sql ;;
            *.sql.zst) zstd -dc "$file" | docker_process_sql ;;
            *) say "not an init file, left alone" ;;
        esac
    done
}

initialise() {
    # mariadb-install-db hands its options on unquoted, so one with a space in it waits for the server itself.
    local word options=()
    for word in "${@:2}"; do
        [[ $word == *[[:space:]]* ]] || options+=("$word")
    done
    mariadb-install-db --rpm --auth-root-authentication-method=normal --skip-test-db --cross-bootstrap \
        "${options[@]}" --datadir="$DATADIR" --default-time-zone=SYSTEM --skip-log-bin
    ROOT_PASSWORD_NOW=''
    start_on_socket "$@"
    if [[ -z $MARIADB_INITDB_SKIP_TZINFO ]]; then
        mariadb-tzinfo-to-sql --skip-write-binlog /usr/share/zoneinfo | docker_process_sql --database=mysql
    fi
    if [[ -n $MARIADB_RANDOM_ROOT_PASSWORD ]]; then
        MARIADB_ROOT_PASSWORD=$(head -c 24 /dev/urandom | base64)
        export MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD=$MARIADB_ROOT_PASSWORD
        say "generated root password: $MARIADB_ROOT_PASSWORD"
    fi
    [[ -z $MARIADB_USER || -n $MARIADB_PASSWORD$MARIADB_PASSWORD_HASH ]] || say "MARIADB_USER without MARIADB_PASSWORD: no such user is made"
    accounts | docker_process_sql --database=mysql
    # With a hash alone nobody here knows the password, so the init files go first.
    if [[ -n $MARIADB_ROOT_PASSWORD_HASH ]]; then
        run_init_files
        close_root
    else
        close_root
        run_init_files
    fi
    kill "$SERVER"
    wait "$SERVER" || die "the server did not stop cleanly"
    say "the database is made"
}

[[ ${1-} != -* ]] || set -- mariadbd "$@"
[[ ${1-} == mariadbd || ${1-} == mysqld ]] || exec "$@"
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
unset {MARIADB,MYSQL}_{ROOT_PASSWORD,PASSWORD}
exec "$@"
