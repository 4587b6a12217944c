import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../support/ask";
import { containerId, daemon, leftOf, startedAt } from "../support/daemon";
import { engineImage } from "../support/derived";
import { docker } from "../support/docker";
import { lines, plain, type Subject, subjects } from "../support/engines";
import { atEveryCall, type Failure } from "../support/every-call";
import { faulty } from "../support/faulty-runtime";
import { altered, answersOf, fill, ofAnyVersion } from "../support/filled";
import { type Driver, driver, stack } from "../support/instance";
import { interruptedAt } from "../support/interrupted";
import { ready } from "../support/ready";
import { ownDirectory } from "../support/snapshot";
import { writer } from "../support/writer";
import { mariadbZoo, mysqlZoo, postgresZoo, type Zoo } from "../support/zoo";

type Args = Readonly<Record<string, unknown>>;

const has = (family: string) => subjects.some((subject) => subject.family === family);
/** A version by the image on which the tests have it. */
const version = (family: string, engineVersion: string): Args => ({
    engineVersion,
    image: lines.find((line) => line.family === family && line.args.engineVersion === engineVersion)?.args.image,
});
const mine = `devdb-test-${stack}-mine`;

/** Everything of an instance, through changes that carry it; its objects are of every kind, and their owners and definers several users. */
const journeys: readonly { readonly family: string; readonly zoo: Zoo; readonly first: Args; readonly next: readonly Args[] }[] = [
    { family: "postgres", zoo: postgresZoo, first: { engineVersion: "15" }, next: [{ engineVersion: "18", password: "an'other \\ one" }] },
    {
        family: "postgres",
        zoo: postgresZoo,
        first: { engineVersion: "17" },
        next: [{ storage: "volume" }, { storage: "volume", volumeName: mine }, { storage: "container" }],
    },
    { family: "mysql", zoo: mysqlZoo, first: { engineVersion: "9.7" }, next: [{ storage: "volume" }, { storage: "tmpfs" }] },
    {
        family: "postgres",
        zoo: postgresZoo,
        first: version("postgres", "14"),
        next: [version("postgres", "16"), version("postgres", "17")],
    },
    { family: "mariadb", zoo: mariadbZoo, first: version("mariadb", "11.4"), next: [version("mariadb", "11.8")] },
    { family: "mariadb", zoo: mariadbZoo, first: { engineVersion: "10.11" }, next: [{ engineVersion: "11.8", storage: "volume" }] },
];

for (const { family, zoo, first, next } of journeys.filter((journey) => has(journey.family))) {
    const all = [first, ...next];
    const steps = all.map(({ image: _, ...args }) => Object.values(args).join(" ")).join(", then ");
    describe(`${family} carried over: ${steps}`, function () {
        this.timeout(300_000);
        before(async function () {
            await ready(this, ...lines.filter(({ args }) => all.some(({ image }) => image === args.image)));
        });
        journey({ engine: family, durability: "fast", username: zoo.username, dbName: zoo.dbName, ...first }, next, zoo);
    });
}

function journey(first: Args, changes: readonly Args[], zoo: Zoo): void {
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let db: Driver;

    before(async () => {
        directory = await ownDirectory();
        db = driver("carry", { config: { snapshotDirectory: directory.path } });
    });
    after(async () => {
        if (db?.exists) await db.destroy();
        assert.deepEqual(await leftOf(`devdb-test-${stack}-carry`), []);
        await daemon
            .getVolume(mine)
            .remove()
            .catch(() => undefined);
        await directory?.remove();
    });

    it("keeps all of its databases, users and their logins", async () => {
        await db.up(first);
        await fill(db, zoo);
        const id = db.text("identifier");
        const port = db.outputs.port;
        const answers = ofAnyVersion(await answersOf(db, zoo), zoo);
        let args = first;
        for (const change of changes) {
            const next = { ...args, ...(args.volumeName === undefined ? {} : { volumeName: undefined }), ...change };
            const canonical = await zoo.canonical(db);
            const before = await containerId(db);
            const { said } = await db.preview(next);
            assert.match(said.join(), /^carry: (engineVersion|storage|volumeName)/);
            await db.up(next);
            args = next;
            assert.notEqual(await containerId(db), before);
            assert.deepEqual([db.text("identifier"), db.outputs.port], [id, port]);
            assert.deepEqual(ofAnyVersion(await answersOf(db, zoo), zoo), answers);
            // In memory the administrator's file lies elsewhere.
            if (change.engineVersion === undefined && args.storage !== "tmpfs") assert.deepEqual(await zoo.canonical(db), canonical);
            await ask(altered(db.text("connectionString"), zoo.other), "SELECT 1");
            assert.deepEqual((await db.preview(args)).said, []);
            assert.deepEqual(await readdir(directory.path), [], "no dump is left");
            const kept = args.storage === "volume" && args.volumeName === undefined ? [id] : [];
            const left = await leftOf(id);
            assert.equal(left.length, 1 + kept.length, left.join());
        }
    });
}

if (plain) describe("a carry", () => once(plain!));

function once(subject: Subject): void {
    const base = { ...subject.args, durability: "fast", username: "app", dbName: "orders" };
    let db: Driver;
    let directory: Awaited<ReturnType<typeof ownDirectory>>;

    before(async () => {
        directory = await ownDirectory();
    });
    beforeEach(async () => {
        db = driver("carried", { config: { snapshotDirectory: directory.path } });
        await db.up(base);
        await ask(
            db.text("connectionString"),
            "CREATE TABLE kept (value int); INSERT INTO kept VALUES (7); CREATE ROLE visitor LOGIN PASSWORD 'let me in'; GRANT ALL ON kept TO visitor",
        );
    });
    afterEach(async () => {
        db.conduct = undefined;
        const identifier = db.text("identifier");
        await db.destroy();
        assert.deepEqual(await leftOf(identifier), []);
        assert.deepEqual(await readdir(directory.path), []);
    });
    after(() => directory.remove());

    const visitor = { username: "visitor", password: "let me in" };
    const rows = async () => (await ask(db.text("connectionString"), "SELECT value FROM kept ORDER BY 1")).map(([value]) => Number(value));

    it("loses no write that was acknowledged, by whomever", async function () {
        this.timeout(120_000);
        const url = db.text("connectionString");
        const writers = [writer(url), writer(altered(url, visitor))];
        const awhile = () => sleep(300);
        await awhile();
        await db.up({ ...base, storage: "volume" });
        await awhile();
        for (const each of writers) await each.stop();
        const written = [7, ...writers.flatMap(({ acknowledged }) => acknowledged)].sort((one, other) => one - other);
        assert.ok(writers.every(({ acknowledged }) => acknowledged.length > 10));
        const now = await rows();
        const lost = written.filter((value) => !now.includes(value));
        assert.deepEqual(lost, []);
    });

    for (const moment of ["copying", "starting", "dumping orders", "checking", "restoring users", "restoring orders"]) {
        it(`takes no client, and leaves the old one running where it is interrupted: ${moment}`, async function () {
            this.timeout(120_000);
            const url = db.text("connectionString");
            const id = await containerId(db);
            await interruptedAt(db, { ...base, storage: "volume" }, moment, () => [
                ask(url, "SELECT 1"),
                ask(altered(url, visitor), "SELECT 1"),
            ]);
            await stands(id);
        });
    }

    it("that the new server fails leaves the old one running, and says why", async () => {
        const id = await containerId(db);
        await assert.rejects(
            db.up({ ...base, engineVersion: "18", parameters: { no_such_parameter: "1" } }),
            /unrecognized configuration parameter "no_such_parameter"[\s\S]*put back as it was/,
        );
        await stands(id);
    });

    it("into a volume that holds data is refused before the old one is stopped", async () => {
        const other = driver("carried");
        const volumeName = `${mine}-full`;
        const began = await startedAt(db);
        try {
            await other.up({ ...base, storage: "volume", volumeName });
            await other.destroy();
            await assert.rejects(
                db.up({ ...base, storage: "volume", volumeName }),
                /volumeName: volume \S+ holds data already, .* Nothing in it was changed/,
            );
            assert.equal(await startedAt(db), began);
            await stands(await containerId(db));
        } finally {
            await daemon.getVolume(volumeName).remove();
        }
    });

    it("that the restore fails leaves the old one running, and says why", async () => {
        const id = await containerId(db);
        await ask(
            db.text("connectionString"),
            "CREATE FUNCTION small(int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 < 10'; ALTER TABLE kept ADD CHECK (small(value)); CREATE OR REPLACE FUNCTION small(int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 < 5'",
        );
        await assert.rejects(db.up({ ...base, storage: "volume" }), /violates check constraint[\s\S]*put back as it was/);
        await stands(id);
        await ask(db.text("connectionString"), "DROP FUNCTION small CASCADE");
        await db.up({ ...base, storage: "volume" });
        assert.deepEqual(await rows(), [7]);
    });

    it("that is killed, or whose calls fail, loses nothing, and the next up goes on", async function () {
        this.timeout(900_000);
        const identifier = db.text("identifier");
        let args: Args = { ...base, storage: "container" };
        const other = () => ({ ...args, storage: args.storage === "volume" ? "container" : "volume" });
        const judge = async ({ error, forGood }: Failure) => {
            const next = other();
            const differs = (await db.preview(args)).said.length > 0;
            if (error && !forGood) {
                assert.deepEqual(await rows(), [7], "it runs");
                assert.ok(!differs || !/put back/.test(error.message), "what the error says is true");
            }
            if (error) await db.up(next);
            args = next;
            const left = await leftOf(identifier);
            assert.equal(left.length, args.storage === "volume" ? 2 : 1, left.join());
            assert.deepEqual(await rows(), [7]);
            await ask(altered(db.text("connectionString"), visitor), "SELECT 1");
            assert.deepEqual((await db.preview(args)).said, []);
        };
        // Whatever else fails ends as these do.
        const lost = /^(rename|removeVolume)\b/;
        const killed = /^(start|stop|rename|remove|createVolume|removeVolume)\b/;
        await atEveryCall(db, () => db.up(other()), judge, { lost, unanswered: /^(rename|remove)\b/, killed });
    });

    describe("into the user's empty volume", () => {
        const volumeName = `${mine}-empty`;
        const wished = { ...base, storage: "volume", volumeName };
        const held = () => docker("run", "--rm", "--volume", `${volumeName}:/v`, "--entrypoint", "ls", image, "-A", "/v");
        let image: string;

        before(async () => {
            image = await engineImage(subject.family, String(subject.args.engineVersion));
        });
        beforeEach(() => docker("volume", "create", volumeName));
        afterEach(async () => {
            if (db.exists) await db.up(base);
            await docker("volume", "rm", volumeName);
        });

        it("leaves it empty where it fails", async () => {
            const id = await containerId(db);
            await ask(
                db.text("connectionString"),
                "CREATE FUNCTION small(int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 < 10'; ALTER TABLE kept ADD CHECK (small(value)); CREATE OR REPLACE FUNCTION small(int) RETURNS boolean LANGUAGE sql AS 'SELECT $1 < 5'",
            );
            await assert.rejects(db.up(wished), /violates check constraint[\s\S]*put back as it was/);
            assert.equal(await held(), "");
            await docker("run", "--rm", "--volume", `${volumeName}:/v`, "--entrypoint", "touch", image, "/v/a note");
            await assert.rejects(db.up(wished), /violates check constraint/);
            assert.match(await held(), /^a note$/m, "what was in it before stays");
            await ask(db.text("connectionString"), "DROP FUNCTION small CASCADE");
            assert.equal(await containerId(db), id);
            assert.deepEqual(await rows(), [7]);
        });

        it("goes on in it after it was killed there, once or twice", async function () {
            this.timeout(300_000);
            const unfinished = `${db.text("identifier")}.new`;
            /** The second server of that name is the one in the volume. */
            const kills: readonly (readonly [call: RegExp, at: number])[] = [
                [/^start \S+\.new$/, 2],
                [/^exec \S+\.new$/, 2],
                // Of a run that takes away what the first one left: its container, and nothing more yet.
                [/^images\.find /, 1],
            ];
            for (const [call, at] of kills) {
                const runtime = faulty({ at, when: "before", forGood: true, counts: (each) => call.test(each) });
                db.conduct = { connect: runtime.connect };
                await assert.rejects(db.up(wished));
                assert.ok(runtime.hit(), `${call} never came`);
                db.conduct = undefined;
            }
            assert.deepEqual(await leftOf(unfinished), []);
            await db.up(wished);
            assert.deepEqual(await rows(), [7]);
            assert.deepEqual((await db.preview(wished)).said, []);
        });
    });

    async function stands(id: string): Promise<void> {
        db.conduct = undefined;
        assert.equal(await containerId(db), id);
        assert.deepEqual(await leftOf(db.text("identifier")), [db.text("identifier")]);
        assert.deepEqual(await rows(), [7]);
        assert.deepEqual(await ask(altered(db.text("connectionString"), visitor), "SELECT 1"), [[1]]);
        assert.deepEqual((await db.preview(base)).said, []);
    }
}
