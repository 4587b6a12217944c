import { createConnection } from "mysql2/promise";
import pg from "pg";

/** Logs in with a connection string, as an application would, and answers the rows as arrays. */
export async function ask(url: string, sql: string): Promise<readonly (readonly unknown[])[]> {
    return url.startsWith("postgresql:") ? askPostgres(url, sql) : askMysql(url, sql);
}

async function askPostgres(url: string, sql: string): Promise<readonly (readonly unknown[])[]> {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on("error", () => undefined);
    try {
        await client.connect();
        const { rows } = await client.query<unknown[]>({ text: sql, rowMode: "array" });
        return rows;
    } finally {
        await client.end().catch(() => undefined);
    }
}

async function askMysql(url: string, sql: string): Promise<readonly (readonly unknown[])[]> {
    const connection = await createConnection({ uri: url, connectTimeout: 5_000, rowsAsArray: true });
    try {
        const [rows] = await connection.query(sql);
        return rows as unknown[][];
    } finally {
        connection.destroy();
    }
}
