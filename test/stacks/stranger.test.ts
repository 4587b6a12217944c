import { strict as assert } from "node:assert";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ask } from "../support/ask";
import { docker } from "../support/docker";
import { families } from "../support/engines";
import { leftovers } from "../support/leftovers";
import { stranger } from "../support/packed";
import { type Program, project, pulumi } from "../support/stack";

const commonJs = `
import * as devdb from "pulumi-devdb";

const orders = new devdb.Instance("orders", { engine: "postgres", engineVersion: "17", dbName: "orders", username: "app" });

export const url = orders.connectionString;
export const endpoint = orders.endpoint;
`;
const esModule = `
import { Instance } from "pulumi-devdb";

const orders = new Instance("orders", { engine: "postgres", engineVersion: "17", dbName: "orders", username: "app" });

export const url = orders.connectionString;
export const endpoint = orders.endpoint;
`;

describe("a stranger's project with the packed package", () => {
    const shop = project();

    for (const { stack, title, files } of [
        {
            stack: "cjs",
            title: "a CommonJS program in TypeScript",
            files: { "package.json": '{ "main": "index.ts" }', "index.ts": commonJs },
        },
        {
            stack: "esm",
            title: "an ES module",
            files: { "package.json": '{ "type": "module", "main": "index.js" }', "index.js": esModule },
        },
    ]) {
        it(`brings up, leaves alone and takes away what ${title} of ten lines declares`, async () => {
            const folder = join(shop.folder, stack);
            const container = `${shop.name}-${stack}-orders`;
            await mkdir(folder);
            await writeFile(join(folder, "Pulumi.yaml"), `name: ${shop.name}\nruntime: nodejs\n`);
            for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
            const run = (...command: readonly string[]) => pulumi({ folder, env: shop.env }, command);

            await run("stack", "init", stack);
            const first = await run("up", "--yes");
            assert.match(first, /Resources:\s+\+ 2 created/);
            assert.match(first, /url +: \[secret\]/);
            const url = (await run("stack", "output", "url", "--show-secrets")).trim();
            assert.deepEqual(await ask(url, "SELECT current_user, current_database()"), [["app", "orders"]]);
            assert.match(await run("up", "--yes"), /Resources:\s+2 unchanged/);
            assert.match(await run("preview", "--expect-no-changes"), /Resources:\s+2 unchanged/);
            const state = JSON.parse(await run("stack", "export"));
            const [resource] = state.deployment.resources.filter(({ id }: { id?: string }) => id === container);
            assert.equal(resource.outputs.__provider, await readFile(join(__dirname, "..", "resources", "instance-stub.txt"), "utf8"));
            const mounts = await docker("inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}", container);
            await run("destroy", "--yes");
            assert.deepEqual(await leftovers(shop.name), []);
            const volumes = (await docker("volume", "ls", "--quiet")).split("\n");
            for (const volume of mounts.split(" ").filter((name) => name !== "")) assert.equal(volumes.includes(volume), false, volume);
            await run("stack", "rm", "--yes");
        });
    }
});

describe("the Automation API", () => {
    const shop = project();

    it("runs an inline program, as a test suite of a stranger does", async () => {
        const { folder, devdb, require } = await stranger();
        const { LocalWorkspace } = require("@pulumi/pulumi/automation") as typeof import("@pulumi/pulumi/automation");
        const program = async () => {
            const { connectionString } = new devdb.Instance("db", { engine: "postgres", engineVersion: "17", durability: "fast" });
            return { url: connectionString };
        };
        const stack = await LocalWorkspace.createStack(
            { stackName: "inline", projectName: shop.name, program },
            {
                workDir: join(shop.folder, "state"),
                envVars: { ...shop.env },
                projectSettings: { name: shop.name, runtime: "nodejs", main: folder },
            },
        );
        const { outputs } = await stack.up();
        assert.equal(outputs.url?.secret, true);
        assert.deepEqual(await ask(String(outputs.url?.value), "SHOW fsync"), [["off"]]);
        assert.deepEqual((await stack.up()).summary.resourceChanges, { same: 2 });
        await stack.destroy();
        assert.deepEqual(await leftovers(shop.name), []);
    });
});

describe("the real engines in one stack", () => {
    const real = families.filter(({ proof }) => proof === "real");
    const shop = project({ subjects: real });
    const versions: Readonly<Record<string, string>> = {
        postgres: "SHOW server_version",
        mysql: "SELECT version()",
        mariadb: "SELECT version()",
    };

    it(`answer by their connection strings, and a second up changes nothing: ${real.map(({ title }) => title).join(", ")}`, async () => {
        const stack = await shop.stack("dev");
        const program: Program = ({ devdb }) => {
            for (const { family, args } of real) new devdb.Instance(family, { ...args, dbName: "shop", username: "app" } as never);
        };
        await stack.up(program);
        for (const { family, args } of real) {
            const [row] = await ask(await stack.output(family, "connectionString"), versions[family] ?? "SELECT version()");
            assert.ok(String(row?.[0]).startsWith(`${String(args.engineVersion)}.`), `${family} says that it is ${String(row?.[0])}`);
        }
        assert.equal((await stack.up(program)).changes, 0);
    });
});
