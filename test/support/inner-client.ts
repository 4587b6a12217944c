import { spawn } from "node:child_process";

/** Asks a server that this process has no driver for, by its image's own client in its container. */
export interface InnerClient {
    readonly ask: (container: string, login: Who & { readonly dbName: string }, sql: string) => Promise<string>;
    /** A table of `app`, with a row `kept before`. */
    readonly statements: readonly string[];
    /** Adds a row `written after`. */
    readonly more: string;
    readonly question: (master: string) => string;
    /** What only the master user may do to the table. */
    readonly changes: (master: string) => string;
    readonly greeting: string;
    readonly other: Who;
    /** Where the server writes its dumps. */
    readonly place: string;
    /** A line that is offered and reads no dumps of the one under test. */
    readonly older?: string;
}

interface Who {
    readonly username: string;
    readonly password: string;
}

const other = { username: "reader", password: "Reader-pass1" };

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
        place: "/var/opt/mssql/data",
        older: "2019",
    },
};

/** Rejects with what the client said, where it failed. */
async function inContainer(container: string, command: readonly string[], stdin: string, user = ""): Promise<string> {
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
