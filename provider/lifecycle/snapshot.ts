import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { resolve } from "node:path";
import type { Container, Runtime } from "../runtimes/runtime";
import { snapshotDirectory } from "../snapshots/directory";
import { type Found, findSnapshot, forgetDaemon, noteDaemon, point, unpoint } from "../snapshots/lookup";
import { filesOf } from "../snapshots/manifest";
import { removeStored, retag } from "../snapshots/store";
import { type Conduct, connect } from "./conduct";
import { contextOf, reserved } from "./context";
import { takeFile } from "./dump-file";
import { InstanceError, messageOf } from "./errors";
import { daemonText, isForgotten, refuseOtherDaemon } from "./forget";
import { goOn } from "./halt";
import { defaultIdentifier } from "./identifier";
import { marksOf } from "./labels";
import { findLayer, type Layer, layerFault, layerReference } from "./layer";
import { originOf } from "./origin";
import { withoutUndefined } from "./outputs";
import { type SnapshotInputs, snapshotInputsFrom } from "./snapshot-args";
import { snapshotAsked } from "./snapshot-diff";
import { takeLogical } from "./take";
import { takeLayer, unfitness } from "./take-layer";

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
    const means = { ...conduct, id, directory, tags: inputs.tags };
    const written = async (taken: Found) => {
        if (directory !== usual) await pointed(taken, usual);
        return { id, outputs: await outputsOf(inputs, properties, taken) };
    };
    if (inputs.file !== undefined) return written(await takeFile({ ...means, file: inputs.file, sha256: inputs.fileSha256 }));

    const runtime = await connect(inputs, conduct);
    const container = await sourceOf(runtime, inputs.dbInstanceIdentifier ?? "");
    await goOn({ ...conduct, runtime, patience: 3600 }, container);
    if (await asImage(inputs, runtime, container, conduct.signal)) {
        const { project, stack, name, organization } = context;
        const owner = { project, stack, name, origin: originOf(organization) };
        const { layer, sizeBytes } = await takeLayer({ ...conduct, runtime, container, id, directory: usual, tags: inputs.tags, owner });
        await noted(runtime, layer, usual);
        if (inputs.method === "auto") conduct.say?.(`taken as an image: ${layerReference(id)}`);
        return { id, outputs: layerOutputs(inputs, properties, layer, sizeBytes) };
    }
    if (await findLayer(runtime, id))
        throw new InstanceError(
            `a snapshot ${id} exists already, as an image (${layerReference(id)}); choose another name, or delete that one`,
        );
    const taken = await takeLogical({ ...means, runtime, container });
    if (inputs.method === "auto") conduct.say?.(`taken as a dump: ${taken.path}`);
    return written(taken);
}

/** Whether it is to be an image. A directory is where a dump goes, so that one is wanted where it is given. */
async function asImage(
    { method, directory }: SnapshotInputs,
    runtime: Runtime,
    container: Container,
    signal: AbortSignal,
): Promise<boolean> {
    if (method === "logical" || (method === "auto" && directory !== undefined)) return false;
    const fault = (await layerFault(runtime, container)) ?? (await unfitness(runtime, container, signal));
    if (fault !== undefined && method === "image")
        throw new InstanceError(`method: cannot be "image": ${fault}; "logical" takes a dump, and "auto" what can be had`);
    return fault === undefined;
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

/** Where it is looked for on another daemon, the note says which one has it. */
async function noted(runtime: Runtime, { manifest: { id, source } }: Layer, usual: string): Promise<void> {
    try {
        await noteDaemon(id, usual, source.daemon);
    } catch (error) {
        await runtime.images.unname(layerReference(id));
        throw new InstanceError(
            `the snapshot could not be noted in ${usual}: ${messageOf(error)}; set devdb:snapshotDirectory to a directory that can be written to`,
        );
    }
}

function layerOutputs(inputs: SnapshotInputs, properties: Properties, { image, manifest }: Layer, sizeBytes: unknown): Properties {
    return withoutUndefined({
        ...inputs,
        dbSnapshotIdentifier: manifest.id,
        method: manifest.method,
        engine: manifest.engine,
        engineVersion: manifest.engineVersion,
        dbName: manifest.dbName,
        username: manifest.username,
        image: image.references.find((reference) => reference === layerReference(manifest.id)) ?? image.references[0],
        sizeBytes,
        sha256: image.id.replace(/^sha256:/, ""),
        snapshotCreateTime: manifest.createdAt,
        daemon: manifest.source.daemon,
        [reserved]: withoutUndefined({ ...contextOf(properties), method: inputs.method, directory: inputs.directory }),
    });
}

/** The image's own daemon, and what it is there; `undefined` where that daemon is given up. */
async function onItsDaemon(outputs: Properties): Promise<{ readonly runtime: Runtime; readonly layer: Layer | undefined } | undefined> {
    const recorded = String(outputs.daemon);
    if (isForgotten(recorded)) return undefined;
    const runtime = await connect(snapshotInputsFrom(snapshotAsked(outputs)));
    await refuseOtherDaemon(runtime, recorded, "snapshot");
    return { runtime, layer: await findLayer(runtime, String(outputs.dbSnapshotIdentifier)) };
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
    if (!(await isThere(outputs))) return undefined;
    const { method, directory, ...context } = contextOf(outputs);
    const asked = snapshotInputsFrom(snapshotAsked(outputs));
    const { dbSnapshotIdentifier, ...rest } = asked;
    const name = context.given.includes("dbSnapshotIdentifier") ? { dbSnapshotIdentifier } : {};
    return {
        outputs,
        inputs: withoutUndefined({ ...rest, ...name, [reserved]: withoutUndefined(context), __provider: outputs.__provider }),
    };
}

async function isThere(outputs: Properties): Promise<boolean> {
    if (outputs.method === "image") return (await onItsDaemon(outputs))?.layer !== undefined;
    if (isForgotten(String(outputs.host))) return false;
    refuseOtherHost(outputs);
    return findSnapshot(String(outputs.path), "/") !== undefined;
}

/** Only tags change in place: in the state and in the manifest. An image's labels are what they are. */
export async function updateSnapshot(olds: Properties, news: Properties): Promise<Properties> {
    const inputs = snapshotInputsFrom(news);
    if (olds.method === "image") {
        const layer = (await onItsDaemon(olds))?.layer;
        if (!layer)
            throw new InstanceError(`the snapshot ${String(olds.dbSnapshotIdentifier)} is gone from its daemon; run pulumi refresh`);
        return layerOutputs(inputs, news, layer, olds.sizeBytes);
    }
    refuseOtherHost(olds);
    const path = String(olds.path);
    const found = findSnapshot(path, "/");
    if (!found) throw new InstanceError(`the snapshot ${String(olds.dbSnapshotIdentifier)} is gone from ${path}; run pulumi refresh`);
    await retag(found.path, { ...found.manifest, tags: { ...inputs.tags } });
    return outputsOf(inputs, news, { ...found, manifest: { ...found.manifest, tags: { ...inputs.tags } } });
}

/** Removes a snapshot. What is gone already is success. */
export async function removeSnapshot(outputs: Properties): Promise<void> {
    if (outputs.method === "image") return removeLayer(outputs);
    const host = String(outputs.host);
    if (isForgotten(host)) return;
    refuseOtherHost(outputs);
    await removeStored(String(outputs.path));
    const usual = snapshotDirectory(contextOf(outputs).config.snapshotDirectory);
    await unpoint(String(outputs.dbSnapshotIdentifier), usual);
}

/** What stands on the image keeps its layers, and takes them along when it goes. */
async function removeLayer(outputs: Properties): Promise<void> {
    const there = await onItsDaemon(outputs);
    const id = String(outputs.dbSnapshotIdentifier);
    await there?.runtime.images.unname(layerReference(id));
    await forgetDaemon(id, snapshotDirectory(contextOf(outputs).config.snapshotDirectory));
}

/** A dump lies on one host: that it is not on another one means nothing. */
function refuseOtherHost(outputs: Properties): void {
    const recorded = String(outputs.host);
    if (recorded === hostname()) return;
    throw new InstanceError(
        `this snapshot lies on the host ${recorded} (${String(outputs.path)}), and this is ${hostname()}. Run there. If that host is gone for good: DEVDB_FORGET='${recorded}' for one run`,
    );
}
