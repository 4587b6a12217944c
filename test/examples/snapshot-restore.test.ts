import { strict as assert } from "node:assert";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { plain } from "../support/engines";
import { ownDirectory } from "../support/snapshot";
import { type Example, example, typed } from "./example";

describe("examples/snapshot-restore", () => {
    let restore: Example;
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let outputs: Readonly<Record<string, string>>;
    const say = (line: string | undefined, sql: string) => typed((line ?? "").replace(" -it ", " -i "), sql);

    before(async function () {
        if (!plain) this.skip();
        directory = await ownDirectory();
        restore = await example("snapshot-restore");
        await restore.pulumi(["stack", "init", restore.stack]);
        await restore.pulumi(["config", "set", "devdb:snapshotDirectory", directory.path, "--stack", restore.stack]);
        outputs = await restore.up();
    });
    after(async () => {
        await restore?.remove();
        await directory?.remove();
    });

    it("takes the rows into a copy, where they stay when the source loses them", async function () {
        this.timeout(300_000);
        const first = outputs.snapshot ?? "";
        await say(outputs.connect, "CREATE TABLE kept AS SELECT 40 + 2 AS answer;");
        await restore.pulumi(["config", "set", "round", "2", "--stack", restore.stack]);
        outputs = await restore.up();
        await say(outputs.connect, "DROP TABLE kept;");
        assert.match(await say(outputs.connectToCopy, "SELECT answer FROM kept;"), /\b42\b/);
        assert.notEqual(outputs.snapshot, first);
        await access(outputs.snapshot ?? "");
        await assert.rejects(access(first), "the old one went");
    });

    it("changes nothing the second time", async () => {
        await restore.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", restore.stack]);
    });

    it("keeps the snapshot and its copy when the source is replaced", async function () {
        this.timeout(300_000);
        const program = join(restore.folder, "index.ts");
        await writeFile(program, (await readFile(program, "utf8")).replace('dbName: "orders"', 'dbName: "another"'));
        const preview = await restore.pulumi(["preview", "--diff", "--stack", restore.stack]);
        assert.match(preview, /1 to replace/);
        const before = outputs.snapshot ?? "";
        outputs = await restore.up();
        assert.equal(outputs.snapshot, before);
        await access(before);
        assert.match(outputs.connect ?? "", /psql -U app another$/);
        assert.match(await say(outputs.connectToCopy, "SELECT answer FROM kept;"), /\b42\b/);
    });

    it("leaves nothing behind", async () => {
        await restore.destroy();
        assert.deepEqual(await restore.left(), []);
        await assert.rejects(access(outputs.snapshot ?? ""));
    });
});
