import { strict as assert } from "node:assert";
import { ask } from "../support/ask";
import { standing } from "../support/docker";
import { databases, project, type Stack } from "../support/stack";

describe("a step of seeds that fails", () => {
    const shop = project();
    const first = { name: "first", sql: "CREATE TABLE kept AS SELECT 7 AS number" };
    const wrong = (name: string) => ({ name, sql: "\nINSERT INTO missing VALUES (1)" });
    const right = (name: string) => ({ name, sql: "UPDATE kept SET number = number + 1" });
    let stack: Stack;
    const number = async () => ask(await stack.output("db", "connectionString"), "SELECT number FROM kept");

    before(async () => {
        stack = await shop.stack("dev");
    });

    it("while the instance is made is told, and the next up goes on with it", async () => {
        const { text } = await stack.fails("up", databases({ db: { seeds: [first, wrong("second")] } }));
        assert.match(text, /seeds: the step second failed in line 2: .*relation "missing" does not exist/);
        const old = await standing(`${shop.name}-dev-db`);
        const mended = databases({ db: { seeds: [first, right("second")] } });
        assert.deepEqual((await stack.preview(mended)).said("db"), ["in place: seeds (second will run)"]);
        await stack.up(mended);
        assert.equal((await standing(`${shop.name}-dev-db`)).id, old.id);
        assert.deepEqual(await number(), [[8]]);
    });

    it("later on is told, and leaves an instance that up, preview and refresh know", async () => {
        const before = [first, right("second")];
        const { text } = await stack.fails("up", databases({ db: { seeds: [...before, right("third"), wrong("fourth")] } }));
        assert.match(text, /seeds: the step fourth failed in line 2/);
        await stack.refresh();
        const mended = databases({ db: { seeds: [...before, right("third"), right("fourth")] } });
        assert.deepEqual((await stack.preview(mended)).said("db"), ["in place: seeds (fourth will run)"]);
        await stack.up(mended);
        assert.deepEqual(await number(), [[10]]);
        assert.equal((await stack.up(mended)).changes, 0);
    });

    it("and holds a secret keeps it, in what is told and in the state", async () => {
        const done = [first, right("second"), right("third"), right("fourth")];
        const { text, events } = await stack.fails("up", ({ devdb, pulumi }) => {
            const hush = { name: "hush", sql: pulumi.secret("CREATE ROLE reader PASSWORD 'hush-hush' NONSENSE") };
            new devdb.Instance("db", { engine: "postgres", engineVersion: "17", seeds: [...done, hush] });
        });
        assert.match(text, /the step hush failed in line 1: what the server said is left out/);
        assert.ok(!`${text}${events}${await stack.exported()}`.includes("hush-hush"));
    });
});
