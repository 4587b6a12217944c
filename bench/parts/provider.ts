import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench";
import { providerProcess } from "../provider-process";
import { inputsOf } from "../ways/hook";

export const bareProvider = "a bare dynamic provider";
export const ourProvider = "our provider";

/** Until the process has done what it does after a call. */
const restMs = 2_000;

/** A provider of one line, and ours as it lies in every state. */
const trivial = 'exports.handler = () => ({ create: async () => ({ id: "trivial", outs: {} }), delete: async () => {} });';
const ours = `exports.handler = () => ({
    create: (inputs) => require("pulumi-devdb/provider/v1").instance.create(inputs),
    delete: (id, props) => require("pulumi-devdb/provider/v1").instance.delete(id, props),
});`;

/** What the provider's process holds in memory when it has made one instance and has nothing more to do. */
export async function provider(bench: Bench): Promise<void> {
    for (let round = 1; round <= bench.runs; round += 1) {
        const which = `round ${round} of ${bench.runs}`;
        await measure(bench, "", which, trivial, async () => ({}));
        for (const subject of bench.subjects) await measure(bench, subject.title, which, ours, () => inputsOf(subject));
    }
}

async function measure(
    bench: Bench,
    subject: string,
    which: string,
    text: string,
    inputs: () => Promise<Readonly<Record<string, unknown>>>,
): Promise<void> {
    const child = await providerProcess(text);
    try {
        const { remove } = await child.create(await inputs());
        await sleep(restMs);
        const megabytes = await child.memory();
        await remove();
        const way = subject === "" ? bareProvider : ourProvider;
        bench.say(`${which}: ${way}${subject === "" ? "" : ` after a ${subject}`}: ${Math.round(megabytes)} MB`);
        bench.note({ part: "provider", subject, way, what: "memory" }, "MB", megabytes);
    } finally {
        child.end();
    }
}
