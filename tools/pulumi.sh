# shellcheck shell=bash
# Sourced by tools/setup: the Pulumi CLI with its Node.js language host, and where Pulumi keeps its state.

# What is on the PATH already serves. Else both are put into .tools/bin: downloaded, or built where that is out of reach.
pulumi_cli() {
    local version made
    PATH=${PATH//"$root/.tools/bin:"/}
    if type pulumi pulumi-language-nodejs &>/dev/null; then
        return
    fi
    version=$(sed -n 's|^require github.com/pulumi/pulumi/pkg/v3 v||p' tools/pulumi-cli/go.mod)
    made=$(cat .tools/bin/.made 2>/dev/null || true)
    if [[ $made != *" $version" ]]; then
        rm -rf .tools/bin
        if node tools/install-pulumi.mjs "$root/.tools" "$version"; then
            made="installed $version"
        else
            build_pulumi "$version"
            made="built $version"
        fi
        echo "$made" >.tools/bin/.made
    fi
    PATH=$root/.tools/bin:$PATH
    export PULUMI_HOME=$root/.tools/pulumi-home
    if [[ $made == built* ]]; then
        # There is nowhere to get a plugin from: better an error at once than a wait.
        export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
    fi
}

# Every module is checked against the go.sum beside each go.mod.
build_pulumi() {
    type go &>/dev/null || PATH=$PATH:/usr/local/go/bin
    type go &>/dev/null || die "Pulumi's download site cannot be reached, and building its CLI needs Go: install Go 1.25.11 or later, or the Pulumi CLI"
    say "building Pulumi $1 from its Go modules, once: three to four minutes"
    quietly go_build tools/pulumi-cli github.com/pulumi/pulumi/pkg/v3/cmd/pulumi "$1"
    quietly go_build tools/pulumi-language-nodejs github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs "$1"
    install -m 0755 node_modules/@pulumi/pulumi/pulumi-resource-pulumi-nodejs .tools/bin/
}

# Without its version in it the CLI is refused by the Automation API.
go_build() {
    GOFLAGS=-mod=readonly GOTOOLCHAIN=local CGO_ENABLED=0 go build -C "$1" -trimpath -tags osusergo,grpcnotrace \
        -ldflags "-w -s -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$3" -o "$root/.tools/bin/" "$2"
}

# The user's own back end, where one is set. Else state stays in the clone, its secrets under a passphrase made here.
pulumi_state() {
    export PULUMI_SKIP_UPDATE_CHECK=true
    [[ -z ${PULUMI_BACKEND_URL-}${PULUMI_ACCESS_TOKEN-} ]] || return 0
    mkdir -p .state
    export PULUMI_BACKEND_URL=file://$root/.state
    [[ -z ${PULUMI_CONFIG_PASSPHRASE+set}${PULUMI_CONFIG_PASSPHRASE_FILE+set} ]] || return 0
    [[ -s .state/passphrase ]] || (umask 077 && head -c 24 /dev/urandom | base64 >.state/passphrase)
    export PULUMI_CONFIG_PASSPHRASE_FILE=$root/.state/passphrase
}
