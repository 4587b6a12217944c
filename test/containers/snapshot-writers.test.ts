import assert from "node:assert/strict";
import { ask } from "../support/ask";
import { families, type Subject } from "../support/engines";
import { driver } from "../support/instance";
import { heldBetween, type PairWriter, pairsIn, pairTables, writePairs } from "../support/pairs";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { running, until } from "../support/under-way";

const tools: Readonly<Record<string, string>> = { postgres: "pg_dump", mysql: "mysqldump", mariadb: "mariadb-dump" };

for (const subject of families)
    if (tools[subject.family])
        describe(`${subject.title}, written to while a snapshot is taken`, () => written(subject, tools[subject.family] ?? ""));

function written(subject: Subject, tool: string): void {
    const base = { ...subject.args, durability: "fast" };
    const source = driver("written");
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let url: string;

    before(async () => {
        directory = await ownDirectory();
        await source.up({ ...base, username: "app", dbName: "orders" });
        url = source.text("connectionString");
        for (const table of pairTables) await ask(url, table);
    });
    afterEach(async () => {
        for (const table of ["pairs_a", "pairs_z"]) await ask(url, `DELETE FROM ${table}`);
    });
    after(async () => {
        await source.destroy();
        await directory.remove();
    });

    /** All pairs from the first to some last one, each in both tables: what was acknowledged before at least, and not what came after. */
    const judge = async (id: string, before: number, after: number) => {
        const copy = driver("written", { config: { snapshotDirectory: directory.path } });
        try {
            await copy.up({ ...base, snapshotIdentifier: id });
            const [a, z] = await pairsIn(copy.text("connectionString"));
            assert.deepEqual(
                a,
                a.map((_, index) => index),
                "none is missing in between",
            );
            assert.deepEqual(z, a, "no half of a pair");
            assert.ok(before <= a.length && a.length < after, `${before} before, ${a.length} in the copy, ${after} after`);
        } finally {
            if (copy.exists) await copy.destroy();
        }
    };
    const more = (writer: PairWriter, by: number) => {
        const enough = writer.acknowledged() + by;
        return until(async () => writer.acknowledged() >= enough);
    };

    it("goes on writing while it is dumped, and the dump is of one moment", async () => {
        const taken = snapshotDriver(directory.path);
        const writer = await writePairs(url);
        try {
            await more(writer, 20);
            const before = writer.acknowledged();
            let made: Promise<unknown> = Promise.resolve();
            const during = await heldBetween(url, async () => {
                made = taken.up({ dbInstanceIdentifier: source.text("identifier"), method: "logical" });
                await until(async () => (await running(source.text("identifier"), tool)).length > 0);
                // It has read the first half by now, if it is not of one moment.
                await more(writer, 200);
                const seen = writer.acknowledged();
                await more(writer, 50);
                return seen;
            });
            await made;
            await writer.stop();
            assert.ok(writer.slowest() < 2_000, `${writer.slowest()} ms`);
            await judge(taken.id, before, during);
        } finally {
            await writer.stop();
            if (taken.exists) await taken.destroy();
        }
    });

    it("goes on writing after an image of it, which has what was acknowledged before", async () => {
        const taken = snapshotDriver(directory.path);
        const writer = await writePairs(url);
        try {
            await more(writer, 20);
            const before = writer.acknowledged();
            await taken.up({ dbInstanceIdentifier: source.text("identifier"), method: "image" });
            await more(writer, 1);
            const after = writer.acknowledged();
            await writer.stop();
            await judge(taken.id, before, after);
        } finally {
            await writer.stop();
            if (taken.exists) await taken.destroy();
        }
    });
}
