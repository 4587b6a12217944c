import { strict as assert } from "node:assert";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ask } from "../support/ask";
import { docker } from "../support/docker";
import { plain } from "../support/engines";
import { ownDirectory } from "../support/snapshot";
import { type Example, example, typed } from "./example";

describe("examples/from-dump-file", () => {
    let shop: Example;
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let outputs: Readonly<Record<string, string>>;

    before(async function () {
        if (!plain) this.skip();
        directory = await ownDirectory();
        shop = await example("from-dump-file");
        await shop.pulumi(["stack", "init", shop.stack]);
        await shop.pulumi(["config", "set", "devdb:snapshotDirectory", directory.path, "--stack", shop.stack]);
        outputs = await shop.up();
    });
    after(async () => {
        await shop?.remove();
        await directory?.remove();
    });

    it("has the dump's rows, which are its own user's", async () => {
        assert.deepEqual(await ask(outputs.url ?? "", "SELECT name, total, current_database() FROM spent ORDER BY name"), [
            ["Ada", "42.50", "shop"],
            ["Grace", "8.25", "shop"],
        ]);
        assert.deepEqual(await ask(outputs.url ?? "", "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"), [["app"]]);
        assert.deepEqual(
            await ask(outputs.url ?? "", "SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname IN ('shop_owner', 'reporting')"),
            [["reporting", false]],
        );
        assert.match(outputs.tool ?? "", /^pg_dump \(PostgreSQL\) 15/);
        assert.match(await typed((outputs.connect ?? "").replace(" -it ", " -i "), "SELECT total FROM spent;"), /42\.50/);
    });

    it("is made anew from another dump, which preview says; that may go afterwards", async function () {
        this.timeout(300_000);
        const identifier = /exec -it (\S+)/.exec(outputs.connect ?? "")?.[1] ?? "";
        await ask(outputs.url ?? "", "DELETE FROM orders WHERE customer = 1");
        const own = join(shop.folder, "my.dump");
        await writeFile(own, await docker("exec", identifier, "pg_dump", "-U", "postgres", "shop"));
        await shop.pulumi(["config", "set", "dump", "./my.dump", "--stack", shop.stack]);
        assert.match(await shop.pulumi(["preview", "--stack", shop.stack]), /taken anew: fileSha256/);
        outputs = await shop.up();
        assert.deepEqual(await ask(outputs.url ?? "", "SELECT name FROM spent"), [["Grace"]]);
        await rm(own);
        await shop.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", shop.stack]);
    });

    it("is refused in preview what is no dump", async () => {
        await writeFile(join(shop.folder, "my.dump"), "SELECT 1;\n");
        await assert.rejects(
            shop.pulumi(["preview", "--stack", shop.stack]),
            /my\.dump is a text that begins with "SELECT 1;" \(statements of your own are for seeds\), and no dump of PostgreSQL or MySQL or MariaDB/,
        );
    });

    it("leaves nothing behind", async () => {
        await shop.destroy();
        assert.deepEqual(await shop.left(), []);
    });
});
