import assert from "node:assert/strict";
import { isReference } from "../../provider/images/reference";
import { digestOf, imageFor, named, sameImage } from "../../provider/lifecycle/image";
import { orderFrom } from "../../provider/lifecycle/order";
import type { Runtime } from "../../provider/runtimes/runtime";
import { approved } from "../support/checked";
import { type DockerSettings, dockerSettings } from "../support/docker-settings";
import { type FakeBehaviour, fakeImages } from "../support/fake-images";

const unreachable: FakeBehaviour = { fault: "unreachable", words: "no such host" };
let daemons = 0;

/** The image for these arguments on a daemon that has only Debian. */
function wanted(args: object, config: object = {}, behaviour: FakeBehaviour = {}, signal = new AbortController().signal) {
    daemons += 1;
    const images = fakeImages(behaviour);
    for (const suite of ["bookworm", "trixie", "sid"]) images.add(`sha256:${suite}`, [`debian:${suite}`]);
    const rows: string[] = [];
    const runtime = { found: `of choice ${daemons}`, images, address: { host: "127.0.0.1", local: true } } as unknown as Runtime;
    const inputs = approved({ acceptLicense: true, ...args }) as { readonly __devdb: object };
    const order = orderFrom(
        { ...inputs, __devdb: { ...inputs.__devdb, config } },
        { runtime, password: "", created: "", progress: (text) => void rows.push(text), signal },
    );
    return { images, rows, order };
}

describe("the image that arguments lead to", () => {
    let settings: DockerSettings;
    before(async () => {
        settings = await dockerSettings();
    });
    after(() => settings.restore());

    const mirrored: readonly (readonly [engine: string, engineVersion: string, registry: string, image: string])[] = [
        ["postgres", "17.5", "mirror.example:5000", "mirror.example:5000/postgres:17.5"],
        ["mysql", "8.4", "mirror.example/library/", "mirror.example/library/mysql:8.4"],
        ["mariadb", "11.8", "https://mirror.example/hub", "mirror.example/hub/mariadb:11.8"],
        ["sqlserver", "2022", "mirror.example", "mirror.example/mssql/server:2022-latest"],
        ["oracle", "23", "mirror.example", "mirror.example/gvenzl/oracle-free:23-slim-faststart"],
    ];
    for (const [engine, engineVersion, registry, image] of mirrored) {
        it(`is ${image} with devdb:registry ${registry}`, async () => {
            const { order } = wanted({ engine, engineVersion }, { registry });
            assert.equal((await imageFor(order)).reference, image);
        });
    }

    it("is an error where devdb:registry cannot begin an image's name", async () => {
        for (const registry of ["mirror example", "mirror.example/Library", "mirror.example?x"]) {
            const { order } = wanted({ engine: "postgres" }, { registry });
            await assert.rejects(imageFor(order), /^InstanceError: devdb:registry: mirror.* cannot begin an image's name/);
        }
    });

    it("is the one that was named, whatever devdb:registry says", async () => {
        const { order } = wanted(
            { engine: "postgres", image: "postgis/postgis:17-3.5" },
            { registry: "mirror.example", rebuildImages: true },
        );
        assert.equal((await imageFor(order)).reference, "postgis/postgis:17-3.5");
    });

    it("is built on its line's release of Debian where no registry can be reached", async () => {
        for (const [version, suite] of [
            ["15", "bookworm"],
            ["17.5", "trixie"],
            ["18", "sid"],
        ] as const) {
            const { order, images } = wanted({ engine: "postgres", engineVersion: version }, {}, unreachable);
            const line = version.split(".")[0];
            assert.equal((await imageFor(order)).reference, `devdb/postgres:${line}-debian`);
            assert.equal(images.calls[1], `build ${line} on debian:${suite}`);
        }
    });

    it("is built again where devdb:rebuildImages says so", async () => {
        const { order, images } = wanted({ engine: "postgres", engineVersion: "17" }, { rebuildImages: true }, unreachable);
        images.add("sha256:earlier", ["devdb/postgres:17-debian"]);
        assert.notEqual((await imageFor(order)).id, "sha256:earlier");
        assert.match(images.calls.join(), /build 17 on debian:trixie afresh/);
    });

    for (const engineVersion of ["14", "16"]) {
        it(`is an error for PostgreSQL ${engineVersion} where no registry can be reached, and it names the lines that can be built`, async () => {
            const { order, images } = wanted({ engine: "postgres", engineVersion }, { registry: "127.0.0.1:1" }, unreachable);
            await assert.rejects(imageFor(order), (error: Error) => {
                assert.match(
                    error.message,
                    new RegExp(`^image: 127.0.0.1:1/postgres:${engineVersion} cannot be pulled: no such host\\. No registry`),
                );
                assert.match(
                    error.message,
                    new RegExp(`PostgreSQL ${engineVersion} cannot be built here either \\(15, 17, 18 can, by engineVersion\\)`),
                );
                assert.match(error.message, /Set devdb:registry to a mirror .*docker load.*\(devdb:registry is 127\.0\.0\.1:1\)$/);
                return true;
            });
            assert.deepEqual(images.calls, [`pull 127.0.0.1:1/postgres:${engineVersion}`]);
        });
    }

    it("is an error for an engine that is never built", async () => {
        const { order } = wanted({ engine: "sqlserver", engineVersion: "2022" }, {}, unreachable);
        await assert.rejects(
            imageFor(order),
            /No registry can be reached, and SQL Server cannot be built here either\. Set devdb:registry/,
        );
    });

    it("is given up at once when the run is interrupted", async () => {
        const interrupt = new AbortController();
        const { order } = wanted({ engine: "postgres" }, {}, { during: () => new Promise(() => undefined) }, interrupt.signal);
        const image = imageFor(order);
        setTimeout(() => interrupt.abort(new Error("the run was interrupted")), 10);
        await assert.rejects(image, /^Error: the run was interrupted$/);
    });
});

describe("what the state keeps of an image", () => {
    const image = { id: "sha256:1", labels: {}, entrypoint: [], environment: {}, size: 1, createdAt: "" };
    const digest = (reference: string, ...digests: string[]) => digestOf({ ...image, reference, references: [reference], digests });

    it("is the digest in the registry that the reference names", () => {
        assert.equal(digest("a.example:5000/pg:17", "b.example/pg@sha256:b", "a.example:5000/pg@sha256:a"), "a.example:5000/pg@sha256:a");
        assert.equal(digest("docker.io/library/postgres:17", "b.example/x@sha256:b", "postgres@sha256:a"), "postgres@sha256:a");
        assert.equal(digest("postgres", "docker.io/library/postgres@sha256:a"), "docker.io/library/postgres@sha256:a");
        assert.equal(digest("a.example/pg@sha256:a", "a.example/pg@sha256:a"), "a.example/pg@sha256:a");
    });

    it("is whichever digest there is where the reference is a name given here", () => {
        assert.equal(digest("postgres:17", "mirror.example/postgres@sha256:a"), "mirror.example/postgres@sha256:a");
    });

    it("is the id of one without a digest, and of one that was built here and pushed somewhere since", () => {
        assert.equal(digest("postgres:17"), "sha256:1");
        const labels = { "devdb.managed": "true", "devdb.role": "image" };
        const pushed = ["r.example/postgres@sha256:a"];
        assert.equal(digestOf({ ...image, labels, reference: "devdb/postgres:17-debian", references: [], digests: pushed }), "sha256:1");
    });
});

describe("an image that is in use already", () => {
    const image = { id: "sha256:1", labels: {}, entrypoint: [], environment: {}, size: 1, createdAt: "", digests: [] };
    const under = (args: object, config: object, ...references: string[]) =>
        named(wanted({ engine: "postgres", engineVersion: "17", ...args }, config).order, { ...image, references }).reference;

    it("is called as the arguments call it, of all the names that it has", () => {
        assert.equal(under({}, {}, "a.example/x:1", "devdb/postgres:17-debian"), "devdb/postgres:17-debian");
        assert.equal(under({}, {}, "devdb/postgres:17-debian", "postgres:17"), "postgres:17");
        assert.equal(under({}, { registry: "m.example" }, "postgres:17", "m.example/postgres:17"), "m.example/postgres:17");
        assert.equal(under({ image: "b.example/y:2" }, {}, "postgres:17"), "b.example/y:2");
        assert.equal(under({}, {}, "a.example/x:1"), "a.example/x:1");
        assert.equal(under({}, {}), "sha256:1");
    });
});

describe("an image's name", () => {
    const good = [
        ...["postgres", "postgres:17", "postgis/postgis:17-3.5", "r.example:5000/a/b-c/d_e:v1.2-x", "MYHOST/postgres", "localhost:5000/x"],
        ...["[::1]:5000/x:1", `postgres@sha256:${"0".repeat(64)}`, `r.example/a:1@sha256:${"a".repeat(64)}`, `sha256:${"a".repeat(64)}`],
    ];
    for (const name of good) it(`may be ${name}`, () => assert.equal(isReference(name), true));
    const bad = [
        "",
        "Postgres:17",
        "postgres:17:18",
        "https://r.example/x",
        "a b",
        "x:",
        "/x",
        "x/",
        "x//y",
        "./x",
        "r.example/X",
        "x@17",
        "x:1\n",
    ];
    for (const name of bad) it(`cannot be ${JSON.stringify(name)}`, () => assert.equal(isReference(name), false));
});

describe("an instance that stays on its image", () => {
    const had = { image: "postgres:17", imageDigest: "postgres@sha256:a" };

    it("finds it by its digest, though the name means another by now", async () => {
        const { order, images } = wanted({ engine: "postgres", engineVersion: "17" });
        images.add("sha256:old", [], { digests: ["postgres@sha256:a"] });
        images.add("sha256:new", ["postgres:17"], { digests: ["postgres@sha256:b"] });
        const image = await sameImage(order, had);
        assert.deepEqual([image.id, image.reference, digestOf(image)], ["sha256:old", "postgres:17", "postgres@sha256:a"]);
    });

    it("has it pulled by the digest where it is gone", async () => {
        const { order, images } = wanted({ engine: "postgres", engineVersion: "17" });
        const image = await sameImage(order, had);
        assert.deepEqual(images.calls, ["pull postgres@sha256:a"]);
        assert.deepEqual([image.reference, digestOf(image)], ["postgres:17", "postgres@sha256:a"]);
    });

    it("is told how to move where the registry has it no more, and is never built instead", async () => {
        const { order, images } = wanted({ engine: "postgres", engineVersion: "17" }, {}, unreachable);
        await assert.rejects(
            sameImage(order, had),
            /postgres@sha256:a cannot be pulled: no such host\. .* The instance stays on this image until image or engineVersion is changed/,
        );
        assert.equal(images.calls.length, 1);
    });

    it("takes what its arguments lead to where it was built here and is gone", async () => {
        const { order } = wanted({ engine: "postgres", engineVersion: "17" }, {}, unreachable);
        const image = await sameImage(order, { image: "devdb/postgres:17-debian", imageDigest: "sha256:gone" });
        assert.equal(image.reference, "devdb/postgres:17-debian");
    });
});
