import { clp, owner, statements } from "./db2-clp";
import type { Copy, Fault, FiledDump, Script, Survey } from "./engine";

const level = `level=$(su - ${owner} -c db2level) || exit 1
printf '%s\\n' "$level" | sed -n 's/.*"\\(DB2 v[^"]*\\)".*/\\1, BACKUP DATABASE/p'`;

/**
 * An offline backup of each database, since without archived logs there is no other: whoever is connected is forced off while it lasts. Users are those of
 * the operating system, of which a copy has only its own master user, so none come along.
 */
export const db2Dump: FiledDump = {
    kind: "files",
    place: "/database",
    // With the group that it has in the image.
    owner: `${owner}:`,
    mode: "600",
    tool: { command: ["sh", "-c", level, "db2level"], user: "root", stdin: "" },
    survey: { command: ["sh", "-c", `su - ${owner} -c db2level && ${clp}`, "survey"], user: "root", stdin: "LIST DATABASE DIRECTORY;\n" },
    surveyed,
    // Nothing here has one.
    hash: /$^/g,
    globals: { command: ["true"], stdin: "" },
    database: (database, folder) => ({ command: ["bash", "-c", backedUp, "backup", database, folder], user: "root", stdin: "" }),
    restore: {
        faults,
        begin: (copy) => run("prepare", dropped(copy)),
        database: (copy, database, { folder, file }) =>
            run("restore", [
                `RESTORE DATABASE ${database.name} FROM '${folder}' TAKEN AT ${stampOf(file)} INTO ${targetOf(copy, database.name)} WITHOUT PROMPTING`,
            ]),
        end: (copy) => run("restored", settled(copy)),
        // They are the container's: the new one has the master user alone, as after any recreate.
        logins: () => run("logins", []),
    },
};

/** The database is let go whatever happens, also when this is told to end. */
const backedUp = `
clp() { printf '%s;\\n' "$@" | ${statements}; [ "$?" -le 2 ]; }
unquiesce() { clp "CONNECT TO $1" "UNQUIESCE DATABASE" "CONNECT RESET"; }
trap 'exit 143' TERM
trap 'code=$?; unquiesce "$1" || exit 1; exit "$code"' EXIT
clp "CONNECT TO $1" "QUIESCE DATABASE IMMEDIATE FORCE CONNECTIONS" "CONNECT RESET" || exit 1
clp "DEACTIVATE DATABASE $1" || exit 1
clp "BACKUP DATABASE $1 TO '$2' WITHOUT PROMPTING" || exit 1`;

function run(label: string, lines: readonly string[]): Script {
    if (lines.length === 0) return { command: ["true"], stdin: "" };
    return { command: ["bash", "-c", clp, label], user: "root", stdin: lines.map((line) => `${line};\n`).join("") };
}

function surveyed(stdout: string): Survey {
    const names = [...stdout.matchAll(/^ Database alias\s*= (\S+)\s*$/gm)].map(([, name = ""]) => name);
    return {
        version: /\d+(?:\.\d+){2,}/.exec(stdout)?.[0] ?? "",
        users: [],
        databases: names.map((name) => ({ name, settings: {} })),
        settings: {},
    };
}

/** `SHOP.0.db2inst1.DBPART000.20260101120000.001` */
function stampOf(file: string): string {
    return /\.(\d{14})\.\d{3}$/.exec(file)?.[1] ?? "";
}

const same = (one: string | undefined, other: string | undefined) => one?.toUpperCase() === other?.toUpperCase();

function targetOf({ source, target }: Copy, database: string): string {
    return same(database, source.account.dbName) ? (target.dbName ?? database) : database;
}

function faults({ source, target }: Copy): readonly Fault[] {
    const { dbName } = source.account;
    const named = (wanted: string | undefined) => source.databases.some(({ name }) => same(name, wanted));
    if (!named(dbName) || same(target.dbName, dbName) || !named(target.dbName)) return [];
    const reason = `cannot be ${target.dbName}: the snapshot has a database of that name besides ${dbName}, whose place it would take; choose another`;
    return [{ property: "dbName", reason }];
}

/** The fresh database gives way to the one that is restored. */
function dropped({ source, target }: Copy): readonly string[] {
    const gives = [...source.databases].some(({ name }) => same(name, source.account.dbName));
    return gives && target.dbName !== undefined ? [`DEACTIVATE DATABASE ${target.dbName}`, `DROP DATABASE ${target.dbName}`] : [];
}

/** A backup is of a database that lets nobody in. The source's master user has no more say in the copy; who has it is for the account. */
function settled(copy: Copy): readonly string[] {
    const { source, target } = copy;
    const former = source.account.username;
    return source.databases.flatMap(({ name }) => [
        `CONNECT TO ${targetOf(copy, name)}`,
        "UNQUIESCE DATABASE",
        ...(former === target.username || former === owner || !same(name, source.account.dbName)
            ? []
            : [`REVOKE DBADM, SECADM, DATAACCESS, ACCESSCTRL ON DATABASE FROM USER ${former}`]),
        "CONNECT RESET",
    ]);
}
