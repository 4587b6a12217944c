import { dirname } from "node:path/posix";
import type { FoundImage } from "../images/ensure";
import type { Container } from "../runtimes/runtime";
import { discard } from "./discard";
import { InstanceError } from "./errors";
import { readFile } from "./files";
import { baseOf } from "./labels";
import { unfinishedName } from "./names";
import type { Order } from "./order";
import { labelsFor } from "./order";
import { makeServer, type Server } from "./server";
import { stopServer } from "./stop";
import { type Swap, swapping, takeOver, volumeInUse } from "./swap";
import { asItIs, mountOf, volumeBeside } from "./volume";

export interface Recreation extends Swap {
    readonly image: FoundImage;
    readonly port: number | { readonly preferred: number };
}

/**
 * A new container with the same data. Two are kept until it is certain: the old one is stopped, the new one is made beside it and must answer, then they change names.
 * Data in the container's own layer, and data that another image will open, is streamed across, so that the old server's copy stays as it was;
 * a volume that the same image opens again is simply mounted. A failure puts the old container back, running, and reports.
 */
export async function recreate(order: Order, recreation: Recreation): Promise<Server & { readonly volume?: string }> {
    const { inputs } = order;
    const { old, image } = recreation;
    const otherImage = image.id !== baseOf(old);
    const volume = otherImage ? await volumeBeside(order) : volumeInUse(order, old);
    const streamed = volume === undefined || otherImage;

    const name = unfinishedName(inputs.identifier);
    return swapping(order, recreation, async () => {
        if (otherImage && inputs.volumeName !== undefined) await rehearse(order, recreation, name);
        const fill = streamed && inputs.volumeName === undefined ? () => moveData(order, old.name, name) : async () => undefined;
        const server = await makeServer(order, { name, image, volume, port: recreation.port, fill, finish: () => takeOver(order, name) });
        return { ...server, ...(volume === undefined ? {} : { volume }) };
    });
}

/** Streams the data directory, and what belongs beside it, from one stopped container into another. Owners and modes are kept. */
export async function moveData({ runtime, engine, progress }: Order, from: string, to: string): Promise<void> {
    progress("copying the data");
    const { mount } = engine.data;
    const tar = await runtime.copyOut(from, mount);
    if (!tar) throw new InstanceError(`${from} has no ${mount}`);
    try {
        await runtime.copyIn(to, dirname(mount), tar);
    } finally {
        // The daemon answers nothing about a container while somebody may still read from it.
        tar.destroy();
    }
}

/** The user's own volume keeps its name: that the other image can open its data is tried on a copy first, which then goes. */
async function rehearse(order: Order, { old, image, port }: Recreation, name: string): Promise<void> {
    const { runtime, inputs } = order;
    const copy = `${inputs.identifier}.rehearsal`;
    await runtime.removeVolume(copy);
    await runtime.createVolume(copy, labelsFor(order, "data"));
    try {
        const { volumeName: _, ...own } = inputs;
        await makeServer({ ...order, inputs: own }, { name, image, volume: copy, port, fill: () => moveData(order, old.name, name) });
        await stopServer(order, name);
    } finally {
        await runtime.remove(name);
        await runtime.removeVolume(copy);
    }
}

/** Text is sorted by the C library: indexes made under one are wrong under another, silently, so that data do not move between them as they are. */
export async function otherLibc(order: Order, old: Container, image: FoundImage): Promise<boolean> {
    const isMusl = async (name: string) => (await readFile(order.runtime, name, "/etc/alpine-release")) !== undefined;
    return (await isMusl(old.name)) !== (await probed(order, image, isMusl));
}

/** Looks into a container of the image that never starts. */
export async function probed<T>(order: Order, image: FoundImage, look: (name: string) => Promise<T>, volume?: string): Promise<T> {
    const { runtime, inputs } = order;
    const probe = unfinishedName(inputs.identifier);
    const mount = asItIs(mountOf(order, volume));
    try {
        await runtime.create({
            name: probe,
            hostname: "probe",
            image: image.id,
            labels: labelsFor(order, "instance"),
            environment: {},
            ...(mount ? { mount } : {}),
            capabilities: [],
            networks: [],
            stopSeconds: 1,
        });
        return await look(probe);
    } finally {
        await discard(order, probe);
    }
}
