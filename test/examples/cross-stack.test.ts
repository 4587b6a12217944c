import { strict as assert } from "node:assert";
import { ask } from "../support/ask";
import { plain } from "../support/engines";
import { type Example, example } from "./example";

describe("examples/cross-stack", () => {
    const parts = ["database", "application"] as const;
    let both: Example;

    before(async function () {
        if (!plain) this.skip();
        both = await example("cross-stack");
        for (const part of parts) {
            await both.pulumi(["stack", "init", both.stack], part);
            await both.up(part);
        }
    });
    after(async () => {
        for (const part of [...parts].reverse()) await both?.destroy(part);
        assert.deepEqual(await both?.left(), []);
        await both?.remove();
    });

    const output = async (...flags: readonly string[]) =>
        JSON.parse(await both.pulumi(["stack", "output", "--json", ...flags, "--stack", both.stack], "application"));

    it("gives the application a URL that reaches the other stack's database", async () => {
        const { environment } = await output("--show-secrets");
        assert.deepEqual(await ask(environment.DATABASE_URL, "SELECT current_database()"), [["orders"]]);
    });

    it("keeps that URL a secret in the application's stack", async () => {
        const { environment, databaseEndpoint } = await output();
        assert.deepEqual(environment, { DATABASE_URL: "[secret]" });
        assert.match(databaseEndpoint, /^127\.0\.0\.1:\d+$/);
        const exported = await both.pulumi(["stack", "export", "--stack", both.stack], "application");
        assert.ok(!exported.includes("postgresql://"));
    });
});
