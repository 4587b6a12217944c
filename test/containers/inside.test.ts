import assert from "node:assert/strict";
import type { AddressInfo, Server } from "node:net";
import { ask } from "../support/ask";
import { daemon, leftOf } from "../support/daemon";
import { families, plain } from "../support/engines";
import { type Inside, startInside } from "../support/inside";
import { stack } from "../support/instance";
import { holdPort } from "../support/port";

const real = families.filter(({ proof }) => proof === "real");

if (real.length > 0)
    describe("from inside a container that has the daemon's socket", () => {
        let inside: Inside;

        before(async function () {
            const started = await startInside(`devdb-test-${stack}-inside`);
            if (!started) this.skip();
            inside = started;
        });
        after(() => inside?.close());

        /** Commands that were run in a container, as the daemon's events tell them. */
        async function commandsIn(container: unknown, since: number): Promise<readonly string[]> {
            const filters = { container: [String(container)], event: ["exec_create"] };
            const now = Math.floor(Date.now() / 1000) + 1;
            const stream = await daemon.getEvents({ since, until: now, filters });
            const events = await new Response(stream as unknown as ReadableStream).text();
            const lines = events.split("\n").filter((line) => line !== "");
            return lines.map((line) => String((JSON.parse(line) as { readonly Action: string }).Action));
        }
        const seconds = () => Math.floor(Date.now() / 1000);
        const isLogin = (command: string) => /SELECT 1\b/.test(command);

        for (const { family, title, args } of real) {
            it(`${title}: an instance is made, changed and removed, though its port is not to be reached from here`, async () => {
                const [since, db] = [seconds(), family];
                const first = { ...args, dbName: "kept", username: "app", password: "First-pass1" };
                const { outputs: made = {} } = await inside.run({ db, does: "up", args: first });
                const { address, port, identifier } = made;
                assert.deepEqual([made.status, address, made.endpoint], ["available", inside.gateway, `${address}:${port}`]);

                // Whoever is on the daemon's host reaches it.
                const here = (password: string, name = String(made.connectionString)) =>
                    name.replace(`@${address}:`, "@127.0.0.1:").replace("First-pass1", password);
                assert.equal(Number((await ask(here("First-pass1"), "SELECT 1"))[0]?.[0]), 1);

                const { outputs: changed = {} } = await inside.run({ db, does: "up", args: { ...first, password: "Second-pass2" } });
                assert.equal(changed.containerId, made.containerId);
                assert.equal(Number((await ask(here("Second-pass2"), "SELECT 1"))[0]?.[0]), 1);
                assert.equal((await inside.run({ db, does: "refresh" })).outputs?.status, "available");

                const commands = await commandsIn(made.containerId, since);
                assert.ok(commands.filter(isLogin).length >= 3, commands.join("\n"));
                assert.doesNotMatch(commands.join("\n"), /-pass\d/);

                await inside.run({ db, does: "destroy" });
                assert.deepEqual(await leftOf(String(identifier)), []);
            });
        }

        if (!plain) return;
        const { args } = plain;

        it("one for everybody is logged in to over the daemon's host", async () => {
            const [since, db] = [seconds(), "public"];
            const { outputs = {} } = await inside.run({ db, does: "up", args: { ...args, publiclyAccessible: true } });
            assert.equal(outputs.address, inside.gateway);
            assert.deepEqual((await commandsIn(outputs.containerId, since)).filter(isLogin), []);
            assert.deepEqual((await inside.run({ db, does: "ask", sql: "SELECT 1" })).rows, [[1]]);
            await inside.run({ db, does: "destroy" });
        });

        it("devdb:address is where it is reached, and where it is logged in to", async () => {
            const config = { address: "the-daemon.example" };
            const { outputs = {} } = await inside.run({ db: "named", does: "up", args: { ...args, publiclyAccessible: true }, config });
            assert.equal(outputs.endpoint, `the-daemon.example:${outputs.port}`);
            assert.match(String(outputs.connectionString), /@the-daemon\.example:/);
            assert.deepEqual((await inside.run({ db: "named", does: "ask", sql: "SELECT 1" })).rows, [[1]]);
            await inside.run({ db: "named", does: "destroy" });

            const wrong = { ...args, publiclyAccessible: true, startupTimeout: 3 };
            const nowhere = inside.run({ db: "nowhere", does: "up", args: wrong, config: { address: "nowhere.invalid" } });
            await assert.rejects(nowhere, /did not answer within 3 seconds.*nowhere\.invalid/s);
        });

        describe("a port that something on the daemon's host holds", () => {
            let holder: Server;
            let held: number;
            before(async () => {
                holder = await holdPort();
                held = (holder.address() as AddressInfo).port;
            });
            after(() => holder?.close());

            it("is an error where it is asked for, and nothing is left", async () => {
                const { outputs = {} } = await inside.run({ db: "port", does: "up", args });
                await inside.run({ db: "port", does: "destroy" });
                await assert.rejects(inside.run({ db: "port", does: "up", args: { ...args, port: held } }), (error: Error) => {
                    assert.match(
                        error.message,
                        new RegExp(
                            `port: host port ${held} is taken by another process of the daemon's machine; choose another, or { preferred: ${held} }`,
                        ),
                    );
                    return true;
                });
                assert.deepEqual(await leftOf(String(outputs.identifier)), []);
            });

            it("is passed over where it is only preferred", async () => {
                const { outputs = {} } = await inside.run({ db: "near", does: "up", args: { ...args, port: { preferred: held } } });
                const port = Number(outputs.port);
                assert.ok(port > held && port <= held + 100, `${port} after ${held}`);
                await inside.run({ db: "near", does: "destroy" });
            });
        });
    });
