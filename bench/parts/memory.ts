import type { Bench } from "../bench";
import { whileIdle } from "./idle";

/** As much of the daemon's answer as says how much memory a container holds. */
interface Memory {
    readonly usage?: number;
    readonly stats?: { readonly total_inactive_file?: number; readonly inactive_file?: number };
}

/** What `docker stats` shows: all that the container's group is charged with, less the page cache that nobody used lately. */
export async function memory(bench: Bench): Promise<void> {
    await whileIdle(bench, "memory", async ({ container }) => {
        const { memory_stats } = (await container.stats({ stream: false })) as { readonly memory_stats: Memory };
        const { usage = 0, stats = {} } = memory_stats;
        return (usage - (stats.total_inactive_file ?? stats.inactive_file ?? 0)) / 1e6;
    });
}
