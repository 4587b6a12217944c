import { strict as assert } from "node:assert";
import { ask } from "../support/ask";
import { plain } from "../support/engines";
import { type Example, example, typed } from "./example";

describe("examples/quickstart", () => {
    let quickstart: Example;
    let outputs: Readonly<Record<string, string>>;

    before(async function () {
        if (!plain) this.skip();
        quickstart = await example("quickstart");
        await quickstart.pulumi(["stack", "init", quickstart.stack]);
        outputs = await quickstart.up();
    });
    after(() => quickstart?.remove());

    it("has a database that answers under its URL", async () => {
        assert.deepEqual(await ask(outputs.url ?? "", "SELECT current_user, current_database()"), [["app", "orders"]]);
    });

    it("says a line that connects to it, without a secret in it", async () => {
        const { connect = "", url = "" } = outputs;
        assert.ok(!connect.includes(new URL(url).password));
        // Its -t wants a terminal, which a test has not.
        assert.match(await typed(connect.replace(" -it ", " -i "), "SELECT 40 + 2;"), /\b42\b/);
    });

    it("changes nothing the second time, and says so", async () => {
        const again = await quickstart.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", quickstart.stack]);
        assert.match(again, /2 unchanged/);
    });

    it("leaves nothing behind", async () => {
        await quickstart.destroy();
        assert.deepEqual(await quickstart.left(), []);
    });
});
