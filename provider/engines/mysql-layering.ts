import type { Command, DirectPlan, Fault, File, Layering, Login, Script, Start } from "./engine";
import { bootstrapFiles, data, owner, starting } from "./mysql-account";
import { sqlLiteral } from "./text";

export interface LayeringTools {
    readonly server: string;
    /** A script of the administrator's, over the socket. */
    readonly administrate: (lines: readonly string[]) => Script;
    /** A statement that locks the users for whom the condition holds, in the tables that the server reads them from. */
    readonly lock: (condition: string) => string;
    /** A statement that empties the binary log. */
    readonly reset: string;
    /** Takes a second password from a user that may have one; absent where none can. */
    readonly forget?: (user: string) => string;
}

/** Names of users and databases are in many places here, so that they stay; passwords change. */
export function mysqlLayering(tools: LayeringTools): Layering {
    return {
        // Tables without a log are whole only when they are closed; whoever reads one for long is not waited for.
        flush: tools.administrate(["SET SESSION lock_wait_timeout = 2;", "FLUSH LOCAL ENGINE LOGS;", "FLUSH LOCAL TABLES;"]),
        unfit: (database) =>
            tools.administrate([
                // MySQL would answer with what it counted within the last day.
                "SET @count = IF(VERSION() LIKE '%MariaDB%', 'DO 0', 'SET SESSION information_schema_stats_expiry = 0');",
                "PREPARE counting FROM @count; EXECUTE counting; DEALLOCATE PREPARE counting;",
                "SELECT CONCAT('it would leave out the rows of the MEMORY table ', table_schema, '.', table_name, ', which a server empties when it recovers')",
                " FROM information_schema.tables",
                ` WHERE engine = 'MEMORY' AND table_rows > 0 AND table_schema = ${sqlLiteral(database)} ORDER BY table_name;`,
            ]),
        faults: ({ source: { account: from }, target }) => [
            ...(from.username === target.username ? [] : [kept("username", target.username, from.username)]),
            ...(from.dbName === undefined || from.dbName === target.dbName ? [] : [kept("dbName", target.dbName ?? "empty", from.dbName)]),
        ],
        start: (start, _copy, login) => onLayer(tools, start, login),
    };
}

function kept(property: Fault["property"], wanted: string, has: string): Fault {
    return {
        property,
        reason: `cannot be ${wanted}: the snapshot is an image, in which it is ${has} and stays so; leave it out, or take the snapshot with method: "logical"`,
    };
}

/** The server runs all of it before it accepts a connection. */
function onLayer({ server, lock, reset, forget }: LayeringTools, start: Start, login: Login): DirectPlan {
    const master = `${sqlLiteral(login.username)}@'%'`;
    const plan = starting(server, start, login, {
        before: [
            "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', SESSION sql_log_bin = 0, SESSION sql_log_off = 1;",
            lock(`NOT (user = 'root' AND host = 'localhost') AND NOT (user = ${sqlLiteral(login.username)} AND host = '%') AND host <> ''`),
            "FLUSH PRIVILEGES;",
        ],
        after: [
            ...(forget ? [forget(master)] : []),
            // The server needed it to recover; now it would only tell of the source's history.
            `SET @empty = IF(@@log_bin, '${reset}', 'DO 0');`,
            "PREPARE emptying FROM @empty;",
            "EXECUTE emptying;",
            "DEALLOCATE PREPARE emptying;",
        ],
    });
    // The source's administrator has a password that this one must not have.
    const secrets = bootstrapFiles(start).map(({ once: _, ...file }) => file);
    return { ...plan, entrypoint: [...anew, ...plan.entrypoint], files: [...secrets, ...plan.files.filter(({ once }) => !once), mark] };
}

/** Beside the data of a server that has not started on them yet: what it removes is made anew, and is then this server's own. */
const mark: File = { path: `${data.directory}/devdb-copy`, content: "", mode: 0o600, ...owner };
const anew: Command = [
    "sh",
    "-c",
    'if [ -e "$0" ]; then (cd "$(dirname "$0")" && rm -f auto.cnf mysqld-auto.cnf *.pem "$0"); fi; exec "$@"',
    mark.path,
];
