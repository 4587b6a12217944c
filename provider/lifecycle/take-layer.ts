import { engineNamed } from "../engines";
import type { Script } from "../engines/engine";
import { findSnapshot } from "../snapshots/lookup";
import { format, type LayerManifest } from "../snapshots/manifest";
import { InstanceError } from "./errors";
import { daemonText } from "./forget";
import { baseOf, labelsOf, type Marks, marksOf } from "./labels";
import { findLayer, type Layer, layeringOf, layerReference, longestId } from "./layer";
import { thisRun } from "./maker";
import { dumpOf, looked, refuseOldLabels, said, type Taking } from "./take";

export interface LayerTaking extends Taking {
    /** The Snapshot resource that it is of. */
    readonly owner: Pick<Marks, "project" | "stack" | "name" | "origin">;
}

/** Makes an image of a running instance's layer: the server flushes, is halted for the commit, and goes on. One that failed leaves nothing. */
export async function takeLayer(taking: LayerTaking): Promise<Layer> {
    const { runtime, container, id, tags, owner, progress, signal } = taking;
    const marks = marksOf(container.labels);
    const engine = marks && engineNamed(marks.engine);
    if (!marks || !engine) throw new InstanceError(`${container.name} is no instance of this package`);
    refuseOldLabels(container, marks);
    await refuseTaken(taking);
    const dump = dumpOf(engine);
    const run = (script: Script) => said(engine, runtime, container.name, script, signal);
    const own = marks.dbName === "" ? {} : { dbName: marks.dbName };

    progress("flushing");
    await runtime.exec(container.name, { ...layeringOf(engine).flush, signal });
    const { version, users, settings, ...survey } = dump.surveyed(await run(dump.survey));
    const databases = await looked(survey.databases, dump, own.dbName, run);
    const manifest: LayerManifest = {
        format,
        id,
        method: "image",
        engine: engine.family,
        engineVersion: engine.versionOf(version),
        username: marks.username,
        ...own,
        users: [...users],
        settings: { ...settings },
        databases: databases.map((each) => ({ ...each, settings: { ...each.settings }, extensions: [...each.extensions] })),
        createdAt: new Date().toISOString(),
        source: {
            identifier: marks.identifier,
            project: marks.project,
            stack: marks.stack,
            name: marks.name,
            created: marks.created,
            daemon: daemonText(await runtime.daemon()),
        },
        tags: { ...tags },
    };
    const labels = labelsOf({
        ...owner,
        dbName: marks.dbName,
        identifier: marks.identifier,
        engine: engine.family,
        username: marks.username,
        spec: "",
        role: "snapshot",
        created: manifest.createdAt,
        run: thisRun(),
        image: baseOf(container),
        tags,
        snapshot: id,
        manifest: JSON.stringify(manifest),
    });
    signal.throwIfAborted();
    progress("making the layer");
    const reference = layerReference(id);
    try {
        await runtime.images.commit(container.name, reference, labels);
        signal.throwIfAborted();
        const layer = await findLayer(runtime, id);
        if (!layer) throw new InstanceError(`the snapshot ${id} was removed while it was being made`);
        return layer;
    } catch (error) {
        await runtime.images.unname(reference).catch(() => undefined);
        throw error;
    }
}

async function refuseTaken({ runtime, directory, id }: LayerTaking): Promise<void> {
    if (id.length > longestId)
        throw new InstanceError(`dbSnapshotIdentifier: is ${id.length} characters long; an image's tag has at most ${longestId}`);
    const [layer, found] = [await findLayer(runtime, id), findSnapshot(id, directory)];
    const there = layer?.image.references[0] ?? found?.path;
    if (there === undefined) return;
    throw new InstanceError(`a snapshot ${id} exists already (${there}); choose another name, or delete that one`);
}

/** Bytes that the layer adds to what it stands on. */
export async function layerSize({ runtime, container }: Pick<Taking, "runtime" | "container">, { image }: Layer): Promise<number> {
    const below = await runtime.images.find(container.image);
    return Math.max(0, image.size - (below?.size ?? 0));
}
