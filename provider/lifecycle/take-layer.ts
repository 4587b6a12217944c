import { engineNamed } from "../engines";
import type { Engine, Script } from "../engines/engine";
import type { Container, ContainerSpec, Runtime } from "../runtimes/runtime";
import { findSnapshot } from "../snapshots/lookup";
import type { LayerManifest } from "../snapshots/manifest";
import { accountOf, contents, listed, sourceOf } from "./contents";
import { digestOfText } from "./digest";
import { InstanceError } from "./errors";
import { readFile } from "./files";
import { claimHelper, helperName, recoveringName, removeHelper } from "./halt";
import { baseOf, labelsOf, type Marks, marksOf } from "./labels";
import { findLayer, type Layer, layeringOf, layerReference, longestId, unfinishedReference } from "./layer";
import { thisRun } from "./maker";
import { defaultParameters } from "./settings";
import { dumpOf, looked, refuseOldLabels, said, type Taking } from "./take";

/** Seconds for which another snapshot of the instance is waited for. */
const patience = 3600;

export interface LayerTaking extends Taking {
    /** The Snapshot resource that it is of. */
    readonly owner: Pick<Marks, "project" | "stack" | "name" | "origin">;
}

interface Taken {
    readonly layer: Layer;
    /** Bytes that it adds to what it stands on. */
    readonly sizeBytes: number;
}

/**
 * Makes an image of a running instance's data: the server flushes, is halted for it, and goes on. Of data in the container its layer is taken; of data in a
 * volume a copy, in a container of the same image. In it a server then recovers, so that no copy's server has to. One that failed leaves nothing.
 */
export async function takeLayer(taking: LayerTaking): Promise<Taken> {
    const { runtime, container, id } = taking;
    const marks = marksOf(container.labels);
    const engine = marks && engineNamed(marks.engine);
    if (!marks || !engine) throw new InstanceError(`${container.name} is no instance of this package`);
    refuseOldLabels(container, marks);
    await refuseTaken(taking);
    const volume = container.mounts.find(({ path }) => path === engine.data.mount)?.volume;
    const helper = helperName(marks.identifier);
    const spec = helperSpec(helper, marks.image, layerMarks(taking, marks), volume);
    await claimHelper({ ...taking, patience }, spec);
    try {
        await refuseTaken(taking);
        return await makeLayer(taking, engine, marks, { helper, volume });
    } finally {
        await runtime.images.unname(unfinishedReference(id)).catch(() => undefined);
        await removeHelper(runtime, spec);
    }
}

async function makeLayer(
    taking: LayerTaking,
    engine: Engine,
    from: Marks,
    { helper, volume }: { readonly helper: string; readonly volume: string | undefined },
): Promise<Taken> {
    const { runtime, container, id, progress, signal } = taking;
    if (volume !== undefined) await runtime.start(helper);
    const manifest = { ...(await described(taking, from, engine)), ...(volume === undefined ? await parametersIn(taking, engine) : {}) };
    progress("flushing");
    await runtime.exec(container.name, { ...layeringOf(engine).flush, signal });
    progress("making the layer");
    const told = { created: manifest.createdAt, manifest: JSON.stringify(manifest) };
    const committed = (name: string, known = "") =>
        runtime.images.commit(name, unfinishedReference(id), labelsOf({ ...layerMarks(taking, from), ...told, known }));
    if (volume === undefined) {
        await committed(container.name);
        await recoveredBeside(taking, engine, from, committed);
    } else {
        await halted(runtime, container.name, () => copyVolume(taking, helper, engine));
        await committed(helper, await recover(taking, engine, from, helper));
    }
    signal.throwIfAborted();
    const layer = await named(taking, manifest);
    const below = await runtime.images.find(volume === undefined ? container.image : layer.base);
    return { layer, sizeBytes: Math.max(0, layer.image.size - (below?.size ?? 0)) };
}

/** What the recovery changes becomes a thin layer on the one that was just made. */
async function recoveredBeside(
    taking: LayerTaking,
    engine: Engine,
    from: Marks,
    committed: (name: string, known?: string) => Promise<void>,
): Promise<void> {
    const { runtime, id } = taking;
    const below = await runtime.images.find(unfinishedReference(id));
    if (!below || !layeringOf(engine).recover) return;
    const spec = helperSpec(recoveringName(from.identifier), below.id, layerMarks(taking, from), undefined);
    try {
        await runtime.create({ ...spec, isolated: true });
        await runtime.start(spec.name);
        await committed(spec.name, await recover(taking, engine, from, spec.name));
    } finally {
        await removeHelper(runtime, spec);
    }
    // It has no name any more. Refused where the daemon keeps what others stand on by itself.
    await runtime.images.remove(below.id).catch(() => undefined);
}

/** Answers what starts on the layer must know of it. */
async function recover({ runtime, progress, signal }: LayerTaking, engine: Engine, from: Marks, name: string): Promise<string | undefined> {
    const { recover: script, known } = layeringOf(engine);
    if (!script) return undefined;
    progress("recovering, once for all copies");
    return known?.(await said(engine, runtime, name, script(accountOf(from)), signal));
}

/** Gives the layer its name, or takes it away again: the daemon's answer may be lost, and the name there. */
async function named({ runtime, id }: LayerTaking, { createdAt }: LayerManifest): Promise<Layer> {
    try {
        await runtime.images.tag(unfinishedReference(id), layerReference(id));
        const layer = await findLayer(runtime, id);
        if (layer?.manifest.createdAt === createdAt) return layer;
    } catch (error) {
        const layer = await findLayer(runtime, id).catch(() => undefined);
        if (layer?.manifest.createdAt === createdAt) await runtime.images.unname(layerReference(id));
        throw error;
    }
    throw new InstanceError(`the snapshot ${id} was removed, or another took its name, while it was being made`);
}

function layerMarks({ owner, container, id, tags }: LayerTaking, { dbName, identifier, engine, username }: Marks): Marks {
    const made = { role: "snapshot", created: new Date().toISOString(), run: thisRun(), image: baseOf(container) } as const;
    return { ...owner, ...made, dbName, identifier, engine, username, spec: "", tags, snapshot: id };
}

/** Why the instance had better not be an image; nothing where it may. */
export async function unfitness(runtime: Runtime, { name, labels }: Container, signal: AbortSignal): Promise<string | undefined> {
    const engine = engineNamed(marksOf(labels)?.engine ?? "");
    if (!engine) return undefined;
    const { surveyed, survey } = dumpOf(engine);
    const run = (script: Script) => said(engine, runtime, name, script, signal);
    const reasons: string[] = [];
    for (const database of surveyed(await run(survey)).databases) reasons.push(await run(layeringOf(engine).unfit(database.name)));
    const [first, ...others] = reasons.flatMap((text) => text.split("\n")).filter((line) => line !== "");
    return first === undefined || others.length === 0 ? first : `${first} (and ${others.length} more)`;
}

/** What is in the instance, as its server tells it. */
async function described(taking: LayerTaking, from: Marks, engine: Engine): Promise<LayerManifest> {
    const { runtime, container, signal } = taking;
    const dump = dumpOf(engine);
    const run = (script: Script) => said(engine, runtime, container.name, script, signal);
    const account = accountOf(from);
    const { version, users, settings, ...survey } = dump.surveyed(await run(dump.survey));
    const databases = await looked(survey.databases, dump, account.dbName, run);
    return {
        ...contents(engine, taking, { version, users, settings }),
        ...account,
        method: "image",
        databases: databases.map(listed),
        source: await sourceOf(from, runtime),
    };
}

/** A copy with the same ones need not be given them. */
async function parametersIn({ runtime, container }: LayerTaking, engine: Engine): Promise<Pick<LayerManifest, "parameters">> {
    const file = defaultParameters(engine);
    const content = file && (await readFile(runtime, container.name, file.path));
    return content === undefined ? {} : { parameters: digestOfText(content) };
}

const source = "/run/devdb-source";

/** A container that only sleeps, and beside data in the container not even that. */
function helperSpec(name: string, image: string, marks: Marks, volume: string | undefined): ContainerSpec {
    return {
        ...{ name, hostname: "snapshot", image, labels: labelsOf(marks), environment: {} },
        ...{ capabilities: [], networks: [], stopSeconds: 0 },
        entrypoint: ["sleep", "3600"],
        user: "root",
        ...(volume === undefined ? {} : { reads: { volume, path: source } }),
    };
}

/** Everything in the container stands still meanwhile. It goes on however the work ends. */
async function halted(runtime: Runtime, name: string, work: () => Promise<void>): Promise<void> {
    try {
        // Also undone where its answer is lost.
        await runtime.pause(name);
        await work();
    } finally {
        await runtime.unpause(name);
    }
}

/** Owners, modes and links as they are. */
async function copyVolume({ runtime, signal }: LayerTaking, helper: string, engine: Engine): Promise<void> {
    const command = ["sh", "-c", 'mkdir -p "$2" && cp -a "$1/." "$2/"', "copy", source, engine.data.mount] as const;
    await said(engine, runtime, helper, { command, user: "root", stdin: "" }, signal);
}

async function refuseTaken({ runtime, directory, id }: LayerTaking): Promise<void> {
    if (id.length > longestId)
        throw new InstanceError(`dbSnapshotIdentifier: is ${id.length} characters long; one of an image has at most ${longestId}`);
    const [layer, found] = [await findLayer(runtime, id), findSnapshot(id, directory)];
    const there = layer?.image.references[0] ?? found?.path;
    if (there === undefined) return;
    throw new InstanceError(`a snapshot ${id} exists already (${there}); choose another name, or delete that one`);
}
