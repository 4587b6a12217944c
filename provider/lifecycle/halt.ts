import { setTimeout as sleep } from "node:timers/promises";
import { type Container, type ContainerSpec, NameTaken, type Runtime } from "../runtimes/runtime";
import { InstanceError } from "./errors";
import { marksOf } from "./labels";
import { makerState } from "./maker";

/** What waiting for another run takes. */
export interface Patience {
    readonly runtime: Runtime;
    /** Seconds. */
    readonly patience: number;
    readonly progress: (text: string) => void;
    readonly signal: AbortSignal;
}

/** The container that stands beside an instance while a layer is made of it: it says whose work that is, also after that run was killed. */
export const helperName = (identifier: string) => `${identifier}.snapshot`;

/** The one beside it in which the layer's server recovers. */
export const recoveringName = (identifier: string) => `${helperName(identifier)}.recovery`;

/** Makes the helper, once no other run has one there: two that halt one instance would each let it go on under the other. */
export async function claimHelper(waiting: Patience, spec: ContainerSpec): Promise<void> {
    const { runtime, patience, progress, signal } = waiting;
    for (const until = Date.now() + patience * 1000; ; ) {
        try {
            await runtime.create(spec);
            return;
        } catch (error) {
            if (!(error instanceof NameTaken)) {
                // The answer may be lost, and the container there.
                await removeHelper(runtime, spec).catch(() => undefined);
                throw error;
            }
        }
        const other = await livingHelper(runtime, spec.name);
        if (!other) await removeDead(runtime, marksOf(spec.labels)?.identifier ?? "");
        else if (Date.now() > until) throw occupied(other);
        progress("waiting for another snapshot of it");
        await sleep(250, undefined, { signal });
    }
}

/** This very work's: another run may have made one of that name meanwhile. */
export async function removeHelper(runtime: Runtime, { name, labels }: ContainerSpec): Promise<void> {
    const found = marksOf((await runtime.find(name))?.labels ?? {});
    const own = marksOf(labels);
    if (found && found.run === own?.run && found.snapshot === own.snapshot) await runtime.remove(name);
}

/** Lets an instance go on that a killed run has halted, or somebody by hand. One that a living run has halted is waited for. */
export async function goOn({ runtime, patience, progress, signal }: Patience, container: Container): Promise<void> {
    const { identifier = "" } = marksOf(container.labels) ?? {};
    const until = Date.now() + patience * 1000;
    for (let now: Container | undefined = container; now?.state.paused; now = await runtime.find(container.id)) {
        const other = await livingHelper(runtime, helperName(identifier));
        if (!other) {
            progress(`letting ${container.name} go on, which was halted`);
            await runtime.unpause(container.id);
            await removeDead(runtime, identifier);
            return;
        }
        if (Date.now() > until) throw occupied(other);
        progress(`waiting for a snapshot of ${container.name}`);
        await sleep(250, undefined, { signal });
    }
}

/** What a killed run left: the one that says whose work it was goes last. */
async function removeDead(runtime: Runtime, identifier: string): Promise<void> {
    await runtime.remove(recoveringName(identifier));
    await runtime.remove(helperName(identifier));
}

async function livingHelper(runtime: Runtime, name: string): Promise<Container | undefined> {
    const helper = await runtime.find(name);
    return helper && makerState(marksOf(helper.labels)?.run ?? "") !== "dead" ? helper : undefined;
}

function occupied({ name, labels }: Container): InstanceError {
    const [host, pid] = (marksOf(labels)?.run ?? "").split(" ");
    return new InstanceError(`a snapshot is still being taken by process ${pid} of ${host}; wait for it, or end it: docker rm -f ${name}`);
}
