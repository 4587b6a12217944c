import assert from "node:assert/strict";
import { hostname } from "node:os";
import { labelsOf, type Marks, marksOf } from "../../provider/lifecycle/labels";
import { ask } from "../support/ask";
import { readRows, writeRow } from "../support/client";
import { containerId, daemon, leftOf, startedAt } from "../support/daemon";
import { plain, type Subject } from "../support/engines";
import { type Driver, driver, stack } from "../support/instance";
import { otherMaker } from "../support/maker";
import { createElsewhere } from "../support/other-process";

const dead = `${hostname()} 999999999 1`;

if (plain) {
    describe("what an earlier run left", () => leftovers(plain!));
    describe("two that make the same name at once", () => races(plain!));
}

/** A container that was never started, with the labels of an instance's own but for what is said. */
async function byHand(db: Driver, name: string, change: Partial<Marks> = {}): Promise<string> {
    const { Image, Config } = await daemon.getContainer(db.text("identifier")).inspect();
    const Labels = { ...labelsOf({ ...marksOf(Config.Labels)!, run: dead, ...change }) };
    return (await daemon.createContainer({ name, Image, Labels })).id;
}

const rename = (from: string, to: string) => daemon.getContainer(from).rename({ name: to });

function leftovers(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };
    const db = driver("left");
    let id: string;
    let rounds = 0;
    /** An update that needs no other container, so that what is settled is all that happens. */
    const up = () => {
        rounds += 1;
        return db.up({ ...base, tags: { round: String(rounds) } });
    };
    const whole = async () => {
        assert.deepEqual(await leftOf(id), [id]);
        assert.deepEqual(await readRows(subject, db), [7]);
        assert.deepEqual((await db.preview({ ...base, tags: { round: String(rounds) } })).said, []);
    };

    before(async () => {
        await up();
        await writeRow(subject, db, 7);
        id = db.text("identifier");
    });
    after(() => db.destroy());

    it("finished is adopted with its rows, under the new password", async () => {
        const [container, url] = [await containerId(db), db.text("connectionString")];
        db.lose();
        await up();
        assert.equal(await containerId(db), container);
        await assert.rejects(ask(url, "SELECT 1"), /password authentication failed/);
        await whole();
    });

    it("finished is adopted when it is stopped, too", async () => {
        const container = await containerId(db);
        await daemon.getContainer(id).stop();
        db.lose();
        await up();
        assert.equal(await containerId(db), container);
        await whole();
    });

    it("made by other arguments is refused, and stays as it is", async () => {
        const start = await startedAt(db);
        const other = driver("left");
        const context = { name: db.name, project: "devdb-test", stack, organization: "test" };
        const { error } = await createElsewhere({ ...base, dbName: "another", identifier: id }, context);
        assert.match(error ?? "", /exists already: it belongs to stack .* It is this resource's own, made by other arguments/);
        assert.equal(await startedAt(db), start);
        assert.ok(!other.exists);
        await whole();
    });

    for (const state of ["known", "lost"]) {
        const settle = async () => {
            if (state === "lost") db.lose();
            await up();
        };

        describe(`with the state ${state}`, () => {
            it("unfinished beside the finished one goes", async () => {
                const container = await containerId(db);
                await byHand(db, `${id}.new`);
                await settle();
                assert.equal(await containerId(db), container);
                await whole();
            });

            it("retired beside the finished one goes", async () => {
                const container = await containerId(db);
                await byHand(db, `${id}.old`);
                await settle();
                assert.equal(await containerId(db), container);
                await whole();
            });

            it("retired, with a successor that had answered: the swap is finished", async () => {
                const container = await containerId(db);
                await byHand(db, `${id}.old`);
                await rename(id, `${id}.new`);
                await settle();
                assert.equal(await containerId(db), container);
                await whole();
            });

            it("retired, stopped and alone: it comes back", async () => {
                const container = await containerId(db);
                await daemon.getContainer(id).stop();
                await rename(id, `${id}.old`);
                await settle();
                assert.equal(await containerId(db), container);
                await whole();
            });

            it("at every stage at once is settled too", async () => {
                const container = await containerId(db);
                await byHand(db, `${id}.new`);
                await byHand(db, `${id}.old`);
                await settle();
                assert.equal(await containerId(db), container);
                await whole();
            });
        });
    }

    it("unfinished is removed by a create where its maker is dead", async () => {
        const other = driver("dead");
        const identifier = `devdb-test-${stack}-${other.name}`;
        const left = await byHand(db, `${identifier}.new`, { identifier, name: other.name, created: "2026-01-01T00:00:00.000Z" });
        await other.up(base);
        assert.notEqual(await containerId(other), left);
        assert.deepEqual(await leftOf(identifier), [identifier]);
        await other.destroy();
    });

    it("unfinished is waited for while its maker lives, and not touched", async () => {
        const maker = await otherMaker();
        const other = driver("alive");
        const identifier = `devdb-test-${stack}-${other.name}`;
        try {
            const left = await byHand(db, `${identifier}.new`, { identifier, name: other.name, run: maker.run });
            const refused = new RegExp(
                `\\.new is still being made by process ${maker.run.split(" ")[1]}; wait for it, or remove it: docker rm -fv `,
            );
            await assert.rejects(other.up({ ...base, startupTimeout: 1 }), refused);
            assert.equal((await daemon.getContainer(`${identifier}.new`).inspect()).Id, left);
            const waiting = other.up(base);
            setTimeout(() => void maker.end(), 500);
            await waiting;
            assert.deepEqual(await leftOf(identifier), [identifier]);
        } finally {
            await maker.end();
            await other.destroy();
        }
    });
}

function races(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };
    const context = (name: string, over: Readonly<Record<string, string>> = {}) => ({
        name,
        project: "devdb-test",
        stack,
        organization: "test",
        ...over,
    });

    it("in one process: the second is refused, and the first is made", async () => {
        const identifier = `devdb-test-${stack}-same`;
        const both = [driver("same"), driver("same")];
        const ups = await Promise.allSettled(both.map((db) => db.up({ ...base, identifier })));
        const [made] = both.filter((_, index) => ups[index]?.status === "fulfilled");
        const [refused] = ups.filter((up) => up.status === "rejected");
        assert.match(
            String(refused?.reason),
            new RegExp(`two resources of this program have the identifier ${identifier}; give one of them another`),
        );
        assert.deepEqual(await readRows(subject, made!), []);
        await made!.destroy();
        assert.deepEqual(await leftOf(identifier), []);
    });

    for (const storage of ["container", "volume"]) {
        it(`in two processes, as the same resource: one makes it, the other adopts it: storage ${storage}`, async () => {
            const db = driver(`race-${storage}`);
            const identifier = `devdb-test-${stack}-${db.name}`;
            const args = { ...base, storage, password: "the same" };
            try {
                const both = await Promise.all([1, 2].map(() => createElsewhere(args, context(db.name))));
                assert.deepEqual(
                    both.map(({ error }) => error),
                    [undefined, undefined],
                );
                assert.equal(both[0]!.outputs!.containerId, both[1]!.outputs!.containerId);
                assert.equal((await leftOf(identifier)).length, storage === "volume" ? 2 : 1);
                for (const { outputs } of both) assert.deepEqual(await ask(String(outputs!.connectionString), "SELECT 1"), [[1]]);
            } finally {
                await db.up(args);
                await db.destroy();
            }
            assert.deepEqual(await leftOf(identifier), []);
        });
    }

    it("in two processes, as two stacks: one has it, the other hears whose it is", async () => {
        const identifier = `devdb-test-${stack}-stacks`;
        const stacks = ["one", "two"];
        try {
            const both = await Promise.all(stacks.map((each) => createElsewhere({ ...base, identifier }, context("db", { stack: each }))));
            assert.equal(both.filter(({ error }) => error === undefined).length, 1, JSON.stringify(both));
            const [winner, loser] = both[0]!.error ? [1, 0] : [0, 1];
            const owner = `it belongs to stack devdb-test/${stacks[winner]}, resource db, made `;
            assert.ok(both[loser]!.error!.includes(owner), both[loser]!.error);
            assert.deepEqual(await ask(String(both[winner]!.outputs!.connectionString), "SELECT 1"), [[1]]);
            assert.deepEqual(await leftOf(identifier), [identifier]);
        } finally {
            await daemon.getContainer(identifier).remove({ force: true, v: true });
        }
    });

    it("twenty of different names are all made, each with a port of its own", async () => {
        const all = Array.from({ length: 20 }, () => driver("twenty"));
        try {
            await Promise.all(all.map((db) => db.up(base)));
            assert.equal(new Set(all.map((db) => db.text("port"))).size, all.length);
            for (const db of all) assert.deepEqual(await readRows(subject, db), []);
        } finally {
            await Promise.all(all.filter(({ exists }) => exists).map((db) => db.destroy()));
        }
        assert.deepEqual(await leftOf(`devdb-test-${stack}-twenty`), []);
    });
}
