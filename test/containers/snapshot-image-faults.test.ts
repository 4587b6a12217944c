import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { inventory } from "../../provider/lifecycle/inventory";
import { leftovers } from "../../provider/lifecycle/leftovers";
import { takeSnapshot } from "../../provider/lifecycle/snapshot";
import { docker as runtime } from "../../provider/runtimes/docker";
import { ask } from "../support/ask";
import { daemon, leftOf, startedAt } from "../support/daemon";
import { docker } from "../support/docker";
import { plain } from "../support/engines";
import { faulty } from "../support/faulty-runtime";
import { driver, stack } from "../support/instance";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { killedAt } from "../support/take-elsewhere";

if (plain)
    for (const storage of ["container", "volume"] as const)
        describe(`an image snapshot of a ${storage} that goes wrong`, () => faults(storage));

function faults(storage: "container" | "volume"): void {
    const args = { engine: "postgres", engineVersion: "17", durability: "fast", storage };
    const source = driver("halt");
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let began: string;
    const of = () => ({ dbInstanceIdentifier: source.text("identifier"), method: "image" });
    const properties = (id: string) => ({
        ...{ ...of(), dbSnapshotIdentifier: id, triggers: [], tags: {} },
        __devdb: { name: id, project: "devdb-test", stack, organization: "test", config: { snapshotDirectory: directory.path }, given: [] },
    });
    const images = async () => {
        const filters = { label: [`devdb.stack=${stack}`, "devdb.role=snapshot"] };
        return (await daemon.listImages({ all: true, filters })).flatMap(({ RepoTags, Id }) => RepoTags ?? [Id]);
    };
    const state = async () => (await daemon.getContainer(source.text("identifier")).inspect()).State;
    const asBefore = async () => {
        const { Paused, StartedAt } = await state();
        assert.deepEqual([Paused, StartedAt], [false, began]);
        assert.deepEqual(await ask(source.text("connectionString"), "SELECT value FROM kept"), [[7]]);
        assert.deepEqual(await leftOf(`${source.text("identifier")}.`), [], "the helper went");
    };

    before(async () => {
        directory = await ownDirectory();
        await source.up(args);
        await ask(source.text("connectionString"), "CREATE TABLE kept AS SELECT 7 AS value");
        began = await startedAt(source);
    });
    after(async () => {
        await source.destroy();
        await directory.remove();
        assert.deepEqual(await images(), []);
        assert.deepEqual(await leftOf(`devdb-test-${stack}-halt`), []);
    });

    it("leaves the source running and nothing else, whichever call of the daemon fails, and when", async function () {
        this.timeout(240_000);
        const steps = /^(create|start|pause|exec|images\.(commit|tag))/;
        for (const when of ["before", "after"] as const)
            for (let at = 1, hit = true; hit; at += 1) {
                const fault = faulty({ at, when, forGood: false, counts: (call) => steps.test(call) });
                const taken = takeSnapshot(properties(`f-${storage}-${when}-${at}`), {
                    ...{ connect: fault.connect, progress: () => undefined, signal: new AbortController().signal },
                });
                const words = await taken.then(
                    ({ outputs }) => String(outputs.image),
                    (error: Error) => error.message,
                );
                hit = fault.hit();
                // A failed flush is no harm.
                if (words.startsWith("devdb/snapshot:")) await docker("rmi", words);
                else assert.match(words, /no answer, by this test's will/);
                await asBefore();
                assert.deepEqual(await images(), []);
            }
    });

    it("is told in the row, where auto took it", async () => {
        const said: string[] = [];
        const conduct = { progress: () => undefined, say: (text: string) => void said.push(text), signal: new AbortController().signal };
        const { outputs } = await takeSnapshot({ ...properties(`auto-${storage}`), method: "auto" }, conduct);
        assert.deepEqual(said, [`taken as an image: ${String(outputs.image)}`]);
        await docker("rmi", String(outputs.image));
    });

    it("is made by each of two that are taken at once, and so is a dump beside them", async () => {
        const three = ["image", "image", "logical"].map((method) => ({ method, one: snapshotDriver(directory.path) }));
        await Promise.all(three.map(({ method, one }) => one.up({ ...of(), method })));
        await asBefore();
        const copy = driver("halt", { config: { snapshotDirectory: directory.path } });
        for (const { one } of three) {
            await copy.up({ ...args, storage: "container", snapshotIdentifier: one.id });
            assert.deepEqual(await ask(copy.text("connectionString"), "SELECT value FROM kept"), [[7]]);
            await copy.destroy();
            await one.destroy();
        }
    });

    it("does not stay halted where the run was killed: the next up lets it go on, or the next snapshot", async function () {
        this.timeout(120_000);
        const next = [
            async () => {
                if (storage === "volume") assert.match(String((await source.preview(args)).said), /its container is halted/);
                await source.up(args);
            },
            async () => {
                const one = snapshotDriver(directory.path);
                await one.up(of());
                await one.destroy();
            },
        ];
        // Enough for the copy to take its time.
        await docker("exec", "-u", "root", source.text("identifier"), "sh", "-c", "head -c 300000000 /dev/urandom >/var/lib/devdb/ballast");
        for (const work of next) {
            await killedAt(source.text("identifier"), "pause", of(), directory.path);
            // The daemon itself ends what it has begun.
            if (storage === "volume") assert.equal((await state()).Paused, true);
            else for (let tries = 0; (await state()).Paused || (await images()).length === 0; tries += 1) await waited(tries);
            await work();
            const { verdict } = await leftBehind();
            assert.ok(storage === "volume" || verdict.includes("remove image unfinished, and its maker is dead"), verdict.join());
            await docker("rm", "-fv", `${source.text("identifier")}.snapshot`);
            for (const image of await images()) await docker("rmi", image);
            await asBefore();
        }
    });

    if (storage === "container")
        it("leaves nothing that the next one does not take away, where the run was killed while it recovered", async function () {
            this.timeout(60_000);
            const beside = `${source.text("identifier")}.snapshot`;
            await killedAt(`${beside}.recovery`, "start", of(), directory.path);
            assert.deepEqual((await leftOf(beside)).length, 2);
            const { verdict } = await leftBehind();
            assert.equal(
                verdict.filter((words) => words === "remove container unfinished, and its maker is dead").length,
                2,
                verdict.join(),
            );
            const one = snapshotDriver(directory.path);
            await one.up(of());
            await one.destroy();
            for (const image of await images()) await docker("rmi", image);
            await asBefore();
        });

    /** What gc would do about what is left of this stack. */
    async function leftBehind(): Promise<{ readonly verdict: readonly string[] }> {
        const all = leftovers(await inventory(await runtime({})));
        const own = all.filter(({ thing }) => thing.marks.stack === stack);
        return { verdict: own.map(({ verdict, thing, why }) => `${verdict} ${thing.kind} ${why}`) };
    }
}

async function waited(tries: number): Promise<void> {
    assert.ok(tries < 300, "it never came to that");
    await sleep(100);
}
