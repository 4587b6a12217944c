import { strict as assert } from "node:assert";
import { ask } from "../support/ask";
import { docker, standing } from "../support/docker";
import { leftovers } from "../support/leftovers";
import { databases, project } from "../support/stack";

describe("a program with a fault", () => {
    const shop = project();
    /** What a user writes in JavaScript, where no compiler looks at it first. */
    const wrong = (args: Readonly<Record<string, unknown>>) => databases({ db: args });

    it("hears of all faults of a resource at once, by argument, before anything is made", async () => {
        const stack = await shop.stack("dev");
        const { text } = await stack.fails(
            "preview",
            wrong({ dbname: "shop", port: "many", engineVersion: "99", storage: "disk", tags: { a: 1 } }),
        );
        for (const words of [
            /dbname.*is not an argument; did you mean dbName\?/,
            /property port value \{many\} has a problem/,
            /engineVersion.*99 is not among PostgreSQL's lines here: 18, 17/,
            /property storage value \{disk\} has a problem/,
            /property tags value .* has a problem: a: /,
        ])
            assert.match(text, words);
        assert.match(
            (await stack.fails("up", wrong({ engine: "postgress" }))).text,
            /postgress is not an engine here; did you mean postgres\?/,
        );
        assert.deepEqual(await leftovers(shop.name), []);
    });

    it("hears which host port is taken, and by which container", async () => {
        const stack = await shop.stack("ports");
        await stack.up(databases({ first: {} }));
        const port = Number(await stack.output("first", "port"));
        const { text } = await stack.fails("up", databases({ first: {}, second: { port } }));
        assert.match(
            text,
            new RegExp(
                `host port ${port} is taken by the container ${shop.name}-ports-first; choose another, or \\{ preferred: ${port} \\}`,
            ),
        );
        assert.deepEqual(await leftovers(shop.name), [`container ${shop.name}-ports-first`]);
        await stack.up(databases({ first: {}, second: { port: { preferred: port } } }));
        assert.ok(Number(await stack.output("second", "port")) > port);
    });
});

describe("a name that somebody else has", () => {
    const shop = project();
    const identifier = `${shop.name}-shared`;

    it("is refused where a foreign container holds it, which stays as it is", async () => {
        const stack = await shop.stack("foreign");
        await stack.up(databases({ db: { identifier } }));
        const image = await stack.output("db", "imageDigest");
        await docker("rm", "-fv", identifier);
        await docker("run", "--detach", "--name", identifier, "--entrypoint", "sleep", image, "300");
        const foreign = await standing(identifier);
        const refused = await stack.fails("up");
        assert.match(
            refused.text,
            new RegExp(`a container named ${identifier} exists already: it belongs to something other than this package`),
        );
        await stack.destroy();
        assert.deepEqual(await standing(identifier), foreign);
        await docker("rm", "-fv", identifier);
    });

    it("is had by one of two stacks that make it at once, and the other hears whose it is", async () => {
        const both = [await shop.stack("one"), await shop.stack("two")];
        const running = await Promise.all(both.map((stack) => stack.start("up", databases({ db: { identifier } }))));
        const runs = await Promise.all(running.map(({ done }) => done));
        assert.equal(runs.filter((run) => run.failed).length, 1, runs.map((run) => run.text).join("\n"));
        const [winner, loser] = runs[0]?.failed ? [both[1]!, both[0]!] : [both[0]!, both[1]!];
        const words = `a container named ${identifier}(\\.new)? exists already: it belongs to stack ${shop.name}/${winner.name}, resource db`;
        assert.match(runs.find((run) => run.failed)?.text ?? "", new RegExp(words));
        await loser.destroy();
        assert.deepEqual(await ask(await winner.output("db", "connectionString"), "SELECT 1"), [[1]]);
        assert.deepEqual(await leftovers(shop.name), [`container ${identifier}`]);
        await winner.destroy();
    });
});

describe("the same stack in two back ends", () => {
    const here = project();
    const there = project({ name: here.name });

    it("has two states and one container, which is the first one's", async () => {
        const [first, second] = [await here.stack("dev"), await there.stack("dev")];
        await first.up(databases({ db: {} }));
        const old = await standing(`${here.name}-dev-db`);
        const { text } = await second.fails("up", databases({ db: {} }));
        assert.match(text, /exists already: it belongs to stack .*\/dev, resource db, of another state back end, made/);
        await second.destroy();
        assert.deepEqual(await standing(`${here.name}-dev-db`), old);
        await first.destroy();
    });
});

describe("an instance that is gone already", () => {
    const shop = project();

    it("is deleted without a fault", async () => {
        const stack = await shop.stack("dev");
        await stack.up(databases({ db: { storage: "volume" } }));
        assert.deepEqual(await leftovers(shop.name), [`container ${shop.name}-dev-db`, `volume ${shop.name}-dev-db`]);
        await docker("rm", "-fv", `${shop.name}-dev-db`);
        await docker("volume", "rm", `${shop.name}-dev-db`);
        await stack.destroy();
    });
});

describe("twenty instances in one stack", () => {
    const shop = project();
    const names = Array.from({ length: 20 }, (_, index) => `db${index + 1}`);

    it("all answer, each on a port of its own, and all go", async () => {
        const stack = await shop.stack("dev");
        await stack.up(({ devdb, pulumi }) => {
            const all = names.map((name) => new devdb.Instance(name, { engine: "postgres", engineVersion: "17", durability: "fast" }));
            return { urls: pulumi.all(all.map(({ connectionString }) => connectionString)) };
        });
        const urls: readonly string[] = JSON.parse(await stack.cli("stack", "output", "urls", "--json", "--show-secrets"));
        assert.equal(new Set(urls.map((url) => new URL(url).port)).size, names.length);
        for (const url of urls) assert.deepEqual(await ask(url, "SELECT 1"), [[1]]);
        await stack.destroy();
        assert.deepEqual(await leftovers(shop.name), []);
    });
});
