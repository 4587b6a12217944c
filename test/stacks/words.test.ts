import { strict as assert } from "node:assert";
import { ask } from "../support/ask";
import { type Standing, standing } from "../support/docker";
import { freePort } from "../support/port";
import { databases, project, type Run, type Stack } from "../support/stack";

describe("a changed argument", () => {
    const shop = project();
    const names = ["password", "parameters", "public", "port", "database"] as const;
    type Name = (typeof names)[number];
    let stack: Stack;
    let port: number;
    let old: Readonly<Record<Name, Standing>>;
    let previewed: Readonly<Record<Name, Standing>>;
    let now: Readonly<Record<Name, Standing>>;
    let preview: Run;
    let again: Run;
    const standings = async () => {
        const pairs = await Promise.all(names.map(async (name) => [name, await standing(`${shop.name}-dev-${name}`)] as const));
        return Object.fromEntries(pairs) as Record<Name, Standing>;
    };
    const rows = async (name: Name) => ask(await stack.output(name, "connectionString"), "SELECT number FROM kept");

    before(async () => {
        stack = await shop.stack("dev");
        port = await freePort();
        await stack.up(
            databases({ password: { password: "the first" }, parameters: {}, public: {}, port: {}, database: { dbName: "first" } }),
        );
        for (const name of names) await ask(await stack.output(name, "connectionString"), "CREATE TABLE kept AS SELECT 7 AS number");
        old = await standings();
        const changed = databases({
            password: { password: "the second" },
            parameters: { parameters: { work_mem: "9MB" } },
            public: { publiclyAccessible: true },
            port: { port },
            database: { dbName: "second" },
        });
        preview = await stack.preview(changed);
        previewed = await standings();
        await stack.up(changed);
        now = await standings();
        again = await stack.up(changed);
    });

    it("is only looked at by preview", () => assert.deepEqual(previewed, old));

    it("is all that preview names", () => assert.doesNotMatch(preview.text, /__devdb/));

    it("is no change the second time", () => assert.equal(again.changes, 0, again.text));

    it("of the password happens in place", async () => {
        assert.deepEqual(preview.said("password"), ["in place: password"]);
        assert.deepEqual(now.password, old.password);
        assert.match(await stack.output("password", "connectionString"), /the%20second/);
        assert.deepEqual(await rows("password"), [[7]]);
    });

    it("of the parameters restarts", async () => {
        assert.deepEqual(preview.said("parameters"), ["restart: parameters"]);
        assert.equal(now.parameters.id, old.parameters.id);
        assert.notEqual(now.parameters.startedAt, old.parameters.startedAt);
        assert.deepEqual(await ask(await stack.output("parameters", "connectionString"), "SHOW work_mem"), [["9MB"]]);
        assert.deepEqual(await rows("parameters"), [[7]]);
    });

    it("of publiclyAccessible recreates", async () => {
        assert.deepEqual(preview.said("public"), ["recreate: publiclyAccessible"]);
        assert.notEqual(now.public.id, old.public.id);
        assert.equal(now.public.published, old.public.published.replace("127.0.0.1", "0.0.0.0"));
        assert.deepEqual(await rows("public"), [[7]]);
    });

    it("of the port recreates", async () => {
        assert.deepEqual(preview.said("port"), ["recreate: port"]);
        assert.notEqual(now.port.id, old.port.id);
        assert.equal(now.port.published, `127.0.0.1:${port}`);
        assert.deepEqual(await rows("port"), [[7]]);
    });

    it("of dbName replaces", async () => {
        assert.deepEqual(preview.said("database"), ["replace: dbName"]);
        assert.ok(preview.steps("database").includes("replace"), preview.text);
        assert.notEqual(now.database.id, old.database.id);
        const url = await stack.output("database", "connectionString");
        assert.match(url, /\/second$/);
        assert.deepEqual(await ask(url, "SELECT to_regclass('kept')"), [[null]]);
    });
});

describe("a change that carries the data over", () => {
    const shop = project();
    let stack: Stack;

    it("is told by preview, and keeps the rows", async () => {
        stack = await shop.stack("dev");
        await stack.up(databases({ db: {} }));
        await ask(await stack.output("db", "connectionString"), "CREATE TABLE kept AS SELECT 7 AS number");
        const old = await standing(`${shop.name}-dev-db`);
        const changed = databases({ db: { engineVersion: "18", storage: "volume" } });
        const preview = await stack.preview(changed);
        assert.deepEqual(preview.said("db"), ["carry: engineVersion, storage"]);
        assert.ok(!preview.steps("db").includes("replace"), preview.text);
        assert.deepEqual(await standing(`${shop.name}-dev-db`), old);
        await stack.up(changed);
        const now = await standing(`${shop.name}-dev-db`);
        assert.notEqual(now.id, old.id);
        assert.equal(now.published, old.published);
        const url = await stack.output("db", "connectionString");
        assert.deepEqual(await ask(url, "SELECT number, current_setting('server_version_num')::int / 10000 FROM kept"), [[7, 18]]);
        assert.equal((await stack.up(changed)).changes, 0);
    });

    it("is refused in preview and in up where an older server would have to read the data, and changes nothing", async () => {
        const old = await standing(`${shop.name}-dev-db`);
        for (const kind of ["preview", "up"] as const) {
            const { text } = await stack.fails(kind, databases({ db: { storage: "volume" } }));
            assert.match(text, /property engineVersion .* is 17, and the data is of PostgreSQL 18, which an older server cannot read/);
        }
        assert.deepEqual(await standing(`${shop.name}-dev-db`), old);
    });
});
