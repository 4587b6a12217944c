import type { Command, DirectPlan, Keys, Login, Start } from "./engine";
import { accountSql, bootstrapFiles, data, onData } from "./mysql-account";
import { shellWord } from "./text";

/** How MySQL's and MariaDB's data directory becomes a layer, and how their server starts on it by itself. */

/** Lines of a length and a file: the first start gives each file its length, with all lines at once. */
const lengths = `${data.mount}/lengths`;

/** Files, a line each, that the first start opens for writing beside the server. */
const ahead = `${data.mount}/ahead`;

/** The server is the parent of who works beside it, and never asks how a child of its own ended. So the kernel is told that nobody will, and keeps nothing of it. */
const childless = "env --ignore-signal=CHLD";

/** The beginning of making a data directory: it, and what the server's own user must be able to write beside it. */
export const prepare: Command = [
    "sh",
    "-ec",
    'mkdir -p "$1"; cd "$1/.."; touch lengths ahead client.cnf; chmod 0600 client.cnf; chmod 0750 "$1"; chown mysql:mysql lengths ahead client.cnf "$1"',
    "prepare",
    data.directory,
];

/**
 * The end of making it. A file of a layer is copied whole as soon as it is opened for writing. Logs and tablespaces are long and nearly empty, so their ends of
 * zeros are cut off. Other files that the server opens are listed, where this image can start it as it must be with somebody at work beside it.
 */
export const trim = (opened = "") => `
cd "$1"
unit=262144
# Whether the file has nothing but zeros from one unit to another.
empty() { case $(tail -c +$(($2 * unit + 1)) "$1" | head -c $((($3 - $2) * unit)) | tr -d '\\0' | head -c 1 | wc -c) in *0) ;; *) return 1 ;; esac; }
shorten() {
    size=$(stat -c %s "$1")
    echo "$size $1"
    used=0
    kept=$(((size + unit - 1) / unit))
    while [ $((kept - used)) -gt 1 ]; do
        middle=$(((used + kept) / 2))
        if empty "$1" $middle $kept; then kept=$middle; else used=$middle; fi
    done
    [ $((kept * unit)) -ge "$size" ] || truncate -s $((kept * unit)) "$1"
}
find . -type f -size +1024k ! -name '*.MA[DI]' | {
    while read -r file; do shorten "$file" & done
    wait
} | sort -rn >${lengths}
if ${childless} true 2>/dev/null; then
    for file in ${opened}; do [ ! -e "$file" ] || echo "$file"; done >${ahead}
fi`;

/**
 * The first start reads a script from standard input: it makes files, and opens what the server is to run before it accepts a connection. So no call of the
 * runtime's is needed for them, and no secret is ever in a file. Without it the server ends at once. What the server opens is copied out of the layer
 * meanwhile: the large files, whose length it looks at, before it starts, by a process for each of them; the others beside it, since it would do so itself,
 * one after the other, when it comes to them.
 */
const firstStart = (further: string, read: string) => `
made=/var/run/mysqld/.devdb-made
with=
if [ ! -e "$made" ]; then
    cd ${data.directory}
    while read -r length file; do truncate -c -s "$length" "$file" & done <${lengths}
    eval "$(timeout 60 cat)"
    wait
    : >"$made"
    set -- "$@" --init-file=/dev/fd/3
    if [ -s ${ahead} ]; then
        (while read -r file; do : >>"$file"; done <${ahead}${read}) >/dev/null 2>&1 &
        with="${childless}"
    fi
fi
${further}
exec $with "$0" "$@" </dev/null`;

export interface Server {
    readonly program: string;
    /** How the administrator shows who it is, over the socket. */
    readonly administrator: "password" | "account of the system";
    /** Shell that adds options to those in `$@`. */
    readonly options: string;
    /** Shell, on a line of its own, that reads what the server is to read, so that it finds that in memory. @default nothing */
    readonly read?: string;
}

/** Starts the server itself on data that are there; on fresh ones with the master user, as a layer's first start. */
export function directPlan({ program, administrator, options, read = "" }: Server, start: Start, login: Login | undefined): DirectPlan {
    const plan = onData(program);
    if (!login) return plan;
    const [, client] = bootstrapFiles(start);
    const known = administrator === "password";
    const sql = `${known ? `ALTER USER 'root'@'localhost' IDENTIFIED BY '${start.bootstrap}';\n` : ""}${accountSql(login)}`;
    const clientFile = known ? [[client.path, client.content] as const] : [];
    return {
        ...plan,
        entrypoint: ["sh", "-c", firstStart(options, read), ...plan.entrypoint],
        stdin: (keys) => `(umask 077\n${[...clientFile, ...keyFiles(keys)].map(written).join("")})\n${opened(sql)}`,
        said: /(mysqld|mariadbd): ready for connections/,
    };
}

/** Where both servers look for them, or are told to. */
function keyFiles({ certificate, rsa }: Keys): readonly (readonly [path: string, content: string])[] {
    const tls = certificate && {
        "ca.pem": certificate.public,
        "server-cert.pem": certificate.public,
        "server-key.pem": certificate.private,
    };
    const passwords = rsa && { "private_key.pem": rsa.private, "public_key.pem": rsa.public };
    return Object.entries({ ...tls, ...passwords }).map(([name, content]) => [`${data.directory}/${name}`, content]);
}

/** By the shell itself, which takes no process for it. */
function written([path, content]: readonly [path: string, content: string]): string {
    return `printf %s ${shellWord(content)} >${path}\n`;
}

/** What a shell takes as it stands: no line of ours is the last word. */
function opened(content: string): string {
    return `exec 3<<'devdb: the end'\n${content}devdb: the end\n`;
}
