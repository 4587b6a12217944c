import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { connect } from "../../provider/lifecycle/conduct";
import type { Runtime } from "../../provider/runtimes/runtime";
import { ask } from "../support/ask";
import { sql } from "../support/client";
import { containerId, daemon, leftOf, startedAt } from "../support/daemon";
import { docker } from "../support/docker";
import { families, plain, type Subject, subjects } from "../support/engines";
import { driver, stack } from "../support/instance";
import { ready } from "../support/ready";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { until } from "../support/under-way";

type Args = Readonly<Record<string, unknown>>;

const schema = { name: "schema", sql: "CREATE TABLE seeded (value INTEGER);" };
const insert = (value: number) => `INSERT INTO seeded VALUES (${value});`;
const broken = { name: "broken", sql: `${insert(8)}\n\nINSERT INTO missing VALUES (1);` };

for (const subject of subjects) describe(`seeds of ${subject.title}`, () => everywhere(subject));
for (const subject of families.filter(({ family }) => family === "mysql"))
    describe(`seeds of ${subject.title}, made`, () => started(subject));
if (plain) {
    const subject = plain;
    describe(`seeds of ${subject.title}, made`, function () {
        // Each test goes on from where the one before it ended.
        this.retries(0);
        resumed(subject);
    });
    describe(`seeds of ${subject.title} go with the data`, () => kept(subject));
}

const values = async (subject: Subject, db: ReturnType<typeof driver>) =>
    (await sql(subject, db, "SELECT value FROM seeded")).map(([value]) => Number(value)).sort((one, other) => one - other);

async function folder(): Promise<{ readonly file: (name: string, text: string) => Promise<string>; readonly remove: () => Promise<void> }> {
    const path = await mkdtemp(join(tmpdir(), "devdb-seeds-"));
    return {
        file: async (name, text) => {
            await writeFile(join(path, name), text);
            return join(path, name);
        },
        remove: () => rm(path, { recursive: true, force: true }),
    };
}

/** One instance through its life. */
function everywhere(subject: Subject): void {
    const whole = subject.family === "postgres";
    const db = driver("seeds");
    let files: Awaited<ReturnType<typeof folder>>;
    let base: Args;
    let data: Args;

    before(async function () {
        await ready(this, subject);
        files = await folder();
        data = { name: "data", file: await files.file("data.sql", `${insert(1)}\n${insert(2)}\n`) };
        base = { ...subject.args, ...(subject.proof === "real" ? { durability: "fast" } : {}), username: "app", dbName: "orders" };
        await db.up({ ...base, seeds: [schema, data] });
    });
    after(async () => {
        if (db.exists) await db.destroy();
        await files?.remove();
        assert.deepEqual(await leftOf(`devdb-test-${stack}-seeds`), []);
    });

    it("are the master user's own work, and no change the second time", async () => {
        assert.deepEqual(await values(subject, db), [1, 2]);
        await sql(subject, db, "INSERT INTO seeded VALUES (3)");
        assert.equal((await db.up({ ...base, seeds: [schema, data] }))?.changes, false);
    });

    it("run alone where they are added, in place", async () => {
        const [id, start] = [await containerId(db), await startedAt(db)];
        const elsewhere = { ...data, file: await files.file("moved.sql", `${insert(1)}\n${insert(2)}\n`) };
        const said = await db.up({ ...base, seeds: [schema, elsewhere, { name: "more", sql: insert(4) }] });
        assert.deepEqual(said?.said, ["in place: seeds (more will run)"]);
        assert.deepEqual([await containerId(db), await startedAt(db)], [id, start]);
        assert.deepEqual(await values(subject, db), [1, 2, 3, 4]);
        data = elsewhere;
    });

    it("tell the step, the line and the server's words where one fails, and go on with it", async () => {
        const before = [schema, data, { name: "more", sql: insert(4) }];
        const failing = { ...base, seeds: [...before, { name: "fifth", sql: insert(5) }, broken] };
        const words =
            subject.proof === "real"
                ? /^InstanceError: seeds: the step broken failed in line 3: [\s\S]*missing[^/]*$/
                : /^InstanceError: seeds: the step broken failed: [\s\S]*missing/i;
        await assert.rejects(db.up(failing), words);
        assert.equal(db.outputs.status, "starting");
        assert.deepEqual(await values(subject, db), whole ? [1, 2, 3, 4, 5] : [1, 2, 3, 4, 5, 8]);
        await assert.rejects(
            db.up(failing),
            whole ? words : /the step broken was begun by an earlier run .* a step with another text runs again/,
        );
        const mended = { ...base, seeds: [...failing.seeds.slice(0, -1), { name: "broken", sql: insert(9) }] };
        assert.deepEqual((await db.preview(mended)).said, ["in place: seeds (broken will run)"]);
        await db.up(mended);
        assert.deepEqual(await values(subject, db), whole ? [1, 2, 3, 4, 5, 9] : [1, 2, 3, 4, 5, 8, 9]);
        assert.equal(db.outputs.status, "available");
    });

    it("stay run when the container is made anew", async () => {
        const seeds = db.outputs.seeds as readonly Args[];
        await db.up({
            ...base,
            environment: { SOME_THING: "1" },
            seeds: [...seeds.map(({ sha256: _, ...step }) => step), { name: "last", sql: insert(10) }],
        });
        assert.equal((await values(subject, db)).filter((value) => value === 1).length, 1);
        assert.ok((await values(subject, db)).includes(10));
    });
}

/** Half a step cannot be told from a whole one: nobody has used what there is, so it begins anew. */
function started(subject: Subject): void {
    it("begin from nothing where a step failed while the instance was made", async () => {
        const db = driver("started");
        const base = { ...subject.args, durability: "fast", username: "app", dbName: "orders" };
        await assert.rejects(db.up({ ...base, seeds: [schema, broken] }), /^InstanceError: seeds: the step broken failed in line 3/);
        assert.equal(db.exists, false);
        assert.deepEqual(await leftOf(`devdb-test-${stack}-${db.name}`), []);
        await db.up({ ...base, seeds: [schema, { name: "broken", sql: insert(1) }] });
        try {
            assert.deepEqual(await values(subject, db), [1]);
        } finally {
            await db.destroy();
        }
    });
}

function resumed(subject: Subject): void {
    const base = { ...subject.args, durability: "fast", username: "app", dbName: "orders" };
    const counted = { name: "counted", sql: `${schema.sql} CREATE TABLE made AS SELECT clock_timestamp() AS at` };
    const db = driver("resumed");
    const done = () => (db.outputs.seeds as readonly Args[]).map(({ sha256: _, ...step }) => step);
    let files: Awaited<ReturnType<typeof folder>>;
    before(async () => {
        files = await folder();
    });
    afterEach(() => {
        db.conduct = undefined;
    });
    after(async () => {
        await files.remove();
        if (db.exists) await db.destroy();
        assert.deepEqual(await leftOf(`devdb-test-${stack}-resumed`), []);
    });

    it("go on with the step that failed while the instance was made; those before it do not run again", async () => {
        await assert.rejects(db.up({ ...base, seeds: [counted, broken] }), /the step broken failed in line 3/);
        assert.deepEqual(
            (db.outputs.seeds as readonly Args[]).map(({ name }) => name),
            ["counted"],
        );
        const made = await ask(db.text("connectionString"), "SELECT at FROM made");
        await db.up({ ...base, seeds: [counted, { ...broken, sql: insert(1) }], deletionProtection: true });
        assert.deepEqual(await ask(db.text("connectionString"), "SELECT at FROM made"), made);
        assert.deepEqual(await values(subject, db), [1]);
        await db.up({ ...base, seeds: [counted, { ...broken, sql: insert(1) }] });
    });

    it("are not begun where the file is another by then", async () => {
        const file = await files.file("late.sql", insert(2));
        const seeds = [...done(), { name: "late", file }];
        db.conduct = {
            connect: async () => {
                await writeFile(file, insert(22));
                return connect({});
            },
        };
        await assert.rejects(db.up({ ...base, seeds }), /the step late is another than when it was looked at: its file changed meanwhile/);
        db.conduct = undefined;
        await db.up({ ...base, seeds });
        assert.deepEqual(await values(subject, db), [1, 22]);
    });

    it("leave the step's transaction where they say so", async () => {
        await db.up({ ...base, seeds: [...done(), { name: "beside", sql: "COMMIT;\nCREATE DATABASE beside" }] });
        assert.deepEqual(await ask(db.text("connectionString"), "SELECT count(*)::int FROM pg_database WHERE datname = 'beside'"), [[1]]);
    });

    it("keep to themselves what the server said where they hold a secret", async () => {
        const secret = driver("resumed", { secretSeeds: true });
        const fault = { name: "role", sql: "CREATE ROLE reader PASSWORD 'hush-hush' NONSENSE" };
        await assert.rejects(secret.up({ ...base, seeds: [fault] }), (error: Error) => {
            assert.match(error.message, /the step role failed in line 1: what the server said is left out/);
            return !error.message.includes("hush");
        });
        const log = await daemon.getContainer(secret.text("identifier")).logs({ stdout: true, stderr: true });
        assert.ok(!log.toString().includes("hush-hush"));
        await secret.destroy();
    });

    describe("do not run a step twice that an earlier run began and does not wait for any more", () => {
        const waiting = "SELECT count(*)::int FROM pg_stat_activity WHERE wait_event = 'advisory'";
        const lock = "SELECT pg_advisory_xact_lock(1)";
        let holder: pg.Client;
        let seeds: readonly Args[];
        const release = () => holder.query("ROLLBACK");

        beforeEach(async () => {
            holder = new pg.Client({ connectionString: db.text("connectionString") });
            await holder.connect();
            await holder.query(`BEGIN; ${lock}`);
        });
        afterEach(() => holder.end());

        /** A step that waits for the holder, and whose run is interrupted. */
        async function begun(name: string, sql: string): Promise<void> {
            seeds = [...done(), { name, sql: `${lock}; ${sql}` }];
            const ending = new AbortController();
            const waits = until(async () => Number((await ask(db.text("connectionString"), waiting))[0]?.[0]) > 0);
            db.conduct = { signal: ending.signal };
            const ran = assert.rejects(db.up({ ...base, seeds }));
            await waits;
            ending.abort();
            await ran;
        }

        it("and which is at work", async () => {
            await begun("slow", insert(3));
            const told: string[] = [];
            db.conduct = {
                progress: (text) => {
                    told.push(text);
                    if (text.startsWith("waiting for the step")) void release();
                },
            };
            await db.up({ ...base, seeds });
            assert.ok(told.includes("waiting for the step slow, which an earlier run began"), told.join("\n"));
            assert.deepEqual(await values(subject, db), [1, 3, 22]);
        });

        it("and which ends after one has looked what has run", async () => {
            await begun("slower", insert(4));
            const ends = async () => {
                await release();
                await until(async () => !(await docker("exec", db.text("identifier"), "ls", "/tmp")).includes("devdb-seed"));
            };
            db.conduct = { connect: async () => beforeExec(await connect({}), "devdb-seed", ends) };
            await db.up({ ...base, seeds });
            assert.deepEqual(await values(subject, db), [1, 3, 4, 22]);
        });
    });
}

/** The runtime, which does something else before it begins a command that has this word. */
function beforeExec(runtime: Runtime, word: string, work: () => Promise<void>): Runtime {
    return {
        ...runtime,
        exec: async (container, command) => {
            if (command.command.includes(word)) await work();
            return runtime.exec(container, command);
        },
    };
}

/** What has run is known wherever the data are, and nowhere else. */
function kept(subject: Subject): void {
    const base = { ...subject.args, durability: "fast", username: "app", dbName: "orders" };
    const seeds = [schema, { name: "data", sql: insert(1) }];

    it("through a carry", async () => {
        const db = driver("kept");
        try {
            await db.up({ ...base, seeds });
            await db.up({ ...base, storage: "volume", seeds });
            await db.up({ ...base, storage: "volume", seeds: [...seeds, { name: "more", sql: insert(2) }] });
            assert.deepEqual(await values(subject, db), [1, 2]);
        } finally {
            await db.destroy();
        }
    });

    it("in a volume of the user's own, to which another instance comes", async () => {
        const db = driver("kept");
        const mine = { ...base, storage: "volume", volumeName: `devdb-test-${stack}-kept-mine` };
        try {
            await db.up({ ...mine, seeds });
            await db.destroy();
            await db.up({ ...mine, seeds: [...seeds, { name: "more", sql: insert(2) }] });
            assert.deepEqual(await values(subject, db), [1, 2]);
            await db.destroy();
            await assert.rejects(
                db.up({ ...mine, seeds: [{ name: "other", sql: insert(3) }] }),
                /seeds: the data were filled by other steps than the program's first ones \(schema, data, more, as they were then\)/,
            );
        } finally {
            if (db.exists) await db.destroy();
            await daemon.getVolume(mine.volumeName).remove();
        }
    });

    it("anew in memory that a restart emptied", async () => {
        const db = driver("kept");
        const args = { ...base, storage: "tmpfs", seeds };
        try {
            await db.up(args);
            await daemon.getContainer(db.text("identifier")).restart({ t: 5 });
            await sleep(100);
            assert.match((await db.up(args))?.said.join() ?? "", /what it held in memory is lost/);
            assert.deepEqual(await values(subject, db), [1]);
        } finally {
            await db.destroy();
        }
    });

    for (const method of ["logical", "image"])
        it(`on top of a snapshot, whose own steps count for its source only: ${method}`, async () => {
            const directory = await ownDirectory();
            const [db, copy] = [driver("kept"), driver("kept", { config: { snapshotDirectory: directory.path } })];
            const taken = snapshotDriver(directory.path);
            try {
                await db.up({ ...base, seeds });
                await taken.up({ dbInstanceIdentifier: db.text("identifier"), method });
                const data = { name: "data", sql: insert(1) };
                const more = { name: "more", sql: insert(2) };
                const args = { ...base, snapshotIdentifier: taken.id };
                await copy.up({ ...args, seeds: [data] });
                assert.deepEqual(await values(subject, copy), [1, 1]);
                await copy.up({ ...args, seeds: [data, more] });
                assert.deepEqual(await values(subject, copy), [1, 1, 2]);
            } finally {
                for (const each of [copy, db]) if (each.exists) await each.destroy();
                if (taken.exists) await taken.destroy();
                await directory.remove();
            }
        });
}
