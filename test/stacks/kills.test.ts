import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { inventory } from "../../provider/lifecycle/inventory";
import { leftovers as leftBehind } from "../../provider/lifecycle/leftovers";
import { sweep } from "../../provider/lifecycle/sweep";
import { docker as connect } from "../../provider/runtimes/docker";
import { parseManifest } from "../../provider/snapshots/manifest";
import { verify } from "../../provider/snapshots/store";
import { ask } from "../support/ask";
import { docker, standing } from "../support/docker";
import { ends, type Killed, killAfter, killAt, killProviders, type Moment, type Victim } from "../support/kill";
import { leftovers } from "../support/leftovers";
import { databases, project, type Stack } from "../support/stack";

const creating: readonly Moment[] = [
    { action: "create", suffix: ".new" },
    { action: "attach", suffix: ".new" },
    { action: "start", suffix: ".new" },
    { action: "rename" },
];
const recreating: readonly Moment[] = [
    { action: "kill" },
    { action: "stop" },
    { action: "create", suffix: ".new" },
    { action: "archive-path" },
    { action: "extract-to-dir", suffix: ".new" },
    { action: "start", suffix: ".new" },
    { action: "exec_create", suffix: ".new" },
    { action: "exec_die", suffix: ".new" },
    { action: "rename", suffix: ".old" },
    { action: "rename", suffix: "-db" },
    { action: "update" },
    { action: "destroy", suffix: ".old" },
];
/** Of a snapshot, by five commands in the source, and of the copy that is made from it. */
const taking: readonly Moment[] = [
    { action: "exec_create", suffix: "-db", nth: 3 },
    { action: "exec_create", suffix: "-db", nth: 5 },
    { action: "exec_die", suffix: "-db", nth: 5 },
    { action: "start", suffix: "-copy.new" },
    { action: "exec_create", suffix: "-copy.new", nth: 4 },
    { action: "rename", suffix: "-copy" },
];
/** Of an image, beside whose making a helper stands: while the daemon halts the source, and while its server recovers. And of the copy. */
const imaging: readonly Moment[] = [
    { action: "create", suffix: ".snapshot" },
    { action: "pause", suffix: "-db" },
    { action: "start", suffix: ".recovery" },
    { action: "start", suffix: "-copy.new" },
];
/** The first `.new` has a copy of the data and is dumped, the second one is filled. */
const carrying: readonly Moment[] = [
    { action: "archive-path" },
    { action: "start", suffix: ".new" },
    { action: "exec_create", suffix: ".new", nth: 4 },
    { action: "destroy", suffix: ".new" },
    { action: "start", suffix: ".new", nth: 2 },
    { action: "exec_create", suffix: ".new", nth: 12 },
    { action: "rename", suffix: ".old" },
    { action: "destroy", suffix: ".old" },
];
/** What has run is read, then a step runs, and so on: in a new instance, and in one that is there. */
const seeding: readonly Moment[] = [
    { action: "exec_start", suffix: ".new", nth: 2 },
    { action: "exec_create", suffix: "-db", nth: 2 },
    { action: "exec_start", suffix: "-db", nth: 2 },
    { action: "exec_die", suffix: "-db", nth: 2 },
    { action: "exec_start", suffix: "-db", nth: 4 },
];
const password = "not of interest";

describe("kill -9", () => {
    const shop = project();
    const seed = Number(process.env.SEED ?? Date.now() % 100_000);
    const on = (moments: readonly Moment[], ...names: readonly string[]) =>
        moments.filter(({ action, suffix = "" }) => names.includes(`${action} ${suffix}`));

    it("at each moment of a create is made good by the next up", async function () {
        this.timeout(300_000);
        await both("create", { provider: creating, CLI: creating }, async (stack, victim, moment, index) => {
            // Every second one has a volume, which a killed first start leaves half-made.
            const all = creating
                .slice(0, index + 1)
                .map((_, each) => [`db${each}`, each % 2 === 0 ? {} : { storage: "volume" as const }] as const);
            const program = databases(Object.fromEntries(all.map(([name, args]) => [name, { password, ...args }])));
            const killed = await killAt(await stack.start("up", program), victim, stack, moment);
            await unlock(stack, victim);
            await stack.up(program);
            const containers = all.map(([name]) => `container ${prefix(stack)}-${name}`);
            const volumes = all.flatMap(([name, args]) => ("storage" in args ? [`volume ${prefix(stack)}-${name}`] : []));
            assert.deepEqual(await leftovers(prefix(stack)), [...containers, ...volumes]);
            assert.deepEqual(await query(`${prefix(stack)}-db${index}`, "SELECT 1"), [[1]]);
            return killed;
        });
    });

    it("at each moment of a recreate is made good by the next up, and no row is lost", async function () {
        this.timeout(300_000);
        // With its CLI an update ends at once, as if killed itself, so that fewer moments show the same.
        const some = on(recreating, "stop ", "start .new", "rename .old", "rename -db");
        await both("recreate", { provider: recreating, CLI: some }, async (stack, victim, moment, index) => {
            const container = `${prefix(stack)}-db`;
            if (index === 0) {
                await stack.up(databases({ db: { password } }));
                await query(container, "CREATE TABLE kept AS SELECT 7 AS number");
            }
            const program = databases({ db: { password, publiclyAccessible: index % 2 === 0 } });
            const killed = await killAt(await stack.start("up", program), victim, stack, moment);
            await unlock(stack, victim);
            await stack.up(program);
            assert.deepEqual(await leftovers(prefix(stack)), [`container ${container}`]);
            assert.match((await standing(container)).published, index % 2 === 0 ? /^0\.0\.0\.0:/ : /^127\.0\.0\.1:/);
            assert.equal(await docker("inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", container), "unless-stopped");
            assert.deepEqual(await query(container, "SELECT number FROM kept"), [[7]]);
            return killed;
        });
    });

    it(`at random times is made good by the next up, and no row is lost (SEED=${seed})`, async function () {
        this.timeout(300_000);
        const random = randomFrom(seed);
        const times = () => Array.from({ length: 3 }, () => Math.round(random() * 2500));
        await both("random", { provider: times(), CLI: times() }, async (stack, victim, ms, index) => {
            const old = { layer: { password }, volume: { password, storage: "volume" } } as const;
            if (index === 0) {
                await stack.up(databases(old));
                for (const name of Object.keys(old)) await query(`${prefix(stack)}-${name}`, "CREATE TABLE kept AS SELECT 7 AS number");
            }
            const fresh = [0, 1, 2].slice(0, index + 1).map((each) => `fresh${each}`);
            const changed = Object.entries(old).map(([name, args]) => [name, { ...args, publiclyAccessible: index % 2 === 0 }] as const);
            const program = databases(Object.fromEntries([...changed, ...fresh.map((name) => [name, { password }] as const)]));
            const killed = await killAfter(await stack.start("up", program), victim, ms);
            await unlock(stack, victim);
            await stack.up(program);
            const containers = [...fresh, "layer", "volume"].map((name) => `container ${prefix(stack)}-${name}`);
            assert.deepEqual(await leftovers(prefix(stack)), [...containers, `volume ${prefix(stack)}-volume`]);
            for (const name of Object.keys(old))
                assert.deepEqual(await query(`${prefix(stack)}-${name}`, "SELECT number FROM kept"), [[7]]);
            for (const name of fresh) assert.deepEqual(await query(`${prefix(stack)}-${name}`, "SELECT 1"), [[1]]);
            return killed;
        });
    });

    it("at each moment of a dump, and of a copy's making, is made good by the next up, and the snapshot before stays whole until then", async function () {
        this.timeout(300_000);
        const some = [1, 4].flatMap((index) => taking.slice(index, index + 1));
        await both("taking", { provider: taking, CLI: some }, async (stack, victim, moment, index) => {
            const program = (round: number) =>
                databases({ db: { password }, copy: { password, from: "saved" } }, {}, { saved: { of: "db", triggers: [round] } });
            if (index === 0) {
                await stack.up(databases({ db: { password } }));
                await query(`${prefix(stack)}-db`, "CREATE TABLE kept AS SELECT 7 AS number");
                await stack.up(program(-1));
            }
            const before = await stack.output("saved", "path");
            const killed = await killAt(await stack.start("up", program(index)), victim, stack, moment);
            await unlock(stack, victim);
            if ((await stack.output("saved", "path")) === before) await isWhole(before);
            await stack.up(program(index));
            await isWhole(await stack.output("saved", "path"));
            assert.ok(!existsSync(before), "the one before is gone");
            // The other victim's stack has its own there, which may be at work.
            for (const name of await readdir(dirname(dirname(before))))
                assert.ok(!name.startsWith(`.${prefix(stack)}-`), `${name} is half a snapshot`);
            assert.deepEqual(
                await leftovers(prefix(stack)),
                ["copy", "db"].map((name) => `container ${prefix(stack)}-${name}`),
            );
            for (const name of ["copy", "db"]) assert.deepEqual(await query(`${prefix(stack)}-${name}`, "SELECT number FROM kept"), [[7]]);
            assert.equal(await dumping(`${prefix(stack)}-db`), "");
            return killed;
        });
    });

    it("at each moment of an image, and of a copy's making, is made good by the next up, and the image before stays until then", async function () {
        this.timeout(300_000);
        await both("imaging", { provider: imaging, CLI: on(imaging, "pause -db") }, async (stack, victim, moment, index) => {
            const program = (round: number) =>
                databases(
                    { db: { password }, copy: { password, from: "saved" } },
                    {},
                    { saved: { of: "db", triggers: [round], method: "image" } },
                );
            if (index === 0) {
                await stack.up(databases({ db: { password } }));
                await query(`${prefix(stack)}-db`, "CREATE TABLE kept AS SELECT 7 AS number");
                await stack.up(program(-1));
            }
            const before = await stack.output("saved", "image");
            const killed = await killAt(await stack.start("up", program(index)), victim, stack, moment);
            await unlock(stack, victim);
            if ((await stack.output("saved", "image")) === before) await docker("image", "inspect", before);
            await stack.up(program(index));
            const now = await stack.output("saved", "image");
            const finished = (await images(stack)).filter((name) => !name.endsWith(".new"));
            assert.deepEqual(finished, [now]);
            assert.deepEqual(
                await leftovers(prefix(stack)),
                ["copy", "db"].map((name) => `container ${prefix(stack)}-${name}`),
            );
            for (const name of ["copy", "db"]) assert.deepEqual(await query(`${prefix(stack)}-${name}`, "SELECT number FROM kept"), [[7]]);
            await removeUnfinished(stack);
            assert.deepEqual(await images(stack), [now]);
            return killed;
        });
    });

    it("at each moment of a carry is made good by the next up, and no row is lost", async function () {
        this.timeout(300_000);
        const some = on(carrying, "exec_create .new", "rename .old");
        await both("carry", { provider: carrying, CLI: some }, async (stack, victim, moment, index) => {
            const container = `${prefix(stack)}-db`;
            if (index === 0) {
                await stack.up(databases({ db: { password } }));
                await query(container, "CREATE TABLE kept AS SELECT 7 AS number");
            }
            const volume = index % 2 === 0;
            const program = databases({ db: { password, storage: volume ? "volume" : "container" } });
            const killed = await killAt(await stack.start("up", program), victim, stack, moment);
            await unlock(stack, victim);
            await stack.up(program);
            assert.deepEqual(await leftovers(prefix(stack)), [`container ${container}`, ...(volume ? [`volume ${container}`] : [])]);
            assert.deepEqual(await query(container, "SELECT number FROM kept"), [[7]]);
            return killed;
        });
    });

    it(`at random times of a dump, a copy's making and a carry is made good by the next up (SEED=${seed})`, async function () {
        this.timeout(300_000);
        const random = randomFrom(seed);
        const times = () => Array.from({ length: 2 }, () => Math.round(random() * 6000));
        await both("all", { provider: times(), CLI: times() }, async (stack, victim, ms, index) => {
            const program = (round: number) =>
                databases(
                    {
                        db: { password },
                        moved: { password, storage: round % 2 === 0 ? "volume" : "container" },
                        copy: { password, from: "saved" },
                    },
                    {},
                    { saved: { of: "db", triggers: [round] } },
                );
            const names = ["copy", "db", "moved"];
            if (index === 0) {
                const first = ["db", "moved"];
                await stack.up(databases(Object.fromEntries(first.map((name) => [name, { password }]))));
                for (const name of first) await query(`${prefix(stack)}-${name}`, "CREATE TABLE kept AS SELECT 7 AS number");
            }
            const killed = await killAfter(await stack.start("up", program(index)), victim, ms);
            await unlock(stack, victim);
            await stack.up(program(index));
            await isWhole(await stack.output("saved", "path"));
            const volumes = index % 2 === 0 ? [`volume ${prefix(stack)}-moved`] : [];
            assert.deepEqual(await leftovers(prefix(stack)), [...names.map((name) => `container ${prefix(stack)}-${name}`), ...volumes]);
            for (const name of names) assert.deepEqual(await query(`${prefix(stack)}-${name}`, "SELECT number FROM kept"), [[7]]);
            return killed;
        });
    });

    it("at each moment of seeding is made good by the next up, and each step has run once", async function () {
        this.timeout(300_000);
        const table = { name: "table", sql: "CREATE TABLE kept (number int)" };
        const step = (number: number) => ({ name: `step ${number}`, sql: `SELECT pg_sleep(0.2); INSERT INTO kept VALUES (${number})` });
        await both(
            "seeding",
            { provider: seeding, CLI: on(seeding, "exec_start .new", "exec_die -db") },
            async (stack, victim, moment, index) => {
                // Each round adds two.
                const numbers = Array.from({ length: 2 * (index + 1) }, (_, number) => number);
                const program = databases({ db: { password, seeds: [table, ...numbers.map(step)] } });
                const killed = await killAt(await stack.start("up", program), victim, stack, moment);
                await unlock(stack, victim);
                await stack.up(program);
                assert.deepEqual(await leftovers(prefix(stack)), [`container ${prefix(stack)}-db`]);
                assert.deepEqual(
                    await query(`${prefix(stack)}-db`, "SELECT number FROM kept ORDER BY number"),
                    numbers.map((number) => [number]),
                );
                return killed;
            },
        );
    });

    it("of a create is followed by destroy alone, after which that name can be had again", async function () {
        this.timeout(300_000);
        const moments = on(creating, "start .new", "rename ");
        await both("alone", { provider: moments, CLI: moments }, async (stack, victim, moment) => {
            const program = databases({ db: { password } });
            const killed = await killAt(await stack.start("up", program), victim, stack, moment);
            await unlock(stack, victim);
            await stack.destroy();
            await stack.up(program);
            assert.deepEqual(await leftovers(prefix(stack)), [`container ${prefix(stack)}-db`]);
            assert.deepEqual(await query(`${prefix(stack)}-db`, "SELECT 1"), [[1]]);
            await stack.destroy();
            assert.deepEqual(await leftovers(prefix(stack)), []);
            return killed;
        });
    });

    it("of a recreate is followed by destroy alone, which leaves nothing", async function () {
        this.timeout(300_000);
        const moments = on(recreating, "stop ", "rename .old");
        await both("gone", { provider: moments, CLI: moments }, async (stack, victim, moment) => {
            await stack.up(databases({ db: { password } }));
            const changing = await stack.start("up", databases({ db: { password, publiclyAccessible: true } }));
            const killed = await killAt(changing, victim, stack, moment);
            await unlock(stack, victim);
            await stack.destroy();
            assert.deepEqual(await leftovers(prefix(stack)), []);
            return killed;
        });
    });

    const prefix = (stack: Stack) => `${shop.name}-${stack.name}`;

    /** The same on a stack for each victim, side by side. A provider that was at work has ended in the end, that of a killed CLI by itself. */
    async function both<T>(
        name: string,
        moments: Readonly<Record<Victim, readonly T[]>>,
        step: (stack: Stack, victim: Victim, moment: T, index: number) => Promise<Killed | undefined>,
    ): Promise<void> {
        // All of them end before the test does: it may be tried again.
        const outcomes = await Promise.allSettled(
            (["provider", "CLI"] as const).map(async (victim) => {
                const stack = await shop.stack(`${name}-${victim.toLowerCase()}`, { apart: true });
                const all: Killed[] = [];
                for (const [index, moment] of moments[victim].entries()) {
                    try {
                        const killed = await step(stack, victim, moment, index);
                        assert.ok(killed, "that moment never came");
                        all.push(killed);
                    } catch (error) {
                        throw new Error(`${victim}, ${JSON.stringify(moment)}: ${error instanceof Error ? error.stack : String(error)}`);
                    }
                }
                for (const { maker } of all) {
                    if (maker !== undefined)
                        assert.ok(await ends(maker, 10_000), `the provider ${maker} of a killed ${victim} is still there`);
                }
                killProviders(all.flatMap(({ providers }) => providers));
            }),
        );
        for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    }
});

/** Logs in where Docker's client says that the container publishes. */
async function query(container: string, sql: string): Promise<readonly (readonly unknown[])[]> {
    const { published } = await standing(container);
    return ask(`postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${published.split(":")[1]}/postgres`, sql);
}

async function isWhole(path: string): Promise<void> {
    await verify(path, parseManifest(await readFile(path, "utf8"), path));
}

/** The images of a stack's snapshots. */
async function images({ project, name }: Stack): Promise<readonly string[]> {
    const labels = [`devdb.project=${project.name}`, `devdb.stack=${name}`, "devdb.role=snapshot"];
    const text = await docker(
        "images",
        ...labels.flatMap((label) => ["--filter", `label=${label}`]),
        "--format",
        "{{.Repository}}:{{.Tag}}",
    );
    return text.split("\n").filter((line) => line !== "");
}

/** What gc takes away: an image that a killed run had not named yet. */
async function removeUnfinished({ project, name }: Stack): Promise<void> {
    const runtime = await connect({});
    const found = await inventory(runtime);
    const verdicts = leftBehind(found).filter(
        ({ thing: { kind, marks } }) => kind === "image" && marks.project === project.name && marks.stack === name,
    );
    await sweep(runtime, found, verdicts);
}

/** What of the tools that dump is still at work in a container. */
function dumping(container: string): Promise<string> {
    return docker("exec", container, "sh", "-c", 'cat /proc/[0-9]*/comm 2>/dev/null | grep "^pg_dump" || true');
}

/** What the CLI asks for after it was killed: its lock in the back end goes by `pulumi cancel`. */
async function unlock(stack: Stack, victim: Victim): Promise<void> {
    if (victim === "CLI") await stack.cli("cancel", "--yes");
}

/** The same numbers from the same seed. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function randomFrom(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
        return state / 2 ** 32;
    };
}
