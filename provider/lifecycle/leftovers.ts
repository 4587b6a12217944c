import type { Inventory, OurContainer, OurImage, OurVolume, Thing } from "./inventory";
import { unfinishedName } from "./names";
import { claimOn, type States } from "./ownership";

/** What is to be done about a thing that may be a leftover, and why. */
export interface Verdict {
    readonly thing: Thing;
    /** `leave`: it may be a leftover, and that is not certain enough. `unjudged`: states were given, and none of them is of its stack. */
    readonly verdict: "remove" | "leave" | "unjudged";
    readonly why: string;
}

/**
 * What nobody owns: the unfinished whose maker is dead and, where states are given, what none of them has. Everything in order is left out, and no rule
 * here removes a volume that the user keeps, an image that is of use, or the last container that holds an instance's data.
 */
export function leftovers(inventory: Inventory, states?: States): readonly Verdict[] {
    const containers = inventory.containers.flatMap((container) => containerVerdict(container, inventory, states));
    const going = new Set(containers.filter(({ verdict }) => verdict === "remove").map(({ thing }) => thing.name));
    const volumes = inventory.volumes.flatMap((volume) => volumeVerdict(volume, going, inventory, states));
    const images = inventory.images.flatMap((image) => imageVerdict(image, states));
    return [...containers, ...volumes, ...images];
}

function containerVerdict(container: OurContainer, inventory: Inventory, states: States | undefined): readonly Verdict[] {
    const { role } = container.marks;
    // A role of a later version is not ours to judge.
    if (role !== "instance" && role !== "primed" && role !== "snapshot") return [];
    const half = halfMade(container, inventory);
    // No stack owns a priming, or what a snapshot is taken with.
    if (half?.verdict === "remove" || role !== "instance") return half ? [half] : [];
    const unowned = states && unownedVerdict(container, states, inventory);
    return [unowned?.verdict === "unjudged" ? (half ?? unowned) : (unowned ?? half)].filter((verdict) => verdict !== undefined);
}

/** What the names say of a run that ended in the middle; nothing of a finished container. */
function halfMade(container: OurContainer, { containers }: Inventory): Verdict | undefined {
    const { stage, maker, marks } = container;
    if (stage === "finished") return undefined;
    const siblings = containers.filter(({ marks: other }) => other.identifier === marks.identifier);
    const current = siblings.find((other) => other.stage === "finished");
    if (stage === "retired") {
        if (!current) return leave(container, "its successor has answered; the next up ends the change that was interrupted");
        if (current.marks.created !== marks.created) return leave(container, `${current.name} is not its successor`);
        return current.maker === "dead"
            ? remove(container, `${current.name} has taken its place, and the run that made the change is dead`)
            : leave(container, `${current.name} is taking its place`);
    }
    if (maker === "alive") return leave(container, `it is being made by process ${marks.run.split(" ")[1]}`);
    if (maker === "elsewhere")
        return leave(container, `its maker is on another host (${marks.run.split(" ")[0]}), where nobody here can look`);
    // Without a current one beside it, a retired one says that this one has answered: it may hold all that there is.
    if (!current && siblings.some((other) => other.stage === "retired"))
        return leave(container, "it has answered; the next up ends the change that was interrupted");
    return remove(container, "unfinished, and its maker is dead");
}

function volumeVerdict(
    volume: OurVolume,
    going: ReadonlySet<string>,
    inventory: Inventory,
    states: States | undefined,
): readonly Verdict[] {
    const { marks, users } = volume;
    if (marks.role !== "data" || users.some((user) => !going.has(user))) return [];
    const half = halfMadeVolume(volume, going, inventory);
    if (half) return [remove(volume, half)];
    if (states) return [unownedVerdict(volume, states, inventory)].filter((verdict) => verdict !== undefined);
    return users.length > 0 ? [] : [leave(volume, "no container uses it, and it may hold data: --state says whether a stack has it")];
}

/** Why a volume that no container will use any more is what a run left that ended in the middle; nothing where it may hold an instance's data. */
function halfMadeVolume(
    { marks, maker, name, empty }: OurVolume,
    going: ReadonlySet<string>,
    { containers }: Inventory,
): string | undefined {
    const own = containers.filter(({ marks: other }) => other.identifier === marks.identifier && other.created === marks.created);
    // Another run's volume may hold data that the unfinished container only mounted.
    const madeFor = own.find(
        (container) => container.stage === "unfinished" && going.has(container.name) && container.marks.run === marks.run,
    );
    if (madeFor) return `made for ${madeFor.name}`;
    if (maker !== "dead") return undefined;
    if (name.endsWith(".rehearsal")) return "a copy for a rehearsal, and its maker is dead";
    const current = own.find(({ stage, maker: its }) => stage === "finished" && its === "dead");
    if (current && !going.has(current.name)) return `a copy of data that ${current.name} does not stand on`;
    return empty && own.length === 0 ? "empty, and its maker is dead" : undefined;
}

function imageVerdict(image: OurImage, states: States | undefined): readonly Verdict[] {
    const { marks, superseded, users, id, name, maker } = image;
    if (marks.role === "snapshot" && name.endsWith(unfinishedName("")) && maker === "dead")
        return [remove(image, "unfinished, and its maker is dead")];
    if (!superseded || users.length > 0) return [];
    if (marks.role === "primed") return [remove(image, `${marks.name} is another image by now, or gone, and no container uses it`)];
    if (marks.role === "snapshot") return [remove(image, "it was deleted while it was in use, and nothing stands on it any more")];
    if (marks.role !== "image") return [];
    if (states?.instances.some(({ imageDigest }) => imageDigest === id)) return [];
    return [remove(image, "a later build has taken its name, and no container uses it")];
}

/** Nothing where a state owns it. A maker that lives may not have come to writing the state. */
function unownedVerdict(thing: OurContainer | OurVolume, states: States, inventory: Inventory): Verdict | undefined {
    const { claim, why } = claimOn(thing, states, [...inventory.containers, ...inventory.volumes]);
    if (claim === "owned") return undefined;
    if (claim === "unknown") return { thing, verdict: "unjudged", why };
    if (thing.maker === "alive") return leave(thing, `its maker, process ${thing.marks.run.split(" ")[1]}, is still at work`);
    return claim === "doubtful" ? leave(thing, why) : remove(thing, why);
}

function remove(thing: Thing, why: string): Verdict {
    return { thing, verdict: "remove", why };
}

function leave(thing: Thing, why: string): Verdict {
    return { thing, verdict: "leave", why };
}
