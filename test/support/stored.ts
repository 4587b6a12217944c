import type { Manifest } from "../../provider/snapshots/manifest";
import { draft } from "../../provider/snapshots/store";

/** What every stored snapshot of a test says alike. */
export const usual = {
    format: 1,
    method: "logical",
    engine: "postgres",
    engineVersion: "17.5",
    tool: "pg_dump 17.5",
    username: "app",
    dbName: "orders",
    createdAt: "2026-01-01T00:00:00.000Z",
    host: "here",
} as const;

/** Stores a snapshot that nobody took, with what is given instead of the usual; answers the manifest's path. */
export async function storedSnapshot(directory: string, change: Partial<Manifest> = {}): Promise<string> {
    const id = change.id ?? "stored";
    const writing = await draft(directory, id, { run: "a test", isDead: () => false });
    const globals = await writing.add("globals", async (into) => void into.end('CREATE ROLE "app";\nCREATE ROLE "bob";\n'));
    const file = await writing.add("database-1", async (into) => void into.end("no dump at all"));
    return writing.seal({
        ...usual,
        id,
        ...{ users: ["app", "bob", "postgres"], settings: { bootstrap: "postgres" }, tags: {}, globals },
        databases: ["orders", "other"].map((name) => ({ name, settings: {}, extensions: [], file })),
        source: { identifier: "shop-dev-orders", project: "shop", stack: "dev", name: "orders", created: "then", daemon: "one" },
        ...change,
    });
}
