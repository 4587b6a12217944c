import { strict as assert } from "node:assert";
import { readState, statesOf } from "../../provider/cli/state-file";

const time = "2026-01-01T12:00:00Z";
const urn = (name: string, type = "pulumi-nodejs:dynamic/devdb:Instance") => `urn:pulumi:dev::shop::${type}::${name}`;

function exported(deployment: unknown): string {
    return JSON.stringify({ version: 3, deployment });
}

describe("a state file", () => {
    it("says which instances its stack has", () => {
        const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: "v1:x" };
        const outputs = { containerId: "c1", createdAt: time, volumeName: "v1", imageDigest: "sha256:1", password: secret, port: 5432 };
        const resources = [
            { urn: urn("shop-dev", "pulumi:pulumi:Stack"), type: "pulumi:pulumi:Stack" },
            { urn: urn("orders"), type: "pulumi-nodejs:dynamic/devdb:Instance", id: "shop-dev-orders", outputs },
        ];
        const state = readState("s.json", exported({ manifest: { time }, resources }));
        const { password: _, port: __, ...known } = outputs;
        assert.deepEqual(state.instances, [{ project: "shop", stack: "dev", name: "orders", identifier: "shop-dev-orders", ...known }]);
        assert.equal(state.writtenAt, time);
        assert.deepEqual(
            state.stacks.map(({ project, stack, writtenAt }) => [project, stack, writtenAt]),
            [["shop", "dev", time]],
        );
    });

    it("names its stack by resources that are none of ours, below whatever parent, and by what is being made", () => {
        const bucket = { urn: "urn:pulumi:dev::shop::my:Site$aws:s3:Bucket::a::b", type: "aws:s3:Bucket", id: "b" };
        assert.equal(readState("s", exported({ resources: [bucket] })).stacks[0]?.project, "shop");
        const pending = readState(
            "s",
            exported({ pending_operations: [{ type: "creating", resource: { urn: urn("orders"), type: "t" } }] }),
        );
        assert.deepEqual(pending.pending, [{ project: "shop", stack: "dev", name: "orders" }]);
        assert.equal(pending.stacks[0]?.stack, "dev");
    });

    it("may be empty, and then names none", () => {
        assert.deepEqual(readState("s", exported({ manifest: { time } })).stacks, []);
        assert.deepEqual(readState("s", exported(null)).stacks, []);
    });

    it("that is none is refused in one line", () => {
        assert.throws(() => readState("a.txt", "no"), /^Error: a\.txt is not JSON; pulumi stack export --file a\.txt writes such a file$/);
        assert.throws(() => readState("-", "{}"), /^Error: standard input is not what pulumi stack export writes \(version: [^\n]+$/);
    });
});

describe("the states of a command line", () => {
    it("are the files and the stacks named as gone", async () => {
        const { stacks } = await statesOf({ files: [], stacks: ["shop/dev", "blog/prod@0a1b"], complete: false });
        assert.deepEqual(
            stacks.map(({ project, stack }) => `${project}/${stack}`),
            ["shop/dev", "blog/prod"],
        );
        assert.deepEqual(stacks[1]?.origins, ["0a1b"]);
    });

    it("refuse a stack without a project, and a file that is not there", async () => {
        await assert.rejects(statesOf({ files: [], stacks: ["dev"], complete: false }), /--stack dev: a stack is named as project\/stack/);
        await assert.rejects(statesOf({ files: ["/nowhere.json"], stacks: [], complete: false }), /--state \/nowhere\.json cannot be read/);
    });
});
