import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, Present } from "../bench";
import type { Part } from "../options";
import { hook } from "../ways/hook";
import { ways } from "../ways/names";
import { plain } from "../ways/plain";
import { lap, type Started } from "../ways/way";

/** Until a server that has just started has done what it does then. */
const restMs = 5_000;

/** Looks at an instance that nobody uses, beside the same image started plainly with the same settings, the server's own: with its data where ours are, and in a volume. */
export async function whileIdle(bench: Bench, part: Part, look: (started: Started, subject: Present) => Promise<number>): Promise<void> {
    for (const subject of bench.subjects) {
        for (let round = 1; round <= bench.runs; round += 1) {
            for (const way of [hook(subject), hook(subject, { priming: false }, ways.unprimed), plain(subject, subject.image)]) {
                await lap(way, async (started) => {
                    await sleep(restMs);
                    const megabytes = await look(started, subject);
                    bench.say(`${subject.title}, round ${round} of ${bench.runs}: ${part} of ${way.name}: ${Math.round(megabytes)} MB`);
                    bench.note({ part, subject: subject.title, way: way.name, what: part }, "MB", megabytes);
                });
            }
        }
    }
}
