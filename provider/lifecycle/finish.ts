import { marksOf } from "./labels";
import { thisRun } from "./maker";
import type { Order } from "./order";

/** The last step of making a container: from now on it comes back after a reboot, and its name says that it is finished. */
export async function finish(order: Order, name: string, done: { readonly persisted?: boolean } = {}): Promise<void> {
    const { runtime, inputs } = order;
    // Under its id it is found on either side of the new name.
    const container = done.persisted ? name : ((await runtime.find(name))?.id ?? name);
    // Both are waited for, since what fails is undone: by then nothing may be under way any more.
    const [persisted, renamed] = await Promise.allSettled([
        done.persisted ? undefined : persist(order, container),
        runtime.rename(container, inputs.identifier),
    ]);
    if (renamed.status === "rejected" && !(await isRenamed(order, name))) throw renamed.reason;
    if (persisted.status === "rejected") await persist(order, container);
}

/** Whether it comes back after a reboot. A restarted tmpfs is an empty database that looks healthy: it must stay down until `up` has filled it. */
export function lasts({ inputs }: Order): boolean {
    return inputs.storage !== "tmpfs";
}

async function persist(order: Order, container: string): Promise<void> {
    if (lasts(order)) await order.runtime.update(container, { restart: "unless-stopped" });
}

/** The answer may be lost, and the work done: what is finished must not be undone for that. */
async function isRenamed({ runtime, inputs, created }: Order, from: string): Promise<boolean> {
    if (await runtime.find(from)) return false;
    const marks = marksOf((await runtime.find(inputs.identifier))?.labels ?? {});
    return marks?.created === created && marks.run === thisRun();
}
