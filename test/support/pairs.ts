import { createConnection } from "mysql2/promise";
import pg from "pg";
import { ask } from "./ask";

/** Numbers that are written into two tables, each by one transaction; the third table lies between them, for a lock that a dump waits at. */
export const pairTables = [
    "CREATE TABLE pairs_a (n int PRIMARY KEY)",
    "CREATE TABLE pairs_between (n int)",
    "CREATE TABLE pairs_z (n int PRIMARY KEY)",
] as const;

export interface PairWriter {
    /** How many pairs were acknowledged so far: those from 0 on. */
    readonly acknowledged: () => number;
    /** Milliseconds that the slowest one took. */
    readonly slowest: () => number;
    readonly stop: () => Promise<void>;
}

/** Writes one pair after the other until it is stopped. */
export async function writePairs(url: string): Promise<PairWriter> {
    const session = await connected(url);
    let acknowledged = 0;
    let slowest = 0;
    let stopped = false;
    const work = (async () => {
        while (!stopped) {
            const began = Date.now();
            await session.run(`BEGIN; INSERT INTO pairs_a VALUES (${acknowledged}); INSERT INTO pairs_z VALUES (${acknowledged}); COMMIT`);
            acknowledged += 1;
            slowest = Math.max(slowest, Date.now() - began);
        }
    })();
    // Told by stop.
    work.catch(() => undefined);
    return {
        acknowledged: () => acknowledged,
        slowest: () => slowest,
        stop: async () => {
            stopped = true;
            await work.finally(session.end);
        },
    };
}

/** The numbers of each table. */
export async function pairsIn(url: string): Promise<readonly [readonly number[], readonly number[]]> {
    const [a, z] = await Promise.all(["pairs_a", "pairs_z"].map((table) => ask(url, `SELECT n FROM ${table} ORDER BY n`)));
    const numbers = (rows: typeof a) => (rows ?? []).map(([n]) => Number(n));
    return [numbers(a), numbers(z)];
}

/** Holds the table between the pairs, so that a dump is under way for as long as the work takes, when it may have read the first half and not the second. */
export async function heldBetween<T>(url: string, work: () => Promise<T>): Promise<T> {
    const session = await connected(url);
    try {
        await session.run(url.startsWith("postgresql:") ? "BEGIN; LOCK TABLE pairs_between" : "LOCK TABLES pairs_between WRITE");
        return await work();
    } finally {
        await session.end();
    }
}

async function connected(url: string): Promise<{ readonly run: (sql: string) => Promise<unknown>; readonly end: () => Promise<void> }> {
    if (url.startsWith("postgresql:")) {
        const client = new pg.Client({ connectionString: url });
        await client.connect();
        return { run: (sql) => client.query(sql), end: () => client.end() };
    }
    const connection = await createConnection({ uri: url, multipleStatements: true });
    return { run: (sql) => connection.query(sql), end: async () => connection.destroy() };
}
