import { strict as assert } from "node:assert";
import { ask } from "../support/ask";
import { plain } from "../support/engines";
import { leftovers } from "../support/leftovers";
import { type Example, example, typed } from "./example";

describe("examples/mocha", () => {
    let suite: Example;

    before(async function () {
        if (!plain) this.skip();
        suite = await example("mocha");
    });
    after(() => suite?.remove());

    it("passes by npm test, and leaves nothing", async () => {
        const before = await leftovers("test");
        const said = await typed(`cd '${suite.folder}' && npm test`);
        assert.match(said, /2 passing/);
        assert.deepEqual(await leftovers("test"), before);
    });

    it("goes up as a stack, too", async () => {
        await suite.pulumi(["stack", "init", suite.stack]);
        const { url = "" } = await suite.up();
        assert.deepEqual(await ask(url, "SELECT 1"), [[1]]);
        await suite.destroy();
        assert.deepEqual(await suite.left(), []);
    });
});
