import { spawn } from "node:child_process";
import mysql from "mysql2/promise";
import pg from "pg";
import type { Subject } from "./engines";
import type { Driver } from "./instance";

/** One statement to the database as its master user, by the engine's usual driver, or by its own client in the container. Answers the rows as texts. */
export async function sql(subject: Subject, db: Driver, statement: string): Promise<string[][]> {
    return clients[subject.family as keyof typeof clients](db, statement);
}

/** A table with one row, through every dialect. */
export async function writeRow(subject: Subject, db: Driver, value: number): Promise<void> {
    await sql(subject, db, "CREATE TABLE kept (value INTEGER)").catch(() => undefined);
    await sql(subject, db, `INSERT INTO kept VALUES (${value})`);
}

/** The rows of that table; none where the table is not there. */
export async function readRows(subject: Subject, db: Driver): Promise<number[]> {
    const rows = await sql(subject, db, "SELECT value FROM kept").catch((error: unknown) => {
        if (/exist|1146|208|ORA-00942|SQL0204N|Invalid object/i.test(String(error))) return [];
        throw error;
    });
    return rows.map(([value]) => Number(value)).sort((one, other) => one - other);
}

const clients = {
    postgres: async (db: Driver, statement: string) => {
        const client = new pg.Client({ connectionString: db.text("connectionString") });
        await client.connect();
        try {
            const { rows } = await client.query({ text: statement, rowMode: "array" });
            return (rows as unknown[][]).map((row) => row.map(String));
        } finally {
            await client.end();
        }
    },
    mysql: overMysql,
    mariadb: overMysql,
    sqlserver: async (db: Driver, statement: string) => {
        const { username, dbName, password } = db.outputs;
        const script = `IFS= read -r SQLCMDPASSWORD; export SQLCMDPASSWORD
            tool=/opt/mssql-tools18/bin/sqlcmd; certificate=-C; [ -x "$tool" ] || { tool=/opt/mssql-tools/bin/sqlcmd; certificate=; }
            exec "$tool" -S "$(hostname -i)" $certificate -U "$1" -d "$2" -b -h -1 -W -Q "SET NOCOUNT ON; $3"`;
        return lines(await inside(db, [script, String(username), String(dbName ?? "master"), statement], `${String(password)}\n`));
    },
    oracle: async (db: Driver, statement: string) => {
        const { username, dbName, password } = db.outputs;
        const text = [
            "WHENEVER SQLERROR EXIT FAILURE",
            "SET HEADING OFF FEEDBACK OFF PAGESIZE 0 VERIFY OFF DEFINE OFF",
            `CONNECT "${String(username).toUpperCase()}"/"${String(password)}"@//localhost:1521/${String(dbName)}`,
            `${statement};`,
            "COMMIT;",
            "EXIT",
            "",
        ].join("\n");
        return lines(await inside(db, ["exec sqlplus -S -L /nolog"], text));
    },
    db2: async (db: Driver, statement: string) => {
        const { username, dbName, password } = db.outputs;
        const text = [
            `CONNECT TO ${String(dbName)} USER ${String(username)} USING '${String(password).replaceAll("'", "''")}';`,
            `${statement};`,
            "COMMIT;",
            "",
        ].join("\n");
        const output = await inside(db, ['exec su - db2inst1 -c "db2 -x -t +p"'], text);
        return lines(output).filter(([first]) => /^-?\d+$/.test(first ?? ""));
    },
} as const;

async function overMysql(db: Driver, statement: string): Promise<string[][]> {
    const { username, password, dbName, port, address } = db.outputs;
    const connection = await mysql.createConnection({
        host: String(address),
        port: Number(port),
        user: String(username),
        password: String(password),
        ...(dbName === undefined ? {} : { database: String(dbName) }),
        rowsAsArray: true,
    });
    try {
        const [rows] = await connection.query(statement);
        return Array.isArray(rows) ? (rows as unknown[][]).map((row) => row.map(String)) : [];
    } finally {
        await connection.end();
    }
}

function inside(db: Driver, [script = "", ...args]: readonly string[], stdin: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const child = spawn("docker", ["exec", "-i", db.text("identifier"), "sh", "-c", script, "client", ...args]);
        let output = "";
        child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
        child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
        child.on("error", reject);
        child.on("close", (code) => (code === 0 ? resolve(output) : reject(new Error(output || `exit code ${code}`))));
        child.stdin.end(stdin);
    });
}

function lines(output: string): string[][] {
    return output
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== "")
        .map((line) => line.split(/\s+/));
}
