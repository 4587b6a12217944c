import type { Copy, Fault, FiledDump, Survey, Surveyed } from "./engine";
import { ensurePdbs, name, oradata, plain } from "./oracle-sqlplus";

const leftOut = "Data Pump leaves out what lies in SYSTEM's own schema";

const ownUsers = "dba_users WHERE oracle_maintained = 'N' AND username <> 'PDBADMIN' ORDER BY username;";

/** `users` prints the users that are no part of Oracle's own, one a line; `pdbs` all pluggable databases. */
const asking = `
ask() { printf '%s\\n' ${plain.map((line) => `"${line}"`).join(" ")} "$@" | sqlplus -S / as sysdba; }
inside() { pdb=$1; shift; ask "ALTER SESSION SET CONTAINER = \\"$pdb\\";" "$@"; }
users() { inside "$1" "SELECT 'user ' || username FROM ${ownUsers}"; }
pdbs() { ask "SELECT name FROM v\\$pdbs WHERE name <> 'PDB\\$SEED' ORDER BY name;"; }
`;

/** Prints the statement of each user, which is longer than what is shown of a column by default. */
const written = `${asking}
all=$(pdbs) || exit 1
for pdb in $all; do
printf 'database %s\\n' "$pdb"
inside "$pdb" "SET LONG 30000 LONGCHUNKSIZE 30000 LINESIZE 32767 TAB OFF" "SELECT DBMS_METADATA.GET_DDL('USER', username) FROM ${ownUsers}" || exit 1
done`;

/**
 * Data Pump's export of each pluggable database that has users, with all of them, their hashes and grants. It talks to the server as a user that is made for
 * it, with a password that is in a file only. On the way back it would make users who can log in before their tables are there: they are made first, by their
 * own statements, and locked.
 */
export const oracleDump: FiledDump = {
    kind: "files",
    place: oradata,
    owner: "54321:54321",
    mode: "640",
    undumpable: ({ username }) =>
        same(username, "system")
            ? { property: "username", reason: `is ${username}, and ${leftOut}: only an instance with another username can be dumped` }
            : undefined,
    tool: { command: ["sh", "-c", 'printf "Data Pump, %s\\n" "$(sqlplus -V | tr -s "\\n" " ")"', "sqlplus"], stdin: "" },
    survey: {
        command: [
            "sh",
            "-c",
            `${asking}ask "SELECT 'version ' || version_full FROM product_component_version;" || exit 1
all=$(pdbs) || exit 1
for pdb in $all; do printf 'database %s\\n' "$pdb"; users "$pdb" || exit 1; done`,
            "survey",
        ],
        stdin: "",
    },
    surveyed,
    hash: /[ST]:[0-9A-F]{40,}|(?<=IDENTIFIED BY (?:VALUES ')?")[^"]+|(?<=IDENTIFIED BY VALUES ')[^']+/g,
    globals: { command: ["sh", "-c", written, "users"], stdin: "" },
    database: (database, folder) => ({ command: ["sh", "-c", exported, "expdp", database, folder], stdin: "" }),
    restore: {
        faults,
        begin: (copy, text) => {
            const pdbs = copy.source.databases.map(({ name: database }) => targetOf(copy, database));
            return {
                command: ["sh", "-c", `${ensurePdbs}exec sqlplus -S / as sysdba`, "users", ...pdbs],
                stdin: eachUser(copy, text, ({ statement, locked }) => `${statement}${locked ? "" : " ACCOUNT LOCK"};`),
            };
        },
        database: (copy, database, { folder, file }) => {
            const own = isOwn(copy, database.name);
            const [from, to] = [copy.source.account.username, copy.target.username].map((user) => user.toUpperCase());
            const renamed = own && from !== to ? [`"${from}":"${to}"`] : [];
            return { command: ["sh", "-c", imported, "impdp", targetOf(copy, database.name), folder, file, ...renamed], stdin: "" };
        },
        logins: (copy, text) => ({
            command: ["sqlplus", "-S", "/", "as", "sysdba"],
            stdin: eachUser(copy, text, ({ user, locked }) => (locked ? undefined : `ALTER USER "${user}" ACCOUNT UNLOCK;`)),
        }),
    },
};

/** Makes user, directory object and parameter file of one job, all of which go with it. */
const job = `${asking}
umask 077
pdb=$1 folder=$2
own=DEVDB_$(printf '%s' "\${folder##*-}" | tr a-f A-F)
secret=p$(od -An -N16 -tx1 /dev/urandom | tr -d ' \\n')
parameters=$(mktemp) || exit 1
trap 'exit 143' TERM
trap 'code=$?; rm -f "$parameters"; inside "$pdb" "DROP DIRECTORY $own;" >/dev/null; inside "$pdb" "DROP USER $own CASCADE;" >/dev/null; exit "$code"' EXIT
inside "$pdb" "CREATE USER $own IDENTIFIED BY \\"$secret\\";" "GRANT DBA, UNLIMITED TABLESPACE TO $own;" \\
"CREATE DIRECTORY $own AS '$folder';" "GRANT READ, WRITE ON DIRECTORY $own TO $own;" >&2 || exit 1
printf 'userid=%s/"%s"@//localhost:1521/%s\\ndirectory=%s\\nnologfile=y\\n' "$own" "$secret" "$pdb" "$own" > "$parameters"
`;

const digit = "[0-9A-F]";

/** What ends with anything but 0 has left something out. The user of a job that was killed is none of the instance's. */
const exported = `${asking}
found=$(users "$1") || exit 1
${job}
schemas=
while read -r kind user; do
case $kind:$user in
user:DEVDB_${digit.repeat(8)}) ;;
user:*) schemas="$schemas,\\"$user\\"" ;;
esac
done <<END
$found
END
printf 'dumpfile=dump.dmp\\nschemas=%s\\n' "\${schemas#,}" >> "$parameters"
expdp parfile="$parameters" </dev/null`;

/** All users are there already, and with "exclude=USER" nothing else of theirs is left out. The listener learns of a new pluggable database a while later. */
const imported = `${job}
printf 'dumpfile=%s\\nexclude=USER\\n' "$3" >> "$parameters"
[ -z "$4" ] || printf 'remap_schema=%s\\n' "$4" >> "$parameters"
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
said=$(impdp parfile="$parameters" </dev/null 2>&1); code=$?
case $said in *UDI-12514*) sleep 2 ;; *) break ;; esac
done
[ "$code" = 0 ] || { printf '%s\\n' "$said" >&2; exit "$code"; }`;

/** The user of a job that was killed. */
const ofJob = /^DEVDB_[0-9A-F]{8}$/;

function surveyed(stdout: string): Survey {
    const databases: { name: string; users: string[] }[] = [];
    for (const line of stdout.split("\n")) {
        const [, kind, text = ""] = /^(database|user) (.*?)\s*$/.exec(line) ?? [];
        if (kind === "database") databases.push({ name: text, users: [] });
        if (kind === "user" && !ofJob.test(text)) databases.at(-1)?.users.push(text);
    }
    const used = databases.filter(({ users }) => users.length > 0);
    return {
        version: /^version (\S+)/m.exec(stdout)?.[1] ?? "",
        users: [...new Set(used.flatMap(({ users }) => users))],
        databases: used.map((database) => ({ name: database.name, settings: { users: JSON.stringify(database.users) } })),
        settings: {},
    };
}

const same = (one: string | undefined, other: string | undefined) => one?.toUpperCase() === other?.toUpperCase();

function isOwn({ source }: Copy, database: string): boolean {
    return same(database, source.account.dbName);
}

function targetOf(copy: Copy, database: string): string {
    return isOwn(copy, database) ? (copy.target.dbName ?? database).toUpperCase() : database;
}

function usersOf({ settings }: Surveyed): readonly string[] {
    return JSON.parse(settings.users ?? "[]") as readonly string[];
}

function faults(copy: Copy): readonly Fault[] {
    const { source, target } = copy;
    const own = source.databases.find(({ name: database }) => isOwn(copy, database));
    const taken = (kind: string, wanted: string | undefined, former: string | undefined) =>
        `cannot be ${wanted}: the snapshot has a ${kind} of that name besides ${former}, whose place it would take; choose another`;
    const { username, dbName } = source.account;
    const faults: Fault[] = [];
    if (same(target.username, "system"))
        faults.push({ property: "username", reason: `cannot be ${target.username} in a copy: ${leftOut}; choose another` });
    else if (!same(target.username, username) && own && usersOf(own).some((user) => same(user, target.username)))
        faults.push({ property: "username", reason: taken("user", target.username, username) });
    if (own && !same(target.dbName, dbName) && source.databases.some(({ name: database }) => same(database, target.dbName)))
        faults.push({ property: "dbName", reason: taken("database", target.dbName, dbName) });
    return faults;
}

interface Written {
    readonly database: string;
    readonly user: string;
    /** In one line, without its end. */
    readonly statement: string;
    readonly locked: boolean;
}

/** What `written` printed: a statement begins on a line of its own. */
function usersIn(text: string): readonly Written[] {
    const found: Written[] = [];
    let database = "";
    for (const line of text.split("\n").map((each) => each.trimEnd())) {
        const last = found.at(-1);
        const [, named] = /^database (.*)$/.exec(line) ?? [];
        const [, user] = /^\s*CREATE USER "([^"]*)" /.exec(line) ?? [];
        if (named !== undefined) database = named;
        else if (user !== undefined) found.push({ database, user, statement: line.trim(), locked: isLocked(line) });
        else if (line !== "" && last)
            found[found.length - 1] = { ...last, statement: `${last.statement} ${line.trim()}`, locked: last.locked || isLocked(line) };
    }
    return found.filter(({ user }) => !ofJob.test(user));
}

function isLocked(line: string): boolean {
    return /\bACCOUNT LOCK\b/.test(line.replace(/"[^"]*"|'[^']*'/g, ""));
}

/** A line of SQL, where there is one, for each user but the master, in its pluggable database. */
function eachUser(copy: Copy, text: string, line: (written: Written) => string | undefined): string {
    const users = usersIn(text);
    const lines = copy.source.databases.flatMap(({ name: database }) => {
        const others = users.filter(
            (each) => each.database === database && !(isOwn(copy, database) && same(each.user, copy.source.account.username)),
        );
        return [`ALTER SESSION SET CONTAINER = ${name(targetOf(copy, database))};`, ...others.flatMap((each) => line(each) ?? [])];
    });
    return [...plain, ...lines, "EXIT", ""].join("\n");
}
