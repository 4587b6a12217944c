import type { Copy, Engine, Fault } from "../engines/engine";
import type { FoundImage } from "../images/ensure";
import { snapshotDirectory } from "../snapshots/directory";
import { isPath, notedDaemon } from "../snapshots/lookup";
import type { LayerManifest } from "../snapshots/manifest";
import { InstanceError } from "./errors";
import { daemonText } from "./forget";
import { imageFor, named } from "./image";
import { findLayer, type Layer, layeringOf } from "./layer";
import type { Order } from "./order";
import { copyOf, engineFault, type Unfit, type Wish } from "./restore";

export interface Start {
    readonly layer: Layer;
    readonly copy: Copy;
}

/** The layer that an instance is to start on, fit for it; `undefined` where its snapshot is none. Nothing is made before. */
export async function layerFor({ inputs, context, engine, runtime, login }: Order): Promise<Start | undefined> {
    const wanted = inputs.snapshotIdentifier;
    if (wanted === undefined || isPath(wanted)) return undefined;
    const layer = await findLayer(runtime, wanted);
    const here = daemonText(await runtime.daemon());
    if (!layer) {
        const fault = elsewhere(wanted, context.config.snapshotDirectory, here);
        if (fault !== undefined) throw new InstanceError(`snapshotIdentifier: ${fault}`);
        return undefined;
    }
    const faults = unfitLayer(layer.manifest, engine, inputs);
    if (faults.length > 0) throw new InstanceError(faults.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
    const { username, dbName } = login;
    return { layer, copy: copyOf(layer.manifest, { username, ...(dbName === undefined ? {} : { dbName }) }, inputs.engineVersion) };
}

/** Why a snapshot that is an image cannot be had here: it is on another daemon. Both are named. */
export function elsewhere(wanted: string, configured: string | undefined, here: string | undefined): string | undefined {
    const noted = notedDaemon(wanted, snapshotDirectory(configured));
    if (noted === undefined) return undefined;
    if (noted === here) return `the snapshot ${wanted} was an image on this daemon, ${here}, and is gone from it`;
    return `the snapshot ${wanted} is an image on the daemon ${noted}, and this one is ${here ?? "another"}; make the instance there, or take the snapshot with method: "logical"`;
}

/** Why an instance cannot start on this layer, by property. */
export function unfitLayer(
    manifest: LayerManifest,
    engine: Engine,
    wish: Partial<Wish> & { readonly storage?: unknown },
): readonly Unfit[] {
    const other = engineFault(manifest, engine);
    if (other) return [other];
    const { engineVersion: asked, username, dbName, storage } = wish;
    const { id, engineVersion: has } = manifest;
    const otherwise = 'or take the snapshot with method: "logical"';
    if (asked !== undefined && !satisfies(engine, has, asked))
        return [
            {
                property: "engineVersion",
                reason: `is ${asked}, and the snapshot ${id} is an image of ${engine.title} ${has}, which stays what it is: set it to ${engine.versions.major(has)}, ${otherwise}`,
            },
        ];
    if (storage === "tmpfs")
        return [
            {
                property: "storage",
                reason: `cannot be tmpfs: the snapshot ${id} is an image, whose data lie in the container; leave it out, ${otherwise}`,
            },
        ];
    if (username === undefined) return [];
    const target = { username, ...(dbName === undefined ? {} : { dbName }) };
    const faults: readonly Fault[] = layeringOf(engine).faults(copyOf(manifest, target, asked));
    return faults;
}

function satisfies({ versions }: Engine, has: string, asked: string): boolean {
    const wanted = versions.reported?.(asked) ?? asked;
    return has === wanted || has.startsWith(`${wanted}.`) || has.startsWith(`${wanted}-`);
}

/** The image that the layer stands on: the instance is of that, also when its container is made anew. */
export async function baseFor(order: Order, { base, manifest }: Layer): Promise<FoundImage> {
    const found = await order.runtime.images.find(base);
    if (!found) throw new InstanceError(`snapshotIdentifier: the image that the snapshot ${manifest.id} stands on is gone from the daemon`);
    const { image } = order.inputs;
    if (image !== undefined && (await imageFor(order)).id !== found.id)
        throw new InstanceError(
            `image: ${image} is another image than the one that the snapshot ${manifest.id} stands on; leave it out, or take the snapshot with method: "logical"`,
        );
    return named(order, found);
}
