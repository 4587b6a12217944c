import { ask } from "../test/support/ask";
import type { Bench, Present } from "./bench";
import type { Part } from "./options";
import { lap, type Started, type Way } from "./ways/way";

/** One round after another, each with every way in it, so that a machine that slows down does it for all of them. The first round only warms up. */
export async function interleaved(bench: Bench, part: Part, subject: Present, contenders: readonly Way[]): Promise<void> {
    for (let round = 0; round <= bench.runs; round += 1) {
        for (const way of contenders) {
            const { create, remove } = await lap(way, proven);
            const which = round === 0 ? "warming up" : `round ${round} of ${bench.runs}`;
            bench.say(`${subject.title}, ${which}: ${way.name}: create ${Math.round(create)} ms, remove ${Math.round(remove)} ms`);
            if (round === 0) continue;
            bench.note({ part, subject: subject.title, way: way.name, what: "create" }, "ms", create);
            bench.note({ part, subject: subject.title, way: way.name, what: "remove" }, "ms", remove);
        }
    }
}

/** Whoever says that it is ready must be. */
export async function proven({ url }: Started): Promise<void> {
    if (url) await ask(url, "SELECT 1");
}
