# shellcheck shell=bash
# Sourced by tools/setup: base images of Debian, for where no registry can be reached. The provider then builds its own
# engine images, and these are what it builds them on.

debian_bases() {
    [[ $engine == unix://* ]] && debian_root && grep -qx ID=debian /etc/os-release || return 0
    # Asked at most once a day: an ordinary start uses no network.
    [[ -z $(find .tools/registry-answers -mtime -1 2>/dev/null) ]] || return 0
    local present suite missing=()
    present=$(engine_request "$engine" GET '/images/json?filters=%7B%22reference%22%3A%5B%22devdb%2Fdebian%22%5D%7D')
    for suite in bookworm trixie sid; do
        [[ $present == *"devdb/debian:$suite\""* ]] || missing+=("$suite")
    done
    ((${#missing[@]})) || return 0
    if registry_answers; then
        touch .tools/registry-answers
        return
    fi
    say "no image registry can be reached: making base images from the Debian mirror"
    apt_install mmdebstrap
    for suite in "${missing[@]}"; do
        say "making devdb/debian:$suite"
        quietly debian_base "$suite"
    done
}

# Asks for a tag that does not exist. A registry that answers says so, whatever its words, and nothing is pulled.
registry_answers() {
    local words
    words=$(engine_request "$engine" POST '/images/create?fromImage=hello-world&tag=devdb-asks' || true)
    ! grep -qiE 'no such host|dial tcp|timeout|refused|unreachable|handshake|misbehaving|proxyconnect|reset|deadline|EOF' <<<"$words"
}

# From the mirror that this machine's own apt uses. It may lag behind the expiry date of its copy of sid.
# No documentation, neither here nor in what is installed on top.
debian_base() {
    local mirror tar=.tools/debian-base.tar
    # shellcheck disable=SC2016 # apt's own variable.
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
    mmdebstrap --variant=minbase --include=ca-certificates --aptopt='Acquire::Check-Valid-Until "false"' \
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-include=/usr/share/locale/locale.alias' \
        "$1" "$tar" "$mirror" &&
        engine_request "$engine" POST "/images/create?fromSrc=-&repo=devdb/debian&tag=$1" 300 <"$tar" &&
        rm "$tar"
}
