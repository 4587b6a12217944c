import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import type { Copy, Dump, Engine, Fault, FiledDump, Intake, StreamedDump, Surveyed } from "../engines/engine";
import { snapshotDirectory } from "../snapshots/directory";
import { rewriting } from "../snapshots/lines";
import { type Found, findSnapshot } from "../snapshots/lookup";
import type { LayerManifest, Manifest, StoredFile } from "../snapshots/manifest";
import { contentOf, verify } from "../snapshots/store";
import { bringFile, fileMarks, inFolder } from "./dump-folder";
import { InstanceError, messageOf } from "./errors";
import type { Order } from "./order";
import { dumpOf, failed, said } from "./take";

/** Bytes of users and grants that are read at once. */
const most = 32 * 1024 ** 2;

/** The snapshot that an instance is to be made from, whole and fit for it; nothing is made before. */
export async function snapshotFor({ inputs, context, engine, progress }: Order): Promise<Found | undefined> {
    const wanted = inputs.snapshotIdentifier;
    if (wanted === undefined) return undefined;
    const found = locate(wanted, context.config.snapshotDirectory);
    const faults = unfit(found.manifest, engine, inputs);
    if (faults.length > 0) throw new InstanceError(faults.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
    progress("checking the snapshot");
    await verify(found.path, found.manifest).catch((error: unknown) => {
        throw new InstanceError(`snapshotIdentifier: ${messageOf(error)}`);
    });
    return found;
}

/** Finds a snapshot by what `snapshotIdentifier` says. `otherwise`: why there may be none. */
export function locate(wanted: string, configured: string | undefined, otherwise?: string): Found {
    const directory = snapshotDirectory(configured);
    let found: Found | undefined;
    try {
        found = findSnapshot(wanted, directory);
    } catch (error) {
        throw new InstanceError(`snapshotIdentifier: ${messageOf(error)}`);
    }
    if (found) return found;
    if (otherwise !== undefined) throw new InstanceError(`snapshotIdentifier: ${otherwise}`);
    throw new InstanceError(
        `snapshotIdentifier: there is no snapshot ${wanted} in ${directory}; give the id of a Snapshot or the path of its manifest, or set devdb:snapshotDirectory to where it lies`,
    );
}

export interface Wish {
    readonly engineVersion: string;
    readonly username: string;
    readonly dbName?: string | undefined;
}

export interface Unfit {
    readonly property: Fault["property"] | "engine" | "engineVersion" | "storage" | "snapshotIdentifier";
    readonly reason: string;
}

export function engineFault({ id, engine: of }: Pick<Manifest, "id" | "engine">, { family }: Engine): Unfit | undefined {
    return of === family ? undefined : { property: "engine", reason: `is ${family}, and the snapshot ${id} is of ${of}` };
}

/** Why an instance cannot be made from this snapshot, by property. */
export function unfit(manifest: Manifest, engine: Engine, wish: Partial<Wish>): readonly Unfit[] {
    const other = engineFault(manifest, engine);
    if (other) return [other];
    const { dump, title, versions } = engine;
    if (!dump)
        return [{ property: "snapshotIdentifier", reason: `snapshots of ${title} cannot be restored by this version of pulumi-devdb` }];
    const { engineVersion, username, dbName } = wish;
    if (engineVersion !== undefined && isOlder(versions.major(engineVersion), versions.major(manifest.engineVersion))) {
        const least = versions.major(manifest.engineVersion);
        return [
            {
                property: "engineVersion",
                reason: `is ${engineVersion}, and the snapshot ${manifest.id} is of ${title} ${manifest.engineVersion}, which an older server cannot read: set it to ${least} or newer`,
            },
        ];
    }
    if (username === undefined) return [];
    return dump.restore.faults(copyOf(manifest, { username, ...(dbName === undefined ? {} : { dbName }) }, engineVersion));
}

/** By the numbers in it, part by part. */
export function isOlder(version: string, than: string): boolean {
    const [one, other] = [version, than].map((each) => each.split(".").map((part) => Number.parseInt(part, 10) || 0));
    for (let at = 0; at < Math.max(one?.length ?? 0, other?.length ?? 0); at += 1) {
        const step = (one?.[at] ?? 0) - (other?.[at] ?? 0);
        if (step !== 0) return step < 0;
    }
    return false;
}

/** Fills an instance that has just been made, and that nobody uses yet. */
export async function restoreInto(order: Order, name: string, found: Found): Promise<void> {
    try {
        await restoreAll(order, name, found);
    } catch (error) {
        // Its folder goes under another name first, and what is open is read to its end.
        if (!existsSync(found.path))
            throw new InstanceError(`snapshotIdentifier: the snapshot ${found.manifest.id} was deleted while it was being restored`);
        throw error;
    }
}

async function restoreAll(order: Order, name: string, { path, manifest }: Found): Promise<void> {
    const { engine, runtime, progress, signal } = order;
    const dump = dumpOf(engine);
    const copy = copyFor(order, manifest);
    const { restore } = dump;
    await refuseMissing(order, name, dump, manifest);
    progress("restoring users");
    const users = await textOf(path, manifest);
    if (restore.begin) await said(engine, runtime, name, restore.begin(copy, users), signal);
    const later: (() => Promise<unknown>)[] = [];
    for (const database of manifest.databases) {
        progress(`restoring ${database.name}`);
        if (dump.kind === "files") {
            await readBack(order, name, dump, copy, database, () => contentOf(path, database.file));
            continue;
        }
        for (const intake of dump.restore.database(copy, database)) {
            const held = await feed(order, name, intake, path, database.file, dump.packed);
            const { later: rest } = intake;
            if (held !== "" && rest) later.push(() => said(engine, runtime, name, rest(held), signal));
        }
    }
    if (restore.grants) await said(engine, runtime, name, restore.grants(copy, users), signal);
    for (const step of later) await step();
    if (restore.end) await said(engine, runtime, name, restore.end(copy), signal);
}

async function readBack(
    { engine, runtime, signal }: Order,
    name: string,
    dump: FiledDump,
    copy: Copy,
    database: Surveyed,
    content: () => Readable,
): Promise<void> {
    await inFolder(runtime, name, dump, async (folder) => {
        const file = await bringFile(runtime, name, dump, folder, fileMarks(database.settings), content());
        await said(engine, runtime, name, dump.restore.database(copy, database, { folder, file }), signal);
    });
}

/** Lets the users of an instance that takes its source's place log in as they could there. */
export async function letUsersIn(order: Order, name: string, { path, manifest }: Found): Promise<void> {
    const { engine, runtime, signal } = order;
    const { restore } = dumpOf(engine);
    await said(engine, runtime, name, restore.logins(copyFor(order, manifest), await textOf(path, manifest)), signal);
}

/** Answers what the rewriting held back. `packed`: how the dump's tool leaves it. */
async function feed(
    { engine, runtime, signal }: Order,
    name: string,
    { command, packed: unpacking, user, rewrite }: Intake,
    path: string,
    file: StoredFile,
    packed: StreamedDump["packed"],
): Promise<string> {
    const lines = rewrite && rewriting(rewrite());
    const asItIs = unpacking !== undefined && file.compression === packed;
    const stdin = asItIs ? contentOf(path, { ...file, compression: "none" }) : contentOf(path, file, lines?.stream);
    const reader = { command: asItIs ? unpacking : command, ...(user === undefined ? {} : { user }) };
    const { exitCode, stdout, stderr } = await runtime.exec(name, { ...reader, stdin, signal });
    if (exitCode !== 0) throw failed(engine, command, exitCode, `${stdout}\n${stderr}`);
    return lines?.later() ?? "";
}

async function refuseMissing({ engine, runtime, signal }: Order, name: string, { restore }: Dump, manifest: Manifest): Promise<void> {
    const needed = [...new Set(manifest.databases.flatMap(({ extensions }) => extensions))];
    if (needed.length === 0 || !restore.extensions) return;
    const there = new Set((await said(engine, runtime, name, restore.extensions, signal)).split("\n").map((line) => line.trim()));
    const missing = needed.filter((extension) => !there.has(extension));
    if (missing.length === 0) return;
    throw new InstanceError(
        `image: the snapshot ${manifest.id} needs ${missing.length === 1 ? "the extension" : "the extensions"} ${missing.join(", ")}, which this image does not have; set image to one that has`,
    );
}

/** What an order makes of a snapshot; no password is in it. */
function copyFor({ login: { username, dbName }, inputs }: Order, manifest: Manifest): Copy {
    return copyOf(manifest, { username, ...(dbName === undefined ? {} : { dbName }) }, inputs.engineVersion);
}

export function copyOf(
    { engineVersion: version, username, dbName, users, databases, settings }: Manifest | LayerManifest,
    target: Copy["target"],
    asked: string | undefined,
): Copy {
    const account = { username, ...(dbName === undefined ? {} : { dbName }) };
    return {
        source: { version, account, users, databases, settings },
        target,
        ...(asked === undefined ? {} : { version: asked }),
    };
}

async function textOf(path: string, { globals }: Manifest): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of contentOf(path, globals)) {
        chunks.push(chunk as Buffer);
        size += (chunk as Buffer).length;
        if (size > most) throw new InstanceError(`the snapshot's users and grants take more than ${most / 1024 ** 2} MiB`);
    }
    return Buffer.concat(chunks).toString("utf8");
}
