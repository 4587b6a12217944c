import type { Copy, Fault, FiledDump, Survey, Surveyed } from "./engine";
import { ensurePdb, name, oradata, plain } from "./oracle-sqlplus";

const leftOut = "Data Pump leaves out what lies in SYSTEM's own schema";

/** `users` prints the users that are no part of Oracle's own, one a line. */
const asking = `
ask() { printf '%s\\n' ${plain.map((line) => `"${line}"`).join(" ")} "$@" | sqlplus -S / as sysdba; }
inside() { pdb=$1; shift; ask "ALTER SESSION SET CONTAINER = \\"$pdb\\";" "$@"; }
users() { inside "$1" "SELECT 'user ' || username FROM dba_users WHERE oracle_maintained = 'N' AND username <> 'PDBADMIN' ORDER BY username;"; }
`;

/**
 * Data Pump's export of each pluggable database that has users, with all of them, their hashes and grants. It talks to the server as a user that is made for
 * it, with a password that is in a file only.
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
pdbs=$(ask "SELECT name FROM v\\$pdbs WHERE name <> 'PDB\\$SEED' ORDER BY name;") || exit 1
for pdb in $pdbs; do printf 'database %s\\n' "$pdb"; users "$pdb" || exit 1; done`,
            "survey",
        ],
        stdin: "",
    },
    surveyed,
    hash: /[ST]:[0-9A-F]{40,}|(?<=IDENTIFIED BY (?:VALUES ')?")[^"]+|(?<=IDENTIFIED BY VALUES ')[^']+/g,
    globals: { command: ["true"], stdin: "" },
    database: (database, folder) => ({ command: ["sh", "-c", exported, "expdp", database, folder], stdin: "" }),
    restore: {
        faults,
        database: (copy, database, { folder, file }) => {
            const own = isOwn(copy, database.name);
            const [from, to] = [copy.source.account.username, copy.target.username].map((user) => user.toUpperCase());
            const target = own ? (copy.target.dbName ?? database.name).toUpperCase() : database.name;
            return {
                command: ["sh", "-c", imported, "impdp", target, folder, file, ...(own ? [from ?? "", to ?? ""] : [])],
                stdin: lockedSql(copy, database, target),
            };
        },
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

/**
 * The master user is there already, which ends the job with 5; nothing else may. The listener learns of a pluggable database a while after it was made.
 * Then come the statements of standard input.
 */
const imported = `${ensurePdb}
file=$3 from=$4 to=$5
${job}
printf 'dumpfile=%s\\n' "$file" >> "$parameters"
[ "$from" = "$to" ] || printf 'remap_schema="%s":"%s"\\n' "$from" "$to" >> "$parameters"
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
said=$(impdp parfile="$parameters" </dev/null 2>&1); code=$?
case $said in *UDI-12514*) sleep 2 ;; *) break ;; esac
done
faults=$(printf '%s\\n' "$said" | grep -E '(ORA|UDI|LRM)-[0-9]' | grep -vF "ORA-31684: Object type USER:\\"$to\\" already exists")
[ "$code" = 0 ] || { [ "$code" = 5 ] && [ -n "$to" ] && [ -z "$faults" ]; } || { printf '%s\\n' "$said" >&2; exit "$code"; }
sqlplus -S / as sysdba`;

function surveyed(stdout: string): Survey {
    const databases: { name: string; users: string[] }[] = [];
    for (const line of stdout.split("\n")) {
        const [, kind, text = ""] = /^(database|user) (.*?)\s*$/.exec(line) ?? [];
        if (kind === "database") databases.push({ name: text, users: [] });
        // Of a job that was killed.
        if (kind === "user" && !/^DEVDB_[0-9A-F]{8}$/.test(text)) databases.at(-1)?.users.push(text);
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

/** The other users keep what they may do, but cannot log in. */
function lockedSql(copy: Copy, database: Surveyed, target: string): string {
    const others = usersOf(database).filter((user) => !(isOwn(copy, database.name) && same(user, copy.source.account.username)));
    const locked = others.map((user) => `ALTER USER "${user}" ACCOUNT LOCK;`);
    return [...plain, `ALTER SESSION SET CONTAINER = ${name(target)};`, ...locked, "EXIT", ""].join("\n");
}
