import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import type { Conduct } from "../../provider/lifecycle/conduct";
import { docker } from "../../provider/runtimes/docker";
import type { Runtime } from "../../provider/runtimes/runtime";
import { readRows, writeRow } from "../support/client";
import { containerId, leftOf } from "../support/daemon";
import { derivedImage, engineImage, removeImage } from "../support/derived";
import { plain, type Subject } from "../support/engines";
import { atEveryCall, type Failure, type Kind, litter } from "../support/every-call";
import { type Driver, driver, stack } from "../support/instance";
import { freePort, holdPort } from "../support/port";

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
        await recreates(db, base, (round) => ({ environment: { ROUND: round } }));
    });

    it("in a move to another image loses nothing, and leaves no copy of the data", async () => {
        const line = String(subject.args.engineVersion);
        for (const image of images) await derivedImage(image, await engineImage(subject.family, line), `LABEL test=${image}`);
        const db = driver("every-move");
        const args = { ...base, storage: "volume", image: images[0], priming: false };
        // In all else it is a recreate like any other.
        const only = { lost: /Volume/, unanswered: /Volume/ };
        await recreates(db, args, () => ({ image: images.find((image) => image !== db.outputs.image) }), only);
    });

    async function recreates(
        db: Driver,
        first: Args,
        change: (round: string) => Args,
        only: Partial<Record<Kind, RegExp>> = {},
    ): Promise<void> {
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

if (plain) describe("a recreate that fails", () => failures(plain!));

function failures(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };
    const changed = { environment: { SOME: "thing" }, password: "K8-other" };
    const db = driver("fails");
    let args: Args;
    let id: string;

    before(async () => {
        args = { ...base, port: await freePort() };
        await db.up(args);
        await writeRow(subject, db, 7);
        id = await containerId(db);
    });
    afterEach(async () => {
        db.conduct = undefined;
        assert.equal(await containerId(db), id);
        assert.deepEqual(await leftOf(db.text("identifier")), [db.text("identifier")]);
        assert.deepEqual(await readRows(subject, db), [7], "under the password that it had");
        assert.deepEqual((await db.preview(args)).said, []);
    });
    after(() => db.destroy());

    it("because of a port that is taken says whose it is, and leaves it running on its own", async () => {
        const holder = await holdPort();
        try {
            const { port } = holder.address() as AddressInfo;
            await assert.rejects(
                db.up({ ...args, ...changed, port }),
                new RegExp(`host port ${port} is taken by another process .*\\n.*put back as it was`),
            );
        } finally {
            await new Promise((closed) => holder.close(closed));
        }
    });

    it("because of a network that is not there leaves it running", async () => {
        await assert.rejects(db.up({ ...args, ...changed, networks: ["no-such-network"] }), /no-such-network.*put back as it was/s);
    });

    it("because the copy of its data broke off is told at once, and leaves it running", async () => {
        const connect: Conduct["connect"] = async (settings) => {
            const runtime = await docker(settings);
            const copyOut: Runtime["copyOut"] = async (name, path) => {
                const whole = await runtime.copyOut(name, path);
                if (!whole || path !== "/var/lib/devdb") return whole;
                const cut = new PassThrough();
                whole.once("data", (chunk: Buffer) => {
                    cut.write(chunk);
                    whole.destroy();
                    cut.destroy(new Error("the connection broke"));
                });
                return cut;
            };
            return { ...runtime, copyOut };
        };
        db.conduct = { connect };
        const began = Date.now();
        await assert.rejects(db.up({ ...args, ...changed }), /the connection broke.*put back as it was/s);
        assert.ok(Date.now() - began < 60_000);
    });

    for (const moment of ["stopping", "copying", "starting", "waiting"]) {
        it(`because it was interrupted leaves it running: ${moment}`, async () => {
            const controller = new AbortController();
            const progress = (text: string) => {
                if (text.startsWith(moment)) controller.abort(new Error("the run was interrupted"));
            };
            db.conduct = { progress, signal: controller.signal };
            const error = await db.up({ ...args, ...changed }).then(
                () => undefined,
                (thrown: Error) => thrown,
            );
            // It may have answered before anybody had to wait for it.
            if (!error && moment === "waiting") {
                args = { ...args, ...changed };
                id = await containerId(db);
            } else assert.match(error?.message ?? "", /(interrupted|aborted|cancelled)[\s\S]*put back as it was/);
        });
    }
}

/** Things that an instance consists of. */
function whole({ storage }: Args): number {
    return storage === "volume" ? 2 : 1;
}
