import { ensureImage, type FoundImage, type ImageWish } from "../images/ensure";
import { lineOf } from "./check";
import { InstanceError, messageOf } from "./errors";
import { labelsOf } from "./labels";
import type { Order } from "./order";

/** The image that the arguments name: the one given, or the engine's own for its version. */
export async function imageFor(order: Order): Promise<FoundImage> {
    const { runtime, inputs, context } = order;
    try {
        return await ensureImage(runtime.images, runtime.found, wishOf(order), order.progress);
    } catch (error) {
        const registry = context.config.registry;
        throw new InstanceError(
            `image: ${messageOf(error)}${inputs.image === undefined && registry ? ` (devdb:registry is ${registry})` : ""}`,
        );
    }
}

/** The very image that the instance had, so that it stays on its digest until asked to move; pulled by that digest where it is gone. */
export async function sameImage(order: Order, had: { readonly image: string; readonly imageDigest: string }): Promise<FoundImage> {
    const found = await order.runtime.images.find(had.imageDigest);
    if (found) return { ...found, reference: had.image };
    if (!had.imageDigest.includes("@")) return imageFor(order);
    const pulled = await ensureImage(
        order.runtime.images,
        order.runtime.found,
        { reference: had.imageDigest, rebuild: false },
        order.progress,
    );
    return { ...pulled, reference: had.image };
}

/** What the state keeps of an image: its digest in a registry, or its id where it has none. */
export function digestOf(image: FoundImage): string {
    return image.digests[0] ?? image.id;
}

function wishOf({ engine, inputs, context }: Order): ImageWish {
    const rebuild = context.config.rebuildImages === true;
    if (inputs.image !== undefined) return { reference: inputs.image, rebuild: false };
    const reference = mirrored(
        `${engine.image.repository}:${engine.image.tag(inputs.engineVersion, inputs.engine)}`,
        context.config.registry,
    );
    const line = lineOf(engine, inputs.engineVersion);
    const suite = line && engine.image.build?.suites[line];
    if (!engine.image.build || !line || !suite) return { reference, rebuild };
    const tag = `devdb/${engine.family}:${line}-debian`;
    const { context: folder, arguments: further } = engine.image.build;
    const build = { tag, context: folder, suite, line, arguments: further?.[line] ?? {}, labels: imageLabels(engine.family) };
    return { reference, rebuild, build };
}

/** `devdb:registry` takes the place of the registry's host: mcr.microsoft.com/mssql/server becomes mirror.example.com/mssql/server. */
function mirrored(reference: string, registry: string | undefined): string {
    if (!registry) return reference;
    const [first = "", ...rest] = reference.split("/");
    const path = rest.length > 0 && /[.:]/.test(first) ? rest.join("/") : reference;
    return `${registry.replace(/\/+$/, "")}/${path}`;
}

function imageLabels(family: string): Readonly<Record<string, string>> {
    const none = { project: "", stack: "", name: "", identifier: "", spec: "", created: "", origin: "", run: "", image: "", tags: {} };
    return labelsOf({ ...none, engine: family, role: "image" });
}
