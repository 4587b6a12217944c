# shellcheck shell=bash
# Sourced by tools/setup: a container engine that answers.

# Sets `engine` to the address of the first one that answers; installs and starts one where it may.
container_engine() {
    if find_engine; then
        return
    fi
    if ! debian_root; then
        die "no container engine answers: $(engine_remedy)"
    fi
    if ! type dockerd &>/dev/null; then
        say "installing Docker from the distribution's package"
        apt_install docker.io
    fi
    say "starting Docker"
    local docker_log=/var/log/dockerd.log try
    if [[ -d /run/systemd/system ]]; then
        quietly systemctl start docker
    else
        # In a session and with streams of its own: it outlives this script, and `npm start | cat` does not wait for it.
        (cd / && exec setsid nohup dockerd >>"$docker_log" 2>&1 3<&-) &
    fi
    for ((try = 0; try < 100; try++)); do
        if find_engine; then
            return
        fi
        sleep 0.3
    done
    die "Docker was started and does not answer; its last words: $(tail -n 5 "$docker_log" 2>/dev/null)"
}

find_engine() {
    local address context='' runtime=${XDG_RUNTIME_DIR:-/run/user/$EUID}
    if [[ -n ${DOCKER_HOST-} ]]; then
        engine=$DOCKER_HOST
        engine_answers "$engine" || die "the container engine at DOCKER_HOST=$DOCKER_HOST does not answer: start it, or unset DOCKER_HOST"
        return
    fi
    if type docker &>/dev/null; then
        context=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null || true)
    fi
    for address in $context unix:///var/run/docker.sock "unix://$runtime/docker.sock" "unix://$HOME/.docker/run/docker.sock" \
        "unix://$runtime/podman/podman.sock" unix:///run/podman/podman.sock; do
        if engine_answers "$address"; then
            engine=$address
            return
        fi
    done
    return 1
}

engine_answers() {
    case $1 in
        unix://*) [[ -S ${1#unix://} ]] && engine_request "$1" GET /_ping >/dev/null ;;
        # Over ssh or TLS only the client can ask; without one, the commands that follow will tell.
        *) ! type docker &>/dev/null || DOCKER_HOST=$1 docker version &>/dev/null ;;
    esac
}

engine_request() {
    node tools/engine-request.mjs "$@"
}

# What to type where this script may not do it.
engine_remedy() {
    # shellcheck disable=SC2016 # For the user's own shell to fill in.
    local start='sudo systemctl start docker' join='sudo usermod --append --groups docker "$USER"'
    if [[ $(uname) != Linux ]]; then
        echo "start Docker Desktop, or another engine"
    elif [[ -S /var/run/docker.sock ]]; then
        echo "$start && $join, then log in again"
    elif type dockerd &>/dev/null; then
        echo "$start"
    elif type apt-get &>/dev/null; then
        echo "sudo apt-get install --yes docker.io && $join, then log in again"
    else
        echo "install Docker or Podman and start its socket"
    fi
}
