import type { Bench } from "./bench";

/** How many times as often the short parts are measured: one of their rounds differs from the next by a tenth. */
export const oftener = 3;

export function often(bench: Bench): Bench {
    return { ...bench, runs: bench.runs * oftener };
}
