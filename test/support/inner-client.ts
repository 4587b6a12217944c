import { spawn } from "node:child_process";

/** Asks a server that this process has no driver for, by its image's own client in its container. */
export interface InnerClient {
    readonly ask: (container: string, login: Who & { readonly dbName: string }, sql: string) => Promise<string>;
    /** Run by a shell as root in the container, where users are the system's own. */
    readonly prepared?: string;
    /** A table of `app`, with a row `kept before`. */
    readonly statements: readonly string[];
    /** Adds a row `written after`. */
    readonly more: string;
    readonly question: (master: string) => string;
    /** What only the master user may do to the table. */
    readonly changes: (master: string) => string;
    readonly greeting: string;
    readonly other: Who;
    /** Whether that one comes along where an instance is carried over; not where users are the system's own. */
    readonly comes: boolean;
    readonly second: Second;
    /** What a login is told that is none. */
    readonly shut: RegExp;
    /** Where the server writes its dumps. */
    readonly place: string;
    /** A line that is offered and reads no dumps of the one under test. */
    readonly older?: string;
}

interface Who {
    readonly username: string;
    readonly password: string;
}

/** A database besides the master user's. */
interface Second {
    readonly dbName: string;
    /** Makes it, with a row `kept there`, for the master user `app` or for one of its own. */
    readonly prepare: (container: string, master: Who & { readonly dbName: string }) => Promise<unknown>;
    readonly who?: Who;
    readonly question: string;
    /** A user who could not log in before either. */
    readonly locked?: Who;
}

const other = { username: "reader", password: "Reader-pass1" };
const clerk = { username: "clerk", password: "Clerk-pass1" };
const locked = { username: "gone", password: "Gone-pass1" };

export const innerClients: Readonly<Record<string, InnerClient>> = {
    sqlserver: {
        ask: (container, { username, password, dbName }, sql) => {
            const sqlcmd = ["/opt/mssql-tools18/bin/sqlcmd", "-C", "-b", "-x", "-l", "5", "-h", "-1", "-W", "-S", "localhost"];
            const script = 'IFS= read -r SQLCMDPASSWORD; export SQLCMDPASSWORD; exec "$@"';
            return inContainer(
                container,
                ["sh", "-c", script, "ask", ...sqlcmd, "-U", username, "-d", dbName],
                `${password}\n${sql}\nGO\n`,
            );
        },
        statements: [
            "CREATE TABLE t (id INT PRIMARY KEY, name NVARCHAR(40)); INSERT INTO t VALUES (1, N'kept before')",
            `CREATE LOGIN reader WITH PASSWORD = N'${other.password}'; CREATE USER reader FOR LOGIN reader; ALTER ROLE db_datareader ADD MEMBER reader`,
            "CREATE DATABASE [oth]]er']",
            "USE [oth]]er']; CREATE TABLE t (name NVARCHAR(40)); INSERT INTO t VALUES (N'too')",
            "USE [oth]]er']; CREATE USER reader FOR LOGIN reader; ALTER AUTHORIZATION ON DATABASE::[oth]]er'] TO [app]",
        ],
        more: "INSERT INTO t VALUES (2, N'written after')",
        question: () => "SELECT name FROM t; USE [oth]]er']; SELECT name FROM t",
        changes: () => "DROP TABLE t; CREATE LOGIN anew WITH PASSWORD = N'Anew-pass1'",
        greeting: "SELECT name FROM t",
        other,
        comes: true,
        second: {
            dbName: "till",
            prepare: async (container, master) => {
                for (const sql of [
                    "CREATE DATABASE till",
                    "USE till; CREATE TABLE t (name NVARCHAR(40)); INSERT INTO t VALUES (N'kept there')",
                    `CREATE LOGIN clerk WITH PASSWORD = N'${clerk.password}', DEFAULT_DATABASE = till; ALTER SERVER ROLE dbcreator ADD MEMBER clerk`,
                    "USE till; CREATE USER clerk FOR LOGIN clerk; ALTER ROLE db_owner ADD MEMBER clerk",
                    `CREATE LOGIN gone WITH PASSWORD = N'${locked.password}'; ALTER LOGIN gone DISABLE`,
                ])
                    await innerClients.sqlserver?.ask(container, master, sql);
            },
            who: clerk,
            question: "SELECT name FROM t",
            locked,
        },
        shut: /Login failed/,
        place: "/var/opt/mssql/data",
        older: "2019",
    },
    oracle: {
        ask: async (container, { username, password, dbName }, sql) => {
            const lines = [
                "WHENEVER SQLERROR EXIT FAILURE",
                "SET HEADING OFF FEEDBACK OFF PAGESIZE 0",
                `CONNECT ${username}/"${password}"@//localhost:1521/${dbName}`,
                ...sql.split(";").map((statement) => `${statement.trim()};`),
                "",
            ];
            const said = await inContainer(container, ["sqlplus", "-S", "-L", "/nolog"], lines.join("\n"));
            // A CONNECT that fails is no error to it.
            if (/ORA-|SP2-/.test(said)) throw new Error(said);
            return said;
        },
        statements: [
            "CREATE TABLE t (id NUMBER PRIMARY KEY, name VARCHAR2(40)); INSERT INTO t VALUES (1, 'kept before'); COMMIT",
            `CREATE USER reader IDENTIFIED BY "${other.password}" QUOTA UNLIMITED ON users; GRANT CREATE SESSION TO reader`,
        ],
        more: "INSERT INTO t VALUES (2, 'written after'); COMMIT",
        question: () => "SELECT name FROM t",
        changes: () => "DROP TABLE t; CREATE TABLE anew (n NUMBER)",
        greeting: "SELECT 1 FROM dual",
        other,
        comes: true,
        second: {
            dbName: "till",
            prepare: async (container) => {
                const lines = [
                    "WHENEVER SQLERROR EXIT FAILURE",
                    "ALTER SESSION SET CONTAINER = till;",
                    `CREATE USER clerk IDENTIFIED BY "${clerk.password}" QUOTA UNLIMITED ON users;`,
                    "GRANT CREATE SESSION, CREATE TABLE TO clerk;",
                    `CREATE USER gone IDENTIFIED BY "${locked.password}" ACCOUNT LOCK;`,
                    "GRANT CREATE SESSION TO gone;",
                    "CREATE TABLE clerk.t (name VARCHAR2(40));",
                    "INSERT INTO clerk.t VALUES ('kept there');",
                    "COMMIT;",
                    "",
                ];
                await inContainer(container, ["sh", "-c", "createDatabase till </dev/null && sqlplus -S / as sysdba"], lines.join("\n"));
            },
            who: clerk,
            question: "SELECT name FROM t",
            locked,
        },
        shut: /ORA-(01017|28000)/,
        place: "/opt/oracle/oradata",
    },
    db2: {
        ask: (container, { username, password, dbName }, sql) => {
            const lines = [`CONNECT TO ${dbName} USER ${username} USING '${password}';`, ...sql.split("; ").map((each) => `${each};`), ""];
            return inContainer(container, ["su", "-", "db2inst1", "-c", "db2 +p -s -t -x"], lines.join("\n"), "root");
        },
        prepared: `useradd --no-create-home --gid "$(id -gn db2inst1)" reader && echo 'reader:${other.password}' | chpasswd`,
        statements: ["CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40)); INSERT INTO t VALUES (1, 'kept before')"],
        more: "INSERT INTO t VALUES (2, 'written after')",
        question: () => "SELECT name FROM app.t",
        changes: () => "DROP TABLE app.t",
        greeting: "SELECT 1 FROM SYSIBM.SYSDUMMY1",
        other,
        comes: false,
        second: {
            dbName: "till",
            prepare: async (container) => {
                const lines = [
                    "CREATE DATABASE till;",
                    "CONNECT TO till;",
                    "CREATE TABLE app.t (name VARCHAR(40));",
                    "INSERT INTO app.t VALUES ('kept there');",
                    "GRANT DATAACCESS ON DATABASE TO USER app;",
                    "",
                ];
                await inContainer(container, ["su", "-", "db2inst1", "-c", "db2 +p -s -t -x"], lines.join("\n"), "root");
            },
            question: "SELECT name FROM app.t",
        },
        shut: /SQL30082N/,
        place: "/database",
    },
};

/** Rejects with what the client said, where it failed. */
export async function inContainer(container: string, command: readonly string[], stdin: string, user = ""): Promise<string> {
    const as = user === "" ? [] : ["--user", user];
    return new Promise((resolve, reject) => {
        const child = spawn("docker", ["exec", "--interactive", ...as, container, ...command]);
        let said = "";
        child.stdout.on("data", (chunk) => {
            said += String(chunk);
        });
        child.stderr.on("data", (chunk) => {
            said += String(chunk);
        });
        child.on("error", reject);
        child.on("close", (code) => (code === 0 ? resolve(said) : reject(new Error(said))));
        child.stdin.end(stdin);
    });
}
