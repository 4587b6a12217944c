import { strict as assert } from "node:assert";
import { type Inventory, inventory } from "../../provider/lifecycle/inventory";
import { labelsOf, type Marks, type Role } from "../../provider/lifecycle/labels";
import { thisRun } from "../../provider/lifecycle/maker";
import type { Container, StoredImage, Volume } from "../../provider/runtimes/runtime";

function labels(role: Role, change: Partial<Marks> = {}) {
    const marks = {
        username: "",
        dbName: "",
        project: "shop",
        stack: "dev",
        name: "orders",
        identifier: "shop-dev-orders",
        engine: "postgres",
        spec: "",
        image: "",
    };
    return labelsOf({ ...marks, role, created: "", origin: "", run: thisRun(), tags: {}, ...change });
}

function container(name: string, change: Partial<Container> = {}): Container {
    return {
        name,
        id: `id of ${name}`,
        image: "sha256:1",
        labels: labels("instance"),
        state: { running: true, paused: false, exitCode: 0, outOfMemory: false, restarts: 0, startedAt: "", error: "" },
        memory: 0,
        cpus: 0,
        ports: [{ container: 5432, host: 54012, interface: "127.0.0.1" }],
        networks: [],
        restart: "no",
        mounts: [],
        ...change,
    };
}

function image(id: string, references: readonly string[], change: Partial<StoredImage> = {}): StoredImage {
    const rest = { digests: [], entrypoint: [], environment: {}, size: 1, createdAt: "2026-01-01T00:00:00.000Z" };
    return { id, references, labels: labels("image", { identifier: "" }), ...rest, ...change };
}

function found(containers: readonly Container[], volumes: readonly Volume[] = [], images: readonly StoredImage[] = []): Promise<Inventory> {
    return inventory({
        daemon: async () => ({ id: "d", name: "d", cpus: 1, memory: 1 }),
        list: async () => containers,
        listVolumes: async () => volumes,
        volumeSizes: async () => new Map([["empty", 0]]),
        images: { list: async () => images, find: async (name) => images.find(({ references }) => references.includes(name)) },
    });
}

describe("what of ours is on a daemon", () => {
    it("reads from the names how far a container is", async () => {
        const names = ["shop-dev-orders", "shop-dev-orders.new", "shop-dev-orders.old"];
        const { containers } = await found(names.map((name) => container(name)));
        assert.deepEqual(
            containers.map(({ stage }) => stage),
            ["finished", "unfinished", "retired"],
        );
        assert.equal(containers[0]?.maker, "alive");
        assert.deepEqual(containers[0]?.ports, [54012]);
    });

    it("leaves out what only inherited our labels: from an image, a primed layer, a committed container", async () => {
        const theirs = [
            container("by-hand", { labels: labels("image", { identifier: "" }) }),
            container("by-hand-2", { labels: labels("primed", { identifier: "" }) }),
            container("copy-of-orders"),
            container("strange", { labels: {} }),
        ];
        assert.deepEqual((await found(theirs)).containers, []);
        const images = [image("sha256:2", ["mine:1"]), image("sha256:3", [], { labels: labels("instance") })];
        assert.deepEqual((await found([], [], images)).images, []);
    });

    it("has the container in which a layer is being primed", async () => {
        const priming = container("devdb-primed-postgres-56be11b1e1c5.new", { labels: labels("primed", { identifier: "" }) });
        assert.equal((await found([priming])).containers[0]?.stage, "unfinished");
    });

    it("says who uses a volume, whoever that is", async () => {
        const user = container("strange", { labels: {}, mounts: [{ volume: "shop-dev-orders", path: "/data" }] });
        const { volumes } = await found([user], [{ name: "shop-dev-orders", labels: labels("data") }]);
        assert.deepEqual(volumes[0]?.users, ["strange"]);
    });

    it("says which volumes are empty, where that can be counted", async () => {
        const { volumes } = await found(
            [],
            ["empty", "uncounted"].map((name) => ({ name, labels: labels("data") })),
        );
        assert.deepEqual(
            volumes.map(({ empty }) => empty),
            [true, false],
        );
    });

    it("says who stands on an image: containers, also by way of a primed layer, and that layer", async () => {
        const primed = image("sha256:2", ["devdb/primed-postgres:1"], { labels: labels("primed", { identifier: "", image: "sha256:1" }) });
        const instance = container("shop-dev-orders", { image: "sha256:2", labels: labels("instance", { image: "sha256:1" }) });
        const { images } = await found([instance], [], [image("sha256:1", []), primed]);
        const base = images.find(({ id }) => id === "sha256:1");
        assert.equal(base?.superseded, true);
        assert.deepEqual(base?.users, ["shop-dev-orders", "devdb/primed-postgres:1"]);
    });

    it("knows a primed layer whose image's name means another image by now, or none", async () => {
        const primed = image("sha256:2", ["devdb/primed-postgres:1"], {
            labels: labels("primed", { identifier: "", name: "devdb/postgres:17", image: "sha256:1" }),
        });
        const superseded = async (...others: readonly StoredImage[]) =>
            (await found([], [], [primed, ...others])).images.find(({ id }) => id === "sha256:2")?.superseded;
        assert.equal(await superseded(image("sha256:1", ["devdb/postgres:17"])), false);
        assert.equal(await superseded(image("sha256:3", ["devdb/postgres:17"])), true);
        assert.equal(await superseded(), true);
    });
});
