import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** What the package ships: the compiler's output is what gets into states, not the source. */
const stubs = require("../../dist/resources/stub.js") as Readonly<Record<"instanceStub" | "snapshotStub", pulumi.dynamic.ResourceProvider>>;

describe("the text of Instance's provider in every state", () =>
    isFrozen(stubs.instanceStub, "instance-stub.txt", { engine: "postgress" }, /did you mean postgres\?/));
describe("the text of Snapshot's provider in every state", () =>
    isFrozen(stubs.snapshotStub, "snapshot-stub.txt", { methd: "logical" }, /did you mean method\?/));

function isFrozen(provider: pulumi.dynamic.ResourceProvider, file: string, wrong: Readonly<Record<string, unknown>>, reason: RegExp): void {
    const golden = join(__dirname, file);
    let text: string;
    before(async () => {
        // As Pulumi writes it: what transforms this file for the test would take the spaces out of an arrow function here.
        const factory: () => pulumi.dynamic.ResourceProvider = new Function("provider", "return () => provider;")(provider);
        ({ text } = await pulumi.runtime.serializeFunction(factory));
    });

    it("is the same byte for byte as in every state before", () => assert.equal(text, readFileSync(golden, "utf8")));

    it("is short, and knows no path of the machine that wrote it", () => {
        assert.ok(Buffer.byteLength(text) < 2048, `${Buffer.byteLength(text)} bytes`);
        for (const place of [process.cwd(), join(__dirname, "..", ".."), "node_modules", "file:"])
            assert.equal(text.includes(place), false, place);
        assert.deepEqual([...new Set(text.match(/require\([^)]*\)/g))], ['require("pulumi-devdb/provider/v1")']);
    });

    it("runs as Pulumi runs it: evaluated without a file, in the folder of a program that has the package", async () => {
        const evaluate = require("require-from-string") as (text: string) => { readonly handler: () => pulumi.dynamic.ResourceProvider };
        const replayed = evaluate(text).handler();
        assert.deepEqual(Object.keys(replayed), ["check", "diff", "create", "read", "update", "delete"]);
        const checked = await replayed.check?.({}, wrong);
        assert.match(checked?.failures?.[0]?.reason ?? "", reason);
    });
}
