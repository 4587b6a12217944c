import type { Bench } from "../bench";
import { type Call, recorded } from "../calls";
import { hook } from "../ways/hook";
import { ways } from "../ways/names";

/** Prints where the time of one create goes: each request to the daemon, and what lies between them. */
export async function trace(bench: Bench): Promise<void> {
    for (const subject of bench.subjects) {
        for (let round = 0; round <= bench.runs; round += 1) {
            const start = await hook(subject).prepare();
            const { calls, ms, result } = await recorded(start);
            const removal = await recorded(result.remove);
            if (round === 0) continue;
            console.log([`${subject.title}, ${ways.hook}: ${Math.round(ms)} ms`, ...lines(calls, ms)].join("\n"));
            console.log([`${subject.title}, remove: ${Math.round(removal.ms)} ms`, ...lines(removal.calls, removal.ms), ""].join("\n"));
        }
    }
}

/** `at` and `took` of every request; `idle` is the time before it in which none was under way. */
function lines(calls: readonly Call[], ms: number): readonly string[] {
    let busyUntil = 0;
    const rows = calls.map(({ what, from, to }) => {
        const idle = Math.max(0, from - busyUntil);
        busyUntil = Math.max(busyUntil, to);
        return `${cell(from)} at ${cell(to - from)} took ${cell(idle)} idle  ${what}`;
    });
    return [...rows, `${cell(ms)} end${" ".repeat(14)}${cell(ms - busyUntil)} idle`];
}

function cell(ms: number): string {
    return ms.toFixed(1).padStart(7);
}
