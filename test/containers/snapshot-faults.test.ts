import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { takeSnapshot } from "../../provider/lifecycle/snapshot";
import { snapshot as entry } from "../../provider/v1";
import { ask } from "../support/ask";
import { leftOf } from "../support/daemon";
import { docker } from "../support/docker";
import { families, plain, type Subject } from "../support/engines";
import { altered } from "../support/filled";
import { driver, stack } from "../support/instance";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { storedSnapshot } from "../support/stored";
import { running as processes, until } from "../support/under-way";

const execute = promisify(execFile);

if (plain) describe("snapshots, where something goes wrong", faults);

for (const subject of families.filter(({ family }) => ["mysql", "mariadb"].includes(family)))
    describe(`a final snapshot of ${subject.title}`, () => finals(subject));

function finals(subject: Subject): void {
    it("is taken before the instance goes, whether it is replaced or stopped and deleted, and makes another", async function () {
        this.timeout(120_000);
        const directory = await ownDirectory();
        const make = () => driver("last", { config: { snapshotDirectory: directory.path } });
        const [db, copies] = [make(), [make(), make()]];
        const args = { ...subject.args, durability: "fast" };
        const values = (of: ReturnType<typeof driver>) => ask(of.text("connectionString"), "SELECT value FROM kept");
        try {
            const ids: string[] = [];
            for (const [index, dbName] of ["first", "second"].entries()) {
                await db.up({ ...args, username: "app", dbName, skipFinalSnapshot: false });
                ids.push(db.text("finalSnapshotIdentifier"));
                assert.equal((await readdir(directory.path)).length, index);
                // What the one before held would be in its way.
                await ask(db.text("connectionString"), `CREATE TABLE kept AS SELECT ${index} AS value`);
            }
            await docker("stop", db.text("identifier"));
            await db.destroy();
            assert.deepEqual((await readdir(directory.path)).sort(), ids.sort());
            for (const copy of copies) await copy.up({ ...args, snapshotIdentifier: ids.shift() });
            const found = await Promise.all(copies.map(async (copy) => [copy.text("dbName"), await values(copy)]));
            assert.deepEqual(Object.fromEntries(found), { first: [[0]], second: [[1]] });
        } finally {
            for (const each of [db, ...copies]) if (each.exists) await each.destroy();
            await directory.remove();
        }
    });
}

function faults(): void {
    const base = { engine: "postgres", engineVersion: "17", durability: "fast" };
    const source = driver("faults");
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let url: string;
    let of: { readonly dbInstanceIdentifier: string };
    const inside = (script: string) => docker("exec", source.text("identifier"), "sh", "-c", script);
    const running = (program: string) => processes(source.text("identifier"), program);
    const visible = async (folder = directory.path) => (await readdir(folder)).sort();
    /** Holds a lock that a dump waits for, so that it is under way for as long as the work takes. */
    const held = async <T>(work: () => Promise<T>): Promise<T> => {
        const client = new pg.Client({ connectionString: url });
        client.on("error", () => undefined);
        await client.connect();
        await client.query("BEGIN; LOCK TABLE kept IN ACCESS EXCLUSIVE MODE");
        try {
            return await work();
        } finally {
            await client.end().catch(() => undefined);
        }
    };
    const copyOf = (snapshotIdentifier: string, args: Readonly<Record<string, unknown>> = {}) => {
        const copy = driver("broken", { config: { snapshotDirectory: directory.path } });
        return { copy, made: copy.up({ ...base, snapshotIdentifier, ...args }) };
    };

    before(async () => {
        directory = await ownDirectory();
        await source.up({ ...base, username: "app", dbName: "orders" });
        url = source.text("connectionString");
        of = { dbInstanceIdentifier: source.text("identifier") };
        await ask(
            url,
            "CREATE TABLE kept AS SELECT 7 AS value; CREATE TABLE noise AS SELECT sha512(i::text::bytea) AS hash FROM generate_series(1, 60000) i",
        );
    });
    after(async () => {
        await source.destroy();
        await directory.remove();
        assert.deepEqual(await leftOf(`devdb-test-${stack}-broken`), []);
    });
    afterEach(async () => {
        for (const name of await visible()) assert.ok(!name.startsWith("."), `${name} was left`);
    });

    it("a tool that is killed makes no snapshot, and the one before stays", async () => {
        const taken = snapshotDriver(directory.path);
        await taken.up(of);
        const before = await visible();
        await held(async () => {
            const failed = assert.rejects(
                taken.up({ ...of, triggers: [2] }),
                /PostgreSQL's pg_dump ended with 137, which means that it was killed \(signal 9\)/,
            );
            await until(async () => (await running("pg_dump")).length > 0);
            await inside(`kill -9 ${(await running("pg_dump")).join(" ")}`);
            await failed;
        });
        assert.deepEqual(await visible(), before);
        assert.deepEqual(before, [taken.id]);
        assert.deepEqual(await taken.up({ ...of, triggers: [3] }), ["triggers"]);
        assert.deepEqual(await visible(), [taken.id]);
        assert.notEqual(taken.id, before[0]);
        await taken.destroy();
    });

    it("an interrupt ends the dump in the container too, and leaves nothing", async () => {
        const stop = new AbortController();
        const { inputs } = await entry.check(
            {},
            { ...of, method: "logical", __devdb: { name: "a", project: "b", stack, config: { snapshotDirectory: directory.path } } },
        );
        await held(async () => {
            const failed = assert.rejects(takeSnapshot(inputs, { progress: () => undefined, signal: stop.signal }));
            await until(async () => (await running("pg_dump")).length > 0);
            stop.abort(new Error("the run was interrupted"));
            await failed;
            await until(async () => (await running("pg_dump")).length === 0);
        });
        assert.deepEqual(await visible(), []);
    });

    it("a source that is killed during the dump makes no snapshot, and has its rows when it is back", async () => {
        const taken = snapshotDriver(directory.path);
        await held(async () => {
            const failed = assert.rejects(taken.up(of));
            await until(async () => (await running("pg_dump")).length > 0);
            await docker("kill", source.text("identifier"));
            await failed;
        });
        assert.deepEqual(await visible(), []);
        await assert.rejects(taken.up(of), /dbInstanceIdentifier: \S+ is stopped on the daemon .*; start it first/);
        await docker("start", source.text("identifier"));
        await until(() =>
            ask(url, "SELECT 1").then(
                () => true,
                () => false,
            ),
        );
        assert.deepEqual(await ask(url, "SELECT value FROM kept"), [[7]]);
    });

    it("a database of the instance's own that was dropped is not in it, nor a file of it, and a copy has an empty one", async () => {
        const [other, taken] = [driver("faults"), snapshotDriver(directory.path)];
        await other.up({ ...base, username: "app", dbName: "orders" });
        try {
            const beside = altered(other.text("connectionString"), { database: "beside" });
            await ask(other.text("connectionString"), "CREATE DATABASE beside");
            await ask(beside, "CREATE TABLE kept AS SELECT 8 AS value");
            await ask(beside, "DROP DATABASE orders");
            await taken.up({ dbInstanceIdentifier: other.text("identifier") });
            const files = await readdir(dirname(String(taken.outputs.path)));
            assert.deepEqual(files.map((name) => name.replace(/\.\w+$/, "")).sort(), ["database-1", "globals", "manifest"]);
            const { copy, made } = copyOf(String(taken.outputs.path), { username: "app", dbName: "orders" });
            await made;
            try {
                const url = copy.text("connectionString");
                assert.deepEqual(await ask(url, "SELECT to_regclass('kept')"), [[null]]);
                assert.deepEqual(await ask(altered(url, { database: "beside" }), "SELECT value FROM kept"), [[8]]);
            } finally {
                await copy.destroy();
            }
            await taken.destroy();
        } finally {
            await other.destroy();
        }
    });

    it("a source that is not there is told by daemon and remedy", async () => {
        await assert.rejects(
            snapshotDriver(directory.path).up({ dbInstanceIdentifier: "nobody" }),
            /dbInstanceIdentifier: there is no instance nobody on the daemon .*; give the id of an Instance that lives there/,
        );
    });

    it("a disk that is full makes no snapshot, and says where", async function () {
        const small = join(directory.path, "small");
        await mkdir(small);
        const mounted = await execute("mount", ["-t", "tmpfs", "-o", "size=1m", "none", small]).then(
            () => true,
            () => false,
        );
        try {
            if (!mounted) return this.skip();
            await assert.rejects(
                snapshotDriver(directory.path).up({ ...of, directory: small }),
                new RegExp(`directory: ${small}: .*(ENOSPC|no space)`),
            );
            assert.deepEqual(await visible(small), []);
            assert.deepEqual(await running("pg_dump"), []);
        } finally {
            if (mounted) await execute("umount", [small]);
            await execute("rmdir", [small]);
        }
    });

    it("two at once are two, and one elsewhere is found by its id", async () => {
        const [one, other] = [snapshotDriver(directory.path), snapshotDriver(directory.path)];
        const elsewhere = await ownDirectory();
        await Promise.all([one.up(of), other.up({ ...of, directory: elsewhere.path })]);
        assert.deepEqual(await visible(), [one.id, `${other.id}.at`].sort());
        const { copy, made } = copyOf(other.id);
        await made;
        assert.deepEqual(await ask(copy.text("connectionString"), "SELECT value FROM kept"), [[7]]);
        await copy.destroy();
        await Promise.all([one.destroy(), other.destroy()]);
        assert.deepEqual([await visible(), await visible(elsewhere.path)], [[], []]);
        await elsewhere.remove();
    });

    it("a snapshot that was cut, or has one bit changed, is refused before anything is made", async () => {
        const taken = snapshotDriver(directory.path);
        await taken.up(of);
        const path = String(taken.outputs.path);
        const place = join(dirname(path), JSON.parse(await readFile(path, "utf8")).databases[0].file.name);
        const whole = await readFile(place);
        whole[whole.length >> 1] = whole[whole.length >> 1]! ^ 4;
        await writeFile(place, whole);
        const flipped = copyOf(taken.id);
        await assert.rejects(flipped.made, /snapshotIdentifier: snapshot \S+ is damaged: \S+ is not what was written/);
        await truncate(place, whole.length - 1);
        await assert.rejects(copyOf(taken.id).made, /snapshotIdentifier: snapshot \S+ is damaged: \S+ has \d+ bytes and should have \d+/);
        assert.deepEqual(await leftOf(`devdb-test-${stack}-broken`), []);
        await taken.destroy();
    });

    it("a restore that fails leaves nothing of the instance", async () => {
        await storedSnapshot(directory.path);
        await assert.rejects(
            copyOf("stored").made,
            /PostgreSQL's pg_restore ended with 1: .*input file does not appear to be a valid archive/,
        );
        assert.deepEqual(await leftOf(`devdb-test-${stack}-broken`), []);
        await execute("rm", ["-r", join(directory.path, "stored")]);
    });

    describe("of a restore that takes its time", () => {
        const slow = driver("slow");
        let taken: ReturnType<typeof snapshotDriver>;
        /** Only a target that is told so takes it. */
        const slowly = { "devdb.slow": "3" };
        const copying = (
            work: (copy: string) => Promise<unknown>,
            args: Readonly<Record<string, unknown>> & { readonly parameters?: Readonly<Record<string, string>> } = {},
        ) => {
            const copy = driver("broken", { config: { snapshotDirectory: directory.path } });
            let worked: Promise<unknown> | undefined;
            const name = `devdb-test-${stack}-${copy.name}.new`;
            const waiting = async () => {
                await until(async () => /^COPY/m.test(await activity(name)));
                await work(name);
            };
            copy.conduct = {
                progress: (text) => {
                    if (text.startsWith("restoring orders")) worked ??= waiting();
                },
            };
            const wish = { ...base, snapshotIdentifier: taken.id, ...args, parameters: { ...args.parameters, ...slowly } };
            const made = copy.up(wish).finally(async () => {
                copy.conduct = undefined;
                await worked;
            });
            return { copy, made };
        };
        const activity = (name: string) =>
            docker("exec", name, "psql", "-U", "postgres", "-Atc", "SELECT query FROM pg_stat_activity WHERE datname = 'orders'");

        before(async () => {
            await slow.up({ ...base, username: "app", dbName: "orders" });
            taken = snapshotDriver(directory.path);
            await ask(
                slow.text("connectionString"),
                "CREATE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS 'SELECT true'; CREATE TABLE kept (value int CHECK (slow(value))); INSERT INTO kept VALUES (7); CREATE OR REPLACE FUNCTION slow(int) RETURNS boolean LANGUAGE sql AS $$SELECT pg_sleep(coalesce(current_setting('devdb.slow', true), '0')::float) IS NOT NULL$$",
            );
            await ask(slow.text("connectionString"), "CREATE DATABASE second");
            await taken.up({ dbInstanceIdentifier: slow.text("identifier") });
        });
        after(async () => {
            await slow.destroy();
        });

        it("a target that is stopped meanwhile leaves nothing, and the volume of the user as empty as it was", async () => {
            const volumeName = `devdb-test-${stack}-void`;
            await docker("volume", "create", volumeName);
            const { made } = copying((name) => docker("stop", name), { storage: "volume", volumeName });
            await assert.rejects(made, /PostgreSQL's pg_restore ended with|is not running|no such exec|stopped/i);
            assert.deepEqual(await leftOf(`devdb-test-${stack}-broken`), []);
            const { copy, made: again } = copyOf(taken.id, { storage: "volume", volumeName });
            await again;
            assert.deepEqual(await ask(copy.text("connectionString"), "SELECT value FROM kept"), [[7]]);
            await copy.destroy();
            await docker("volume", "rm", volumeName);
        });

        for (const [way, args, settings] of [
            ["on a layer", { durability: "durable" }, ["replica", "10", "off", "1"]],
            [
                "by the image's entrypoint",
                { storage: "tmpfs", parameters: { wal_level: "logical", max_wal_senders: "7" } },
                ["logical", "7", "off", "1"],
            ],
        ] as const)
            it(`a target that starts ${way} keeps no log meanwhile, and every setting is its own afterwards`, async () => {
                const asked = ["wal_level", "max_wal_senders", "archive_mode"].map((setting) => `current_setting('${setting}')`).join(", ");
                const process = "split_part(pg_read_file('postmaster.pid'), E'\\n', 1)";
                let meanwhile = "";
                const { copy, made } = copying(async (name) => {
                    meanwhile = await docker("exec", name, "psql", "-U", "postgres", "-Atc", `SELECT ${asked}`);
                }, args);
                await made;
                assert.equal(meanwhile.trim(), "minimal|0|off");
                const now = async () => (await ask(copy.text("connectionString"), `SELECT ${asked}, ${process}`))[0];
                assert.deepEqual(await now(), settings);
                assert.deepEqual(await ask(copy.text("connectionString"), "SELECT value FROM kept"), [[7]]);
                assert.deepEqual(
                    await ask(
                        copy.text("connectionString"),
                        "SELECT name FROM pg_settings WHERE source = 'command line' AND name ~ 'wal|archive'",
                    ),
                    [],
                );
                await copy.destroy();
            });

        it("a target whose settings cannot be had without a log is filled all the same", async () => {
            const { copy, made } = copyOf(taken.id, { engineVersion: "17", parameters: { summarize_wal: "on" } });
            await made;
            const asked = "SELECT current_setting('summarize_wal'), current_setting('wal_level'), value FROM kept";
            assert.deepEqual(await ask(copy.text("connectionString"), asked), [["on", "replica", 7]]);
            await copy.destroy();
        });

        it("a snapshot that is deleted meanwhile is told, and nothing is left; a copy that is there needs it no more", async () => {
            const { copy, made } = copyOf(taken.id);
            await made;
            const { made: late } = copying(() => taken.destroy());
            await assert.rejects(late, /snapshotIdentifier: the snapshot \S+ was deleted while it was being restored/);
            assert.deepEqual(await leftOf(`devdb-test-${stack}-broken`), [copy.text("identifier")]);
            await copy.up({ ...base, snapshotIdentifier: String(copy.outputs.snapshotIdentifier), environment: { SOME: "thing" } });
            assert.deepEqual(await ask(copy.text("connectionString"), "SELECT value FROM kept"), [[7]]);
            await copy.destroy();
        });
    });

    it("extensions that the image lacks are named, and nothing is left", async () => {
        const taken = snapshotDriver(directory.path);
        await taken.up(of);
        const path = String(taken.outputs.path);
        const manifest = JSON.parse(await readFile(path, "utf8"));
        manifest.databases[0].extensions = ["pg_trgm", "postgis", "timescaledb"];
        await writeFile(path, JSON.stringify(manifest));
        await assert.rejects(
            copyOf(taken.id).made,
            /image: the snapshot \S+ needs the extensions postgis, timescaledb, which this image does not have; set image to one that has/,
        );
        assert.deepEqual(await leftOf(`devdb-test-${stack}-broken`), []);
        await taken.destroy();
    });

    it("a volume that holds data already is not restored into", async () => {
        const taken = snapshotDriver(directory.path);
        await taken.up(of);
        const volumeName = `devdb-test-${stack}-full`;
        const first = driver("full");
        await first.up({ ...base, storage: "volume", volumeName });
        await first.destroy();
        await assert.rejects(
            copyOf(taken.id, { storage: "volume", volumeName }).made,
            /volumeName: volume \S+ holds data already, and a snapshot is restored into an empty one/,
        );
        await docker("volume", "rm", volumeName);
        await taken.destroy();
    });

    it("stays when its source goes, is gone for refresh once its files are, and can be deleted twice", async () => {
        const other = driver("gone");
        await other.up(base);
        await ask(other.text("connectionString"), "CREATE TABLE kept AS SELECT 8 AS value");
        const taken = snapshotDriver(directory.path);
        await taken.up({ dbInstanceIdentifier: other.text("identifier") });
        await other.destroy();
        assert.deepEqual(await taken.up({ dbInstanceIdentifier: other.name && "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }), []);
        await taken.refresh();
        assert.ok(taken.exists);
        const { copy, made } = copyOf(taken.id);
        await made;
        assert.deepEqual(await ask(copy.text("connectionString"), "SELECT value FROM kept"), [[8]]);
        await copy.destroy();
        const { id, outputs } = taken;
        await taken.destroy();
        await entry.delete(id, outputs);
        assert.deepEqual(await entry.read(id, outputs), {});
        const elsewhere = { ...outputs, host: "another-host" };
        await assert.rejects(
            entry.delete(id, elsewhere),
            /this snapshot lies on the host another-host .* DEVDB_FORGET='another-host' for one run/,
        );
        await assert.rejects(entry.read(id, elsewhere), /lies on the host another-host/);
    });

    it("in memory is filled from its snapshot again when its server was stopped", async () => {
        const taken = snapshotDriver(directory.path);
        await taken.up(of);
        const { copy, made } = copyOf(taken.id, { storage: "tmpfs" });
        await made;
        await ask(copy.text("connectionString"), "DROP TABLE kept");
        await docker("restart", "--time", "1", copy.text("identifier"));
        await copy.up({ ...base, snapshotIdentifier: taken.id, storage: "tmpfs" });
        assert.deepEqual(await ask(copy.text("connectionString"), "SELECT value FROM kept"), [[7]]);
        await copy.destroy();
        await taken.destroy();
    });

    describe("a final snapshot", () => {
        const args = { ...base, username: "app", dbName: "orders", skipFinalSnapshot: false };
        const doomed = () => driver("final", { config: { snapshotDirectory: directory.path } });

        it("is taken before the instance goes, also of one that is stopped, and makes another", async () => {
            const db = doomed();
            await db.up(args);
            const id = db.text("finalSnapshotIdentifier");
            assert.match(id, /-final-[0-9a-f]{8}$/);
            assert.deepEqual((await db.preview(args)).said, []);
            await ask(db.text("connectionString"), "CREATE TABLE kept AS SELECT 9 AS value");
            await docker("stop", db.text("identifier"));
            await db.destroy();
            assert.deepEqual(await visible(), [id]);
            const { copy, made } = copyOf(id);
            await made;
            assert.deepEqual(await ask(copy.text("connectionString"), "SELECT value FROM kept"), [[9]]);
            await copy.destroy();
            await execute("rm", ["-r", join(directory.path, id)]);
        });

        it("that fails makes the delete fail, and everything is still there", async () => {
            const db = doomed();
            await db.up({ ...args, finalSnapshotIdentifier: "last" });
            await ask(db.text("connectionString"), "CREATE TABLE kept AS SELECT 9 AS value");
            await storedSnapshot(directory.path, { id: "last" });
            await assert.rejects(
                db.destroy(),
                /the final snapshot failed, and nothing was removed: .*a snapshot last exists already.*\n.*set skipFinalSnapshot to true/,
            );
            assert.deepEqual(await ask(db.text("connectionString"), "SELECT value FROM kept"), [[9]]);
            await execute("rm", ["-r", join(directory.path, "last")]);
            await db.destroy();
            assert.deepEqual(await visible(), ["last"]);
            await execute("rm", ["-r", join(directory.path, "last")]);
        });

        it("is not asked for under deletionProtection, which refuses before", async () => {
            const db = doomed();
            await db.up({ ...args, deletionProtection: true });
            await assert.rejects(db.destroy(), /has deletionProtection: set it to false, run pulumi up, then delete/);
            assert.deepEqual(await visible(), []);
            await db.up({ ...args, skipFinalSnapshot: true });
            await db.destroy();
            assert.deepEqual(await visible(), []);
        });
    });
}
