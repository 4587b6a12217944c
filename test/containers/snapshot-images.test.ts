import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { noteDaemon } from "../../provider/snapshots/lookup";
import { snapshot as v1 } from "../../provider/v1";
import { ask } from "../support/ask";
import { daemon, leftOf, startedAt } from "../support/daemon";
import { docker } from "../support/docker";
import { families, type Subject } from "../support/engines";
import { type Driver, driver, stack } from "../support/instance";
import { freePort } from "../support/port";
import { ownDirectory, snapshotDriver } from "../support/snapshot";

for (const subject of families.filter(({ family }) => ["postgres", "mysql", "mariadb"].includes(family)))
    describe(`an image snapshot of ${subject.title}`, () => images(subject));

/** What a server of each family sets and keeps for itself. */
const belongings: Readonly<Record<string, readonly string[]>> = {
    postgres: ["ALTER SYSTEM SET work_mem = '7MB'", "SELECT pg_reload_conf()", "SELECT pg_create_physical_replication_slot('follower')"],
    mysql: ["SET PERSIST max_connections = 77"],
};
const asked: Readonly<Record<string, readonly (readonly [question: string, there: unknown, here: unknown])[]>> = {
    postgres: [
        ["SHOW work_mem", [["7MB"]], [["4MB"]]],
        ["SELECT count(*)::int FROM pg_replication_slots", [[1]], [[0]]],
    ],
    mysql: [["SELECT @@max_connections", [[77]], [[151]]]],
};

function images(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };
    const renames = subject.family === "postgres";
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let source: Driver;
    let taken: ReturnType<typeof snapshotDriver>;
    let began: string;
    const made: Driver[] = [];
    const snapshots: ReturnType<typeof snapshotDriver>[] = [];
    const snapshot = () => {
        const one = snapshotDriver(directory.path);
        snapshots.push(one);
        return one;
    };
    const make = (config = {}) => {
        const db = driver("layer", { config: { snapshotDirectory: directory.path, ...config } });
        made.push(db);
        return db;
    };
    const clone = async (args: Readonly<Record<string, unknown>> = {}) => {
        const db = make();
        await db.up({ ...base, snapshotIdentifier: taken.id, ...args });
        return db;
    };
    const url = (db: Driver, change: { readonly database?: string; readonly username?: string; readonly password?: string } = {}) => {
        const { database = db.text("dbName"), username = db.text("username"), password = db.text("password") } = change;
        const parsed = new URL(db.text("connectionString"));
        Object.assign(parsed, { pathname: `/${database}`, username, password });
        return parsed.href;
    };
    const values = (db: Driver) => ask(url(db), "SELECT value FROM kept ORDER BY value");
    const inspected = async (reference: string) => daemon.getImage(reference).inspect();

    before(async function () {
        this.timeout(240_000);
        directory = await ownDirectory();
        source = make();
        await source.up({ ...base, username: "app", dbName: "orders", environment: { LEFT: "behind" } });
        await ask(url(source), "CREATE TABLE kept (value int)");
        await ask(url(source), "INSERT INTO kept VALUES (7)");
        await ask(url(source), "CREATE VIEW seen AS SELECT value FROM kept");
        await ask(url(source), "CREATE DATABASE other");
        await ask(url(source, { database: "other" }), "CREATE TABLE beside AS SELECT 8 AS value");
        await ask(url(source), renames ? "CREATE ROLE bob LOGIN PASSWORD 'bob'" : "CREATE USER bob IDENTIFIED BY 'bob'");
        for (const statement of belongings[subject.family] ?? []) await ask(url(source), statement);
        began = await startedAt(source);
        taken = snapshot();
        await taken.up({ dbInstanceIdentifier: source.text("identifier"), method: "auto" });
    });
    afterEach(async () => {
        for (const one of snapshots.splice(1)) if (one.exists) await one.destroy();
        for (const db of made.splice(1)) if (db.exists) await db.destroy();
    });
    after(async () => {
        if (taken?.exists) await taken.destroy();
        if (source?.exists) await source.destroy();
        await directory.remove();
        assert.deepEqual(await leftOf(`devdb-test-${stack}-layer`), []);
        const left = await daemon.listImages({ all: true, filters: { label: [`devdb.stack=${stack}`, "devdb.role=snapshot"] } });
        assert.deepEqual(
            left.map(({ Id }) => Id),
            [],
        );
    });

    it("is what auto takes: an image on the instance's daemon, which says what it is and holds no secret outside of the layer", async () => {
        const { method, image, path, host, sizeBytes, daemon: where } = taken.outputs;
        assert.deepEqual([method, image, path, host], ["image", `devdb/snapshot:${taken.id}`, undefined, undefined]);
        assert.equal(where, source.outputs.daemon);
        assert.ok(Number(sizeBytes) > 1000);
        const info = await inspected(String(image));
        const { Labels } = info.Config;
        assert.equal(Labels?.["devdb.snapshot"], taken.id);
        assert.equal(Labels?.["devdb.role"], "snapshot");
        assert.equal(Labels?.["devdb.spec"], "", "nothing is inherited");
        const text = JSON.stringify([info, await daemon.getImage(String(image)).history()]);
        assert.ok(!text.includes(source.text("password")));
        assert.doesNotMatch(text, /SCRAM-SHA|\$A\$005|\*[0-9A-F]{40}/);
    });

    it("leaves what belongs to the source's server behind: environment, settings, keys, logs, and the administrator's password", async () => {
        const db = await clone();
        const inside = (one: Driver, script: string) => docker("exec", "-u", "root", one.text("identifier"), "sh", "-c", script);
        assert.match(await inside(source, "env"), /^LEFT=behind$/m);
        assert.doesNotMatch(await inside(db, "env"), /LEFT/);
        for (const [question, there, here] of asked[subject.family] ?? []) {
            assert.deepEqual(await ask(url(source), question), there, question);
            assert.deepEqual(await ask(url(db), question), here, question);
        }
        if (renames) return;
        const [his, its] = [await inside(source, "cat /var/lib/devdb/client.cnf"), await inside(db, "cat /var/lib/devdb/client.cnf")];
        assert.notEqual(his, its);
        assert.equal(await inside(db, "cat /etc/devdb/init.sql"), "");
        const login = `${subject.family} --defaults-extra-file=/dev/stdin --batch --skip-column-names --execute='SELECT 1' <<'END'\n`;
        assert.match(await inside(db, `${login}${its}\nEND`), /^1$/m);
        await assert.rejects(inside(db, `${login}${his}\nEND`), /Access denied/);
        if (subject.family === "mysql")
            assert.equal((await inside(db, "cd /var/lib/devdb/data; grep -l orders binlog.0* || true")).trim(), "");
    });

    it("lets nobody in with the source's password, from the first moment of a clone's server on", async () => {
        const port = await freePort();
        const old = new URL(url(source));
        old.port = String(port);
        let going = true;
        const tries = { in: 0, refused: 0 };
        const hammer = async () => {
            while (going) {
                const outcome = await ask(old.href, "SELECT 1").then(
                    () => "in",
                    ({ code }: { readonly code?: string }) => (/^(\d|ER_)/.test(code ?? "") ? "refused" : "nobody"),
                );
                if (outcome !== "nobody") tries[outcome as keyof typeof tries] += 1;
                await sleep(2);
            }
        };
        const hammers = [hammer(), hammer(), hammer()];
        try {
            await clone({ port });
        } finally {
            going = false;
            await Promise.all(hammers);
        }
        assert.equal(tries.in, 0);
        assert.ok(tries.refused > 0, "it was tried while the server answered");
    });

    it("is of a volume too, in which and in a container there are clones then", async function () {
        this.timeout(120_000);
        const db = make();
        await db.up({ ...base, username: "app", dbName: "orders", storage: "volume" });
        await ask(url(db), "CREATE TABLE kept AS SELECT 9 AS value");
        const [before, one] = [await startedAt(db), snapshot()];
        await one.up({ dbInstanceIdentifier: db.text("identifier"), method: "auto" });
        assert.equal(one.outputs.method, "image");
        assert.ok(Number(one.outputs.sizeBytes) > 1000);
        await ask(url(db), "INSERT INTO kept VALUES (10)");
        assert.equal(await startedAt(db), before);
        for (const storage of ["volume", "container"]) {
            const copy = await clone({ snapshotIdentifier: one.id, storage });
            assert.deepEqual(await values(copy), [[9]]);
            await ask(url(copy), "DELETE FROM kept");
        }
        assert.deepEqual(await values(db), [[9], [10]]);
    });

    it("leaves the source running", async () => {
        assert.equal(await startedAt(source), began);
        assert.equal((await daemon.getContainer(source.text("identifier")).inspect()).State.Paused, false);
        assert.deepEqual(await values(source), [[7]]);
    });

    it("is in clones with every database; each has a password of its own, and only its master user logs in", async function () {
        this.timeout(120_000);
        const [one, two] = [await clone(), await clone()];
        for (const db of [one, two]) {
            assert.deepEqual([db.text("username"), db.text("dbName")], ["app", "orders"]);
            assert.deepEqual(await values(db), [[7]]);
            assert.deepEqual(await ask(url(db, { database: "other" }), "SELECT value FROM beside"), [[8]]);
            await assert.rejects(ask(url(db, { password: source.text("password") }), "SELECT 1"), "the source's password");
            await assert.rejects(ask(url(db, { username: "bob", password: "bob" }), "SELECT 1"), "another user");
        }
        assert.deepEqual(await ask(url(source, { username: "bob", password: "bob", database: renames ? "orders" : "" }), "SELECT 1"), [
            [1],
        ]);
        await ask(url(one), "INSERT INTO kept VALUES (1)");
        await ask(url(two), "INSERT INTO kept VALUES (2)");
        assert.deepEqual([await values(one), await values(two), await values(source)], [[[1], [7]], [[2], [7]], [[7]]]);
        if (subject.family === "mysql") {
            const uuids = await Promise.all([source, one, two].map((db) => ask(url(db), "SELECT @@server_uuid")));
            assert.equal(new Set(uuids.map(String)).size, 3);
        }
    });

    it("is in a clone whose data stay when it is restarted, adopted and made anew", async function () {
        this.timeout(120_000);
        const db = await clone();
        await ask(url(db), "INSERT INTO kept VALUES (1)");
        const args = { ...base, snapshotIdentifier: taken.id };
        await db.up({ ...args, parameters: { max_connections: 50 } });
        assert.deepEqual(await values(db), [[1], [7]]);
        await db.up({ ...args, environment: { A: "b" } });
        assert.deepEqual(await values(db), [[1], [7]]);
        db.lose();
        await db.up({ ...args, environment: { A: "b" } });
        assert.deepEqual(await values(db), [[1], [7]]);
        assert.deepEqual((await db.preview({ ...args, environment: { A: "b" } })).said, []);
    });

    if (renames)
        it("is in a clone under other names: the objects are its user's, who may drop them, and it can be copied again", async function () {
            this.timeout(240_000);
            for (const [username, dbName] of [
                ["other'\"s", "shop é"],
                ["postgres", "postgres"],
            ] as const) {
                const db = await clone({ username, dbName });
                assert.deepEqual(await ask(url(db), "SELECT value, tableowner::text FROM kept, pg_tables WHERE tablename = 'kept'"), [
                    [7, username],
                ]);
                await assert.rejects(ask(url(db, { username: "app", password: source.text("password") }), "SELECT 1"));
                assert.deepEqual(await ask(url(db), "SELECT count(*)::int FROM pg_database WHERE datname = 'orders'"), [[0]]);
                assert.deepEqual(await ask(url(db), "SELECT count(*)::int FROM pg_roles WHERE rolname IN ('app', 'devdb_restore')"), [[0]]);
                const again = snapshot();
                await again.up({ dbInstanceIdentifier: db.text("identifier"), method: "image" });
                const copy = make();
                await copy.up({ ...base, snapshotIdentifier: again.id, username: "third", dbName: "third" });
                await ask(url(copy), "DROP TABLE kept CASCADE");
                assert.deepEqual(await values(db), [[7]]);
            }
        });
    else
        it("is refused under other names before anything is made, with the remedy", async () => {
            for (const [property, args] of [
                ["username", { username: "else" }],
                ["dbName", { dbName: "else" }],
            ] as const)
                await assert.rejects(clone(args), new RegExp(`${property}: cannot be else: .* method: "logical"`));
        });

    it("is refused for another version, for memory and for another daemon, before anything is made", async () => {
        const other = subject.family === "postgres" ? "18" : subject.family === "mysql" ? "8.4" : "11.4";
        await assert.rejects(clone({ engineVersion: other }), /engineVersion: is \S+, and the snapshot \S+ is an image of .*"logical"/);
        await assert.rejects(clone({ storage: "tmpfs" }), /storage: cannot be tmpfs/);
        await noteDaemon("far", directory.path, "OTHER (far)");
        const both = (text: string) => text.includes("OTHER (far)") && text.includes(source.text("daemon"));
        await assert.rejects(clone({ snapshotIdentifier: "far" }), (error: Error) => both(error.message));
        const elsewhere = { ...taken.outputs, daemon: "OTHER (far)" };
        await assert.rejects(v1.delete(taken.id, elsewhere), (error: Error) => both(error.message));
        await inspected(String(taken.outputs.image));
    });

    if (renames)
        it("makes ten clones at once, each with rows of its own", async function () {
            this.timeout(240_000);
            const ten = await Promise.all(Array.from({ length: 10 }, () => clone()));
            await Promise.all(ten.map((db, index) => ask(url(db), `INSERT INTO kept VALUES (${index + 100})`)));
            for (const [index, db] of ten.entries()) assert.deepEqual(await values(db), [[7], [index + 100]]);
            assert.deepEqual(await values(source), [[7]]);
        });

    if (renames)
        it("is refused where the data lie in memory, where auto takes a dump", async () => {
            const db = make();
            await db.up({ ...base, storage: "tmpfs" });
            const args = { dbInstanceIdentifier: db.text("identifier") };
            await assert.rejects(
                snapshot().up({ ...args, method: "image" }),
                /method: cannot be "image": the data of \S+ lie in memory.*"logical"/,
            );
            const one = snapshot();
            await one.up({ ...args, method: "auto" });
            assert.deepEqual([one.outputs.method, one.outputs.image], ["logical", undefined]);
            await one.destroy();
        });

    if (renames)
        it("is refused with a subscription that is enabled, whose slot its copies would share, where auto takes a dump that has it disabled", async () => {
            const db = make();
            await db.up(base);
            const [args, one] = [{ dbInstanceIdentifier: db.text("identifier") }, snapshot()];
            const heard = "CREATE SUBSCRIPTION heard CONNECTION 'host=nowhere.invalid dbname=x' PUBLICATION x WITH (connect = false)";
            await ask(url(db), heard);
            await ask(url(db), "ALTER SUBSCRIPTION heard ENABLE");
            await assert.rejects(
                snapshot().up({ ...args, method: "image" }),
                /method: cannot be "image": a copy would take for itself what the subscription heard in postgres is sent, which a dump has disabled; "logical"/,
            );
            await one.up({ ...args, method: "auto" });
            assert.equal(one.outputs.method, "logical");
            const copy = await clone({ snapshotIdentifier: one.id });
            assert.deepEqual(await ask(url(copy), "SELECT subname, subenabled FROM pg_subscription"), [["heard", false]]);
            await ask(url(db), "ALTER SUBSCRIPTION heard DISABLE");
            const layer = snapshot();
            await layer.up({ ...args, method: "image" });
            assert.equal(layer.outputs.method, "image");
        });

    it("goes with its last clone where it is deleted before", async function () {
        this.timeout(120_000);
        const gone = snapshot();
        await gone.up({ dbInstanceIdentifier: source.text("identifier"), method: "image" });
        const { Id } = await inspected(String(gone.outputs.image));
        const [one, two] = [make(), make()];
        for (const db of [one, two]) await db.up({ ...base, snapshotIdentifier: gone.id });
        const { id, outputs } = gone;
        await gone.destroy();
        await assert.rejects(inspected(String(outputs.image)), /no such image/i);
        await assert.rejects(make().up({ ...base, snapshotIdentifier: id }), /there is no snapshot/);
        assert.deepEqual(await values(one), [[7]]);
        await one.destroy();
        await inspected(Id);
        assert.deepEqual(await values(two), [[7]]);
        await two.destroy();
        await assert.rejects(inspected(Id), /no such image/i);
    });

    it("is deleted twice, refreshed away when it is gone, and refused where its id is taken", async () => {
        const one = snapshot();
        const args = { dbInstanceIdentifier: source.text("identifier"), dbSnapshotIdentifier: `given-${stack}` };
        await one.up({ ...args, method: "image" });
        for (const method of ["image", "logical"])
            await assert.rejects(snapshotDriver(directory.path).up({ ...args, method }), /a snapshot given-\S+ exists already/);
        await one.refresh();
        assert.ok(one.exists);
        await daemon.getImage(String(one.outputs.image)).remove();
        await one.destroy();
    });
}
