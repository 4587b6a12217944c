import assert from "node:assert/strict";
import type { InstanceInputs } from "../../provider/lifecycle/args";
import { labelled, labelsOf, type Marks, marksOf, ownerOf, specOf } from "../../provider/lifecycle/labels";
import type { Container } from "../../provider/runtimes/runtime";
import { approved } from "../support/checked";

const marks: Marks = {
    project: "shop",
    stack: "dev",
    name: "orders",
    identifier: "shop-dev-orders",
    engine: "postgres",
    username: "app",
    dbName: "orders",
    spec: "5bec",
    role: "instance",
    created: "2026-01-01T10:00:00.000Z",
    origin: "0a0b",
    run: "host 1 2",
    image: "sha256:1",
    tags: { team: 'a "b" = c' },
};

const spec = (args: Readonly<Record<string, unknown>>) => specOf(approved({ engine: "postgres", ...args }) as InstanceInputs);

describe("labels", () => {
    it("say what was written into them", () => {
        for (const each of [marks, { ...marks, snapshot: "one", manifest: "{}", known: "some words" }])
            assert.deepEqual(marksOf(labelsOf(each)), each);
    });

    it("are all there, so that none is inherited from a layer below", () => {
        const empty = { ...marks, project: "", run: "", image: "", tags: {} };
        assert.deepEqual(Object.keys(labelsOf(empty)).sort(), Object.keys(labelsOf(marks)).sort());
    });

    it("are nobody's without the mark", () => {
        const { "devdb.managed": _, ...rest } = labelsOf(marks);
        assert.equal(marksOf(rest), undefined);
        assert.equal(marksOf({}), undefined);
        assert.equal(marksOf({ "devdb.managed": "false" }), undefined);
    });

    it("with tags that somebody broke are read without tags", () => {
        assert.deepEqual(marksOf({ ...labelsOf(marks), "devdb.tags": "{" })?.tags, {});
    });

    it("are looked for together with the mark", () => {
        assert.deepEqual(labelled({ identifier: "a", role: "data" }), {
            "devdb.managed": "true",
            "devdb.identifier": "a",
            "devdb.role": "data",
        });
    });
});

describe("the owner of a container, in words", () => {
    const container = (labels: Readonly<Record<string, string>>) =>
        ({ image: `sha256:${"0f".repeat(32)}`, labels }) as unknown as Container;

    it("is its stack, its resource, and since when", () => {
        assert.equal(ownerOf(container(labelsOf(marks)), "0a0b"), "stack shop/dev, resource orders, made 2026-01-01T10:00:00.000Z");
    });

    it("is of another back end where its origin is another", () => {
        assert.match(ownerOf(container(labelsOf(marks)), "0c"), /^stack shop\/dev, resource orders, of another state back end, made /);
    });

    it("is something else without our labels", () => assert.match(ownerOf(container({}), "0a"), /^something other than this package/));
});

describe("a spec", () => {
    it("is the same for the same arguments in any order", () => {
        assert.equal(spec({ environment: { A: "1", B: "2" } }), spec({ environment: { B: "2", A: "1" } }));
    });

    it("leaves out what can change while the container stays, and what was chosen", () => {
        const change = {
            password: "x",
            port: 5432,
            parameters: { a: "b" },
            durability: "fast",
            memory: "1g",
            cpus: 1,
            networks: ["a"],
            aliases: ["b"],
            tags: { a: "b" },
            deletionProtection: true,
            startupTimeout: 1,
        };
        for (const [argument, value] of Object.entries(change)) {
            const networks = argument === "aliases" ? { networks: ["a"] } : {};
            assert.equal(spec({ ...networks, [argument]: value }), spec({}), argument);
        }
    });

    it("tells apart what needs another container", () => {
        const change = {
            engineVersion: "16",
            image: "a",
            dbName: "a",
            username: "a",
            publiclyAccessible: true,
            environment: { A: "b" },
            storage: "volume",
        };
        const from = specOf({ ...(approved({ engine: "postgres" }) as InstanceInputs), snapshotIdentifier: "a" });
        const all = [spec({}), from, ...Object.entries(change).map(([argument, value]) => spec({ [argument]: value }))];
        assert.equal(new Set(all).size, all.length);
    });
});
