import type { Bench, Present } from "../bench";
import { calmly, timed } from "../timed";
import { bare } from "../ways/bare";
import { hook } from "../ways/hook";
import { testcontainers } from "../ways/testcontainers";
import type { Started, Way } from "../ways/way";

export const counts = [1, 5, 10, 20] as const;
export const most = 20;

/** How the cost grows with the number, where all are started together. */
export async function scale(bench: Bench): Promise<void> {
    const subject = bench.subjects.find(({ family }) => family === "postgres");
    if (!subject) return;
    const { image } = subject;
    for (let round = 1; round <= bench.runs; round += 1) {
        for (const count of counts) await measure(bench, subject, hook(subject), count);
        await measure(bench, subject, bare(subject, image), most);
        await measure(bench, subject, testcontainers(subject, image), most);
    }
}

async function measure(bench: Bench, subject: Present, way: Way, count: number): Promise<void> {
    const { create, remove } = await together(way, count, bench.bound);
    bench.say(`${subject.title}: ${count} at once, ${way.name}: create ${Math.round(create)} ms, remove ${Math.round(remove)} ms`);
    const key = { part: "scale", subject: subject.title, way: way.name } as const;
    bench.note({ ...key, what: `create ${count}` }, "ms", create);
    bench.note({ ...key, what: `remove ${count}` }, "ms", remove);
}

/** Milliseconds until the last of them is there, and until the last is gone. */
export async function together(way: Way, count: number, bound: number): Promise<{ readonly create: number; readonly remove: number }> {
    const starts = await Promise.all(Array.from({ length: count }, () => way.prepare()));
    const [create, started] = await calmly(() => bounded(starts, bound));
    const [remove] = await timed(() =>
        bounded(
            started.map((each: Started) => each.remove),
            bound,
        ),
    );
    return { create, remove };
}

/** No more than `bound` at a time: the next begins when one has ended. */
async function bounded<T>(work: readonly (() => Promise<T>)[], bound: number): Promise<T[]> {
    const results: T[] = [];
    const waiting = [...work];
    const worker = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await next());
    };
    await Promise.all(Array.from({ length: bound }, worker));
    return results;
}
