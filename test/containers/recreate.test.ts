import assert from "node:assert/strict";
import { readRows, writeRow } from "../support/client";
import { leftOf } from "../support/daemon";
import { derivedImage, engineImage, removeImage } from "../support/derived";
import { plain, type Subject } from "../support/engines";
import { atEveryCall, type Failure, litter } from "../support/every-call";
import { type Driver, driver, stack } from "../support/instance";

type Args = Readonly<Record<string, unknown>>;

if (plain)
    describe("a call to the runtime that fails", function () {
        this.timeout(600_000);
        everyCall(plain!);
    });

function everyCall(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };
    const images = ["one", "two"].map((name) => `devdb-test-${stack}/recreate:${name}`);
    let before: readonly string[];

    beforeEach(async () => {
        before = await litter();
    });
    afterEach(async () => {
        const left = (await litter()).filter((name) => !before.includes(name));
        assert.deepEqual(left, [], "no volume without a name is left");
    });
    after(async () => {
        for (const image of images) await removeImage(image);
    });

    it("in a create leaves nothing, or what the next up makes whole", async () => {
        const db = driver("every-create");
        const identifier = `devdb-test-${stack}-${db.name}`;
        const args = { ...base, storage: "volume" };
        const judge = async ({ error, forGood }: Failure) => {
            if (error && !forGood && !db.exists) return assert.deepEqual(await leftOf(identifier), [], "what no state knows is gone");
            if (error) await db.up(args);
            assert.deepEqual(await leftOf(identifier), [identifier, identifier]);
            await writeRow(subject, db, 1);
            assert.deepEqual(await readRows(subject, db), [1]);
            await db.destroy();
            assert.deepEqual(await leftOf(identifier), []);
        };
        await atEveryCall(db, () => db.up(args), judge);
    });

    it("in a recreate loses nothing, and the next up goes on", async () => {
        const db = driver("every-recreate");
        await recreates(db, base, (round) => ({ environment: { ROUND: round } }), /./);
    });

    it("in a move to another image loses nothing, and leaves no copy of the data", async () => {
        const line = String(subject.args.engineVersion);
        for (const image of images) await derivedImage(image, await engineImage(subject.family, line), `LABEL test=${image}`);
        const db = driver("every-move");
        // Until the old one is stopped everything is as in any other recreate.
        const args = { ...base, storage: "volume", image: images[0], priming: false };
        await recreates(
            db,
            args,
            () => ({ image: images.find((image) => image !== db.outputs.image) }),
            /\.new|^(stop|create|rename|remove)/,
        );
    });

    async function recreates(db: Driver, first: Args, change: (round: string) => Args, only: RegExp): Promise<void> {
        let args = first;
        let calls = 0;
        const identifier = `devdb-test-${stack}-${db.name}`;
        await db.up(args);
        await writeRow(subject, db, 7);
        const judge = async ({ error, forGood }: Failure) => {
            const next = { ...args, ...change(`after ${calls}`) };
            const differs = (await db.preview(args)).said.length > 0;
            if (error && !forGood) {
                assert.deepEqual(await readRows(subject, db), [7], "it runs");
                assert.ok(!differs || !/put back/.test(error.message), "what the error says is true");
                assert.ok(differs || !/in place/.test(error.message), "what the error says is true");
            }
            if (error && (forGood || differs || (await leftOf(identifier)).length > whole(args))) await db.up(next);
            args = { ...args, ...("image" in next ? { image: db.outputs.image } : {}), environment: db.outputs.environment };
            assert.equal((await leftOf(identifier)).length, whole(args), (await leftOf(identifier)).join());
            assert.deepEqual(await readRows(subject, db), [7]);
            assert.deepEqual((await db.preview(args)).said, []);
        };
        try {
            await atEveryCall(
                db,
                (round) => {
                    calls = round;
                    return db.up({ ...args, ...change(String(round)) });
                },
                judge,
                only,
            );
        } finally {
            await db.destroy();
        }
        assert.deepEqual(await leftOf(identifier), []);
    }
}

/** Things that an instance consists of. */
function whole({ storage }: Args): number {
    return storage === "volume" ? 2 : 1;
}
