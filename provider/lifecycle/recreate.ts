import { dirname } from "node:path/posix";
import type { FoundImage } from "../images/ensure";
import type { Container } from "../runtimes/runtime";
import { InstanceError, messageOf } from "./errors";
import { readFile } from "./files";
import { finish } from "./finish";
import { baseOf, marksOf } from "./labels";
import { releaseLayer } from "./layer";
import { retiredName, unfinishedName } from "./names";
import type { Order } from "./order";
import { labelsFor } from "./order";
import { ready } from "./ready";
import { awaitedBy, discard, makeServer, type Server } from "./server";
import { stopServer } from "./stop";
import { volumeNameOf } from "./volume";

export interface Recreation {
    readonly old: Container;
    /** The port that the old one has. */
    readonly oldPort: number;
    readonly image: FoundImage;
    readonly port: number | { readonly preferred: number };
}

/**
 * A new container with the same data. Two are kept until it is certain: the old one is stopped, the new one is made beside it and must answer, then they change names.
 * Data in the container's own layer, and data that another image will open, is streamed across, so that the old server's copy stays as it was;
 * a volume that the same image opens again is simply mounted. A failure puts the old container back, running, and reports.
 */
export async function recreate(order: Order, recreation: Recreation): Promise<Server & { readonly volume?: string }> {
    const { inputs, engine, progress } = order;
    const { old, image } = recreation;
    const otherImage = image.id !== baseOf(old);
    if (otherImage) await refuseOtherLibc(order, old, image);
    const volume = otherImage ? await copyTarget(order) : volumeInUse(order, old);
    const streamed = volume === undefined || otherImage;

    progress(`stopping ${engine.title}`);
    const name = unfinishedName(inputs.identifier);
    try {
        await stopServer(order, old.name);
        if (otherImage && inputs.volumeName !== undefined) await rehearse(order, recreation, name);
        const fill = streamed && inputs.volumeName === undefined ? () => moveData(order, old.name, name) : async () => undefined;
        const server = await makeServer(order, { name, image, volume, port: recreation.port, fill, finish: () => takeOver(order, name) });
        await retire(order, old, volume);
        return { ...server, ...(volume === undefined ? {} : { volume }) };
    } catch (error) {
        throw error instanceof NotRetired ? error : await putBack(order, recreation, error);
    }
}

/** The new one has answered: from here on a killed run is finished, not undone, by whoever comes next. */
async function takeOver(order: Order, name: string): Promise<void> {
    const { identifier } = order.inputs;
    await order.runtime.rename(identifier, retiredName(identifier));
    await finish(order, name);
}

/** The new one stands in its place, so that nothing is put back any more. */
class NotRetired extends InstanceError {}

async function retire(order: Order, old: Container, volume: string | undefined): Promise<void> {
    const retired = retiredName(order.inputs.identifier);
    try {
        await order.runtime.remove(retired);
        await removeOtherVolume(order, old, volume);
        await releaseLayer(order.runtime, old.image);
    } catch (error) {
        throw new NotRetired(`${messageOf(error)}\nThe new container is in place; what is left of ${retired} goes with the next up.`);
    }
}

async function putBack(order: Order, { old, oldPort }: Recreation, error: unknown): Promise<InstanceError> {
    const { runtime, inputs } = order;
    try {
        const there = await runtime.find(inputs.identifier);
        if (there && there.id !== old.id) return new NotRetired(`${messageOf(error)}\nThe new container is in place.`);
        if (!there && (await runtime.find(retiredName(inputs.identifier))))
            await runtime.rename(retiredName(inputs.identifier), inputs.identifier);
        await runtime.start(old.name);
        await runtime.update(old.name, { restart: old.restart });
        const back = await waitForOld(order, oldPort);
        return new InstanceError(`${messageOf(error)}\nThe instance was put back as it was${back ? "" : "; it is starting"}.`);
    } catch (fault) {
        return new InstanceError(
            `${messageOf(error)}\nBesides, the old container ${old.name} could not be started again (${messageOf(fault)}). Its data is untouched; the next up starts it, or: docker start ${old.name}`,
        );
    }
}

/** The old server may have another password than the order's: that it accepts connections at all is what counts. */
async function waitForOld(order: Order, port: number): Promise<boolean> {
    const patient = {
        ...awaitedBy(order, order.inputs.identifier, port, "never"),
        signal: AbortSignal.timeout(order.engine.startupSeconds * 1000),
    };
    return ready(patient).then(
        () => true,
        () => false,
    );
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

/** The volume that the old one mounts at the data's place. */
function volumeInUse({ engine }: Order, old: Container): string | undefined {
    return old.mounts.find((mount) => mount.path === engine.data.mount)?.volume;
}

/** Where data that another image opens is copied to: a volume beside the old one; nothing where the data lies in the container. */
async function copyTarget(order: Order): Promise<string | undefined> {
    const { inputs, runtime } = order;
    const name = volumeNameOf(order);
    if (name === undefined || inputs.volumeName !== undefined) return name;
    for (let count = 2; ; count += 1) {
        const free = `${inputs.identifier}-${count}`;
        if (!(await runtime.findVolume(free))) return free;
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

/** Text is sorted by the C library: indexes made under one are wrong under another, silently. */
async function refuseOtherLibc(order: Order, old: Container, image: FoundImage): Promise<void> {
    const { runtime, inputs } = order;
    const probe = unfinishedName(inputs.identifier);
    const publish = { container: order.engine.port, host: 0, interface: "127.0.0.1" };
    try {
        await runtime.create({
            name: probe,
            hostname: "probe",
            image: image.id,
            labels: labelsFor(order, "instance"),
            environment: {},
            publish,
            capabilities: [],
            networks: [],
            stopSeconds: 1,
        });
        const [before, after] = await Promise.all(
            [old.name, probe].map(async (name) => (await readFile(runtime, name, "/etc/alpine-release")) !== undefined),
        );
        if (before === after) return;
        const words = (musl: boolean | undefined) => (musl ? "musl (Alpine)" : "glibc");
        throw new InstanceError(
            `image: the data was written under ${words(before)} and ${image.reference} has ${words(after)}: it would have to be carried over by dump and restore, which this version does not do yet; nothing was changed`,
        );
    } finally {
        await discard(order, probe);
    }
}

/** The volume that the old container had, where the new one has another; never one that the user owns. */
async function removeOtherVolume(order: Order, old: Container, now: string | undefined): Promise<void> {
    const before = volumeInUse(order, old);
    if (before === undefined || before === now) return;
    const found = await order.runtime.findVolume(before);
    if (found && marksOf(found.labels)?.role === "data") await order.runtime.removeVolume(before);
}
