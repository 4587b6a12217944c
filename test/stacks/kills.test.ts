import { strict as assert } from "node:assert";
import { ask } from "../support/ask";
import { docker, standing } from "../support/docker";
import { ends, type Killed, killAfter, killAt, killProviders, type Moment, type Victim } from "../support/kill";
import { leftovers } from "../support/leftovers";
import { databases, project, type Stack } from "../support/stack";

const creating: readonly Moment[] = [
    { action: "create", suffix: ".new" },
    { action: "start", suffix: ".new" },
    { action: "exec_create", suffix: ".new" },
    { action: "exec_die", suffix: ".new" },
    { action: "rename" },
    { action: "update" },
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
const victims: readonly Victim[] = ["provider", "CLI"];

describe("kill -9", () => {
    const shop = project();
    const seed = Number(process.env.SEED ?? Date.now() % 100_000);

    it("at each moment of a create is made good by the next up", async function () {
        this.timeout(300_000);
        await both("create", creating, async (stack, victim, moment, index) => {
            const names = creating.slice(0, index + 1).map((_, each) => `db${each}`);
            // Every second one has a volume, which a killed first start leaves half-made.
            const program = databases(
                Object.fromEntries(names.map((name, each) => [name, each % 2 === 0 ? {} : { storage: "volume" as const }])),
            );
            const killed = await killAt(await stack.start("up", program), victim, shop.name, moment);
            await unlock(stack, victim);
            await stack.up(program);
            const standings = names.flatMap((name, each) => [
                `container ${shop.name}-${stack.name}-${name}`,
                ...(each % 2 === 0 ? [] : [`volume ${shop.name}-${stack.name}-${name}`]),
            ]);
            assert.deepEqual(await leftovers(`${shop.name}-${stack.name}`), standings.sort());
            assert.deepEqual(await ask(await stack.output(`db${index}`, "connectionString"), "SELECT 1"), [[1]]);
            return killed;
        });
    });

    it("at each moment of a recreate is made good by the next up, and no row is lost", async function () {
        this.timeout(300_000);
        await both("recreate", recreating, async (stack, victim, moment, index) => {
            const container = `${shop.name}-${stack.name}-db`;
            if (index === 0) {
                await stack.up(databases({ db: {} }));
                await ask(await stack.output("db", "connectionString"), "CREATE TABLE kept AS SELECT 7 AS number");
            }
            const program = databases({ db: { publiclyAccessible: index % 2 === 0 } });
            const killed = await killAt(await stack.start("up", program), victim, shop.name, moment);
            await unlock(stack, victim);
            await stack.up(program);
            assert.deepEqual(await leftovers(`${shop.name}-${stack.name}`), [`container ${container}`]);
            assert.match((await standing(container)).published, index % 2 === 0 ? /^0\.0\.0\.0:/ : /^127\.0\.0\.1:/);
            assert.equal(await docker("inspect", "--format", "{{.HostConfig.RestartPolicy.Name}}", container), "unless-stopped");
            assert.deepEqual(await ask(await stack.output("db", "connectionString"), "SELECT number FROM kept"), [[7]]);
            return killed;
        });
    });

    it(`at random times is made good by the next up, and no row is lost (SEED=${seed})`, async function () {
        this.timeout(300_000);
        const random = randomFrom(seed);
        const times = Array.from({ length: 3 }, () => Math.round(random() * 2500));
        await both("random", times, async (stack, victim, ms, index) => {
            const old = { layer: {}, volume: { storage: "volume" } } as const;
            if (index === 0) {
                await stack.up(databases(old));
                for (const name of Object.keys(old))
                    await ask(await stack.output(name, "connectionString"), "CREATE TABLE kept AS SELECT 7 AS number");
            }
            const fresh = times.slice(0, index + 1).map((_, each) => `fresh${each}`);
            const changed = Object.entries(old).map(([name, args]) => [name, { ...args, publiclyAccessible: index % 2 === 0 }] as const);
            const program = databases(Object.fromEntries([...changed, ...fresh.map((name) => [name, {}] as const)]));
            const killed = await killAfter(await stack.start("up", program), victim, ms);
            await unlock(stack, victim);
            await stack.up(program);
            const prefix = `${shop.name}-${stack.name}`;
            const containers = ["layer", "volume", ...fresh].map((name) => `container ${prefix}-${name}`);
            assert.deepEqual(await leftovers(prefix), [...containers.sort(), `volume ${prefix}-volume`]);
            for (const name of Object.keys(old)) {
                assert.deepEqual(await ask(await stack.output(name, "connectionString"), "SELECT number FROM kept"), [[7]]);
            }
            for (const name of fresh) assert.deepEqual(await ask(await stack.output(name, "connectionString"), "SELECT 1"), [[1]]);
            return killed;
        });
    });

    it("of a create is followed by destroy alone, after which that name can be had again", async function () {
        this.timeout(300_000);
        const moments = creating.filter(({ action }) => ["create", "start", "rename"].includes(action));
        await both("alone", moments, async (stack, victim, moment) => {
            const killed = await killAt(await stack.start("up", databases({ db: {} })), victim, shop.name, moment);
            await unlock(stack, victim);
            await stack.destroy();
            await stack.up(databases({ db: {} }));
            assert.deepEqual(await leftovers(`${shop.name}-${stack.name}`), [`container ${shop.name}-${stack.name}-db`]);
            assert.deepEqual(await ask(await stack.output("db", "connectionString"), "SELECT 1"), [[1]]);
            await stack.destroy();
            assert.deepEqual(await leftovers(`${shop.name}-${stack.name}`), []);
            return killed;
        });
    });

    it("of a recreate is followed by destroy alone, which leaves nothing", async function () {
        this.timeout(300_000);
        const moments = recreating.filter(
            ({ action, suffix }) => action === "stop" || (suffix !== undefined && ["start", "rename"].includes(action)),
        );
        await both("gone", moments, async (stack, victim, moment) => {
            await stack.up(databases({ db: {} }));
            const killed = await killAt(
                await stack.start("up", databases({ db: { publiclyAccessible: true } })),
                victim,
                shop.name,
                moment,
            );
            await unlock(stack, victim);
            await stack.destroy();
            assert.deepEqual(await leftovers(`${shop.name}-${stack.name}`), []);
            return killed;
        });
    });

    /** The same on a stack for each victim, side by side. A provider that was at work has ended in the end, that of a killed CLI by itself. */
    async function both<T>(
        name: string,
        moments: readonly T[],
        step: (stack: Stack, victim: Victim, moment: T, index: number) => Promise<Killed | undefined>,
    ): Promise<void> {
        await Promise.all(
            victims.map(async (victim) => {
                const stack = await shop.stack(`${name}-${victim.toLowerCase()}`, { apart: true });
                const all: Killed[] = [];
                for (const [index, moment] of moments.entries()) {
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
    }
});

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
