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
    setting POSTGRES_PASSWORD
    setting POSTGRES_USER postgres
    setting POSTGRES_DB "$POSTGRES_USER"
    setting POSTGRES_INITDB_ARGS
    if [[ -z $POSTGRES_PASSWORD && ${POSTGRES_HOST_AUTH_METHOD-} != trust ]]; then
        die "a first start needs POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE (or POSTGRES_HOST_AUTH_METHOD=trust, which asks nobody for a password)"
    fi
}

# From 18 on the volume is the parent directory, and what lies in the old place would be passed over in silence.
refuse_old_layout() {
    local old=/var/lib/postgresql/data
    [[ $PGDATA == "/var/lib/postgresql/$PG_MAJOR/docker" ]] || return 0
    if mountpoint -q "$old" || [[ -s $old/PG_VERSION ]]; then
        die "$old is not used from PostgreSQL 18 on: mount the volume at /var/lib/postgresql, or set PGDATA"
    fi
}

make_directories() {
    local places=("$PGDATA" ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"})
    mkdir -p "${places[@]}"
    # Fails on a mounted directory of somebody else's; where that matters the server says so itself.
    chmod 0700 "${places[@]}" 2>/dev/null || true
    if ((EUID == 0)); then
        find "${places[@]}" /var/run/postgresql ! -user postgres -exec chown postgres:postgres {} +
    fi
}

run_initdb() {
    # The protocol has this variable quoted as in a shell: --locale-provider=icu --icu-locale='en'.
    local options
    eval "options=($POSTGRES_INITDB_ARGS)"
    [[ -z ${POSTGRES_INITDB_WALDIR-} ]] || options+=(--waldir "$POSTGRES_INITDB_WALDIR")
    # initdb wants a name for its uid; a container started with just any number as its user has none.
    if ! getent passwd "$EUID" >/dev/null; then
        export LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=/tmp/passwd NSS_WRAPPER_GROUP=/tmp/group
        echo "postgres:x:$EUID:$(id -g)::$PGDATA:/bin/false" >"$NSS_WRAPPER_PASSWD"
        echo "postgres:x:$(id -g):" >"$NSS_WRAPPER_GROUP"
    fi
    if [[ -n $POSTGRES_PASSWORD ]]; then
        initdb -D "$PGDATA" --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${options[@]}"
    else
        initdb -D "$PGDATA" --username="$POSTGRES_USER" "${options[@]}"
    fi
    unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
    local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption "${@:2}")}
    printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

# SQL from standard input or from psql's arguments. Init files that are sourced may call it, by its official name.
docker_process_sql() {
    PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc \
        --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}

make_database() {
    local exists name=$POSTGRES_DB
    local POSTGRES_DB=postgres
    exists=$(docker_process_sql -v name="$name" --tuples-only <<<"SELECT 1 FROM pg_database WHERE datname = :'name'")
    [[ -n $exists ]] || docker_process_sql -v name="$name" <<<'CREATE DATABASE :"name"'
}

run_init_files() {
    local file
    ls /docker-entrypoint-initdb.d >/dev/null # One that cannot be read is a fault, not an empty one.
    for file in /docker-entrypoint-initdb.d/*; do
        say "$file"
        # shellcheck source=/dev/null
        case $file in
            *.sh) if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
            *.sql) docker_process_sql -f "$file" ;;
            *.sql.gz) gunzip -c "$file" | docker_process_sql ;;
            *.sql.xz) xzcat "$file" | docker_process_sql ;;
            *.sql.zst) zstd -dc "$file" | docker_process_sql ;;
            *) say "not an init file, left alone" ;;
        esac
    done
}

initialise() {
    run_initdb "$@"
    # For where POSTGRES_INITDB_ARGS has local connections asked for a password.
    export PGPASSWORD=${PGPASSWORD:-$POSTGRES_PASSWORD}
    # On the socket only: nobody outside shall take a half-made database for a finished one.
    pg_ctl -D "$PGDATA" -w start -o "$(printf '%q ' "${@:2}" -c listen_addresses= -p "${PGPORT:-5432}")"
    make_database
    run_init_files
    pg_ctl -D "$PGDATA" -w -m fast stop
    unset PGPASSWORD
    say "the database is made"
}

[[ ${1-} != -* ]] || set -- postgres "$@"
[[ ${1-} == postgres ]] || exec "$@"
for word; do
    case $word in -'?' | --help | --describe-config | -V | --version) exec "$@" ;; esac
done

# Before root is dropped: a secret's file may be readable by root only.
if [[ ! -s $PGDATA/PG_VERSION ]]; then
    refuse_old_layout
    read_settings
fi
make_directories
if ((EUID == 0)); then
    HOME=/var/lib/postgresql exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [[ ! -s $PGDATA/PG_VERSION ]]; then
    initialise "$@"
fi
unset POSTGRES_PASSWORD
exec "$@"
