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
        assert.match(await say(outputs.connectToCopy, "SELECT name FROM items;"), /tea[\s\S]*cups[\s\S]*2 rows/);
        await say(outputs.connect, "INSERT INTO items (name) VALUES ('spoons');");
        await restore.pulumi(["config", "set", "round", "2", "--stack", restore.stack]);
        outputs = await restore.up();
        await say(outputs.connect, "DROP TABLE items;");
        assert.match(await say(outputs.connectToCopy, "SELECT name FROM items;"), /spoons/);
        assert.notEqual(outputs.snapshot, first);
        await access(outputs.snapshot ?? "");
        await assert.rejects(access(first), "the old one went");
    });

    it("runs a step alone that is added to its seeds, and says which", async function () {
        this.timeout(300_000);
        const program = join(restore.folder, "index.ts");
        const text = await readFile(program, "utf8");
        await writeFile(
            program,
            text.replace("    ],\n});", '        { name: "more", sql: "CREATE TABLE added (value int)" },\n    ],\n});'),
        );
        assert.match(await restore.pulumi(["preview", "--stack", restore.stack]), /in place: seeds \(more will run\)/);
        outputs = await restore.up();
        assert.match(await say(outputs.connect, "SELECT count(*) FROM added;"), /\b0\b/);
        const changed = (await readFile(program, "utf8")).replace("'cups'", "'mugs'");
        await writeFile(program, changed);
        assert.match(await restore.pulumi(["preview", "--stack", restore.stack]), /replace: seeds \(items changed\)/);
        await writeFile(program, changed.replace("'mugs'", "'cups'"));
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
        assert.match(await say(outputs.connectToCopy, "SELECT name FROM items;"), /spoons/);
    });

    it("leaves nothing behind", async () => {
        await restore.destroy();
        assert.deepEqual(await restore.left(), []);
        await assert.rejects(access(outputs.snapshot ?? ""));
    });
});
