import { labelsOf, type Marks } from "../../provider/lifecycle/labels";
import { thisRun } from "../../provider/lifecycle/maker";
import type { Container, Runtime, Volume } from "../../provider/runtimes/runtime";

/** A runtime of names, labels and states alone: what decides whose something is. Everything else in it throws. */
export interface FakeRuntime extends Runtime {
    readonly containers: Map<string, Container>;
    readonly volumes: Map<string, Volume>;
    /** What was changed, in order: `rename a.new a`. */
    readonly done: readonly string[];
}

export const marks: Marks = {
    project: "shop",
    stack: "dev",
    name: "orders",
    identifier: "shop-dev-orders",
    engine: "postgres",
    username: "app",
    dbName: "orders",
    spec: "5bec",
    role: "instance",
    created: "2026-01-01T10:00:00.000Z",
    origin: "0a0b",
    run: thisRun(),
    image: "sha256:1",
    tags: {},
};

export function fakeContainer(name: string, change: Partial<Marks> = {}, labels = labelsOf({ ...marks, ...change })): Container {
    return {
        id: `id of ${name}`,
        name,
        image: "sha256:1",
        labels,
        state: { running: true, paused: false, exitCode: 0, outOfMemory: false, restarts: 0, startedAt: "", error: "" },
        memory: 0,
        cpus: 0,
        ports: [],
        networks: [],
        restart: "no",
        mounts: [],
    };
}

export function fakeRuntime(containers: readonly Container[], volumes: readonly Volume[] = []): FakeRuntime {
    const done: string[] = [];
    const all = new Map(containers.map((container) => [container.name, container]));
    const kept = new Map(volumes.map((volume) => [volume.name, volume]));
    const has = (labels: Volume["labels"], wanted: Volume["labels"]) =>
        Object.entries(wanted).every(([key, value]) => labels[key] === value);
    const fake: Partial<FakeRuntime> = {
        containers: all,
        volumes: kept,
        done,
        find: async (name) => all.get(name) ?? [...all.values()].find(({ id }) => id === name),
        unpause: async (name) => {
            const container = await fake.find?.(name);
            if (!container) return;
            all.set(container.name, { ...container, state: { ...container.state, paused: false } });
            done.push(`unpause ${container.name}`);
        },
        listVolumes: async (labels) => [...kept.values()].filter((volume) => has(volume.labels, labels)),
        remove: async (name) => {
            if (all.delete(name)) done.push(`remove ${name}`);
        },
        removeVolume: async (name) => {
            if (kept.delete(name)) done.push(`remove volume ${name}`);
        },
        rename: async (from, to) => {
            const container = all.get(from);
            if (!container || all.has(to)) throw new Error(`${from} cannot become ${to}`);
            all.delete(from);
            all.set(to, { ...container, name: to });
            done.push(`rename ${from} ${to}`);
        },
    };
    return new Proxy(fake as FakeRuntime, {
        get: (target, method: keyof FakeRuntime) => {
            if (method in target || (method as string) === "then") return target[method];
            throw new Error(`the fake runtime has no ${method}`);
        },
    });
}
