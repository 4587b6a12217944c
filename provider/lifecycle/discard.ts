import { marksOf } from "./labels";
import { thisRun } from "./maker";
import type { Order } from "./order";
import { removeMade, type UsedVolume } from "./volume";

/** Only what this very operation made: another run may have taken the name, or the volume, a moment before. */
export async function discard(order: Order, name: string, used?: UsedVolume): Promise<void> {
    const { runtime, created } = order;
    const found = await runtime.find(name);
    const marks = found && marksOf(found.labels);
    if (found && marks?.created === created && marks.run === thisRun()) await runtime.remove(found.id);
    if (used?.fresh) await removeMade(order, used.name);
}
