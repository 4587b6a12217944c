import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as devdb from "../../provider/index";
import { temporaryStack } from "../../provider/testing";
import { ask } from "../support/ask";
import { daemon } from "../support/daemon";
import { plain } from "../support/engines";
import { typed } from "./example";

interface Registered {
    readonly type: string;
    readonly inputs: Readonly<Record<string, unknown>>;
}

/** The plugin of @pulumi/docker is no npm package, so the program runs under mocks, and the daemon plays the plugin's part below. */
describe("examples/app-network", () => {
    let application: { readonly envs: readonly string[]; readonly command: string[]; readonly image: string };
    let instance: Registered["inputs"];

    before(async () => {
        const [script, program] = [join(__dirname, "under-mocks.ts"), join(__dirname, "..", "..", "examples", "app-network", "index.ts")];
        const { registered } = JSON.parse(await typed(`node --import=tsx '${script}' '${program}'`)) as {
            registered: readonly Registered[];
        };
        const inputsOf = (type: string) => registered.find((each) => each.type === type)?.inputs ?? {};
        application = inputsOf("docker:index/container:Container") as unknown as typeof application;
        instance = inputsOf("pulumi-nodejs:dynamic/devdb:Instance");
    });

    it("under mocks puts database and application on one network, and gives the application the address there", () => {
        assert.deepEqual(instance.networks, ["shop-1a2b3c4"]);
        assert.equal(application.image, "sha256:1");
        assert.match(JSON.stringify(application.envs), /DATABASE_URL=postgresql:\/\/app:[^@]*@app-dev-orders:5432\/orders/);
    });

    it("with real containers lets the application reach the database by its internal endpoint", async function () {
        if (!plain) this.skip();
        const name = `t${randomBytes(4).toString("hex")}`;
        const network = await daemon.createNetwork({ Name: name });
        const stack = await temporaryStack(
            () => {
                const orders = new devdb.Instance("orders", {
                    ...{ engine: "postgres", engineVersion: "17", dbName: "orders", username: "app" },
                    networks: [name],
                });
                return {
                    internalEndpoint: orders.internalEndpoint,
                    password: orders.password,
                    url: orders.connectionString,
                    image: orders.imageDigest,
                };
            },
            { projectName: name },
        );
        try {
            const { internalEndpoint, password, url, image } = await stack.up();
            const container = await daemon.createContainer({
                name: `${name}-application`,
                Image: image,
                Env: [`DATABASE_URL=postgresql://app:${password}@${internalEndpoint}/orders`],
                Entrypoint: [],
                Cmd: application.command.map((word) => word.replace("&& exec sleep infinity", "")),
                HostConfig: { NetworkMode: name },
            });
            try {
                await container.start();
                const { StatusCode } = await container.wait();
                const log = (await container.logs({ stdout: true, stderr: true })).toString();
                assert.equal(StatusCode, 0, log);
                assert.deepEqual(await ask(url, "SELECT count(*)::int FROM visits"), [[0]]);
            } finally {
                await container.remove({ force: true, v: true });
            }
        } finally {
            await stack.destroy();
            await network.remove();
        }
    });
});
