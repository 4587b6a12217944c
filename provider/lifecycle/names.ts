import { setTimeout as sleep } from "node:timers/promises";
import type { Container, Runtime } from "../runtimes/runtime";
import { InstanceError } from "./errors";
import { goOn } from "./halt";
import { labelled, type Marks, marksOf, ownerOf } from "./labels";
import { makerState, thisRun } from "./maker";

/** Names say how far a container is: `.new` is unfinished, `.old` exists only after its successor answered. */
export const unfinishedName = (identifier: string) => `${identifier}.new`;
export const retiredName = (identifier: string) => `${identifier}.old`;

/** What this process is at work on, so that it is not taken for a leftover of itself. */
const atWork = new Set<string>();

/** Runs work on one identifier; a second piece of work on it, of two resources by one name, is refused. */
export async function exclusively<T>(daemon: string, identifier: string, work: () => Promise<T>): Promise<T> {
    const key = `${daemon} ${identifier}`;
    if (atWork.has(key))
        throw new InstanceError(`two resources of this program have the identifier ${identifier}; give one of them another`);
    atWork.add(key);
    try {
        return await work();
    } finally {
        atWork.delete(key);
    }
}

export interface Settling {
    readonly runtime: Runtime;
    readonly identifier: string;
    /** Whether a container with these marks is this instance's own. */
    readonly mine: (marks: Marks, container: Container) => boolean;
    /** Where this run's state lies, as on the labels. */
    readonly origin: string;
    /** Seconds to wait for another process that is at work on it. */
    readonly patience: number;
    readonly progress: (text: string) => void;
    readonly signal: AbortSignal;
}

/**
 * Reads from the names what a killed process left, and finishes or undoes it; answers the instance's container, if there is one.
 * No rule here removes the last container that holds data: `.new` goes only beside a finished one, or where nothing was ever finished.
 */
export async function settle(settling: Settling): Promise<Container | undefined> {
    const { runtime, identifier } = settling;
    const names = [identifier, retiredName(identifier), unfinishedName(identifier)];
    const look = () => Promise.all(names.map((name) => runtime.find(name)));
    // Mostly there is nothing, which one look tells.
    if ((await look()).every((container) => !container)) return undefined;
    await unfinishedIsGone(settling);
    const [current, retired, fresh] = await look();
    if (!current && !retired) return undefined;
    if (current) {
        refuseForeign(settling, current);
        if (retired && isMine(settling, retired)) await runtime.remove(retired.name);
    } else if (retired) {
        refuseForeign(settling, retired);
        if (fresh && isMine(settling, fresh)) {
            await runtime.rename(fresh.name, identifier);
            await runtime.remove(retired.name);
        } else await runtime.rename(retired.name, identifier);
    }
    const settled = current ?? (await runtime.find(identifier));
    if (settled) await goOn(settling, settled);
    if (settled) await removeStrayVolumes(runtime, settled);
    return settled;
}

/** An unfinished container is waited for while its maker lives, and removed when it is dead; not where a swap had begun, for then it has answered. */
async function unfinishedIsGone(settling: Settling): Promise<void> {
    const { runtime, identifier, patience, signal } = settling;
    const until = Date.now() + patience * 1000;
    for (;;) {
        const fresh = await runtime.find(unfinishedName(identifier));
        if (!fresh) return;
        refuseForeign(settling, fresh);
        const run = marksOf(fresh.labels)?.run ?? "";
        const state = run === thisRun() ? "dead" : makerState(run);
        if (state === "dead") {
            const [current, retired] = await Promise.all([identifier, retiredName(identifier)].map((name) => runtime.find(name)));
            if (!current && retired) return;
            await runtime.remove(fresh.name);
            await removeHalfMadeVolumes(runtime, fresh, [current, retired]);
            return;
        }
        if (Date.now() > until) {
            const where = state === "elsewhere" ? `another host (${run.split(" ")[0]})` : `process ${run.split(" ")[1]}`;
            throw new InstanceError(
                `${fresh.name} is still being made by ${where}; wait for it, or remove it: docker rm -fv ${fresh.name}`,
            );
        }
        settling.progress(`waiting for another run that is making ${identifier}`);
        await sleep(250, undefined, { signal });
    }
}

/** What the killed run that made them began to fill, and nothing ever finished: an entrypoint would take it for whole. */
async function removeHalfMadeVolumes(runtime: Runtime, unfinished: Container, finished: readonly (Container | undefined)[]): Promise<void> {
    const { identifier = "", created = "", run } = marksOf(unfinished.labels) ?? {};
    for (const volume of await runtime.listVolumes(labelled({ identifier, created }))) {
        const used = finished.some((container) => container?.mounts.some((mount) => mount.volume === volume.name));
        if (!used && marksOf(volume.labels)?.run === run) await runtime.removeVolume(volume.name);
    }
}

/** Copies of the instance's data that it does not stand on: the one before a swap that was killed, or the one that a swap never came to. */
async function removeStrayVolumes(runtime: Runtime, { labels, mounts }: Container): Promise<void> {
    const { identifier = "", created = "" } = marksOf(labels) ?? {};
    for (const volume of await runtime.listVolumes(labelled({ identifier, created, role: "data" }))) {
        if (mounts.some((mount) => mount.volume === volume.name)) continue;
        // One that somebody else's container mounts cannot go.
        await runtime.removeVolume(volume.name).catch(() => undefined);
    }
}

function isMine({ mine }: Settling, container: Container): boolean {
    const marks = marksOf(container.labels);
    return marks !== undefined && mine(marks, container);
}

function refuseForeign(settling: Settling, container: Container): void {
    if (isMine(settling, container)) return;
    throw new InstanceError(foreign(container, settling.origin));
}

export function foreign(container: Container, origin: string): string {
    return (
        `a container named ${container.name} exists already: it belongs to ${ownerOf(container, origin)}. ` +
        `Give this instance another identifier, or remove that one: docker rm -fv ${container.name}`
    );
}
