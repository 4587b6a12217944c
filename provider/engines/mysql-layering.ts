import type { Command, Copy, DirectPlan, Fault, File, Layering, Login, Script } from "./engine";
import { data, owner } from "./mysql-account";
import { sqlLiteral } from "./text";

export interface LayeringTools {
    /** A script of the administrator's, over the socket. */
    readonly administrate: (lines: readonly string[]) => Script;
    readonly account: (login: Login) => Script;
    /** The server, on data that are there. */
    readonly start: DirectPlan;
    /** Takes a second password from a user that may have one; absent where none can. */
    readonly forget?: (user: string) => string;
}

/** Names of users and databases are in many places here, so that they stay; passwords change. */
export function mysqlLayering({ administrate, account, start, forget }: LayeringTools): Layering {
    return {
        // Tables without a log are whole only when they are closed; whoever reads one for long is not waited for.
        flush: administrate(["SET SESSION lock_wait_timeout = 2;", "FLUSH LOCAL ENGINE LOGS;", "FLUSH LOCAL TABLES;"]),
        start: () => ({ ...start, entrypoint: [...anew, ...start.entrypoint], files: [...start.files, mark] }),
        faults: ({ source: { account: from }, target }) => [
            ...(from.username === target.username ? [] : [kept("username", target.username, from.username)]),
            ...(from.dbName === undefined || from.dbName === target.dbName ? [] : [kept("dbName", target.dbName ?? "empty", from.dbName)]),
        ],
        account: (copy, login) => {
            const { stdin, ...script } = account(login);
            const forgotten = forget ? [forget(`${sqlLiteral(login.username)}@'%'`)] : [];
            return { ...script, stdin: [...locks(copy), stdin, ...forgotten, ""].join("\n") };
        },
    };
}

function kept(property: Fault["property"], wanted: string, has: string): Fault {
    return {
        property,
        reason: `cannot be ${wanted}: the snapshot is an image, in which it is ${has} and stays so; leave it out, or take the snapshot with method: "logical"`,
    };
}

/** Users are written as they are known: name, at, host. A role has no host, and cannot log in. */
function locks({ source }: Copy): readonly string[] {
    const others = source.users.filter((user) => user.includes("@") && user !== `${source.account.username}@%`);
    return [
        "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES', SESSION sql_log_bin = 0, SESSION sql_log_off = 1;",
        ...others.map((user) => {
            const at = user.lastIndexOf("@");
            return `ALTER USER IF EXISTS ${sqlLiteral(user.slice(0, at))}@${sqlLiteral(user.slice(at + 1))} ACCOUNT LOCK;`;
        }),
    ];
}

/** Beside the data of a server that has not started on them yet: what it removes is made anew, and is then this server's own. */
const mark: File = { path: `${data.directory}/devdb-copy`, content: "", mode: 0o600, ...owner };
const anew: Command = ["sh", "-c", 'if [ -e "$0" ]; then (cd "$(dirname "$0")" && rm -f auto.cnf *.pem "$0"); fi; exec "$@"', mark.path];
