import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../provider/runtimes/docker";
import type { ImageStore } from "../../provider/runtimes/runtime";
import { daemon } from "../support/daemon";
import { stack } from "../support/instance";
import { ensureTiny, tinyLabels, tinyTag } from "../support/tiny";

describe("building an image", () => {
    let count = 0;
    const names: string[] = [];

    /** A name that no other test has, whose images go at the end. */
    function fresh(): string {
        count += 1;
        const name = `${stack}-${count}`;
        names.push(name);
        return name;
    }
    after(async () => {
        for (const name of names) for (const { Id } of await imagesOf(name)) await daemon.getImage(Id).remove({ force: true });
    });

    const imagesOf = (name: string) => daemon.listImages({ filters: { label: [`devdb.tiny=${name}`] } });
    /** How many have their name, and how many have none. */
    async function tally(name: string): Promise<{ readonly named: number; readonly nameless: number }> {
        const images = await imagesOf(name);
        const named = images.filter(({ RepoTags }) => RepoTags?.includes(tinyTag(name))).length;
        return { named, nameless: images.length - named };
    }

    /** Containers in which a step of this line's build runs or ran. */
    async function stepsOf(line: string): Promise<number> {
        const steps = (await daemon.listContainers({ all: true })).filter(({ Command }) => Command.includes("/built"));
        const infos = await Promise.all(
            steps.map(({ Id }) =>
                daemon
                    .getContainer(Id)
                    .inspect()
                    .catch(() => undefined),
            ),
        );
        return infos.filter((info) => info?.Config.Env.includes(`LINE=${line}`)).length;
    }

    function inProcess(name: string, line: string): ChildProcess {
        const command = ["--import", "tsx", join(__dirname, "..", "support", "tiny.ts"), name, line];
        return spawn(process.execPath, command, { cwd: join(__dirname, "..", ".."), stdio: ["ignore", "pipe", "pipe"] });
    }

    it("names and labels it, shows its steps, and leaves no container", async () => {
        const name = fresh();
        const rows: string[] = [];
        const { id, reference } = await ensureTiny({ name, line: name }, (row) => rows.push(row));
        const { Id, Config } = await daemon.getImage(tinyTag(name)).inspect();
        assert.deepEqual([Id, tinyTag(name)], [id, reference]);
        for (const [key, value] of Object.entries(tinyLabels(name))) assert.equal(Config.Labels[key], value);
        assert.equal(rows[0], `pulling registry.invalid/tiny:${name}`);
        assert.equal(rows[1], `building ${tinyTag(name)}: no registry can be reached (no such host)`);
        assert.match(rows.at(-1) ?? "", /: step \d+\/\d+$/);
        assert.equal(await stepsOf(name), 0);
    });

    it("happens once for all who want it at the same time in a process", async () => {
        const name = fresh();
        const { images } = await docker({});
        let builds = 0;
        const build: ImageStore["build"] = (...args) => {
            builds += 1;
            return images.build(...args);
        };
        const all = await Promise.all([1, 2, 3].map(() => ensureTiny({ name, line: name }, undefined, { ...images, build })));
        assert.equal(builds, 1);
        assert.equal(new Set(all.map(({ id }) => id)).size, 1);
    });

    it("fails with the words of the step, and leaves neither container nor image", async () => {
        const name = fresh();
        const line = `broken-${name}`;
        await assert.rejects(ensureTiny({ name, line }), (error: Error) => {
            assert.match(error.message, /could not be built on (devdb\/)?debian:trixie\S* \(no registry can be reached \(no such host\)\)/);
            assert.match(error.message, /returned a non-zero code: 7\nThe end of its output:\n[\s\S]*E: this step is meant to fail/);
            return true;
        });
        assert.equal(await stepsOf(line), 0);
        assert.deepEqual(await imagesOf(name), []);
    });

    it("again, where that is asked for, takes nothing from before, and removes what it supersedes unless that is in use", async () => {
        const name = fresh();
        const first = await ensureTiny({ name, line: name });
        const container = await daemon.createContainer({ Image: first.id, Cmd: ["true"] });
        try {
            const second = await ensureTiny({ name, line: name, rebuild: true });
            assert.notEqual(second.id, first.id);
            assert.deepEqual(await tally(name), { named: 1, nameless: 1 });
            assert.equal((await container.inspect()).Image, first.id);
        } finally {
            await container.remove();
        }
        // The next build of its kind takes it along.
        await daemon.getImage(tinyTag(name)).remove();
        await ensureTiny({ name, line: `${name}-other` });
        assert.deepEqual(await tally(name), { named: 1, nameless: 0 });
    });

    it("by two processes at once does no harm: both have an image, and one is left", async function () {
        // They may name theirs in the very same moment: then one stays without a name until the next build.
        this.retries(2);
        const name = fresh();
        const processes = [inProcess(name, name), inProcess(name, name)];
        const ids = await Promise.all(
            processes.map(async (child) => {
                const [id, rows, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, "close")]);
                assert.equal(code, 0, rows);
                assert.match(rows, /building/);
                return id;
            }),
        );
        const { Id } = await daemon.getImage(tinyTag(name)).inspect();
        assert.deepEqual(ids, [Id, Id]);
        assert.deepEqual(await tally(name), { named: 1, nameless: 0 });
        assert.equal(await stepsOf(name), 0);
    });

    it("leaves nothing when its process is killed in the middle", async () => {
        const name = fresh();
        const line = `slow-${name}`;
        const child = inProcess(name, line);
        await until(async () => (await stepsOf(line)) === 1);
        child.kill("SIGKILL");
        await until(async () => (await stepsOf(line)) === 0);
        assert.deepEqual(await imagesOf(name), []);
    });
});

async function until(fact: () => Promise<boolean>): Promise<void> {
    for (let tries = 0; tries < 300; tries += 1) {
        if (await fact()) return;
        await sleep(100);
    }
    assert.fail("it did not come true in 30 seconds");
}
