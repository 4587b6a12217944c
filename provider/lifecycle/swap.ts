import type { Container } from "../runtimes/runtime";
import { discard } from "./discard";
import { InstanceError, messageOf } from "./errors";
import { sealVolume } from "./filling";
import { finish } from "./finish";
import { marksOf } from "./labels";
import { releaseLayer } from "./layer";
import { retiredName, unfinishedName } from "./names";
import type { Order } from "./order";
import { ready } from "./ready";
import { awaitedBy, type Server } from "./server";
import { stopServer } from "./stop";

export interface Swap {
    readonly old: Container;
    /** The port that the old one has. */
    readonly oldPort: number;
}

/** What a swap answers: the new server, and the volume that it stands on, if it does. */
export type Swapped = Server & { readonly volume?: string };

/**
 * One container in the place of another. The old one is stopped, `work` makes the new one beside it, and ends with `takeOver`; then the old one goes.
 * A failure puts the old one back, running, and reports.
 */
export async function swapping(order: Order, swap: Swap, work: () => Promise<Swapped>): Promise<Swapped> {
    order.progress(`stopping ${order.engine.title}`);
    try {
        await stopServer(order, swap.old.name);
        const swapped = await work();
        await retire(order, swap.old, swapped.volume);
        return swapped;
    } catch (error) {
        throw error instanceof NotRetired ? error : await putBack(order, swap, error);
    }
}

/** The new one has answered: from here on a killed run is finished, not undone, by whoever comes next. */
export async function takeOver(order: Order, name: string): Promise<void> {
    const { identifier } = order.inputs;
    await sealVolume(order, name);
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

async function putBack(order: Order, { old, oldPort }: Swap, error: unknown): Promise<InstanceError> {
    const { runtime, inputs } = order;
    try {
        const there = await runtime.find(inputs.identifier);
        if (there && there.id !== old.id) return new NotRetired(`${messageOf(error)}\nThe new container is in place.`);
        if (!there && (await runtime.find(retiredName(inputs.identifier))))
            await runtime.rename(retiredName(inputs.identifier), inputs.identifier);
        // Two servers on one volume destroy what is on it.
        await discard(order, unfinishedName(inputs.identifier));
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

/** The volume that the old one mounts at the data's place. */
export function volumeInUse({ engine }: Pick<Order, "engine">, old: Container): string | undefined {
    return old.mounts.find((mount) => mount.path === engine.data.mount)?.volume;
}

/** The volume that the old container had, where the new one has another; never one that the user owns. */
async function removeOtherVolume(order: Order, old: Container, now: string | undefined): Promise<void> {
    const before = volumeInUse(order, old);
    if (before === undefined || before === now) return;
    const found = await order.runtime.findVolume(before);
    if (found && marksOf(found.labels)?.role === "data") await order.runtime.removeVolume(before);
}
