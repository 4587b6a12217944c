import assert from "node:assert/strict";
import type { Conduct } from "../../provider/lifecycle/conduct";
import { read, remove } from "../../provider/lifecycle/instance";
import { docker as connect } from "../../provider/runtimes/docker";
import { readRows } from "../support/client";
import { containerId, daemon, leftOf, startedAt } from "../support/daemon";
import { plain, type Subject } from "../support/engines";
import { driver } from "../support/instance";

const quiet: Conduct = { progress: () => undefined, signal: new AbortController().signal };

if (plain) {
    describe("a delete", () => deletes(plain!));
    describe("an instance of another daemon", () => elsewhere(plain!));
}

function deletes(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };

    it("is refused under deletionProtection, until an up has taken that back", async () => {
        const db = driver("protected");
        await db.up({ ...base, deletionProtection: true });
        const start = await startedAt(db);
        const identifier = db.text("identifier");
        await assert.rejects(db.destroy(), new RegExp(`${identifier} has deletionProtection: set it to false, run pulumi up, then delete`));
        assert.equal(await startedAt(db), start);
        await db.up({ ...base, deletionProtection: false });
        assert.equal(await startedAt(db), start);
        await db.destroy();
        assert.deepEqual(await leftOf(identifier), []);
    });

    it("takes what is there at any stage of a change, and is no fault where nothing is", async () => {
        const db = driver("stages");
        await db.up({ ...base, storage: "volume" });
        const { outputs } = db;
        const identifier = db.text("identifier");
        for (const suffix of [".old", ".new"]) {
            const { Image, Config } = await daemon.getContainer(identifier).inspect();
            await daemon.createContainer({ name: `${identifier}${suffix}`, Image, Labels: Config.Labels });
        }
        await remove(outputs, quiet);
        assert.deepEqual(await leftOf(identifier), []);
        await remove(outputs, quiet);
        assert.equal(await read(outputs, quiet), undefined);
    });

    it("leaves a foreign container alone that has taken the name", async () => {
        const db = driver("foreign");
        await db.up(base);
        const identifier = db.text("identifier");
        const container = daemon.getContainer(identifier);
        const { Image } = await container.inspect();
        await container.remove({ force: true, v: true });
        const foreign = await daemon.createContainer({ name: identifier, Image });
        try {
            assert.equal(await read(db.outputs, quiet), undefined);
            await db.destroy();
            assert.equal((await daemon.getContainer(identifier).inspect()).Id, foreign.id);
        } finally {
            await foreign.remove({ force: true, v: true });
        }
    });
}

function elsewhere(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };
    const db = driver("elsewhere");
    /** The same Docker under another name, at another place. */
    const other: Conduct["connect"] = async (settings) => ({
        ...(await connect(settings)),
        found: "tcp://other:2376 (context other)",
        daemon: async () => ({ id: "OTHER:ID", name: "other", cpus: 1, memory: 1 }),
    });
    let container: string;

    before(async () => {
        await db.up(base);
        container = await containerId(db);
    });
    after(() => db.destroy());

    it("is refused by every operation, which names both daemons and the way out, and stays", async () => {
        const recorded = db.text("daemon");
        const conduct = { ...quiet, connect: other };
        const refused = (error: Error) => {
            const words = `this instance lives on the daemon ${recorded}, and the one that answers now is OTHER:ID (other), found at tcp://other:2376 (context other).`;
            assert.ok(error.message.startsWith(words), error.message);
            assert.ok(error.message.includes(`DEVDB_FORGET='${recorded}' for one run`), error.message);
            return true;
        };
        await assert.rejects(remove(db.outputs, conduct), refused);
        await assert.rejects(read(db.outputs, conduct), refused);
        db.conduct = conduct;
        await assert.rejects(db.up({ ...base, tags: { a: "b" } }), refused);
        db.conduct = undefined;
        assert.equal(await containerId(db), container);
        assert.deepEqual(await readRows(subject, db), []);
    });

    for (const short of [false, true]) {
        it(`is given up by DEVDB_FORGET, ${short ? "by the daemon's id alone" : "as the message has it"}, and its container is not touched`, async () => {
            const recorded = db.text("daemon");
            process.env.DEVDB_FORGET = short ? recorded.split(" ")[0] : recorded;
            try {
                assert.equal(await read(db.outputs, { ...quiet, connect: other }), undefined);
                await remove(db.outputs, { ...quiet, connect: other });
            } finally {
                delete process.env.DEVDB_FORGET;
            }
            assert.equal(await containerId(db), container);
        });
    }
}
