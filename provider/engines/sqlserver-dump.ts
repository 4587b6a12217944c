import type { Copy, Fault, FiledDump, Survey, Surveyed } from "./engine";
import { administrate, administrator, data } from "./sqlserver-administrator";
import { quotedName, sqlLiteral } from "./text";

/**
 * A full backup of each database, which the server writes itself. Users in it know their logins by SID: the copy's master login takes the SID of the
 * source's, and the other logins come with theirs.
 */
export const sqlserverDump: FiledDump = {
    kind: "files",
    place: `${data}/data`,
    owner: "10001:0",
    mode: "660",
    tool: ask(["SELECT CONCAT(N'SQL Server ', CONVERT(nvarchar(128), SERVERPROPERTY('ProductVersion')), N', BACKUP DATABASE');"]),
    survey: ask([
        "SELECT N'database', name, ISNULL(SUSER_SNAME(owner_sid), N'') FROM sys.databases WHERE name NOT IN (N'master', N'model', N'msdb', N'tempdb') ORDER BY name;",
        "SELECT N'login', name FROM sys.sql_logins WHERE name <> N'devdb' AND name NOT LIKE N'##%' ORDER BY name;",
        "SELECT @@VERSION;",
    ]),
    surveyed,
    hash: /0x[0-9A-Fa-f]{20,}/g,
    globals: ask([
        "SELECT N'login', name, CONVERT(varchar(180), sid, 1), CONVERT(varchar(600), password_hash, 1), CONVERT(varchar(1), is_disabled), default_database_name" +
            " FROM sys.sql_logins WHERE name NOT IN (N'devdb', N'sa') AND name NOT LIKE N'##%' ORDER BY name;",
        "SELECT N'role', SUSER_NAME(role_principal_id), SUSER_NAME(member_principal_id) FROM sys.server_role_members;",
        "SELECT N'grant', permission_name, SUSER_NAME(grantee_principal_id) FROM sys.server_permissions" +
            " WHERE class_desc = N'SERVER' AND state_desc = N'GRANT' AND permission_name <> N'CONNECT SQL';",
    ]),
    // COPY_ONLY: the user's own backups do not come to depend on it. Without COMPRESSION, which Express lacks.
    database: (database, folder) =>
        administrate("backup", [
            `BACKUP DATABASE ${name(database)} TO DISK = N${sqlLiteral(`${folder}/database.bak`)} WITH COPY_ONLY, INIT, FORMAT, CHECKSUM;`,
        ]),
    restore: {
        faults,
        begin: (copy, text) => {
            const own = copy.source.databases.find((database) => isOwn(copy, database.name));
            return administrate("prepare", [
                "SET NOCOUNT ON;",
                ...(own ? [`DROP DATABASE IF EXISTS ${name(targetOf(copy, own.name))};`, "GO"] : []),
                ...loginsSql(copy, rowsOf(text)),
            ]);
        },
        logins: (copy, text) => administrate("logins", ["SET NOCOUNT ON;", ...enabledSql(copy, rowsOf(text))]),
        grants: (copy, text) => administrate("default databases", ["SET NOCOUNT ON;", ...defaultsSql(copy, rowsOf(text))]),
        database: (copy, database, { folder, file }) => {
            const target = targetOf(copy, database.name);
            const files = sqlLiteral(`${data}/data/${target.replaceAll("/", "_")}`).slice(1, -1);
            return {
                command: ["sh", "-c", restored, "restore", `${folder}/${file}`, name(target), files],
                stdin: [...ownerSql(copy, database), "GO", ""].join("\n"),
            };
        },
    },
};

/** Each file of the database goes to a place of its own, whatever it was at the source. Then come the lines of standard input. */
const restored = `${administrator}
tab=$(printf '\\t')
list=$(printf "SET NOCOUNT ON;\\nRESTORE FILELISTONLY FROM DISK = N'%s';\\nGO\\n" "$1" | administrate -h -1 -W -w 65535 -s "$tab") || { printf '%s\\n' "$list" >&2; exit 1; }
moves= rows=0 logs=0 others=0
while IFS=$tab read -r logical physical type rest; do
case $type in
D) rows=$((rows + 1)); place=$3.mdf; [ "$rows" = 1 ] || place=\${3}_$rows.ndf ;;
L) logs=$((logs + 1)); place=\${3}_log.ldf; [ "$logs" = 1 ] || place=\${3}_log_$logs.ldf ;;
S) others=$((others + 1)); place=\${3}_files_$others ;;
*) continue ;;
esac
moves="$moves MOVE N'$(printf '%s' "$logical" | sed "s/'/''/g")' TO N'$place',"
done <<END
$list
END
{ printf "RESTORE DATABASE %s FROM DISK = N'%s' WITH%s REPLACE, RECOVERY, CHECKSUM;\\nGO\\n" "$2" "$1" "$moves"; cat; } | administrate`;

/** Rows without headings, their columns apart by tabs. */
function ask(lines: readonly string[]) {
    return administrate("ask", ["SET NOCOUNT ON;", ...lines], ["-h", "-1", "-W", "-w", "65535", "-s", "\t"]);
}

type Row = readonly string[];

function rowsOf(stdout: string): readonly Row[] {
    return stdout.split("\n").map((line) => line.replace(/\r$/, "").split("\t"));
}

function surveyed(stdout: string): Survey {
    const rows = rowsOf(stdout);
    const named = (kind: string) => rows.filter((row) => row[0] === kind && row.length > 1);
    return {
        version: /Microsoft SQL Server[\s\S]*/.exec(stdout)?.[0] ?? "",
        users: named("login").map(([, login = ""]) => login),
        databases: named("database").map(([, database = "", owner = ""]) => ({ name: database, settings: { owner } })),
        settings: {},
    };
}

function faults({ source, target }: Copy): readonly Fault[] {
    const { username, dbName } = source.account;
    const own = source.databases.some((database) => same(database.name, dbName));
    return [
        ...(!same(target.username, username) && !same(target.username, "sa") && source.users.some((user) => same(user, target.username))
            ? [{ property: "username" as const, reason: taken("login", target.username, username) }]
            : []),
        ...(own && !same(target.dbName, dbName) && source.databases.some((database) => same(database.name, target.dbName))
            ? [{ property: "dbName" as const, reason: taken("database", target.dbName, dbName) }]
            : []),
    ];
}

/** The form of a hash since 2012, with a sum that no password is known to have. */
const nobodysHash = `0x0200${"00".repeat(4 + 64)}`;

/** `sa` is every server's own, so it neither takes a SID nor gives one away. */
function loginsSql(copy: Copy, rows: readonly Row[]): readonly string[] {
    const { source, target } = copy;
    const renamed = (login: string) => (same(login, source.account.username) ? target.username : login);
    const made = rows.flatMap(([kind, login = "", sid = "", hash = ""]) => {
        if (kind !== "login") return [];
        const isMaster = same(login, source.account.username);
        if (isMaster && same(target.username, "sa")) return [];
        const to = name(renamed(login));
        return [
            ...(isMaster ? [`DROP LOGIN ${to};`] : []),
            // No login is made disabled, so it gets its own password once it is; the master's is enabled with the one that it is to have.
            `CREATE LOGIN ${to} WITH PASSWORD = ${nobodysHash} HASHED, SID = ${sid}, CHECK_POLICY = OFF;`,
            `ALTER LOGIN ${to} DISABLE;`,
            ...(isMaster ? [] : [`ALTER LOGIN ${to} WITH PASSWORD = ${hash} HASHED;`]),
        ];
    });
    const known = new Set(rows.flatMap(([kind, login = ""]) => (kind === "login" ? [login] : [])));
    const granted = rows.flatMap(([kind, what = "", login = ""]) => {
        if (!known.has(login) || same(renamed(login), "sa")) return [];
        if (kind === "role") return [`ALTER SERVER ROLE ${name(what)} ADD MEMBER ${name(renamed(login))};`];
        return kind === "grant" ? [`GRANT ${what} TO ${name(renamed(login))};`] : [];
    });
    return [...made, ...granted];
}

/** Those that were enabled at the source. */
function enabledSql(copy: Copy, rows: readonly Row[]): readonly string[] {
    return rows.flatMap(([kind, login = "", , , disabled]) =>
        kind === "login" && disabled === "0" && !same(login, copy.source.account.username) ? [`ALTER LOGIN ${name(login)} ENABLE;`] : [],
    );
}

function defaultsSql(copy: Copy, rows: readonly Row[]): readonly string[] {
    return rows.flatMap(([kind, login = "", , , , database = ""]) => {
        if (kind !== "login" || database === "master" || same(login, copy.source.account.username)) return [];
        const to = targetOf(copy, database);
        return [`IF DB_ID(N${sqlLiteral(to)}) IS NOT NULL ALTER LOGIN ${name(login)} WITH DEFAULT_DATABASE = ${name(to)};`];
    });
}

/** Whoever restores owns it, which is our own login, as for a database that came with the instance. */
function ownerSql(copy: Copy, { name: database, settings: { owner = "" } }: Surveyed): readonly string[] {
    const { source, target } = copy;
    const to = same(owner, source.account.username) ? target.username : owner;
    const there = same(to, "sa") || [target.username, ...source.users].some((login) => same(login, to));
    return there ? [`ALTER AUTHORIZATION ON DATABASE::${name(targetOf(copy, database))} TO ${name(to)};`] : [];
}

const same = (one: string | undefined, other: string | undefined) => one?.toLowerCase() === other?.toLowerCase();
const name = (text: string) => quotedName(text, ["[", "]"]);

function isOwn({ source }: Copy, database: string): boolean {
    return same(database, source.account.dbName);
}

function targetOf(copy: Copy, database: string): string {
    const { dbName } = copy.target;
    // Written as it was, where only that differs.
    return dbName !== undefined && isOwn(copy, database) && !same(dbName, database) ? dbName : database;
}

function taken(kind: string, wanted: string | undefined, source: string | undefined): string {
    return `cannot be ${wanted}: the snapshot has a ${kind} of that name besides ${source ?? "its own"}, whose place it would take; choose another`;
}
