import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { resolve } from "node:path";
import type { Container, Runtime } from "../runtimes/runtime";
import { snapshotDirectory } from "../snapshots/directory";
import { type Found, findSnapshot, point, unpoint } from "../snapshots/lookup";
import { filesOf } from "../snapshots/manifest";
import { removeStored, retag } from "../snapshots/store";
import { contextOf, reserved } from "./context";
import { type FileTaking, takeFile } from "./dump-file";
import { InstanceError, messageOf } from "./errors";
import { daemonText, isForgotten } from "./forget";
import { defaultIdentifier } from "./identifier";
import { type Conduct, connect } from "./instance";
import { marksOf } from "./labels";
import { withoutUndefined } from "./outputs";
import { type SnapshotInputs, snapshotInputsFrom } from "./snapshot-args";
import { snapshotAsked } from "./snapshot-diff";
import { takeLogical } from "./take";

type Properties = Readonly<Record<string, unknown>>;

/** Takes a snapshot of an instance that runs. A failure leaves nothing, and an earlier one as it is. */
export async function takeSnapshot(
    properties: Properties,
    conduct: Conduct,
): Promise<{ readonly id: string; readonly outputs: Properties }> {
    const inputs = snapshotInputsFrom(properties);
    const context = contextOf(properties);
    const id = inputs.dbSnapshotIdentifier ?? freshIdentifier(context.project, context.stack, context.name);
    const usual = snapshotDirectory(context.config.snapshotDirectory);
    const directory = inputs.directory === undefined ? usual : resolve(snapshotDirectory(inputs.directory));
    const taken = await taking(inputs, { ...conduct, id, directory, tags: inputs.tags });
    if (directory !== usual) await pointed(taken, usual);
    return { id, outputs: await outputsOf(inputs, properties, taken) };
}

async function taking(
    { file, fileSha256, dbInstanceIdentifier = "", runtime: where }: SnapshotInputs,
    means: Conduct & Pick<FileTaking, "id" | "directory" | "tags">,
): Promise<Found> {
    if (file !== undefined) return takeFile({ ...means, file, sha256: fileSha256 });
    const runtime = await connect({ runtime: where }, means);
    return takeLogical({ ...means, runtime, container: await sourceOf(runtime, dbInstanceIdentifier) });
}

/** A name that no other run and no earlier snapshot has. */
export function freshIdentifier(...names: readonly [project: string, stack: string, name: string]): string {
    return `${defaultIdentifier(...names)}-${randomBytes(4).toString("hex")}`;
}

/** The instance's container, which must be finished and run. */
async function sourceOf(runtime: Runtime, identifier: string): Promise<Container> {
    const found = await runtime.find(identifier);
    const marks = found && marksOf(found.labels);
    const where = `on the daemon ${daemonText(await runtime.daemon())}, found at ${runtime.found}`;
    if (!found || marks?.role !== "instance")
        throw new InstanceError(
            `dbInstanceIdentifier: there is no instance ${identifier} ${where}; give the id of an Instance that lives there, or runtime to say where it does`,
        );
    if (found.state.running) return found;
    throw new InstanceError(`dbInstanceIdentifier: ${identifier} is stopped ${where}; start it first: pulumi up of its stack does`);
}

/** One that nobody could find by its id is none. */
async function pointed({ path, manifest }: Found, usual: string): Promise<void> {
    try {
        await point(manifest.id, usual, path);
    } catch (error) {
        await removeStored(path);
        throw new InstanceError(`directory: the snapshot could not be noted in ${usual}: ${messageOf(error)}`);
    }
}

async function outputsOf(inputs: SnapshotInputs, properties: Properties, { path, manifest }: Found): Promise<Properties> {
    const text = await readFile(path);
    return withoutUndefined({
        ...inputs,
        dbSnapshotIdentifier: manifest.id,
        method: manifest.method,
        directory: undefined,
        engine: manifest.engine,
        engineVersion: manifest.engineVersion,
        dbName: manifest.dbName,
        username: manifest.username,
        path,
        sizeBytes: filesOf(manifest).reduce((sum, { size }) => sum + size, text.length),
        sha256: createHash("sha256").update(text).digest("hex"),
        snapshotCreateTime: manifest.createdAt,
        tool: manifest.tool,
        host: manifest.host,
        [reserved]: withoutUndefined({ ...contextOf(properties), method: inputs.method, directory: inputs.directory }),
    });
}

/** What there is of a snapshot; `undefined` where, on the host that has it, nothing is. */
export async function readSnapshot(
    outputs: Properties,
): Promise<{ readonly outputs: Properties; readonly inputs: Properties } | undefined> {
    const host = String(outputs.host);
    if (isForgotten(host)) return undefined;
    refuseOtherHost(outputs);
    const found = findSnapshot(String(outputs.path), "/");
    if (!found) return undefined;
    const { method, directory, ...context } = contextOf(outputs);
    const asked = snapshotInputsFrom(snapshotAsked(outputs));
    const { dbSnapshotIdentifier, ...rest } = asked;
    const name = context.given.includes("dbSnapshotIdentifier") ? { dbSnapshotIdentifier } : {};
    return {
        outputs,
        inputs: withoutUndefined({ ...rest, ...name, [reserved]: withoutUndefined(context), __provider: outputs.__provider }),
    };
}

/** Only tags change in place: in the state and in the manifest. */
export async function updateSnapshot(olds: Properties, news: Properties): Promise<Properties> {
    refuseOtherHost(olds);
    const inputs = snapshotInputsFrom(news);
    const path = String(olds.path);
    const found = findSnapshot(path, "/");
    if (!found) throw new InstanceError(`the snapshot ${String(olds.dbSnapshotIdentifier)} is gone from ${path}; run pulumi refresh`);
    await retag(found.path, { ...found.manifest, tags: { ...inputs.tags } });
    return outputsOf(inputs, news, { ...found, manifest: { ...found.manifest, tags: { ...inputs.tags } } });
}

/** Removes a snapshot. What is gone already is success. */
export async function removeSnapshot(outputs: Properties): Promise<void> {
    const host = String(outputs.host);
    if (isForgotten(host)) return;
    refuseOtherHost(outputs);
    await removeStored(String(outputs.path));
    const usual = snapshotDirectory(contextOf(outputs).config.snapshotDirectory);
    await unpoint(String(outputs.dbSnapshotIdentifier), usual);
}

/** A dump lies on one host: that it is not on another one means nothing. */
function refuseOtherHost(outputs: Properties): void {
    const recorded = String(outputs.host);
    if (recorded === hostname()) return;
    throw new InstanceError(
        `this snapshot lies on the host ${recorded} (${String(outputs.path)}), and this is ${hostname()}. Run there. If that host is gone for good: DEVDB_FORGET='${recorded}' for one run`,
    );
}
