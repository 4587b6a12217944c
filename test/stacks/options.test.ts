import { strict as assert } from "node:assert";
import { ask } from "../support/ask";
import { docker, type Standing, standing } from "../support/docker";
import { leftovers } from "../support/leftovers";
import { databases, type Program, project, type Run, type Stack } from "../support/stack";

const base = { engine: "postgres", engineVersion: "17" } as const;

describe("a resource option or command of Pulumi", () => {
    const shop = project();
    const names = ["ignored", "tagged", "former", "replaced", "tainted", "first", "second"] as const;
    type Name = (typeof names)[number];
    const first: Program = ({ devdb, pulumi }) => {
        const ignored = new devdb.Instance("ignored", { ...base, dbName: "as_it_was" }, { ignoreChanges: ["dbName", "parameters"] });
        new devdb.Instance("tagged", { ...base, tags: { team: "one" } }, { replaceOnChanges: ["tags"] });
        new devdb.Instance("former", base, { dependsOn: ignored });
        new devdb.Instance("replaced", base);
        new devdb.Instance("tainted", base);
        const one = new devdb.Instance("first", base);
        new devdb.Instance("second", {
            ...base,
            identifier: pulumi.interpolate`${one.identifier}-also`,
            dbName: pulumi.interpolate`after_${one.port}`,
        });
    };
    const second: Program = ({ devdb, pulumi }) => {
        new devdb.Instance(
            "ignored",
            { ...base, dbName: "another", parameters: { work_mem: "9MB" } },
            { ignoreChanges: ["dbName", "parameters"] },
        );
        new devdb.Instance("tagged", { ...base, tags: { team: "two" } }, { replaceOnChanges: ["tags"] });
        new devdb.Instance("latter", base, { aliases: [{ name: "former" }] });
        new devdb.Instance("replaced", base);
        new devdb.Instance("tainted", base);
        const one = new devdb.Instance("first", base);
        new devdb.Instance("second", {
            ...base,
            identifier: pulumi.interpolate`${one.identifier}-also`,
            dbName: pulumi.interpolate`after_${one.port}`,
        });
    };
    const containers: Readonly<Record<Name, string>> = Object.fromEntries(
        names.map((name) => [name, name === "second" ? `${shop.name}-dev-first-also` : `${shop.name}-dev-${name}`]),
    ) as Record<Name, string>;
    const standings = async () => {
        const pairs = await Promise.all(names.map(async (name) => [name, await standing(containers[name])] as const));
        return Object.fromEntries(pairs) as Record<Name, Standing>;
    };
    let stack: Stack;
    let unknown: Run;
    let preview: Run;
    let up: Run;
    let old: Record<Name, Standing>;
    let now: Record<Name, Standing>;

    before(async () => {
        stack = await shop.stack("dev");
        unknown = await stack.preview(first);
        const created = await stack.up(first);
        assert.equal(created.changes, names.length + 2, created.text);
        old = await standings();
        await stack.cli("state", "taint", urnOf("tainted"), "--yes");
        const replace = { flags: ["--replace", urnOf("replaced")] };
        preview = await stack.preview(second, replace);
        up = await stack.up(second, replace);
        now = await standings();
    });

    const urnOf = (name: string) => `urn:pulumi:dev::${shop.name}::pulumi-nodejs:dynamic/devdb:Instance::${name}`;

    it("that leaves inputs unknown until up passes preview", async () => {
        assert.deepEqual(unknown.steps("second"), ["create"]);
        assert.match(await stack.output("second", "dbName"), /^after_\d+$/);
        assert.deepEqual(preview.steps("second"), ["same"]);
        assert.deepEqual(now.second, old.second);
    });

    it("ignoreChanges keeps what changed out of it", () => {
        assert.deepEqual(up.steps("ignored"), ["same"]);
        assert.deepEqual(now.ignored, old.ignored);
    });

    it("replaceOnChanges replaces for a change that would happen in place", () => {
        assert.ok(preview.steps("tagged").includes("replace"), preview.text);
        assert.notEqual(now.tagged.id, old.tagged.id);
    });

    it("dependsOn waits until the other answers", async () => {
        assert.ok((await stack.output("latter", "createdAt")) > old.ignored.startedAt);
    });

    it("aliases makes another name no change", async () => {
        assert.deepEqual(preview.steps("latter"), ["same"]);
        assert.deepEqual(now.former, old.former);
        assert.equal(await stack.output("latter", "identifier"), containers.former);
    });

    it("up --replace starts empty, under the same name", () => {
        assert.ok(up.steps("replaced").includes("replace"), up.text);
        assert.notEqual(now.replaced.id, old.replaced.id);
    });

    it("state taint makes the next up replace", () => {
        assert.ok(preview.steps("tainted").includes("replace"), preview.text);
        assert.notEqual(now.tainted.id, old.tainted.id);
    });

    it("stack rename is no change", async () => {
        stack = await stack.rename("prod");
        assert.equal((await stack.preview(second)).changes, 0);
        assert.equal((await stack.up(second)).changes, 0);
        assert.deepEqual(await standings(), now);
    });

    it("deleteBeforeReplace: false is refused with the reason", async () => {
        const other = await shop.stack("other");
        const { text } = await other.fails("preview", databases({ db: {} }, { deleteBeforeReplace: false }));
        assert.match(text, /db: deleteBeforeReplace cannot be false, for an instance's names and port are predictable/);
    });
});

describe("what must not be deleted", () => {
    const shop = project();

    it("stays under protect and under deletionProtection until that is taken back", async () => {
        const stack = await shop.stack("dev");
        const program =
            (guarded: boolean, dbName?: string): Program =>
            ({ devdb }) => {
                new devdb.Instance("protect", base, { protect: guarded });
                new devdb.Instance("deletion", { ...base, deletionProtection: guarded, ...(dbName === undefined ? {} : { dbName }) });
            };
        await stack.up(program(true));
        const replacing = await stack.fails("preview", program(true, "another"));
        assert.match(replacing.text, /this change replaces the instance, and deletionProtection is on: set deletionProtection to false/);
        await stack.cli("state", "unprotect", `urn:pulumi:dev::${shop.name}::pulumi-nodejs:dynamic/devdb:Instance::protect`, "--yes");
        const unprotected = await stack.fails("destroy");
        assert.match(unprotected.text, /dev-deletion has deletionProtection: set it to false, run pulumi up, then delete/);
        await stack.up(program(true));
        assert.match((await stack.fails("destroy")).text, /resource ".*protect" cannot be deleted|protected/);
        assert.deepEqual(await leftovers(shop.name), [`container ${shop.name}-dev-deletion`, `container ${shop.name}-dev-protect`]);
        await stack.up(program(false));
    });
});

describe("retainOnDelete", () => {
    const shop = project();
    const container = `${shop.name}-dev-db`;
    const kept = (args: Parameters<typeof databases>[0][string] = {}) =>
        databases({ db: { dbName: "first", ...args } }, { retainOnDelete: true });

    it("keeps the container with its data, which the same resource takes up again", async () => {
        const stack = await shop.stack("dev");
        await stack.up(kept());
        const url = await stack.output("db", "connectionString");
        await ask(url, "CREATE TABLE kept AS SELECT 7 AS number");
        const old = await standing(container);
        await stack.up(() => undefined);
        assert.deepEqual(await standing(container), old);
        assert.deepEqual(await ask(url, "SELECT number FROM kept"), [[7]]);
        await stack.up(kept());
        assert.deepEqual(await standing(container), old);
        assert.deepEqual(await ask(await stack.output("db", "connectionString"), "SELECT number FROM kept"), [[7]]);
        await docker("rm", "-fv", container);
    });

    it("needs another identifier for a replacement", async () => {
        const stack = await shop.stack("dev2");
        await stack.up(kept({ identifier: container }));
        const old = await standing(container);
        const refused = await stack.fails("up", kept({ identifier: container, dbName: "second" }));
        assert.match(refused.text, /kept by retainOnDelete, with which a replacement needs another identifier/);
        assert.deepEqual(await standing(container), old);
        await stack.up(kept({ identifier: `${container}-2`, dbName: "second" }));
        assert.deepEqual(await standing(container), old);
        assert.deepEqual(await ask(await stack.output("db", "connectionString"), "SELECT current_database()"), [["second"]]);
        await stack.up(() => undefined);
        await docker("rm", "-fv", container, `${container}-2`);
    });
});

describe("a stack reference", () => {
    const shop = project();

    it("hands the connection string on, still a secret", async () => {
        const producer = await shop.stack("producer");
        const consumer = await shop.stack("consumer");
        await producer.up(({ devdb }) => {
            const { connectionString, endpoint } = new devdb.Instance("db", base);
            return { url: connectionString, endpoint };
        });
        await consumer.up(({ pulumi }) => {
            const reference = new pulumi.StackReference(`organization/${shop.name}/producer`);
            return { url: reference.getOutput("url"), endpoint: reference.getOutput("endpoint") };
        });
        const shown = JSON.parse(await consumer.cli("stack", "output", "--json"));
        assert.deepEqual(shown, { url: "[secret]", endpoint: await producer.output("db", "endpoint") });
        const { url } = JSON.parse(await consumer.cli("stack", "output", "--json", "--show-secrets"));
        assert.deepEqual(await ask(url, "SELECT 1"), [[1]]);
    });
});
