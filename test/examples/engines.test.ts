import { strict as assert } from "node:assert";
import { families } from "../support/engines";
import { standInReady } from "../support/standins";
import { type Example, example } from "./example";

describe("examples/engines", () => {
    for (const subject of families) {
        describe(`with ${subject.title}`, () => {
            let engines: Example;
            let outputs: Readonly<Record<string, string>>;

            before(async () => {
                await standInReady(subject);
                engines = await example("engines");
                await engines.pulumi(["stack", "init", engines.stack]);
                const settings = Object.entries(subject.args).flatMap(([key, value]) => ["--plaintext", `${key}=${String(value)}`]);
                await engines.pulumi(["config", "set-all", ...settings, "--stack", engines.stack]);
                outputs = await engines.up();
            });
            after(async () => {
                await engines?.destroy();
                assert.deepEqual(await engines?.left(), []);
                await engines?.remove();
            });

            it("has the version that was asked for", () => {
                assert.ok(outputs.version?.startsWith(String(subject.args.engineVersion)), outputs.version);
            });

            it("says where it is, and a URL for it", () => {
                assert.match(outputs.endpoint ?? "", /^\S+:\d+$/);
                assert.ok(outputs.url?.includes(outputs.endpoint?.split(":")[1] ?? "no port"));
            });
        });
    }
});
