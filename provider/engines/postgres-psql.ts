import type { Command, Script, Settings } from "./engine";
import { quotedName } from "./text";

/** Restores, and renames: nobody can rename the role that they are, and a session's own database cannot be renamed either. */
export const renamer = "devdb_restore";

/** What the bootstrap role is called while `postgres` is the name of an ordinary one, since the bootstrap role's objects cannot change hands. */
export const aside = "devdb_bootstrap";

export const name = (text: string) => quotedName(text, ['"', '"']);

/** A database's name may look like a connection string, so that it is always given within one. */
export function connection(database: string): string {
    return `dbname='${database.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** The server's own clients. Debian has scripts of their names that look for those first, which takes longer than most of what they are asked. */
export const ownClients = "PATH=/usr/lib/postgresql/$PG_MAJOR/bin:$PATH";

export const client = ["psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"] as const;
/** Takes what is in the server's memory to its files. */
export const checkpoint = [...client, "--username=postgres", "--dbname=template1", "--command=CHECKPOINT"] as const;
const bare = ["--tuples-only", "--no-align"] as const;

/**
 * The same for a program that a whole dump flows through. On its way to and from a container it goes through many hands, and each of the tool's own small
 * pieces costs each of them as much as a large one.
 */
export function flowing(program: string, ...options: readonly string[]): Command {
    return ["sh", "-c", `${ownClients}; ${largePieces}`, program, program, ...options];
}

/** The same once a statement has run in a database, as a role. */
export function flowingAfter(
    [role, database, statement]: readonly [role: string, database: string, statement: string],
    program: string,
    ...options: readonly string[]
): Command {
    const first = `${client.join(" ")} --username="$1" --dbname="$2" --command="$3" </dev/null || exit; shift 3`;
    return ["sh", "-c", `${ownClients}; ${first}; ${largePieces}`, program, role, connection(database), statement, program, ...options];
}

const largePieces = 'command -v stdbuf >/dev/null && set -- stdbuf --input=64K --output=64K "$@"; exec "$@"';

export function directly(program: string, ...options: readonly string[]): Command {
    return ["sh", "-c", `${ownClients}; exec "$@"`, program, program, ...options];
}

export function ask(database: string, lines: readonly string[]): Script {
    return psql("postgres", database, lines, ...bare);
}

/** The same in one database after the other. */
export function askEach(databases: readonly string[], lines: readonly string[]): Script {
    const each = `${ownClients}; text=$(cat); for database; do ${[...client, ...bare].join(" ")} --username=postgres --dbname="$database" <<END || exit
$text
END
done`;
    return { command: ["sh", "-c", each, "psql", ...databases.map(connection)], user: "postgres", stdin: statements("postgres", lines) };
}

export function psql(role: string, database: string, lines: readonly string[], ...options: readonly string[]): Script {
    return {
        command: directly(...client, ...options, `--username=${role}`, `--dbname=${connection(database)}`),
        user: "postgres",
        stdin: statements(role, lines),
    };
}

export function statements(role: string, lines: readonly string[]): string {
    return [...session(role), ...lines, ""].join("\n");
}

/** What a session is told first. */
export function session(role: string): readonly string[] {
    return [
        // The statements hold hashes: the server's log is to have none of them.
        ...(role === "postgres" || role === renamer
            ? ["SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';"]
            : []),
        "SET client_min_messages = 'error'; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on;",
    ];
}

/** A transaction holds a lock on all that it makes, and a server by its defaults has room for 6400. */
export function atOnce({ objects }: Settings): readonly string[] {
    return Number(objects ?? Number.NaN) <= 3000 ? ["--single-transaction"] : [];
}
