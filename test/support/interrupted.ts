import assert from "node:assert/strict";
import type { Driver } from "./instance";

/** An `up` that carries the data over and is interrupted at a moment, once each of the tries to get in that are made then has failed. It puts the old one back. */
export async function interruptedAt(
    db: Driver,
    args: Readonly<Record<string, unknown>>,
    moment: string,
    getIn: () => readonly Promise<unknown>[],
): Promise<void> {
    const controller = new AbortController();
    const tries: Promise<unknown>[] = [];
    const progress = (text: string) => {
        if (!text.startsWith(moment)) return;
        tries.push(...getIn());
        void Promise.allSettled(tries).then(() => controller.abort(new Error("the run was interrupted")));
    };
    db.conduct = { progress, signal: controller.signal };
    await assert.rejects(db.up(args), /(interrupted|aborted|cancelled)[\s\S]*put back as it was/);
    const outcomes = await Promise.allSettled(tries);
    assert.ok(outcomes.length >= 2 && outcomes.every(({ status }) => status === "rejected"));
}
