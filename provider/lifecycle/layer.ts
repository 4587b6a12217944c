import { engineNamed } from "../engines";
import type { Engine, Layering } from "../engines/engine";
import type { Container, ContainerSpec, Runtime, StoredImage } from "../runtimes/runtime";
import { isPath } from "../snapshots/lookup";
import { type LayerManifest, parseLayerManifest } from "../snapshots/manifest";
import { baseOf, labelled, marksOf } from "./labels";
import { unfinishedName } from "./names";
import { isOfficial } from "./prime";

/** A snapshot that is an image: the layer of an instance's container, on the daemon that made it. */
export interface Layer {
    readonly image: StoredImage;
    readonly manifest: LayerManifest;
    /** The id of the engine image that it stands on. */
    readonly base: string;
}

export function layerReference(id: string): string {
    return `devdb/snapshot:${id}`;
}

/** What it is called until all of it is there, so that what a killed run left is known by its name. */
export function unfinishedReference(id: string): string {
    return unfinishedName(layerReference(id));
}

/** The longest tag that an image can have, and what an unfinished one adds to it. */
export const longestId = 128 - unfinishedName("").length;

export async function findLayer({ images }: Pick<Runtime, "images">, id: string): Promise<Layer | undefined> {
    if (isPath(id)) return undefined;
    const own = layerReference(id);
    // What cannot be a tag is refused by the daemon.
    const found = /^\w[\w.-]{0,127}$/.test(id) ? await images.find(own) : undefined;
    const image = found && marksOf(found.labels)?.snapshot === id ? found : await labelledLayer(images, id);
    const marks = image && marksOf(image.labels);
    if (!image || marks?.manifest === undefined) return undefined;
    return { image, manifest: parseLayerManifest(marks.manifest, own), base: marks.image };
}

/** By its label, so that one that came from a registry under another name is found too. The daemon takes longer for it the more images it has. */
async function labelledLayer(images: Runtime["images"], id: string): Promise<StoredImage | undefined> {
    const all = await images.list(labelled({ role: "snapshot", snapshot: id }));
    return all.find(({ references }) => references.some((reference) => reference !== unfinishedReference(id)));
}

/** Why the instance's data cannot become a layer; nothing where they can. */
export async function layerFault(runtime: Runtime, container: Container): Promise<string | undefined> {
    const engine = engineNamed(marksOf(container.labels)?.engine ?? "");
    if (!engine?.layering || !engine.priming) return `this version takes no images of ${engine?.title ?? container.name}`;
    const { mount } = engine.data;
    if (container.inMemory?.includes(mount)) return `the data of ${container.name} lie in memory`;
    const base = await runtime.images.find(baseOf(container));
    return base && isOfficial(engine, base) ? undefined : `the image of ${container.name} starts its server in a way of its own`;
}

/** The variables of what starts on a layer: those of the engine's image, and none that the source's container was given. */
export async function variablesOn({ images }: Pick<Runtime, "images">, { image, base }: Layer): Promise<ContainerSpec["environment"]> {
    const [above, below] = await Promise.all([images.find(image.id), images.find(base)]);
    const names = Object.keys(above?.environment ?? {});
    return Object.fromEntries(names.map((name) => [name, below?.environment[name]]));
}

export function layeringOf(engine: Engine): Layering {
    if (engine.layering) return engine.layering;
    throw new Error(`${engine.title} has no layers`);
}

/** Takes a snapshot's image away whose name went while it was in use, once nobody stands on it any more. */
export async function releaseLayer({ images }: Pick<Runtime, "images">, id: string): Promise<void> {
    const image = await images.find(id);
    if (!image || marksOf(image.labels)?.role !== "snapshot" || image.references.length > 0) return;
    // Refused while another one stands on it: then that one is the last.
    await images.remove(id).catch(() => undefined);
}
