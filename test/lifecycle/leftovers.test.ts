import { strict as assert } from "node:assert";
import type { Inventory, OurContainer, OurImage, OurVolume } from "../../provider/lifecycle/inventory";
import type { Marks, Role } from "../../provider/lifecycle/labels";
import { leftovers } from "../../provider/lifecycle/leftovers";
import type { OwnedInstance, States } from "../../provider/lifecycle/ownership";

const earlier = "2026-01-01T10:00:00.000Z";
const written = "2026-01-01T12:00:00.000Z";
const later = "2026-01-01T13:00:00.000Z";

function marks(role: Role, change: Partial<Marks> = {}): Marks {
    return {
        project: "shop",
        stack: "dev",
        name: "orders",
        identifier: "shop-dev-orders",
        engine: "postgres",
        username: "app",
        dbName: "orders",
        spec: "5bec",
        role,
        created: earlier,
        origin: "0a",
        run: "here 1 1",
        image: "",
        tags: {},
        ...change,
    };
}

function container(change: Partial<OurContainer> = {}, mark: Partial<Marks> = {}): OurContainer {
    const { stage = "finished" } = change;
    const name = { finished: "shop-dev-orders", unfinished: "shop-dev-orders.new", retired: "shop-dev-orders.old" }[stage];
    return {
        kind: "container",
        name,
        id: `id of ${name}`,
        marks: marks("instance", mark),
        running: true,
        stage,
        maker: "dead",
        ports: [],
        image: "sha256:1",
        volumes: [],
        ...change,
    };
}

function volume(change: Partial<OurVolume> = {}, mark: Partial<Marks> = {}, role: Role = "data"): OurVolume {
    return { kind: "volume", name: "shop-dev-orders", marks: marks(role, mark), maker: "dead", users: [], empty: false, ...change };
}

function image(change: Partial<OurImage> = {}): OurImage {
    const none = { project: "", stack: "", name: "", identifier: "" };
    return {
        kind: "image",
        name: "devdb/postgres:17-debian",
        id: "sha256:1",
        marks: marks("image", none),
        superseded: false,
        maker: "dead",
        size: 1,
        createdAt: earlier,
        users: [],
        ...change,
    };
}

function on(...things: readonly (OurContainer | OurVolume | OurImage)[]): Inventory {
    return {
        daemon: { id: "d", name: "d", cpus: 1, memory: 1 },
        containers: things.filter((thing) => thing.kind === "container"),
        volumes: things.filter((thing) => thing.kind === "volume"),
        images: things.filter((thing) => thing.kind === "image"),
    };
}

const owned: OwnedInstance = {
    project: "shop",
    stack: "dev",
    name: "orders",
    identifier: "shop-dev-orders",
    containerId: "id of shop-dev-orders",
    createdAt: earlier,
};

function states(change: Partial<States> = {}): States {
    const stacks = [{ project: "shop", stack: "dev", origins: ["0a"], writtenAt: written }];
    return { instances: [], pending: [], stacks, complete: false, writtenAt: written, ...change };
}

/** `remove container shop-dev-orders`, for each verdict. */
function said(inventory: Inventory, given?: States): readonly string[] {
    return leftovers(inventory, given).map(({ verdict, thing }) => `${verdict} ${thing.kind} ${thing.name}`);
}

describe("what nobody owns, without states", () => {
    it("is nothing where everything is finished", () => {
        assert.deepEqual(said(on(container(), volume({ users: ["shop-dev-orders"] }), image())), []);
    });

    it("is an unfinished container whose maker is dead, and the volume made for it", () => {
        const unfinished = container({ stage: "unfinished" });
        assert.deepEqual(said(on(unfinished, volume({ users: [unfinished.name] }))), [
            "remove container shop-dev-orders.new",
            "remove volume shop-dev-orders",
        ]);
    });

    it("is that volume too where the container came too late to mount it", () => {
        assert.ok(said(on(container({ stage: "unfinished" }), volume())).includes("remove volume shop-dev-orders"));
    });

    it("is not a volume that the unfinished container found", () => {
        const unfinished = container({ stage: "unfinished" });
        const found = volume({ users: [unfinished.name] }, { run: "here 2 2" });
        assert.deepEqual(said(on(unfinished, found)), ["remove container shop-dev-orders.new"]);
    });

    it("is never a volume of the user's", () => {
        const unfinished = container({ stage: "unfinished" });
        const kept = volume({ name: "mine", users: [unfinished.name] }, {}, "kept");
        assert.deepEqual(said(on(unfinished, kept)), ["remove container shop-dev-orders.new"]);
    });

    it("is not what a living maker is at work on, nor what another host's may be", () => {
        assert.deepEqual(said(on(container({ stage: "unfinished", maker: "alive" }))), ["leave container shop-dev-orders.new"]);
        assert.deepEqual(said(on(container({ stage: "unfinished", maker: "elsewhere" }))), ["leave container shop-dev-orders.new"]);
    });

    it("is the unfinished one beside a finished one", () => {
        assert.deepEqual(said(on(container(), container({ stage: "unfinished" }))), ["remove container shop-dev-orders.new"]);
    });

    it("is neither of two that were about to change places", () => {
        assert.deepEqual(said(on(container({ stage: "unfinished" }), container({ stage: "retired" }))), [
            "leave container shop-dev-orders.new",
            "leave container shop-dev-orders.old",
        ]);
    });

    it("is the retired one once its successor is in its place and the run is dead", () => {
        assert.deepEqual(said(on(container(), container({ stage: "retired" }))), ["remove container shop-dev-orders.old"]);
        assert.deepEqual(said(on(container({ maker: "alive" }), container({ stage: "retired" }))), ["leave container shop-dev-orders.old"]);
    });

    it("is not a retired one beside somebody else", () => {
        assert.deepEqual(said(on(container({}, { created: later }), container({ stage: "retired" }))), [
            "leave container shop-dev-orders.old",
        ]);
    });

    it("is a volume that nothing was ever written to", () => {
        assert.deepEqual(said(on(volume({ empty: true }))), ["remove volume shop-dev-orders"]);
        assert.deepEqual(said(on(volume({ empty: true, maker: "alive" }))), ["leave volume shop-dev-orders"]);
        assert.deepEqual(said(on(volume({ empty: true }, {}, "kept"))), []);
    });

    it("is a copy of the data that the finished container does not stand on", () => {
        const old = volume({ users: ["shop-dev-orders.old"] });
        const current = container({ volumes: [{ volume: "shop-dev-orders-2", path: "/var/lib/devdb" }] });
        const its = volume({ name: "shop-dev-orders-2", users: ["shop-dev-orders"] });
        assert.deepEqual(said(on(current, its, old, container({ stage: "retired" }))), [
            "remove container shop-dev-orders.old",
            "remove volume shop-dev-orders",
        ]);
        assert.deepEqual(said(on(container({ maker: "alive" }), its, volume())), ["leave volume shop-dev-orders"]);
    });

    it("may be a volume without a container, which is left", () => {
        assert.deepEqual(said(on(volume())), ["leave volume shop-dev-orders"]);
    });

    it("is the copy of a volume that a dead rehearsal left", () => {
        assert.deepEqual(said(on(volume({ name: "shop-dev-orders.rehearsal" }))), ["remove volume shop-dev-orders.rehearsal"]);
    });

    it("is an image whose name a later build took, unless a container uses it", () => {
        assert.deepEqual(said(on(image({ superseded: true, name: "sha256:1" }))), ["remove image sha256:1"]);
        assert.deepEqual(said(on(image({ superseded: true, users: ["somebody's"] }))), []);
        assert.deepEqual(said(on(image())), []);
    });

    it("is a primed layer whose image has moved on, unless a container uses it", () => {
        const primed = (change: Partial<OurImage>) => on(image({ name: "devdb/primed-postgres:1", marks: marks("primed"), ...change }));
        assert.deepEqual(said(primed({ superseded: true })), ["remove image devdb/primed-postgres:1"]);
        assert.deepEqual(said(primed({ superseded: true, users: ["shop-dev-orders"] })), []);
        assert.deepEqual(said(primed({})), []);
    });

    it("is a priming whose maker is dead, whatever the states say", () => {
        const none = { project: "", stack: "", identifier: "" };
        const name = "devdb-primed-postgres-1.new";
        const priming = (change: Partial<OurContainer>) =>
            container({ stage: "unfinished", name, marks: marks("primed", none), ...change });
        assert.deepEqual(said(on(priming({}))), [`remove container ${name}`]);
        assert.deepEqual(said(on(priming({ maker: "alive" })), states({ complete: true })), [`leave container ${name}`]);
    });

    it("is a snapshot's image that was deleted while it was in use, once nobody stands on it", () => {
        const snapshot = (change: Partial<OurImage>) => image({ marks: marks("snapshot"), name: "sha256:1", ...change });
        assert.deepEqual(said(on(snapshot({ superseded: true }))), ["remove image sha256:1"]);
        assert.deepEqual(said(on(snapshot({ superseded: true, users: ["a"] }))), []);
        assert.deepEqual(said(on(snapshot({})), states({ complete: true })), []);
    });

    it("is what a run left that was killed while it took an image snapshot", () => {
        const name = "shop-dev-orders.snapshot";
        const helper = (change: Partial<OurContainer>) => container({ stage: "unfinished", name, marks: marks("snapshot"), ...change });
        const half = (change: Partial<OurImage>) => image({ marks: marks("snapshot"), name: "devdb/snapshot:s.new", ...change });
        assert.deepEqual(said(on(container(), helper({}), half({}))), [`remove container ${name}`, "remove image devdb/snapshot:s.new"]);
        const alive = on(container(), helper({ maker: "alive" }), half({ maker: "alive" }));
        assert.deepEqual(said(alive), [`leave container ${name}`]);
    });

    it("is not what has a role of a later version", () => {
        const role = "later" as Role;
        const all = on(
            container({ stage: "unfinished", marks: marks(role) }),
            volume({ marks: marks(role) }),
            image({ superseded: true, marks: marks(role) }),
        );
        assert.deepEqual(said(all), []);
        assert.deepEqual(said(all, states({ complete: true })), []);
    });
});

describe("what nobody owns, by the states", () => {
    it("is what no state has", () => {
        const all = on(container(), volume({ users: ["shop-dev-orders"] }));
        assert.deepEqual(said(all, states()), ["remove container shop-dev-orders", "remove volume shop-dev-orders"]);
    });

    it("is not what one has: by the container's id, by when it was made, or by its place in the program", () => {
        const all = on(container(), volume({ users: ["shop-dev-orders"] }));
        assert.deepEqual(said(all, states({ instances: [owned] })), []);
        assert.deepEqual(said(all, states({ instances: [{ ...owned, containerId: "another" }] })), []);
        assert.deepEqual(said(all, states({ instances: [{ ...owned, containerId: undefined, createdAt: undefined }] })), []);
        const renamed = { ...owned, stack: "renamed", name: "renamed" };
        assert.deepEqual(said(all, states({ instances: [renamed] })), []);
    });

    it("is not a volume that a state names", () => {
        const moved = volume({ name: "shop-dev-orders-2" }, { identifier: "another" });
        assert.deepEqual(said(on(moved), states({ instances: [{ ...owned, volumeName: "shop-dev-orders-2" }] })), []);
        assert.deepEqual(said(on(moved), states({ instances: [owned] })), ["remove volume shop-dev-orders-2"]);
    });

    it("is not a volume of the user's, nor one that a container in order uses", () => {
        assert.deepEqual(said(on(volume({}, {}, "kept")), states()), []);
        assert.deepEqual(said(on(volume({ users: ["somebody's"] })), states()), []);
    });

    it("is not judged for a stack whose state was not given", () => {
        const other = container({}, { project: "blog" });
        assert.deepEqual(said(on(other), states()), ["unjudged container shop-dev-orders"]);
        assert.deepEqual(said(on(other), states({ complete: true })), ["remove container shop-dev-orders"]);
    });

    it("is not judged for a stack of that name in another back end", () => {
        const other = container({}, { origin: "0b" });
        assert.deepEqual(said(on(other), states()), ["unjudged container shop-dev-orders"]);
        const named = { project: "shop", stack: "dev", origins: ["0b"] };
        assert.deepEqual(said(on(other), states({ stacks: [named] })), ["remove container shop-dev-orders"]);
    });

    it("knows a stack's back end by what it owns there", () => {
        const orders = container({}, { origin: "0c" });
        const lost = container({ name: "shop-dev-lost", id: "lost" }, { origin: "0c", name: "lost", identifier: "shop-dev-lost" });
        assert.deepEqual(said(on(orders, lost), states({ instances: [owned] })), ["remove container shop-dev-lost"]);
    });

    it("is not what was made after the state was written", () => {
        assert.deepEqual(said(on(container({}, { created: later })), states()), ["leave container shop-dev-orders"]);
        assert.deepEqual(said(on(container({}, { created: later, project: "blog" })), states({ complete: true })), [
            "leave container shop-dev-orders",
        ]);
    });

    it("is not what a living maker has just finished", () => {
        assert.deepEqual(said(on(container({ maker: "alive" })), states()), ["leave container shop-dev-orders"]);
    });

    it("is what another host left, unless the state says that it is being made", () => {
        const unfinished = container({ stage: "unfinished", maker: "elsewhere" });
        assert.deepEqual(said(on(unfinished), states()), ["remove container shop-dev-orders.new"]);
        assert.deepEqual(said(on(unfinished), states({ pending: [owned] })), ["leave container shop-dev-orders.new"]);
    });

    it("is both of two that were about to change places, where the stack is gone", () => {
        const all = on(container({ stage: "unfinished" }), container({ stage: "retired" }));
        assert.deepEqual(said(all, states()), ["remove container shop-dev-orders.new", "remove container shop-dev-orders.old"]);
        assert.deepEqual(said(all, states({ instances: [owned] })), [
            "leave container shop-dev-orders.new",
            "leave container shop-dev-orders.old",
        ]);
    });

    it("is not an image that a state's instance stays on", () => {
        const all = on(image({ superseded: true }));
        assert.deepEqual(said(all, states({ instances: [{ ...owned, imageDigest: "sha256:1" }] })), []);
    });
});
