import assert from "node:assert/strict";
import { type ArgumentName, argumentNames } from "../../provider/lifecycle/args";
import { table, type Word } from "../../provider/lifecycle/changes";
import { readRows, writeRow } from "../support/client";
import { containerId, daemon, leftOf, startedAt } from "../support/daemon";
import { emptySnapshot } from "../support/empty-snapshot";
import { plain } from "../support/engines";
import { driver, stack } from "../support/instance";
import { plainImage } from "../support/plain-image";

type Args = Readonly<Record<string, unknown>>;

/** One change per argument, and the word that the design gives it for data that survives a stop. `before` and `after` go on top of the base. */
const samples: Readonly<Record<ArgumentName, { readonly before?: Args; readonly after: Args; readonly word: Word }>> = {
    engine: { after: { engine: "mysql", engineVersion: "9.7", username: "root", dbName: "kept" }, word: "replace" },
    engineVersion: { after: { engineVersion: "18" }, word: "carry" },
    // The very image that it has, but named: what that is depends on the machine.
    image: { after: {}, word: "recreate" },
    identifier: { after: { identifier: `devdb-test-${stack}-another` }, word: "replace" },
    dbName: { after: { dbName: "another" }, word: "replace" },
    username: { after: { username: "another" }, word: "replace" },
    password: { after: { password: "an'other \\ one" }, word: "in place" },
    port: { before: { port: { preferred: 43_100 } }, after: { port: { preferred: 43_300 } }, word: "recreate" },
    publiclyAccessible: { after: { publiclyAccessible: true }, word: "recreate" },
    parameters: { after: { parameters: { work_mem: "5MB" } }, word: "restart" },
    environment: { after: { environment: { SOME: "thing" } }, word: "recreate" },
    durability: { after: { durability: "fast" }, word: "restart" },
    storage: { after: {}, word: "carry" },
    // A volume of one's own, made by the test.
    volumeName: { after: {}, word: "carry" },
    instanceClass: { after: { instanceClass: "db.t3.micro" }, word: "in place" },
    memory: { before: { memory: "512m" }, after: { memory: "640m" }, word: "in place" },
    cpus: { before: { cpus: 1 }, after: { cpus: undefined }, word: "recreate" },
    networks: { after: { networks: [`devdb-test-${stack}`] }, word: "in place" },
    aliases: {
        before: { networks: [`devdb-test-${stack}`] },
        after: { networks: [`devdb-test-${stack}`], aliases: ["main-db"] },
        word: "in place",
    },
    tags: { after: { tags: { team: "shop" } }, word: "in place" },
    seeds: {
        before: { seeds: [{ name: "first", sql: "CREATE TABLE seeded AS SELECT 1 AS value" }] },
        after: { seeds: [{ name: "first", sql: "CREATE TABLE seeded AS SELECT 2 AS value" }] },
        word: "replace",
    },
    // A snapshot of an instance that was as empty, made before.
    snapshotIdentifier: { after: {}, word: "replace" },
    skipFinalSnapshot: { after: { skipFinalSnapshot: false, finalSnapshotIdentifier: "final" }, word: "in place" },
    finalSnapshotIdentifier: { after: { finalSnapshotIdentifier: "final" }, word: "in place" },
    deletionProtection: { after: { deletionProtection: true }, word: "in place" },
    priming: { after: { priming: false }, word: "in place" },
    startupTimeout: { after: { startupTimeout: 55 }, word: "in place" },
    acceptLicense: { after: { acceptLicense: true }, word: "in place" },
    runtime: { after: { runtime: { kind: "docker", host: "unix:///var/run/docker.sock" } }, word: "replace" },
};

const storages = ["container", "volume", "tmpfs"] as const;

/** Whatever stops a server whose data lies in memory starts empty. */
const onMemory = (word: Word): Word => (word === "in place" ? word : "replace");

for (const storage of plain ? storages : []) {
    const subject = plain;
    if (!subject) break;
    describe(`the word for a change is true: storage ${storage}`, () => {
        const base: Args = { ...subject.args, dbName: "kept", username: "app", storage, port: { preferred: 43_100 } };
        const mine = `devdb-test-${stack}-mine-${storage}`;
        let db = driver(`words-${storage}`);
        let empty: Awaited<ReturnType<typeof emptySnapshot>>;

        before(async () => {
            await daemon.createNetwork({ Name: `devdb-test-${stack}`, CheckDuplicate: true }).catch(() => undefined);
            empty = await emptySnapshot({ ...subject.args, dbName: "kept", username: "app", durability: "fast" });
        });
        after(async () => {
            await db.destroy().catch(() => undefined);
            await empty.remove();
            await daemon
                .getVolume(mine)
                .remove()
                .catch(() => undefined);
            assert.deepEqual(await leftOf(`devdb-test-${stack}-words-${storage}`), []);
            if (storage === "tmpfs") await daemon.getNetwork(`devdb-test-${stack}`).remove();
        });

        it("has a sample for every argument", () => assert.deepEqual(Object.keys(samples).sort(), [...argumentNames].sort()));
        it("has a rule for every argument", () => assert.deepEqual(Object.keys(table).sort(), [...argumentNames].sort()));

        for (const argument of argumentNames) {
            const { before = {}, after: change, word } = samples[argument];

            // A volume of one's own is another volume only where there was one; elsewhere it comes with another storage. Both carry.
            const expected = storage === "tmpfs" ? onMemory(word) : word;

            it(`${argument}: ${expected}`, async () => {
                const elsewhere = { storage: storage === "volume" ? "container" : "volume" };
                const made: Partial<Record<ArgumentName, () => Promise<Args>>> = {
                    storage: async () => elsewhere,
                    volumeName: async () => ({ storage: "volume", volumeName: mine }),
                    image: async () => ({ image: await plainImage() }),
                    snapshotIdentifier: async () => ({ snapshotIdentifier: empty.path }),
                };
                const after = (await made[argument]?.()) ?? change;
                const from = { ...base, ...before };
                await db.up(from);
                const [id, start] = [await containerId(db), await startedAt(db)];
                await writeRow(subject, db, 7);
                const rows = await readRows(subject, db);
                const identifier = db.text("identifier");

                const said = await db.preview({ ...from, ...after });
                assert.match(said.said.join(), new RegExp(`^${expected}: .*${argument}`));
                assert.equal(await startedAt(db), start, "preview touches nothing");
                await db.up({ ...from, ...after });

                if (expected === "replace") {
                    assert.notEqual(await containerId(db), id);
                    const now = argument === "engine" ? { ...subject, family: "mysql" } : subject;
                    assert.deepEqual(await readRows(now, db), [], "a replacement starts empty");
                    await db.destroy();
                    assert.deepEqual(await leftOf(identifier), []);
                    db = driver(`words-${storage}`);
                    return;
                }
                assert.equal(db.text("identifier"), identifier);
                assert.deepEqual(await readRows(subject, db), rows, "the data is kept");
                const another = expected === "recreate" || expected === "carry";
                assert.equal((await containerId(db)) !== id, another, "a recreate or a carry, and only that, makes another container");
                assert.equal((await startedAt(db)) === start, expected === "in place", "only a change in place leaves the server running");
                assert.deepEqual((await db.preview({ ...from, ...after })).said, [], "a second up changes nothing");
                if (argument === "deletionProtection") await db.up(from);
                // An older server could not read what the newer one has.
                if (argument === "engineVersion") await db.destroy();
            });
        }
    });
}
