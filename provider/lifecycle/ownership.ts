import type { Thing } from "./inventory";
import type { Marks } from "./labels";

/** What states say of who owns what: each `pulumi stack export` file is the whole truth about its own stack, and silent about every other. */
export interface States {
    readonly instances: readonly OwnedInstance[];
    /** Ids of snapshots. */
    readonly snapshots?: readonly string[];
    /** Resources that a run was at work on when the state was written. */
    readonly pending: readonly { readonly project: string; readonly stack: string; readonly name: string }[];
    readonly stacks: readonly KnownStack[];
    /** The user's word that there are no other stacks than these. */
    readonly complete: boolean;
    /** When the first of these states was written, ISO 8601. */
    readonly writtenAt?: string | undefined;
}

export interface OwnedInstance {
    readonly project: string;
    readonly stack: string;
    readonly name: string;
    readonly identifier: string;
    readonly containerId?: string | undefined;
    readonly createdAt?: string | undefined;
    readonly volumeName?: string | undefined;
    readonly imageDigest?: string | undefined;
}

/** A stack whose state is known. Two back ends may both have one by that name, so that its origins count too. */
export interface KnownStack {
    readonly project: string;
    readonly stack: string;
    readonly origins: readonly string[];
    /** When its state was written, ISO 8601; absent where the user says that it is gone. */
    readonly writtenAt?: string | undefined;
}

/** `doubtful`: no state has it, but that nobody owns it is not certain. `unknown`: it is of a stack whose state was not given. */
export interface Claim {
    readonly claim: "owned" | "nobody's" | "doubtful" | "unknown";
    readonly why: string;
}

/** Whose a container or volume is, by the states alone. Whatever is in doubt is somebody's. */
export function claimOn(thing: Thing, states: States, all: readonly Thing[]): Claim {
    const { marks } = thing;
    if (states.instances.some((instance) => owns(instance, thing))) return { claim: "owned", why: "a state has it" };
    const known = knownStack(marks, states, all);
    if (!known) return { claim: "unknown", why: "no state was given of its stack" };
    if (known.writtenAt !== undefined && Date.parse(marks.created) > Date.parse(known.writtenAt))
        return { claim: "doubtful", why: `it was made after the state was written (${known.writtenAt}): export the stack again` };
    const started = states.pending.some((each) => sameResource(each, marks));
    if (started && thing.kind !== "image" && thing.maker === "elsewhere")
        return { claim: "doubtful", why: "its stack's state says that it is being made, and its maker is on another host" };
    return { claim: "nobody's", why: "no state has it" };
}

/** The same three ways by which an instance knows its own container: its id, when it was made, its place in the program. */
export function owns(instance: OwnedInstance, thing: Thing): boolean {
    const { marks, name } = thing;
    if (thing.kind === "container" && thing.id === instance.containerId) return true;
    if (thing.kind === "volume" && name === instance.volumeName) return true;
    return marks.identifier === instance.identifier && (marks.created === instance.createdAt || sameResource(instance, marks));
}

function knownStack(marks: Marks, states: States, all: readonly Thing[]): Pick<KnownStack, "writtenAt"> | undefined {
    const named = states.stacks.filter((stack) => sameStack(stack, marks));
    const known = named.find((stack) => [...stack.origins, ...originsSeen(stack, states, all)].includes(marks.origin));
    return known ?? (states.complete ? { writtenAt: states.writtenAt } : undefined);
}

/** Where a stack's own things on the daemon come from. */
function originsSeen(stack: KnownStack, states: States, all: readonly Thing[]): readonly string[] {
    const own = states.instances.filter((instance) => sameStack(instance, stack));
    // By when it was made: a namesake of another back end has the same place in its program.
    const certain = (instance: OwnedInstance, { marks }: Thing) =>
        marks.identifier === instance.identifier && marks.created === instance.createdAt;
    return all.filter((thing) => own.some((instance) => certain(instance, thing))).map(({ marks }) => marks.origin);
}

type StackName = Pick<KnownStack, "project" | "stack">;

function sameStack(one: StackName, other: StackName): boolean {
    return one.project === other.project && one.stack === other.stack;
}

function sameResource(one: StackName & { readonly name: string }, other: Marks): boolean {
    return sameStack(one, other) && one.name === other.name;
}
