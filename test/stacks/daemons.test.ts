import { strict as assert } from "node:assert";
import { ask } from "../support/ask";
import { docker, standing } from "../support/docker";
import { leftovers } from "../support/leftovers";
import { type Proxy as DaemonProxy, dockerProxy } from "../support/proxy";
import { databases, project, type Stack } from "../support/stack";

const program = databases({ db: {} });

describe("without a container engine", () => {
    const shop = project();
    const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

    it("nothing is made, and the error lists what was tried", async () => {
        const stack = await shop.stack("none");
        const { text } = await stack.fails("up", program, { env });
        assert.match(
            text,
            /No container engine answers\.\s+unix:\/\/\/nowhere\/docker\.sock \(DOCKER_HOST\): there is no such socket \(ENOENT\)/,
        );
        assert.equal(await stack.find("db"), undefined);
    });

    it("what exists is not taken for deleted", async () => {
        const stack = await shop.stack("some");
        await stack.up(program);
        const old = await standing(`${shop.name}-some-db`);
        assert.equal((await stack.preview(program, { env })).changes, 0);
        assert.match((await stack.fails("refresh", undefined, { env })).text, /No container engine answers/);
        assert.match((await stack.fails("destroy", undefined, { env })).text, /No container engine answers/);
        assert.notEqual(await stack.find("db"), undefined);
        assert.deepEqual(await standing(`${shop.name}-some-db`), old);
    });
});

describe("another daemon under the same context", () => {
    const shop = project();
    const container = `${shop.name}-dev-db`;
    let other: DaemonProxy;
    let stack: Stack;
    let recorded: string;

    before(async function () {
        const proxy = await dockerProxy({ id: "ANOTHER:DAEMON" });
        if (!proxy) this.skip();
        other = proxy;
        stack = await shop.stack("dev");
        await stack.up(program);
        recorded = await stack.output("db", "daemon");
    });
    after(async () => other?.die());

    it("is refused by update, refresh and destroy, which name both", async () => {
        const env = { DOCKER_HOST: other.host };
        const old = await standing(container);
        const preview = await stack.preview(program, { env });
        assert.match(preview.said("db").join(), /it lives on the daemon .*, and ANOTHER:DAEMON .* answers/);
        for (const kind of ["up", "refresh", "destroy"] as const) {
            const { text } = await stack.fails(kind, program, { env });
            assert.ok(text.includes(`this instance lives on the daemon ${recorded}, and the one that answers now is ANOTHER:DAEMON`), text);
            assert.ok(text.includes(`found at ${other.host} (DOCKER_HOST)`), text);
            assert.ok(text.includes(`DEVDB_FORGET='${recorded}'`), text);
        }
        assert.deepEqual(await standing(container), old);
        assert.equal((await stack.preview(program)).changes, 0);
    });

    it("is taken for the new home with DEVDB_FORGET, for that run", async () => {
        const env = { DOCKER_HOST: other.host, DEVDB_FORGET: recorded };
        await stack.up(program);
        // Behind both addresses is one and the same Docker here, so the old container has to be out of the way.
        await docker("stop", container);
        await docker("rename", container, `${container}-lost`);
        const up = await stack.up(program, { env });
        assert.match(up.said("db").join(), /its daemon .* is given up, so it is made anew, empty/);
        assert.match(await stack.output("db", "daemon"), /^ANOTHER:DAEMON /);
        await stack.destroy({ env: { DOCKER_HOST: other.host } });
        assert.deepEqual(await leftovers(shop.name), [`container ${container}-lost`]);
        await docker("rm", "-fv", `${container}-lost`);
    });

    it("is not needed to destroy what DEVDB_FORGET gives up", async () => {
        await stack.up(program);
        await stack.destroy({ env: { DOCKER_HOST: other.host, DEVDB_FORGET: recorded } });
        assert.deepEqual(await leftovers(shop.name), [`container ${container}`]);
        await docker("rm", "-fv", container);
    });
});

describe("a daemon that goes away in the middle of a create", () => {
    const shop = project();

    for (const moment of ["create", "start"] as const) {
        it(`after the container's ${moment} leaves a state that knows of it, and the next up repairs`, async function () {
            const name = `${shop.name}-${moment}-db`;
            const dying = await dockerProxy({
                answered: async (request) => {
                    if (request.startsWith("POST") && request.endsWith(`/${moment}`)) await dying?.die();
                },
            });
            if (!dying) this.skip();
            const stack = await shop.stack(moment);
            const { text } = await stack.fails("up", databases({ db: { password: "kept from everybody" } }), {
                env: { DOCKER_HOST: dying.host },
            });
            assert.match(text, new RegExp(`${name}\\.new could not be removed`));
            assert.deepEqual(await leftovers(shop.name), [`container ${name}.new`]);
            assert.equal((await stack.find("db"))?.id, name);
            assert.equal((await stack.exported()).includes("kept from everybody"), false);
            await stack.up();
            assert.deepEqual(await ask(await stack.output("db", "connectionString"), "SELECT 1"), [[1]]);
            assert.deepEqual(await leftovers(shop.name), [`container ${name}`]);
            assert.equal((await stack.up()).changes, 0);
            await stack.destroy();
        });
    }

    it("leaves what destroy can take away", async function () {
        const dying = await dockerProxy({
            answered: async (request) => {
                if (request.startsWith("POST") && request.endsWith("/start")) await dying?.die();
            },
        });
        if (!dying) this.skip();
        const stack = await shop.stack("gone");
        await stack.fails("up", databases({ db: { storage: "volume" } }), { env: { DOCKER_HOST: dying.host } });
        await stack.destroy();
        assert.deepEqual(await leftovers(shop.name), []);
    });
});
