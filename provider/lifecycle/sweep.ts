import { engineNamed } from "../engines";
import type { Runtime } from "../runtimes/runtime";
import { messageOf } from "./errors";
import type { Inventory, OurContainer, OurVolume, Thing } from "./inventory";
import { marksOf } from "./labels";
import type { Verdict } from "./leftovers";
import { makerState } from "./maker";
import { unfinishedName } from "./names";
import { stopServer } from "./stop";

export interface Swept {
    readonly thing: Thing;
    /** `changed`: it is no longer what the verdict was about, so that it stayed. */
    readonly outcome: "removed" | "changed" | "failed";
    /** Why it was not removed. */
    readonly words?: string;
}

/** Seconds for the clean stop of an engine that this version does not know. */
const patience = 60;

/** Removes what was found to be nobody's: containers first, since they hold volumes and images. One that cannot be removed does not keep the others. */
export async function sweep(runtime: Runtime, inventory: Inventory, verdicts: readonly Verdict[]): Promise<readonly Swept[]> {
    const swept: Swept[] = [];
    for (const { thing } of verdicts.filter(({ verdict }) => verdict === "remove")) {
        try {
            const done = await removeThing(runtime, inventory, thing);
            swept.push(done ? { thing, outcome: "removed" } : { thing, outcome: "changed", words: "it changed in the meantime" });
        } catch (error) {
            swept.push({ thing, outcome: "failed", words: messageOf(error) });
        }
    }
    return swept;
}

async function removeThing(runtime: Runtime, inventory: Inventory, thing: Thing): Promise<boolean> {
    if (thing.kind === "container") return removeContainer(runtime, inventory, thing);
    if (thing.kind === "volume") return removeVolume(runtime, thing);
    await runtime.images.remove(thing.id);
    return true;
}

/** Time has passed since the verdict, perhaps while the user read it: only that very container goes. */
async function removeContainer(runtime: Runtime, { volumes }: Inventory, thing: OurContainer): Promise<boolean> {
    const found = await runtime.find(thing.name);
    if (!found) return (await runtime.find(thing.id)) === undefined;
    if (found.id !== thing.id) return false;
    const own = new Set(volumes.filter(({ marks }) => marks.role === "data").map(({ name }) => name));
    const engine = engineNamed(thing.marks.engine);
    const data = thing.volumes.filter(({ path }) => engine === undefined || path === engine.data.mount);
    // What the user keeps must be left as a clean stop leaves it.
    if (found.state.running && data.some(({ volume }) => !own.has(volume))) {
        if (engine) await stopServer({ runtime, engine }, thing.name);
        else await runtime.stop(thing.name, patience);
    }
    await runtime.remove(thing.name);
    return true;
}

/** A run that began in the meantime may have taken the volume over, or be about to. */
async function removeVolume(runtime: Runtime, thing: OurVolume): Promise<boolean> {
    const found = await runtime.findVolume(thing.name);
    if (!found) return true;
    if (marksOf(found.labels)?.run !== thing.marks.run) return false;
    const next = await runtime.find(unfinishedName(thing.marks.identifier));
    if (next && makerState(marksOf(next.labels)?.run ?? "") !== "dead") return false;
    await runtime.removeVolume(thing.name);
    return true;
}
