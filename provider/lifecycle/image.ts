import type { Engine } from "../engines/engine";
import { ensureImage, type FoundImage, type ImageWish } from "../images/ensure";
import { isReference } from "../images/reference";
import type { StoredImage } from "../runtimes/runtime";
import { InstanceError, messageOf } from "./errors";
import { labelsOf, marksOf } from "./labels";
import type { Order } from "./order";
import { lineOf } from "./version-line";

/** The image that the arguments name: the one given, or the engine's own for its version. */
export async function imageFor(order: Order): Promise<FoundImage> {
    const registry = order.inputs.image === undefined ? order.context.config.registry : undefined;
    return ensured(order, wishOf(order), registry ? ` (devdb:registry is ${registry})` : "");
}

/** The very image that the instance had, so that it stays on its digest until asked to move; pulled by that digest where it is gone. */
export async function sameImage(order: Order, had: HadImage): Promise<FoundImage> {
    const found = await order.runtime.images.find(had.imageDigest);
    if (found) return unchanged(found, had);
    if (!had.imageDigest.includes("@")) return imageFor(order);
    const moved = ` The instance stays on this image until image or engineVersion is changed: then it moves to what ${had.image} is by now`;
    return unchanged(await ensured(order, { reference: had.imageDigest, rebuild: false }, moved), had);
}

/** What the state keeps of an image: its name and its digest. */
export interface HadImage {
    readonly image: string;
    readonly imageDigest: string;
}

export function isImage(found: StoredImage, { imageDigest }: HadImage): boolean {
    return found.id === imageDigest || found.digests.includes(imageDigest);
}

/** An image that is in use already, by the name under which the arguments would have found it. */
export function named(order: Order, found: StoredImage): FoundImage {
    const { reference, build } = wishOf(order);
    const asked = [reference, build?.tag].find((name) => name !== undefined && found.references.includes(name));
    return { ...found, reference: order.inputs.image ?? asked ?? found.references[0] ?? found.id };
}

/** An image that an instance has already keeps its name and digest, though by now the name may mean another and the digest be forgotten. */
export function unchanged(found: StoredImage, { image, imageDigest }: HadImage): FoundImage {
    return { ...found, reference: image, digests: imageDigest.includes("@") ? [imageDigest] : [] };
}

/**
 * What the state keeps: the digest in the registry that the reference names, else the id. One that was built here, and pushed somewhere since, has its
 * name from here and not from there.
 */
export function digestOf(image: FoundImage): string {
    const own = image.digests.find((digest) => repositoryOf(digest) === repositoryOf(image.reference));
    const other = marksOf(image.labels)?.role === "image" ? undefined : image.digests[0];
    return own ?? other ?? image.id;
}

/** Without tag and digest, and as Docker shortens it: `docker.io/library/postgres:17` is `postgres`. */
function repositoryOf(reference: string): string {
    const [name = ""] = reference.split("@");
    return name.replace(/:[^/:]*$/, "").replace(/^((index\.)?docker\.io\/)?(library\/)?/, "");
}

async function ensured({ runtime, progress, signal }: Order, wish: ImageWish, remark: string): Promise<FoundImage> {
    try {
        // The daemon ends a pull or a build when this process does, so an interrupt need not wait for it.
        return await Promise.race([ensureImage(runtime.images, runtime.found, wish, progress), aborted(signal)]);
    } catch (error) {
        signal.throwIfAborted();
        throw new InstanceError(`image: ${messageOf(error)}${remark}`);
    }
}

function aborted(signal: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
        const end = () => reject(signal.reason);
        if (signal.aborted) end();
        else signal.addEventListener("abort", end, { once: true });
    });
}

function wishOf({ engine, inputs, context }: Order): ImageWish {
    const { registry, rebuildImages: rebuild = false } = context.config;
    if (inputs.image !== undefined) return { reference: inputs.image, rebuild: false };
    const reference = mirrored(`${engine.image.repository}:${engine.image.tag(inputs.engineVersion, inputs.engine)}`, registry);
    const line = lineOf(engine, inputs.engineVersion);
    const suite = line && engine.image.build?.suites[line];
    if (!engine.image.build || !line || !suite) return { reference, rebuild, otherwise: otherwise(engine, inputs.engineVersion) };
    const tag = `devdb/${engine.family}:${line}-debian`;
    const { context: folder, arguments: further } = engine.image.build;
    const build = { tag, context: folder, suite, line, arguments: further?.[line] ?? {}, labels: imageLabels(engine.family) };
    return { reference, rebuild, registryFirst: Boolean(registry), build };
}

function otherwise({ title, image }: Engine, version: string): string {
    const lines = Object.keys(image.build?.suites ?? {});
    const instead =
        lines.length === 0
            ? "cannot be built here either"
            : `${version} cannot be built here either (${lines.join(", ")} can, by engineVersion)`;
    return `No registry can be reached, and ${title} ${instead}. Set devdb:registry to a mirror that can be reached, or load the image (docker load)`;
}

/** `devdb:registry` takes the place of the registry's host: mcr.microsoft.com/mssql/server becomes mirror.example.com/mssql/server. */
function mirrored(reference: string, registry: string | undefined): string {
    if (!registry) return reference;
    const [first = "", ...rest] = reference.split("/");
    const path = rest.length > 0 && /[.:]/.test(first) ? rest.join("/") : reference;
    // People paste addresses; an image's name has no scheme.
    const name = `${registry.replace(/^https?:\/\//, "").replace(/\/+$/, "")}/${path}`;
    if (!isReference(name))
        throw new InstanceError(`devdb:registry: ${registry} cannot begin an image's name; mirror.example.com/library can`);
    return name;
}

function imageLabels(family: string): Readonly<Record<string, string>> {
    const nobody = { project: "", stack: "", name: "", identifier: "", username: "", dbName: "" };
    const none = { ...nobody, spec: "", created: "", origin: "", run: "", image: "", tags: {} };
    return labelsOf({ ...none, engine: family, role: "image" });
}
