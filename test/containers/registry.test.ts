import assert from "node:assert/strict";
import { inputsOf } from "../../provider/lifecycle/outputs";
import { instance as lifecycle } from "../../provider/v1";
import { readRows, writeRow } from "../support/client";
import { daemon, leftOf } from "../support/daemon";
import { type DockerSettings, dockerSettings, written } from "../support/docker-settings";
import { plain } from "../support/engines";
import { driver, stack } from "../support/instance";
import { localDaemon, oddRegistry } from "../support/odd-registry";
import { freePort } from "../support/port";
import { type Published, startRegistry, type TestRegistry } from "../support/registry";

const ours = "devdb/postgres:17-debian";
const args = { engine: "postgres", engineVersion: "17", dbName: "kept", username: "app" } as const;
const left = () => leftOf(`devdb-test-${stack}-pull`);

for (const subject of plain ? [plain] : [])
    describe("an image from a registry with a password", () => {
        let registry: TestRegistry;
        let settings: DockerSettings;
        let first: Published;
        let second: Published;
        let image: string;
        const drivers: ReturnType<typeof driver>[] = [];

        /** An instance that is gone at the end, whatever the test did. */
        function instance(config: Readonly<Record<string, unknown>> = {}) {
            const db = driver("pull", { config });
            drivers.push(db);
            return db;
        }
        const loggedIn = () =>
            settings.configure({ auths: { [registry.host]: written(registry.login.username, registry.login.password) } });

        before(async function () {
            if (!(await localDaemon())) this.skip();
            settings = await dockerSettings();
            registry = await startRegistry();
            const seed = instance();
            await seed.up(args);
            assert.equal(seed.outputs.image, ours, "an official image is here: these tests need one of ours");
            await seed.destroy();
            first = await registry.publish(ours, "postgres:17");
            second = await registry.publish(ours, "postgres:moved");
            image = `${registry.host}/postgres:17`;
        });
        after(async () => {
            for (const published of [first, second]) if (published) await forget(published).catch(() => undefined);
            await registry?.stop();
            settings?.restore();
        });
        afterEach(async () => {
            settings.clear();
            for (const db of drivers.splice(0)) await db.destroy().catch(() => undefined);
        });

        /** With the layer in which it was initialised, which stands on it. */
        async function forget({ id }: Published): Promise<void> {
            const primed = await daemon.listImages({ filters: { label: ["devdb.role=primed", `devdb.image=${id}`] } });
            for (const layer of primed) await daemon.getImage(layer.Id).remove({ force: true });
            await daemon.getImage(id).remove({ force: true });
        }
        /** The image that its container stands on, beneath the layer in which that was initialised. */
        const imageOf = async (db: ReturnType<typeof driver>) =>
            (await daemon.getContainer(db.text("identifier")).inspect()).Config.Labels["devdb.image"];

        it("is not had without the password: an error with the registry's words, and nothing left", async () => {
            await assert.rejects(
                instance().up({ ...args, image }),
                /image: .*postgres:17 cannot be pulled: .*no basic auth credentials\. Docker's config\.json has no login .*docker login 127/,
            );
            assert.deepEqual(await left(), []);
        });

        it("is not had with a wrong password either", async () => {
            settings.configure({ auths: { [registry.host]: written("tester", "guess") } });
            await assert.rejects(instance().up({ ...args, image }), /unauthorized: .*\. The login for 127.* is not good.*docker login 127/);
            await assert.rejects(instance().up({ ...args, image }), (error) => !String(error).includes("guess"));
            assert.deepEqual(await left(), []);
        });

        it("is an error with the registry's words where it has no such tag", async () => {
            loggedIn();
            await assert.rejects(
                instance().up({ ...args, image: `${registry.host}/postgres:nope` }),
                /manifest unknown.*\. 127.* has no such image/,
            );
            await assert.rejects(
                instance({ registry: registry.host }).up({ ...args, engineVersion: "17.99" }),
                /postgres:17\.99 .*manifest unknown/,
            );
            assert.deepEqual(await left(), []);
        });

        it("is pulled with the login that docker login wrote, and the row shows how far it is", async () => {
            loggedIn();
            const db = instance();
            const rows: string[] = [];
            db.conduct = { progress: (text) => rows.push(text) };
            await db.up({ ...args, image });
            assert.deepEqual([db.outputs.image, db.outputs.imageDigest], [image, first.digest]);
            assert.equal(await imageOf(db), first.id);
            assert.equal(rows[0], `pulling ${image}`);
            assert.match(rows.join("\n"), /pulling 127.*: \d+ % of [34] MiB/);
            await db.destroy();
        });

        it("is pulled by its digest, with the login that a credential helper keeps", async () => {
            settings.helper("tests", JSON.stringify({ Username: registry.login.username, Secret: registry.login.password }));
            settings.configure({ credHelpers: { [registry.host]: "tests" } });
            const db = instance();
            await db.up({ ...args, image: second.digest });
            assert.deepEqual([db.outputs.image, db.outputs.imageDigest], [second.digest, second.digest]);
            await db.destroy();
        });

        it("is undone where its server is of another version than the one asked for", async () => {
            loggedIn();
            await assert.rejects(
                instance().up({ ...args, engineVersion: "15", image }),
                /postgres:17 runs PostgreSQL 17[.\d]*, and engineVersion is 15: set engineVersion to 17, or choose another image/,
            );
            assert.deepEqual(await left(), []);
        });

        it("is gone back to where a move to another was killed before the state knew of it, and is not wanted any more", async () => {
            const db = instance();
            await db.up({ ...args, image });
            const { outputs } = db;
            await writeRow(subject, db, 1);
            await db.up({ ...args, image: second.digest });
            assert.equal(await imageOf(db), second.id);
            const { outs } = await lifecycle.update(db.text("identifier"), outputs, inputsOf(outputs));
            assert.deepEqual([outs.image, outs.imageDigest, await imageOf(db)], [image, first.digest, first.id]);
            assert.deepEqual(await readRows(subject, db), [1]);
        });

        it("is the registry's that devdb:registry names, though one of ours is here; and stays what it was when the tag moves", async () => {
            loggedIn();
            const db = instance({ registry: registry.host });
            await db.up(args);
            await writeRow(subject, db, 1);
            assert.deepEqual([db.outputs.image, db.outputs.imageDigest], [image, first.digest]);

            await registry.retag(second, "postgres:17");
            await daemon.getImage(first.id).tag({ repo: `${registry.host}/postgres`, tag: "before" });
            await pulled(image);
            assert.deepEqual((await db.preview(args)).said, []);
            await db.up({ ...args, environment: { SOME: "thing" } });
            assert.deepEqual([db.outputs.imageDigest, await imageOf(db)], [first.digest, first.id], "recreated on what it had");
            assert.deepEqual(await readRows(subject, db), [1]);

            // The server goes, and so does its image: only the registry still has it.
            await daemon.getContainer(db.text("identifier")).remove({ force: true, v: true });
            await forget(first);
            await db.up({ ...args, environment: { SOME: "thing" } });
            assert.deepEqual([db.outputs.imageDigest, await imageOf(db)], [first.digest, first.id], "mended with what it had");
            await writeRow(subject, db, 2);

            // It moves when it is asked to, and keeps its data.
            const version = db.text("engineVersionActual");
            await registry.retag(second, `postgres:${version}`);
            await db.up({ ...args, engineVersion: version });
            assert.deepEqual([db.outputs.image, db.outputs.imageDigest], [`${registry.host}/postgres:${version}`, second.digest]);
            assert.equal(await imageOf(db), second.id);
            assert.deepEqual(await readRows(subject, db), [2]);
            await db.up({ ...args, engineVersion: version, image: first.digest });
            assert.deepEqual([await imageOf(db), await readRows(subject, db)], [first.id, [2]]);
            await db.destroy();
        });

        async function pulled(reference: string): Promise<void> {
            const stream = await daemon.pull(reference, { authconfig: { ...registry.login, serveraddress: registry.host } });
            await new Promise((done) => daemon.modem.followProgress(stream, done));
        }
    });

if (plain)
    describe("a registry that answers anything at all", () => {
        before(async function () {
            if (!(await localDaemon())) this.skip();
        });

        const answers: Readonly<Record<string, { readonly answer: Parameters<typeof oddRegistry>[0]; readonly words: RegExp }>> = {
            "too many requests": { answer: { status: 429, body: "" }, words: /429.*gives no more for now: wait, or log in/ },
            "too many requests, in its own words": {
                answer: { status: 429, body: '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}' },
                words: /toomanyrequests: You have reached your pull rate limit\. .*set devdb:registry to a mirror/,
            },
            "not found": { answer: { status: 404, body: "<html>nothing here</html>" }, words: /404.*has no such image/ },
            unauthorized: { answer: { status: 401, body: "" }, words: /unauthorized.*docker login/ },
            denied: {
                answer: { status: 403, body: '{"errors":[{"code":"DENIED","message":"requested access is denied"}]}' },
                words: /denied/,
            },
            "an error of its own": {
                answer: { status: 503, body: "down" },
                words: /503 Service Unavailable\. Try it by hand: docker pull/,
            },
            "an image without its layers": { answer: "no layers", words: /unknown blob.*the pull ended half-way/ },
        };
        for (const [what, { answer, words }] of Object.entries(answers)) {
            it(`is not replaced by an image of ours: ${what}`, async () => {
                const registry = await oddRegistry(answer);
                try {
                    await assert.rejects(driver("pull", { config: { registry: registry.host } }).up(args), (error) => {
                        assert.match(String(error), words);
                        assert.match(String(error), new RegExp(`devdb:registry is ${registry.host}`));
                        return true;
                    });
                } finally {
                    registry.close();
                }
                assert.deepEqual(await left(), []);
            });
        }
    });

if (plain)
    describe("a registry that cannot be reached", () => {
        const unreachable = { registry: "" };
        before(async function () {
            if (!(await localDaemon())) this.skip();
            unreachable.registry = `127.0.0.1:${await freePort()}`;
        });

        it("gives way to an image of ours, and the row says so", async () => {
            const db = driver("pull", { config: unreachable });
            const rows: string[] = [];
            db.conduct = { progress: (text) => rows.push(text) };
            try {
                const began = Date.now();
                await db.up(args);
                assert.ok(Date.now() - began < 20_000);
                assert.equal(db.outputs.image, ours);
                const { Id, Config } = await daemon.getImage(ours).inspect();
                assert.equal(db.outputs.imageDigest, Id);
                assert.deepEqual([Config.Labels["devdb.role"], Config.Labels["devdb.engine"]], ["image", "postgres"]);
                assert.match(
                    rows.join("\n"),
                    /(using|building) devdb\/postgres:17-debian.*no registry can be reached \(.*connection refused\)/,
                );
            } finally {
                await db.destroy();
            }
        });

        for (const engineVersion of ["14", "16"]) {
            it(`is an error for PostgreSQL ${engineVersion}, of which there is none of ours`, async () => {
                await assert.rejects(
                    driver("pull", { config: unreachable }).up({ ...args, engineVersion }),
                    /connection refused\. No registry can be reached, and PostgreSQL \d+ cannot be built here either \(15, 17, 18 can, by engineVersion\)/,
                );
                assert.deepEqual(await left(), []);
            });
        }

        it("is an error for an image that the user named", async () => {
            await assert.rejects(
                driver("pull").up({ ...args, image: `${unreachable.registry}/postgres:17` }),
                /connection refused\. Run pulumi up again when 127.* can be reached, or load the image/,
            );
        });
    });
