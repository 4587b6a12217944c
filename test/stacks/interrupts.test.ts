import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../support/docker";
import { leftovers } from "../support/leftovers";
import { databases, project } from "../support/stack";

describe("an interrupt", () => {
    const shop = project();
    const silent = `${shop.name}-silent`;
    after(() => docker("rmi", "-f", silent).catch(() => undefined));

    it("ends an idle provider at once, so that no run ends seconds later than its work", async () => {
        const stack = await shop.stack("idle");
        const made = await stack.up(databases({ db: {} }));
        const again = await stack.up(databases({ db: {} }));
        // Pulumi waits for five seconds, and then kills.
        for (const { lingered } of [made, again, await stack.destroy()]) assert.ok(lingered < 3000, `${lingered} ms`);
    });

    it("in the middle of a create leaves nothing", async () => {
        const stack = await shop.stack("busy");
        await stack.up(databases({ db: {} }));
        const image = await stack.output("db", "imageDigest");
        await stack.destroy();
        // A server that never answers: there is all the time in the world to interrupt the wait for it.
        const source = await docker("create", image);
        await docker("commit", "--change", 'ENTRYPOINT ["sleep", "600"]', "--change", "CMD []", source, silent);
        await docker("rm", "-fv", source);
        const { process: cli, done } = await stack.start(
            "up",
            databases({ db: { image: silent }, beside: { image: silent, storage: "volume" } }),
        );
        while ((await leftovers(shop.name)).length < 3) await sleep(50);
        await sleep(500);
        const began = Date.now();
        // The first one lets what is under way go on; the second ends it.
        cli.kill("SIGINT");
        await sleep(300);
        cli.kill("SIGINT");
        const run = await done;
        assert.equal(run.failed, true);
        assert.deepEqual(await leftovers(shop.name), []);
        assert.ok(Date.now() - began < 6000, `${Date.now() - began} ms`);
        await stack.cli("cancel", "--yes").catch(() => undefined);
        await stack.up(databases({ db: {} }));
    });
});
