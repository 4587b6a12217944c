import type { Command, DirectPlan, Keys, Login, Start } from "./engine";
import { accountSql, bootstrapFiles, data, onData } from "./mysql-account";
import { shellWord } from "./text";

/** How MySQL's and MariaDB's data directory becomes a layer, and how their server starts on it by itself. */

/** Lines of a length and files. The first start gives each file its length, with all lines at once: `+0` leaves it as it is. */
const lengths = `${data.mount}/lengths`;

/** The beginning of making a data directory: it, and what the server's own user must be able to write beside it. */
export const prepare: Command = [
    "sh",
    "-ec",
    'mkdir -p "$1"; cd "$1/.."; touch lengths client.cnf; chmod 0600 client.cnf; chmod 0750 "$1"; chown mysql:mysql lengths client.cnf "$1"',
    "prepare",
    data.directory,
];

/**
 * The end of making it. A file of a layer is copied whole as soon as it is opened for writing. Logs and tablespaces are long and nearly empty, so their ends of
 * zeros are cut off. Those that have no such end are listed too, the largest first, since the server opens all of them; of other tables it opens only some.
 */
export const trim = (opened: readonly string[]) => `
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
{
${opened.map((files) => `    echo "+0" ${files}`).join("\n")}
    find . -type f -size +1024k ! -name '*.MA[DI]' | {
        while read -r file; do shorten "$file" & done
        wait
    } | sort -rn
} >${lengths}`;

/**
 * The first start reads a script from standard input: it makes files, and opens what the server is to run before it accepts a connection. So no call of the
 * runtime's is needed for them, and no secret is ever in a file. Without it the server ends at once. What the server opens is copied out of the layer
 * meanwhile, by a process for each line; the server would do so one after the other.
 */
const firstStart = (further: string) => `
made=/var/run/mysqld/.devdb-made
if [ ! -e "$made" ]; then
    cd ${data.directory}
    while read -r length files; do truncate -c -s "$length" $files & done <${lengths}
    eval "$(timeout 60 cat)"
    wait
    : >"$made"
    set -- "$@" --init-file=/dev/fd/3
fi
${further}
exec "$0" "$@" </dev/null`;

export interface Server {
    readonly program: string;
    /** How the administrator shows who it is, over the socket. */
    readonly administrator: "password" | "account of the system";
    /** Shell that adds options to those in `$@`. */
    readonly options: string;
}

/** Starts the server itself on data that are there; on fresh ones with the master user, as a layer's first start. */
export function directPlan({ program, administrator, options }: Server, start: Start, login: Login | undefined): DirectPlan {
    const plan = onData(program);
    if (!login) return plan;
    const [, client] = bootstrapFiles(start);
    const known = administrator === "password";
    const sql = `${known ? `ALTER USER 'root'@'localhost' IDENTIFIED BY '${start.bootstrap}';\n` : ""}${accountSql(login)}`;
    const clientFile = known ? [[client.path, client.content] as const] : [];
    return {
        ...plan,
        entrypoint: ["sh", "-c", firstStart(options), ...plan.entrypoint],
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
