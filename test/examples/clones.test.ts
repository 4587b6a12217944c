import { strict as assert } from "node:assert";
import { ask } from "../support/ask";
import { docker } from "../support/docker";
import { plain } from "../support/engines";
import { ownDirectory } from "../support/snapshot";
import { type Example, example, typed } from "./example";

describe("examples/clones", () => {
    let clones: Example;
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let outputs: Readonly<Record<string, string>>;
    const images = async () => (await docker("images", "--quiet", "--all", "--filter", `label=devdb.stack=${clones.stack}`)).trim();

    before(async function () {
        if (!plain) this.skip();
        directory = await ownDirectory();
        clones = await example("clones");
        await clones.pulumi(["stack", "init", clones.stack]);
        await clones.pulumi(["config", "set", "devdb:snapshotDirectory", directory.path, "--stack", clones.stack]);
        await clones.pulumi(["config", "set", "workers", "3", "--stack", clones.stack]);
        outputs = await clones.up();
    });
    after(async () => {
        await clones?.remove();
        await directory?.remove();
    });

    it("gives each worker the rows of the golden one, and a database of its own", async function () {
        this.timeout(300_000);
        const first = outputs.snapshot ?? "";
        await typed((outputs.connect ?? "").replace(" -it ", " -i "), "CREATE TABLE kept AS SELECT 42 AS answer;");
        await clones.pulumi(["config", "set", "round", "2", "--stack", clones.stack]);
        outputs = await clones.up();
        const databases = outputs.databases as unknown as readonly string[];
        assert.equal(databases.length, 3);
        for (const [worker, url] of databases.entries()) await ask(url, `INSERT INTO kept VALUES (${worker})`);
        for (const [worker, url] of databases.entries())
            assert.deepEqual(await ask(url, "SELECT answer FROM kept ORDER BY answer"), [[worker], [42]]);
        await assert.rejects(docker("image", "inspect", first), "the old one went");
    });

    it("leaves nothing behind", async () => {
        await clones.destroy();
        assert.deepEqual(await clones.left(), []);
        assert.equal(await images(), "");
    });
});
