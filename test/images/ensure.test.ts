import assert from "node:assert/strict";
import { ensureImage, type ImageWish } from "../../provider/images/ensure";
import { PullFailed, type PullFault } from "../../provider/runtimes/runtime";
import { type DockerSettings, dockerSettings, written } from "../support/docker-settings";
import { type FakeBehaviour, type FakeImages, fakeImages } from "../support/fake-images";

const labels = { "devdb.role": "image", "devdb.engine": "postgres" };
const build = { tag: "devdb/postgres:17-debian", context: "postgres", suite: "trixie", line: "17", arguments: {}, labels };
const wish: ImageWish = { reference: "postgres:17", build, rebuild: false };

describe("an engine's image", () => {
    let settings: DockerSettings;
    let daemons = 0;

    before(async () => {
        settings = await dockerSettings();
    });
    afterEach(() => settings.clear());
    after(() => settings.restore());

    /** A daemon of its own with a base image, and what its rows say. */
    function place(behaviour: FakeBehaviour = {}) {
        daemons += 1;
        const daemon = `of ensure ${daemons}`;
        const store = fakeImages(behaviour);
        store.add("sha256:base", ["debian:trixie"]);
        const rows: string[] = [];
        const ensure = (over: Partial<ImageWish> = {}, progress: (text: string) => void = (text) => rows.push(text)) =>
            ensureImage(store, daemon, { ...wish, ...over }, progress);
        return { store, rows, ensure };
    }
    const builds = ({ calls }: FakeImages) => calls.filter((call) => call.startsWith("build"));

    it("is the one that is there, without a word to a registry", async () => {
        const { store, rows, ensure } = place({ fault: "refused" });
        store.add("sha256:here", ["postgres:17"]);
        assert.deepEqual([(await ensure()).id, store.calls, rows], ["sha256:here", [], []]);
    });

    it("is pulled where it is not there, and the row shows how far it is", async () => {
        const { store, rows, ensure } = place();
        assert.equal((await ensure()).reference, "postgres:17");
        assert.deepEqual(store.calls, ["pull postgres:17"]);
        assert.deepEqual(rows, ["pulling postgres:17", "pulling postgres:17: 50 % of 2 MiB"]);
    });

    it("is built where no registry can be reached, under a name of our own, and the row says why", async () => {
        const { store, rows, ensure } = place({ fault: "unreachable", words: "no such host" });
        const image = await ensure();
        assert.deepEqual([image.reference, image.references], ["devdb/postgres:17-debian", ["devdb/postgres:17-debian"]]);
        assert.deepEqual(builds(store), ["build 17 on debian:trixie"]);
        assert.deepEqual(rows.slice(-2), [
            "building devdb/postgres:17-debian: no registry can be reached (no such host)",
            "building devdb/postgres:17-debian: step 1/2",
        ]);
    });

    const answers: readonly PullFault[] = ["refused", "missing", "limited", "broken", "other"];
    for (const fault of answers) {
        it(`is never built where the pull is ${fault}`, async () => {
            const { store, ensure } = place({ fault, words: "the registry's words" });
            for (const registryFirst of [false, true])
                await assert.rejects(ensure({ registryFirst }), (error) => {
                    assert.ok(error instanceof PullFailed);
                    assert.match(error.message, /^postgres:17 cannot be pulled: the registry's words\. [A-Z]/);
                    return error.kind === fault;
                });
            assert.deepEqual(builds(store), []);
        });
    }

    it("is never built where the user named it, and the error says what to do", async () => {
        const { store, ensure } = place({ fault: "unreachable", words: "no such host" });
        const { build: _, ...named } = { ...wish, reference: "mirror.example/postgis:17" };
        await assert.rejects(
            ensureImage(store, "elsewhere", named, () => undefined),
            /mirror\.example\/postgis:17 cannot be pulled: no such host\. Run pulumi up again when mirror\.example can be reached, or load the image/,
        );
        await assert.rejects(
            ensure({ ...named, build: undefined, otherwise: "Db2 cannot be built here." } as never),
            /no such host\. Db2 cannot/,
        );
        assert.deepEqual(builds(store), []);
    });

    it("is the one that was built earlier, before any registry is asked", async () => {
        const { store, rows, ensure } = place({ fault: "refused" });
        store.add("sha256:own", [build.tag]);
        assert.deepEqual([(await ensure()).reference, store.calls], [build.tag, []]);
        assert.match(rows.join(), /using devdb\/postgres:17-debian, built here earlier/);
    });

    it("comes from the registry that the user named before the one that was built earlier", async () => {
        const { store, ensure } = place();
        store.add("sha256:own", [build.tag]);
        const image = await ensure({ reference: "mirror.example/postgres:17", registryFirst: true });
        assert.equal(image.reference, "mirror.example/postgres:17");
    });

    it("is the one that was built earlier where the registry that the user named cannot be reached", async () => {
        const { store, ensure } = place({ fault: "unreachable" });
        store.add("sha256:own", [build.tag]);
        assert.equal((await ensure({ reference: "mirror.example/postgres:17", registryFirst: true })).id, "sha256:own");
        assert.deepEqual(store.calls, ["pull mirror.example/postgres:17"]);
    });

    it("is built again, without anything from before, once in a run that asks for it", async () => {
        const { store, rows, ensure } = place({ fault: "unreachable" });
        store.add("sha256:own", [build.tag], { labels });
        const first = await ensure({ rebuild: true });
        const second = await ensure({ rebuild: true });
        assert.deepEqual([first.id, second.id], [first.id, first.id]);
        assert.notEqual(first.id, "sha256:own");
        assert.deepEqual(builds(store), ["build 17 on debian:trixie afresh"]);
        assert.equal(store.images.has("sha256:own"), false, "what lost its name is removed");
        assert.match(rows.join(), /devdb:rebuildImages asks for it/);
    });

    it("is not built again in place of an official one", async () => {
        const { store, ensure } = place();
        assert.equal((await ensure({ rebuild: true })).reference, "postgres:17");
        assert.equal((await ensure({ rebuild: true })).reference, "postgres:17");
        assert.deepEqual(store.calls, ["pull postgres:17"]);
    });

    it("is pulled once for all who want it at the same time, and all rows show it", async () => {
        const { store, ensure } = place({ during: () => new Promise((go) => setTimeout(go, 20)) });
        const rows = ["", "", ""];
        const all = await Promise.all(rows.map((_, index) => ensure({}, (text) => (rows[index] = text))));
        assert.deepEqual(store.calls, ["pull postgres:17"]);
        assert.equal(new Set(all.map(({ id }) => id)).size, 1);
        for (const row of rows) assert.match(row, /%/);
    });

    it("is built once for all who want it at the same time, by whatever version they call it", async () => {
        const { store, ensure } = place({ fault: "unreachable", during: () => new Promise((go) => setTimeout(go, 20)) });
        const rows: string[] = [];
        const both = await Promise.all([ensure(), ensure({ reference: "postgres:17.5" }, (text) => rows.push(text))]);
        assert.equal(both[0].id, both[1].id);
        assert.equal(builds(store).length, 1);
        assert.match(rows.join(), /step 1\/2|using/);
    });

    it("is looked for again after a failure", async () => {
        const { store, ensure } = place({ fault: "limited" });
        await assert.rejects(ensure());
        await assert.rejects(ensure());
        assert.equal(store.calls.length, 2);
    });

    it("is the other process's where that was built meanwhile", async () => {
        const { store, ensure } = place({
            fault: "unreachable",
            during: async (call) => {
                if (call === "built") store.add("sha256:other", [build.tag], { labels });
            },
        });
        assert.equal((await ensure()).id, "sha256:other");
        assert.deepEqual([...store.images.keys()].sort(), ["sha256:base", "sha256:other"]);
    });

    it("leaves another process's image alone that has no name yet, and those that were pulled by their digest", async () => {
        const { store, ensure } = place({
            fault: "unreachable",
            during: async (call) => {
                if (call === "built") store.add("sha256:about-to-be-named", [], { labels });
            },
        });
        store.add("sha256:left-by-a-kill", [], { labels });
        store.add("sha256:digested", [], { labels, digests: ["r.example/postgres@sha256:1"] });
        const { id } = await ensure();
        assert.deepEqual([...store.images.keys()].sort(), ["sha256:about-to-be-named", "sha256:base", id, "sha256:digested"].sort());
    });

    it("is an error with the reason for the build where that fails, or has nothing to build on", async () => {
        const failing = place({ fault: "unreachable", words: "no such host", buildFails: "apt-get failed" });
        await assert.rejects(
            failing.ensure(),
            /devdb\/postgres:17-debian could not be built on debian:trixie \(no registry can be reached \(no such host\)\): apt-get failed/,
        );
        const bare = place({ fault: "unreachable", words: "no such host" });
        bare.store.images.clear();
        await assert.rejects(bare.ensure(), /cannot be built: .*none of devdb\/debian:trixie, debian:trixie, debian:trixie-slim is there/);
    });

    describe("and the login for its registry", () => {
        const mine: Partial<ImageWish> = { reference: "r.example/postgres:17" };

        it("is shown to the registry", async () => {
            const { store, ensure } = place();
            settings.configure({ auths: { "r.example": written("me", "pw") } });
            await ensure(mine);
            assert.deepEqual(store.calls, ["pull r.example/postgres:17 as me"]);
        });

        it("is what the error speaks of: there is none, or it is not good", async () => {
            const { ensure } = place({ fault: "refused", words: "unauthorized" });
            await assert.rejects(
                ensure(mine),
                /unauthorized\. Docker's config\.json has no login for r\.example: .*docker login r\.example/,
            );
            settings.configure({ auths: { "r.example": written("me", "pw") } });
            await assert.rejects(ensure(mine), /unauthorized\. The login for r\.example .* is not good/);
        });

        it("is not needed for a public image: a helper that is missing is spoken of only where the registry refuses", async () => {
            settings.configure({ credsStore: "not-here" });
            const open = place();
            await open.ensure(mine);
            assert.deepEqual(open.store.calls, ["pull r.example/postgres:17"]);
            const closed = place({ fault: "refused", words: "unauthorized" });
            await assert.rejects(closed.ensure(mine), /unauthorized\. .*docker-credential-not-here is not on the PATH/);
        });
    });
});
