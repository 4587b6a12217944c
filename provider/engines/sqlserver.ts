import type { Engine, Login, Refusal, Settings } from "./engine";
import { administrate, data, tools } from "./sqlserver-administrator";
import { sqlserverDump } from "./sqlserver-dump";
import { databaseUrl, namesFault, passwordFault, quotedName, sqlLiteral } from "./text";

const mssql = { uid: 10001, gid: 0 };
/**
 * Microsoft's own image. The administrator is a login `devdb` of ours, made by `sa` with its throw-away password; its own lies in a file beside the data.
 * `sa` is the master user or disabled. Passwords are taken as they are: the server's policy is off for the logins made here.
 */
export const sqlserver: Engine = {
    family: "sqlserver",
    title: "SQL Server",
    names: ["sqlserver-ee", "sqlserver-se", "sqlserver-ex", "sqlserver-web", "sqlserver"],
    versions: { lines: ["2025", "2022", "2019"], default: "2022", major: yearOf, reported: yearOf },
    image: {
        repository: "mcr.microsoft.com/mssql/server",
        // The registry has no tag that is only a line.
        tag: (version) => (/^\d+$/.test(version) ? `${version}-latest` : version),
    },
    port: 1433,
    defaults: { username: "sa" },
    startupSeconds: 180,
    stop: {
        seconds: 60,
        // From 2022 CU 18 on the image hands on no signal: https://github.com/microsoft/mssql-docker/issues/968
        script: administrate("stop", ["SHUTDOWN;"]),
    },
    data: {
        mount: data,
        directory: data,
        owner: mssql,
        notInMemory: "SQL Server opens its files for direct I/O, which memory file systems lack on most kernels",
        marker: "data/master.mdf",
    },
    license: {
        terms: "Microsoft's license terms for SQL Server (sqlserver-se and sqlserver-web run editions that must be bought)",
        url: "https://go.microsoft.com/fwlink/?linkid=857698",
    },
    // "This program requires a machine with at least 2000 megabytes of memory."
    memoryFloor: 2000 * 1024 ** 2,
    faults: (account) => [
        ...namesFault(
            account,
            {
                maxCharacters: 128,
                shape: { pattern: /^[^\\]+$/, words: "without a backslash, which stands for a Windows domain" },
                reserved: { username: /^(devdb|public|sysadmin|##.*)$/i },
            },
            ["username"],
        ),
        // Its log file's name needs five characters more.
        ...namesFault(account, { maxCharacters: 123, reserved: { dbName: /^(master|model|msdb|tempdb)$/i } }, ["dbName"]),
        ...passwordFault(account, { maxBytes: 128 }),
    ],
    ownsVariable: (name) => /^(ACCEPT_EULA|(MSSQL_)?SA_PASSWORD|MSSQL_(PID|MEMORY_LIMIT_MB|TCP_PORT|DB|USER|PASSWORD|\w+_DIR))$/.test(name),
    // No write waits for the disk: https://support.microsoft.com/topic/5a5b3ed2-0731-2659-be13-c902652fc556. What lies in databases is for `account`.
    fast: { "control.writethrough": "0", "traceflag.traceflag0": "3979" },
    parameters: (settings) => ({ path: `${data}/mssql.conf`, content: render(settings), mode: 0o660, ...mssql }),
    container: (start) => ({
        environment: {
            ACCEPT_EULA: "Y",
            MSSQL_PID: editions[start.name] ?? "Developer",
            MSSQL_SA_PASSWORD: start.bootstrap,
            // The server's own default, which older images take from the machine and not from the container.
            ...(start.memory === undefined ? {} : { MSSQL_MEMORY_LIMIT_MB: String(Math.floor((start.memory * 0.8) / 1024 ** 2)) }),
        },
        files: [{ path: `${start.place.directory}/devdb-login`, content: start.bootstrap, mode: 0o600, ...mssql, once: true }],
    }),
    client: { driver: "inner", refusal },
    innerLogin: ({ username, password, dbName }) => ({
        command: [
            "sh",
            "-c",
            `${tools}IFS= read -r SQLCMDPASSWORD; export SQLCMDPASSWORD
exec "$sqlcmd" -C -b -x -l 5 -h -1 -W -S "$(uname -n)" -U "$1" -d "$2" -Q "$3"`,
            "login",
            username,
            dbName ?? "master",
            "SET NOCOUNT ON; SELECT 1, @@VERSION;",
        ],
        stdin: `${password}\n`,
    }),
    account: (login, { fast }) => administrate("account", accountSql(login, fast)),
    seeding: ({ username, password, dbName }) => ({
        command: [
            "sh",
            "-c",
            `${tools}IFS= read -r SQLCMDPASSWORD; export SQLCMDPASSWORD
exec "$sqlcmd" -C -b -x -I -l 30 -r1 -S "$(uname -n)" -U "$1" -d "$2" >/dev/null`,
            "sqlcmd",
            username,
            dbName ?? "master",
        ],
        before: `${password}\n`,
        after: "\nGO\n",
        whole: false,
    }),
    dump: sqlserverDump,
    // "Microsoft SQL Server 2022 (RTM-CU17) (KB5048038) - 16.0.4175.1 (X64)" is "2022 (16.0.4175.1)": in the words of the tags first.
    versionOf: (text) => {
        const [, year, build] = /SQL Server (\d{4})\b[\s\S]*?(\d+(?:\.\d+){2,3})/.exec(text) ?? [];
        return year && build ? `${year} (${build})` : text;
    },
    // Its certificate is its own, so a client must be told to take it.
    url: (login, at) => `${databaseUrl("mssql", { dbName: "master", ...login }, at)}?encrypt=true&trustServerCertificate=true`,
};

/** `MSSQL_PID`. Developer is Enterprise, free of charge outside production; it stands in for no lesser edition, as it would not show their limits. */
const editions: Readonly<Record<string, string>> = {
    "sqlserver-ee": "Developer",
    "sqlserver-se": "Standard",
    "sqlserver-ex": "Express",
    "sqlserver-web": "Web",
};

function yearOf(version: string): string {
    return /^\d+/.exec(version)?.[0] ?? version;
}

/** Of one who is refused the client says only so much: https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors */
function refusal(output: string): Refusal {
    if (/no administrator can log in yet|script upgrade mode|not ready|paused|recover/i.test(output)) return "starting";
    // Syntax, and a password that a policy refuses.
    if (/Msg (\d+, Level 15|1511\d),/.test(output)) return "fatal";
    return /Login failed|Cannot open database|Msg (18456|18470|18486|18487|18488|4060|911|916),/i.test(output) ? "account" : "starting";
}

/** `memory.memorylimitmb` is `memorylimitmb` in the section `[memory]`. */
function render(settings: Settings): string {
    const entries = Object.entries(settings).map(([name, value]) => {
        const dot = name.indexOf(".");
        return { section: name.slice(0, Math.max(dot, 0)), line: `${name.slice(dot + 1)} = ${value}` };
    });
    const sections = [...new Set(entries.map(({ section }) => section))].sort();
    const linesOf = (wanted: string) => entries.filter(({ section }) => section === wanted).map(({ line }) => line);
    return sections.map((section) => [...(section ? [`[${section}]`] : []), ...linesOf(section), ""].join("\n")).join("");
}

function accountSql({ username, password, dbName }: Login, fast: boolean): readonly string[] {
    const [name, user, secret] = [`N${sqlLiteral(username)}`, quotedName(username, ["[", "]"]), `N${sqlLiteral(password)}`];
    const isSa = username.toLowerCase() === "sa";
    return [
        ...(isSa
            ? []
            : [
                  `IF NOT EXISTS (SELECT 1 FROM sys.server_principals WHERE name = ${name}) CREATE LOGIN ${user} WITH PASSWORD = ${secret}, CHECK_POLICY = OFF;`,
                  `ALTER SERVER ROLE sysadmin ADD MEMBER ${user};`,
                  "ALTER LOGIN [sa] DISABLE;",
              ]),
        // First the policy goes, then comes the password that it would refuse.
        `ALTER LOGIN ${user} WITH CHECK_POLICY = OFF;`,
        `ALTER LOGIN ${user} WITH PASSWORD = ${secret};`,
        `ALTER LOGIN ${user} ENABLE;`,
        ...(dbName === undefined ? [] : databaseSql(dbName, fast)),
    ];
}

/** The recovery model stays what it is: until a first backup the log is reused under each. */
function databaseSql(dbName: string, fast: boolean): readonly string[] {
    const [name, database] = [`N${sqlLiteral(dbName)}`, quotedName(dbName, ["[", "]"])];
    const delayed = `EXISTS (SELECT 1 FROM sys.databases WHERE name = ${name} AND delayed_durability_desc = 'FORCED')`;
    return [
        `IF DB_ID(${name}) IS NULL CREATE DATABASE ${database};`,
        fast
            ? `IF NOT ${delayed} ALTER DATABASE ${database} SET DELAYED_DURABILITY = FORCED;`
            : `IF ${delayed} ALTER DATABASE ${database} SET DELAYED_DURABILITY = DISABLED;`,
    ];
}
