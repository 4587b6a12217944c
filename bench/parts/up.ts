import type { Bench } from "../bench";
import { stackOf } from "../stack";

/** How many resources the stacks have. */
export const resources = 10;

export const stacks = {
    empty: "an empty stack",
    trivial: "trivial dynamic resources",
    one: "one instance",
    instances: "instances",
} as const;

/** A `pulumi up` that changes nothing: what the instances add to the CLI's own floor, and to what any dynamic resource takes. */
export async function up(bench: Bench): Promise<void> {
    const contenders = [
        { way: stacks.empty, stack: await stackOf("empty") },
        { way: stacks.trivial, stack: await stackOf("trivial", resources) },
        { way: stacks.one, stack: await stackOf("instances", 1) },
        { way: stacks.instances, stack: await stackOf("instances", resources) },
    ];
    for (let round = 0; round <= bench.runs; round += 1) {
        for (const { way, stack } of contenders) {
            const ms = await stack.up();
            bench.say(`${round === 0 ? "the first up" : `no change, round ${round} of ${bench.runs}`}: ${way}: ${Math.round(ms)} ms`);
            if (round > 0) bench.note({ part: "up", subject: "", way, what: "up" }, "ms", ms);
        }
    }
    for (const { stack } of contenders) await stack.destroy();
}
