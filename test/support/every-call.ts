import assert from "node:assert/strict";
import { anonymousVolumes, daemon } from "./daemon";
import { type Fault, faulty } from "./faulty-runtime";
import type { Driver } from "./instance";

/** Calls after which something is otherwise than before. */
const changing = /^(create|start|stop|rename|remove|update|attach|detach|exec|copyIn|createVolume|removeVolume|images\.(commit|remove))\b/;

/** How one call failed: `start orders.new failed before it arrived`. */
export interface Failure {
    readonly words: string;
    /** The process is as good as dead: what it would have cleaned up is still there. */
    readonly forGood: boolean;
    /** What `up` threw; nothing where it went on all the same. */
    readonly error: Error | undefined;
}

export type Kind = "lost" | "unanswered" | "killed";

/** Where nothing changes, it makes no difference when a call fails, or where in between the process dies. */
const kinds: Readonly<Record<Kind, Pick<Fault, "when" | "forGood"> & { readonly calls: RegExp }>> = {
    lost: { when: "before", forGood: false, calls: /./ },
    // A name that is taken or given is what the others go by.
    unanswered: { when: "after", forGood: false, calls: /^(create|rename|remove|createVolume|removeVolume)\b/ },
    killed: { when: "before", forGood: true, calls: changing },
};

/**
 * Runs `up` again and again, and lets each call to the runtime fail in turn: once, before and after it has its effect; and for good, as if the process were
 * killed there. `up` must make the same calls each time that it is let; `judge` sees what is left, and makes everything as it was before. `only` narrows the
 * calls of a kind.
 */
export async function atEveryCall(
    db: Driver,
    up: (round: number) => Promise<unknown>,
    judge: (failure: Failure) => Promise<void>,
    only: Partial<Record<Kind, RegExp>> = {},
): Promise<void> {
    let round = 0;
    for (const [kind, { when, forGood, calls }] of Object.entries(kinds)) {
        for (let at = 1; ; at += 1) {
            round += 1;
            const runtime = faulty({ at, when, forGood, counts: (call) => calls.test(call) && (only[kind as Kind] ?? /./).test(call) });
            db.conduct = { connect: runtime.connect };
            const error = await up(round).then(
                () => undefined,
                (thrown: Error) => thrown,
            );
            db.conduct = undefined;
            const words = `${runtime.calls.at(-1)} failed ${forGood ? "for good" : "once"}, ${when} it had its effect`;
            try {
                if (!runtime.hit()) assert.equal(error, undefined, "nothing failed");
                await judge({ words, forGood, error });
            } catch (fault) {
                throw new Error(`where ${words}: ${String(fault)}; up said: ${String(error)}`, { cause: fault });
            }
            if (!runtime.hit()) break;
        }
    }
}

/** Volumes that an image made without a name, and that no container has any more. */
export async function litter(): Promise<readonly string[]> {
    const anonymous = await anonymousVolumes();
    const { Volumes } = await daemon.listVolumes({ filters: { dangling: ["true"] } });
    return (Volumes ?? []).map(({ Name }) => Name).filter((name) => anonymous.has(name));
}
