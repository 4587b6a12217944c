import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { answers } from "../answers";
import type { Bench, Present } from "../bench";
import { daemon } from "../docker";
import { folder, label, mark, newName, project, repository } from "../mark";
import { type Stack, stackOf } from "../stack";
import { login } from "../subjects";
import { calmly, timed } from "../timed";
import { hook } from "../ways/hook";
import type { Started } from "../ways/way";
import { together } from "./scale";
import { stacks } from "./up";

const { snapshot }: typeof import("../../provider/v1") = require("pulumi-devdb/provider/v1");

/** What the tables tell. */
export const copies = {
    commit: "docker commit of it",
    image: "our image snapshot of it",
    volume: 'our image snapshot, storage: "volume"',
    clone: "a copy",
    empty: "an empty instance",
    template: "testcontainers' snapshot() of it",
} as const;
/** How many copies are made at once. */
export const clones = 10;

/** Rows of two kilobytes, a gigabyte of them. */
const rows = 480_000;
const filling = [
    `CREATE TABLE big AS SELECT i, repeat(md5(i::text), 60) AS text FROM generate_series(1, ${rows}) i`,
    // Else the server does it by itself, at a time of its own.
    "VACUUM ANALYZE big",
    "CHECKPOINT",
];
/** Of the log only what the server needs, so that the layer is of the database's size. */
const args = { parameters: { max_wal_size: "128MB" } };

/** Snapshots of a gigabyte of PostgreSQL as images, and copies of them, beside what Docker and testcontainers do of the same. */
export async function image(bench: Bench): Promise<void> {
    const subject = bench.subjects.find(({ family }) => family === "postgres");
    if (!subject) return;
    const none = await stackOf("instances", clones);
    const inContainer = await filled(bench, subject, "container");
    const inVolume = await filled(bench, subject, "volume");
    try {
        for (let round = 1; round <= bench.runs; round += 1) {
            const [committed] = await calmly(() => commitByHand(inContainer));
            told(bench, subject, round, copies.commit, "create", committed);
            const volume = await take(bench, subject, round, inVolume, copies.volume);
            await volume.remove();
            const taken = await take(bench, subject, round, inContainer, copies.image);
            try {
                await copied(bench, subject, round, taken.id, none);
            } finally {
                await taken.remove();
            }
        }
    } finally {
        await inContainer.remove();
        await inVolume.remove();
    }
    await template(bench, subject);
}

function told(bench: Bench, subject: Present, round: number, way: string, what: string, value: number, unit: "ms" | "MB" = "ms"): void {
    bench.say(`${subject.title}, round ${round} of ${bench.runs}: ${way}: ${what} ${Math.round(value)} ${unit}`);
    bench.note({ part: "image", subject: subject.title, way, what }, unit, value);
}

async function filled(bench: Bench, subject: Present, storage: "container" | "volume"): Promise<Started> {
    bench.say(`${subject.title}: filling a gigabyte into a ${storage}`);
    const started = await (await hook(subject, { ...args, storage }).prepare())();
    await run(started.url, ...filling);
    return started;
}

async function run(url: string | undefined, ...statements: readonly string[]): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
}

async function commitByHand({ container }: Started): Promise<void> {
    const { Id } = (await container.commit({ repo: repository, tag: newName(), pause: true })) as { readonly Id: string };
    await daemon.getImage(Id).remove({ force: true });
}

/** Our snapshot hook, and for how long the server answered nobody meanwhile. */
async function take(bench: Bench, subject: Present, round: number, source: Started, way: string) {
    const { Name } = await source.container.inspect();
    const context = { name: newName(), project, stack: mark, organization: "organization", urn: "", config: { snapshotDirectory: folder } };
    const wish = { dbInstanceIdentifier: Name.slice(1), method: "image", __devdb: context };
    const { inputs } = await snapshot.check({}, wish);
    const silence = await silenceOf(source);
    const [create, { id, outs }] = await calmly(() => snapshot.create(inputs));
    told(bench, subject, round, way, "create", create);
    told(bench, subject, round, way, "freeze", await silence());
    told(bench, subject, round, way, "size", Number(outs.sizeBytes) / 1e6, "MB");
    return { id, remove: () => snapshot.delete(id, outs) };
}

/** Asks again and again; answers the longest time, in milliseconds, that an answer took. */
async function silenceOf({ url }: Started): Promise<() => Promise<number>> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    let going = true;
    let longest = 0;
    const asking = (async () => {
        while (going) {
            const [ms] = await timed(() => client.query("SELECT 1"));
            longest = Math.max(longest, ms);
            await sleep(2);
        }
    })();
    return async () => {
        going = false;
        await asking;
        await client.end();
        return longest;
    };
}

/** One copy, and ten, beside as many empty instances; what a copy takes on the disk once it is there, and once all of it was read. */
async function copied(bench: Bench, subject: Present, round: number, snapshotIdentifier: string, none: Stack): Promise<void> {
    const config = { snapshotDirectory: folder };
    const copy = hook(subject, { snapshotIdentifier }, copies.clone, config);
    const empty = hook(subject, {}, copies.empty);
    for (const way of [empty, copy]) {
        const start = await way.prepare();
        const [create, started] = await calmly(start);
        told(bench, subject, round, way.name, "create", create);
        told(bench, subject, round, way.name, "disk", await layerOf(started), "MB");
        if (way === copy) {
            await run(started.url, "SELECT count(text) FROM big");
            told(bench, subject, round, way.name, "disk, all of it read", await layerOf(started), "MB");
        }
        await started.remove();
    }
    for (const way of [empty, copy]) {
        told(bench, subject, round, way.name, `create ${clones}`, (await together(way, clones, bench.bound)).create);
    }
    for (const { way, stack } of [
        { way: copies.empty, stack: none },
        { way: copies.clone, stack: await stackOf("instances", clones, snapshotIdentifier) },
    ]) {
        told(bench, subject, round, way, stacks.instances, await stack.up());
        await stack.destroy();
    }
}

async function layerOf({ container }: Started): Promise<number> {
    const [found] = await daemon.listContainers({ size: true, filters: { id: [container.id] } });
    return (found && "SizeRw" in found ? Number(found.SizeRw) : 0) / 1e6;
}

/** As much of testcontainers' module as is used here. */
interface Templated {
    withDatabase(database: string): Templated;
    withUsername(user: string): Templated;
    withPassword(password: string): Templated;
    withCommand(command: readonly string[]): Templated;
    withLabels(labels: Record<string, string>): Templated;
    withHealthCheck(check: { test: readonly string[]; interval: number; timeout: number; retries: number }): Templated;
    start(): Promise<{
        getMappedPort(port: number): number;
        snapshot(name: string): Promise<void>;
        restoreSnapshot(name: string): Promise<void>;
        stop(): Promise<unknown>;
    }>;
}

/** testcontainers copies the database beside itself, in the one server that there is. */
async function template(bench: Bench, subject: Present): Promise<void> {
    const foreign = createRequire(join(__dirname, "..", "package.json"));
    const { PostgreSqlContainer } = foreign(subject.module.name) as { readonly PostgreSqlContainer: new (image: string) => Templated };
    const made = new PostgreSqlContainer(subject.image).withDatabase(login.database).withUsername(login.user).withPassword(login.password);
    const started = await made
        .withLabels({ [label.key]: label.value })
        .withCommand(["postgres", "-c", "max_wal_size=128MB"])
        // By the module's own a probe is killed after a second, which a busy disk takes; what it leaves is the first process's child, and the server, which
        // is that, restarts where a child of its ends by a signal.
        .withHealthCheck({ test: ["CMD-SHELL", "pg_isready --host localhost"], interval: 250, timeout: 60_000, retries: 1000 })
        .start();
    try {
        const url = subject.url(started.getMappedPort(subject.port));
        // The module takes the server that only initialises the directory for the one that stays.
        await answers(url);
        await run(url, ...filling);
        for (let round = 1; round <= bench.runs; round += 1) {
            const name = `snap${round}`;
            told(bench, subject, round, copies.template, "create", (await timed(() => started.snapshot(name)))[0]);
            told(bench, subject, round, copies.template, "restore", (await timed(() => started.restoreSnapshot(name)))[0]);
        }
    } finally {
        await started.stop();
    }
}
