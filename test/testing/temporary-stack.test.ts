import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { connectivityState } from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import * as devdb from "../../provider/index";
import { type TemporaryStack, temporaryStack } from "../../provider/testing";
import { ask } from "../support/ask";
import { docker } from "../support/docker";
import { plain } from "../support/engines";
import { leftovers, removeLeftovers } from "../support/leftovers";

const postgres = { engine: "postgres", engineVersion: "17", durability: "fast" } as const;

interface Pool {
    readonly pool: Readonly<Record<string, readonly { readonly subchannel: { getConnectivityState(): connectivityState } }[]>>;
}

describe("a temporary stack", () => {
    const projectName = `t${randomBytes(4).toString("hex")}`;
    const places = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("devdb-stack-")).sort();
    let earlier: readonly string[];

    before(async function () {
        if (!plain) this.skip();
        earlier = await places();
    });
    after(() => removeLeftovers(projectName));

    /** Connections of this process that try again and again, as gRPC knows them. */
    const lost = () => {
        const { getSubchannelPool } = require("@grpc/grpc-js/build/src/subchannel-pool") as {
            readonly getSubchannelPool: (global: true) => Pool;
        };
        const all = Object.entries(getSubchannelPool(true).pool).flatMap(([target, each]) =>
            each.map(({ subchannel }) => ({ target, state: subchannel.getConnectivityState() })),
        );
        return all.filter(({ state }) => state === connectivityState.TRANSIENT_FAILURE);
    };

    const nothingLeft = async () => {
        assert.deepEqual(await leftovers(projectName), []);
        assert.deepEqual(
            (await places()).filter((name) => !earlier.includes(name)),
            [],
        );
    };

    describe("beside another one", () => {
        const program = () => {
            const { connectionString: url, port } = new devdb.Instance("db", postgres);
            return { url, port, note: new pulumi.Config().get("note") };
        };
        let stacks: readonly TemporaryStack<ReturnType<typeof program>>[];
        let outputs: readonly { readonly url: string; readonly port: number; readonly note: string | undefined }[];

        before(async () => {
            stacks = await Promise.all(["one", "two"].map((note) => temporaryStack(program, { projectName, config: { note } })));
            outputs = await Promise.all(stacks.map((stack) => stack.up()));
        });
        after(async () => {
            await Promise.all((stacks ?? []).map((stack) => stack.destroy()));
            await nothingLeft();
        });

        it("answers its outputs as plain values, secrets too", async () => {
            for (const { url, port } of outputs) {
                assert.equal(typeof port, "number");
                assert.deepEqual(await ask(url, "SELECT 1"), [[1]]);
            }
            assert.notEqual(outputs[0]?.port, outputs[1]?.port);
            assert.deepEqual(await stacks[0]?.outputs(), outputs[0]);
        });

        it("reads the configuration that it was given", () => {
            assert.deepEqual(
                outputs.map(({ note }) => note),
                ["one", "two"],
            );
        });

        it("changes nothing the second time, nor by a refresh", async () => {
            await stacks[0]?.refresh();
            assert.deepEqual(await stacks[0]?.up(), outputs[0]);
            const { changeSummary } = (await stacks[0]?.stack.preview()) ?? {};
            assert.deepEqual(changeSummary, { same: 2 });
        });
    });

    it("is destroyed at the end of its block, with `await using`'s own method", async () => {
        const stack = await temporaryStack(() => ({ id: new devdb.Instance("db", postgres).id }), { projectName, stackName: "named" });
        assert.deepEqual(await stack.up(), { id: `${projectName}-named-db` });
        await stack[Symbol.asyncDispose]();
        await stack.destroy();
        await assert.rejects(stack.up(), /the stack named has been destroyed/);
        await nothingLeft();
    });

    it("leaves nothing of a program that throws", async () => {
        const stack = await temporaryStack(
            async () => {
                const { id } = new devdb.Instance("db", postgres);
                await new Promise((resolve) => id.apply(resolve));
                throw new Error("the program's own fault");
            },
            { projectName },
        );
        await assert.rejects(stack.up(), /the program's own fault/);
        assert.equal((await leftovers(projectName)).length, 1);
        await stack.destroy();
        await nothingLeft();
    });

    it("leaves nothing of an up that fails half-way", async () => {
        const stack = await temporaryStack(
            () => {
                const first = new devdb.Instance("first", postgres);
                new devdb.Instance("second", { ...postgres, environment: { NOTE: first.id }, parameters: { no_such_parameter: 1 } });
            },
            { projectName },
        );
        await assert.rejects(stack.up(), /no_such_parameter/);
        assert.deepEqual(lost(), [], "connections to a CLI that has ended");
        await stack.destroy();
        await nothingLeft();
    });

    it("ends an up that is under way when it is destroyed, as after a test that ran out of time", async () => {
        // Without priming, so that there is something to wait for.
        const stack = await temporaryStack(() => ({ id: new devdb.Instance("db", { ...postgres, priming: false }).id }), { projectName });
        const up = stack.up();
        const rejected = assert.rejects(up);
        await appears(`${projectName}-${stack.name}-db`, up);
        await Promise.all([rejected, stack.destroy()]);
        await nothingLeft();
    });

    for (const [ending, code] of [
        ["exit", 3],
        ["end", 0],
    ] as const) {
        it(`is destroyed when its process does so by ${ending} and nobody called destroy`, async () => {
            const { child, said } = forgetful(projectName, ending);
            const [status] = await once(child, "close");
            assert.equal(status, code);
            assert.deepEqual(said, ["loaded nothing", "making", "made"]);
            await nothingLeft();
        });
    }

    for (const [moment, signal] of [
        ["made", "SIGTERM"],
        ["making", "SIGINT"],
    ] as const) {
        it(`is destroyed when its process gets ${signal} after ${moment}`, async () => {
            const { child, told } = forgetful(projectName, "wait");
            await told(moment);
            child.kill(signal);
            const [, by] = await once(child, "close");
            assert.equal(by, signal);
            await nothingLeft();
        });
    }

    it("says what to install where there is no Pulumi CLI", async () => {
        const { PATH } = process.env;
        process.env.PATH = "/nowhere";
        try {
            await assert.rejects(
                temporaryStack(() => undefined),
                /^Error: there is no pulumi on the PATH: install the Pulumi CLI/,
            );
        } finally {
            process.env.PATH = PATH;
        }
        await nothingLeft();
    });
});

/** A test run of its own. */
function forgetful(project: string, ending: string) {
    const child = spawn("node", ["--import=tsx", join(__dirname, "forgetful.ts"), project, ending], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface(child.stdout);
    const said: string[] = [];
    lines.on("line", (line) => said.push(line));
    return { child, said, told: (line: string) => told(child, lines, line) };
}

async function told(child: ChildProcess, lines: NodeJS.EventEmitter, wanted: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
        lines.on("line", (line) => line === wanted && resolve());
        child.once("close", () => reject(new Error(`it ended before it said ${wanted}`)));
    });
}

/** Resolves when a container of that name, finished or not, is on the daemon; rejects with the work that was to make it. */
async function appears(identifier: string, work: Promise<unknown>): Promise<void> {
    let over = false;
    work.catch(() => undefined).finally(() => {
        over = true;
    });
    while ((await docker("ps", "-aq", "--filter", `name=^${identifier}`)) === "") {
        if (over) throw new Error(`${identifier} never appeared: ${await work.catch(String)}`);
        await sleep(20);
    }
}
