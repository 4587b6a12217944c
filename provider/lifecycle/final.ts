import type { Container } from "../runtimes/runtime";
import { snapshotDirectory } from "../snapshots/directory";
import { findSnapshot } from "../snapshots/lookup";
import { verify } from "../snapshots/store";
import { portOf } from "./converge";
import { InstanceError, messageOf } from "./errors";
import type { Order } from "./order";
import { ready } from "./ready";
import { awaitedBy } from "./server";
import { stopServer } from "./stop";
import { takeLogical } from "./take";

/** Takes the last snapshot of an instance that is about to go, and reads it back. A failure leaves the instance as it was. */
export async function takeFinal(order: Order, container: Container, id: string): Promise<string> {
    const { runtime, context, created, progress, signal } = order;
    const directory = snapshotDirectory(context.config.snapshotDirectory);
    progress(`taking the final snapshot ${id}`);
    try {
        // A delete that failed later than this took one before; since then the data may have changed.
        const earlier = findSnapshot(id, directory);
        const source = earlier?.manifest.source;
        const own = source !== undefined && "created" in source && source.created === created;
        if (!container.state.running) await wake(order, container);
        const taken = await takeLogical({
            runtime,
            container,
            id,
            directory,
            tags: {},
            final: true,
            progress,
            signal,
            ...(own ? { purpose: "replacing" } : {}),
        });
        await verify(taken.path, taken.manifest);
        return taken.path;
    } catch (error) {
        if (!container.state.running) await stopServer(order, container.name).catch(() => undefined);
        throw new InstanceError(
            `the final snapshot failed, and nothing was removed: ${messageOf(error)}\nTo delete without one, set skipFinalSnapshot to true and run pulumi up first`,
        );
    }
}

async function wake(order: Order, container: Container): Promise<void> {
    await order.runtime.start(container.name);
    await ready(awaitedBy(order, container.name, portOf(order, container), "never"));
}
