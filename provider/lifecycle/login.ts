import type { QueryArrayResult } from "pg";
import type { Address, Client, Engine, Login, Refusal } from "../engines/engine";
import type { Runtime } from "../runtimes/runtime";

/** The outcome of one try to log in. */
export type Attempt =
    | { readonly kind: "in"; readonly version: string }
    | { readonly kind: "refused"; readonly refusal: Refusal; readonly words: string };

/** Milliseconds for one try; a server that is still starting may accept the connection and say nothing. */
const patience = 5_000;

/** Logs in from this process, over the published port. */
export async function loginFromHere(client: Extract<Client, { readonly sql: string }>, login: Login, at: Address): Promise<Attempt> {
    try {
        return { kind: "in", version: await drivers[client.driver](client.sql, login, at) };
    } catch (error) {
        const { code, message } = error as { readonly code?: unknown; readonly message?: string };
        return { kind: "refused", refusal: client.refusal(String(code ?? "")), words: message || String(code ?? error) };
    }
}

/** Logs in inside the container, over its own address: where no driver is shipped, or the published port cannot be reached from here. */
export async function loginInside(engine: Engine, login: Login, runtime: Runtime, name: string): Promise<Attempt> {
    const script = engine.innerLogin(login);
    const { exitCode, stdout, stderr } = await runtime.exec(name, { ...script, signal: AbortSignal.timeout(4 * patience) });
    if (exitCode === 0) return { kind: "in", version: stdout.trim().replace(/^1\s*/, "") };
    const words = `${stderr}\n${stdout}`.trim();
    // What the server says over its own protocol has the same meaning as through a driver; a client program only says it in words.
    const refusal = engine.client.driver === "inner" ? engine.client.refusal(words) : "account";
    return { kind: "refused", refusal, words };
}

/** Loads what the login needs, while there is nothing else to do: its first use would wait for it. */
export function loadDriver({ driver }: Client): void {
    if (driver !== "inner") void packages[driver]().catch(() => undefined);
}

const packages = { pg: () => import("pg"), mysql2: () => import("mysql2/promise") } as const;

const drivers = {
    pg: async (sql: string, login: Login, at: Address): Promise<string> => {
        const { default: pg } = await packages.pg();
        const client = new pg.Client({
            host: at.host,
            port: at.port,
            user: login.username,
            password: login.password,
            database: login.dbName,
            connectionTimeoutMillis: patience,
            query_timeout: patience,
        });
        // Without a listener a connection that breaks later would end this process.
        client.on("error", () => undefined);
        try {
            await client.connect();
            // Of several statements, one result each.
            const results: QueryArrayResult[] = [await client.query({ text: sql, rowMode: "array" })].flat();
            return String(results.at(-1)?.rows[0]?.at(-1));
        } finally {
            // Nobody waits for the server to see that it has ended.
            void client.end().catch(() => undefined);
        }
    },
    mysql2: async (sql: string, login: Login, at: Address): Promise<string> => {
        const { createConnection } = await packages.mysql2();
        const connection = await createConnection({
            host: at.host,
            port: at.port,
            user: login.username,
            password: login.password,
            ...(login.dbName === undefined ? {} : { database: login.dbName }),
            connectTimeout: patience,
            rowsAsArray: true,
        });
        connection.on("error", () => undefined);
        try {
            const [rows] = await connection.query({ sql, timeout: patience });
            return String((rows as unknown[][])[0]?.[1]);
        } finally {
            connection.destroy();
        }
    },
} as const;
