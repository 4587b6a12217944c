import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { containerId, leftOf } from "../support/daemon";
import { derivedImage, removeImage } from "../support/derived";
import { docker } from "../support/docker";
import { families, type Subject } from "../support/engines";
import { faulty } from "../support/faulty-runtime";
import { type InnerClient, inContainer, innerClients } from "../support/inner-client";
import { type Driver, driver, stack } from "../support/instance";
import { ownDirectory } from "../support/snapshot";
import { newerStandIns, standInReady } from "../support/standins";

type Args = Readonly<Record<string, unknown>>;
type Who = InnerClient["other"];

for (const subject of families) {
    const client = innerClients[subject.family];
    if (client)
        describe(`a carry of ${subject.title}`, function () {
            this.timeout(300_000);
            carries(subject, client);
        });
}

/** Arguments of a newer release, where there is one. */
function newerOf({ family, proof }: Subject): Args | undefined {
    const newer = newerStandIns[family];
    if (!newer) return undefined;
    const { engineVersion, image } = newer;
    return proof === "real" ? { engineVersion } : { engineVersion, image };
}

function carries(subject: Subject, client: InnerClient): void {
    const base = { ...subject.args, username: "app", dbName: "orders" };
    const newer = newerOf(subject);
    const mine = `devdb-test-${stack}-${subject.family}-mine`;
    const empty = `${mine}-empty`;
    const { second } = client;
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let db: Driver;

    before(async () => {
        await standInReady(subject);
        if (subject.proof === "stand-in" && newer) await standInReady(subject, newer.image);
        directory = await ownDirectory();
    });
    beforeEach(async () => {
        db = driver(`carry-${subject.family}`, { config: { snapshotDirectory: directory.path } });
        await db.up(base);
        if (client.prepared !== undefined) await inContainer(db.text("identifier"), ["sh", "-c", client.prepared], "", "root");
        for (const sql of client.statements) await asks(undefined, sql);
        await second.prepare(db.text("identifier"), { username: "app", password: db.text("password"), dbName: "orders" });
    });
    afterEach(async () => {
        db.conduct = undefined;
        const identifier = db.text("identifier");
        await db.destroy();
        assert.deepEqual(await leftOf(identifier), []);
        assert.deepEqual(await readdir(directory.path), [], "no dump is left");
    });
    after(async () => {
        for (const volume of [mine, empty]) await docker("volume", "rm", "--force", volume);
        await directory.remove();
    });

    function asks(who: Who | undefined, sql: string, dbName = "orders", container = db.text("identifier")): Promise<string> {
        return client.ask(container, { username: "app", password: db.text("password"), ...who, dbName }, sql);
    }

    /** Everybody logs in as before, and finds what was there. */
    async function isAllThere(comes: boolean): Promise<void> {
        assert.match(await asks(undefined, client.question("app")), /kept before/);
        assert.match(await asks(second.who, second.question, second.dbName), /kept there/);
        if (second.locked) await assert.rejects(asks(second.locked, client.greeting, second.dbName), client.shut);
        if (comes) await asks(client.other, client.greeting);
        else await assert.rejects(asks(client.other, client.greeting), client.shut);
    }

    const folders = (container: string) =>
        inContainer(container, ["sh", "-c", `ls -d ${client.place}/devdb-dump-* /tmp/* 2>/dev/null; true`], "", "root");

    it("keeps all databases and users with their logins, from one place and version to another", async () => {
        const identifier = db.text("identifier");
        const { port } = db.outputs;
        const steps: readonly Args[] = [
            { storage: "volume", ...newer },
            { storage: "volume", volumeName: mine, ...newer },
            { storage: "container", ...newer },
        ];
        for (const step of steps) {
            const args = { ...base, ...step };
            const before = await containerId(db);
            assert.match((await db.preview(args)).said.join(), /^carry: (engineVersion|storage|volumeName)/);
            await db.up(args);
            assert.notEqual(await containerId(db), before);
            assert.deepEqual([db.text("identifier"), db.outputs.port], [identifier, port]);
            await isAllThere(client.comes);
            assert.deepEqual((await db.preview(args)).said, []);
            assert.equal(await folders(identifier), "");
            assert.deepEqual(await readdir(directory.path), [], "no dump is left");
        }
    });

    for (const moment of ["dumping", `restoring`, "restoring last"]) {
        it(`leaves the old one running where it is interrupted: ${moment}`, async () => {
            const id = await containerId(db);
            const identifier = db.text("identifier");
            const controller = new AbortController();
            const tries: Promise<unknown>[] = [];
            let seen = 0;
            const progress = (text: string) => {
                const [doing = "", last] = moment.split(" ");
                if (!text.startsWith(`${doing} `) || text === `${doing} users` || tries.length > 0) return;
                seen += 1;
                if (last && seen < 2) return;
                // Nobody gets into the old one, nor into the new one that is being filled.
                tries.push(asks(undefined, client.greeting), asks(second.who, second.question, second.dbName));
                if (doing === "restoring")
                    for (const who of [undefined, client.other]) tries.push(asks(who, client.greeting, "orders", `${identifier}.new`));
                void Promise.allSettled(tries).then(() => controller.abort(new Error("the run was interrupted")));
            };
            db.conduct = { progress, signal: controller.signal };
            await assert.rejects(db.up({ ...base, storage: "volume" }), /(interrupted|aborted|cancelled)[\s\S]*put back as it was/);
            const outcomes = await Promise.allSettled(tries);
            assert.ok(outcomes.length >= 2 && outcomes.every(({ status }) => status === "rejected"));
            const [, , ...inNew] = outcomes.map((outcome) => String((outcome as PromiseRejectedResult).reason));
            for (const words of inNew) assert.match(words, client.shut);
            db.conduct = undefined;
            assert.equal(await containerId(db), id);

            const left = (await leftOf(identifier)).filter((name) => name !== identifier);
            assert.deepEqual(left, []);
            await isAllThere(true);
            assert.deepEqual((await db.preview(base)).said, []);
        });
    }

    if (subject.family === "oracle" && subject.proof === "stand-in")
        it("into the user's empty volume leaves it empty where it fails, though the image brings files of its own", async () => {
            const image = await derivedImage(
                `devdb-${stack}/oracle:23`,
                String(subject.args.image),
                "RUN touch /opt/oracle/oradata/brought",
            );
            const args = { ...base, image, storage: "volume", volumeName: empty };
            const held = () => docker("run", "--rm", "--volume", `${empty}:/v`, "--entrypoint", "ls", image, "-A", "/v");
            try {
                await docker("volume", "create", empty);
                const controller = new AbortController();
                const progress = (text: string) => text === "restoring users" && controller.abort(new Error("the run was interrupted"));
                db.conduct = { progress, signal: controller.signal };
                await assert.rejects(db.up(args), /interrupted[\s\S]*put back as it was/);
                db.conduct = undefined;
                assert.equal(await held(), "");
                await db.up(args);
                await isAllThere(client.comes);
                assert.match(await held(), /^brought$/m);
                await db.up(base);
            } finally {
                await removeImage(image);
            }
        });

    it("that was killed is made good by the next up", async () => {
        const identifier = db.text("identifier");
        const args = { ...base, storage: "volume", ...newer };
        const kills: readonly (readonly [call: RegExp, at: number])[] = [
            [/^start \S+\.new$/, 2],
            [new RegExp(`^rename ${identifier}$`), 1],
        ];
        for (const [call, at] of kills) {
            const runtime = faulty({ at, when: "before", forGood: true, counts: (each) => call.test(each) });
            db.conduct = { connect: runtime.connect };
            await assert.rejects(db.up(args), /no answer/, `${call} never came`);
            db.conduct = undefined;
        }
        await db.up(args);
        await isAllThere(client.comes);
        assert.deepEqual(await leftOf(`${identifier}.`), []);
        assert.deepEqual((await db.preview(args)).said, []);
    });

    if (newer)
        it("to a newer release, killed before the state knew of it, is not taken back by the older one", async () => {
            const runtime = faulty({ at: 1, when: "before", forGood: true, counts: (each) => /^remove \S+\.old$/.test(each) });
            db.conduct = { connect: runtime.connect };
            const args = { ...base, ...newer };
            await assert.rejects(db.up(args));
            assert.ok(runtime.hit());
            db.conduct = undefined;
            await assert.rejects(db.up({ ...base, tags: { a: "b" } }), /engineVersion: is \S+, and the data is of .* by now/);
            await isAllThere(client.comes);
            await db.up(args);
            await isAllThere(client.comes);
        });
}
