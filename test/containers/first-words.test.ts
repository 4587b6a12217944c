import assert from "node:assert/strict";
import { docker } from "../../provider/runtimes/docker";
import { plain } from "../support/engines";
import { stack } from "../support/instance";
import { plainImage } from "../support/plain-image";
import { type Proxy as DaemonProxy, dockerProxy } from "../support/proxy";

const name = `devdb-test-${stack}-words`;
const words = Buffer.from([...Array.from({ length: 256 }, (_, index) => index), 10]);

if (plain)
    describe("what is said to a container's first process", () => {
        let proxy: DaemonProxy;

        before(async function () {
            const made = await dockerProxy({});
            if (!made) this.skip();
            proxy = made;
        });
        after(async () => {
            await (await docker({})).remove(name);
            await proxy?.die();
        });

        // A proxy passes on the head of a request and what comes after it one by one, as some networks do.
        for (const way of ["the daemon's socket", "a proxy"])
            it(`is all that it reads, and nothing of the request: by ${way}`, async () => {
                const runtime = await docker(way === "a proxy" ? { host: proxy.host } : {});
                for (let count = 0; count < 5; count += 1) {
                    assert.equal(await said(runtime), words.toString("hex"));
                    await runtime.remove(name);
                }
            });
    });

/** What `od` makes of all that its container reads. */
async function said(runtime: Awaited<ReturnType<typeof docker>>): Promise<string> {
    await runtime.create({
        ...{
            name,
            hostname: "words",
            image: await plainImage(),
            labels: {},
            environment: {},
            capabilities: [],
            networks: [],
            stopSeconds: 0,
        },
        entrypoint: ["sh", "-c", "od -An -v -tx1; echo end"],
        isolated: true,
        stdin: true,
    });
    return new Promise((resolve, reject) => {
        let text = "";
        const heard = (all: string) => {
            text = all;
            return all.includes("end");
        };
        const dialogue = { stdin: Promise.resolve(words), heard, ended: () => resolve(text.replace(/end|\s/g, "")) };
        runtime.start(name, dialogue).catch(reject);
    });
}
