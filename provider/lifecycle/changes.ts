import { isDeepStrictEqual } from "node:util";
import type { Account, Engine } from "../engines/engine";
import type { ArgumentName, InstanceInputs } from "./args";
import { isUnknown } from "./unknown";

/** What a change does: the words that preview says and that `update` does. */
export type Word = "in place" | "restart" | "recreate" | "carry" | "replace";

export interface Change {
    readonly argument: ArgumentName;
    readonly word: Word;
    readonly why: string;
}

/** Inputs of which some may be absent, because they are unknown yet or the engine has no default for them. */
export type Compared = Partial<InstanceInputs>;

/** A rule that says no more than a word leaves the reason to the argument's name. */
type Ruled = Word | Pick<Change, "word" | "why"> | undefined;
type Rule = Word | ((before: Compared, after: Compared, engine: Engine) => Ruled);

/** The one table: `diff` says by it, `check` refuses by it, `update` acts by it, the tests are generated from it. */
export const table: Readonly<Record<ArgumentName, Rule>> = {
    engine: "replace",
    engineVersion: withinMajor,
    image: imageWord,
    identifier: "replace",
    dbName: "replace",
    username: "replace",
    password: (_before, after) => (after.password === undefined ? undefined : "in place"),
    port: (before, after) => (portSuits(after.port, before.port) ? undefined : "recreate"),
    publiclyAccessible: "recreate",
    parameters: "restart",
    environment: "recreate",
    durability: "restart",
    storage: "carry",
    volumeName: "carry",
    instanceClass: limitsWord,
    memory: limitsWord,
    cpus: limitsWord,
    networks: "in place",
    aliases: "in place",
    tags: "in place",
    seeds: seedsWord,
    snapshotIdentifier: "replace",
    deletionProtection: "in place",
    skipFinalSnapshot: "in place",
    finalSnapshotIdentifier: (_before, after) => (after.finalSnapshotIdentifier === undefined ? undefined : "in place"),
    priming: "in place",
    startupTimeout: "in place",
    acceptLicense: "in place",
    runtime: "replace",
};

const strength: readonly Word[] = ["in place", "restart", "recreate", "carry", "replace"];

/** Every argument that differs, with its word. An unknown one is left out: nothing can be said of it yet. */
export function changes(before: Compared, after: Compared, engine: Engine): readonly Change[] {
    return (Object.keys(table) as ArgumentName[]).flatMap((argument) => {
        if (isUnknown(before[argument]) || isUnknown(after[argument])) return [];
        if (isDeepStrictEqual(before[argument], after[argument])) return [];
        const rule = table[argument];
        const ruled = typeof rule === "function" ? rule(before, after, engine) : rule;
        if (ruled === undefined) return [];
        return [onMemory(before, { argument, ...(typeof ruled === "string" ? { word: ruled, why: argument } : ruled) })];
    });
}

export function strongest(all: readonly Change[]): Word | undefined {
    return all
        .map((change) => change.word)
        .reduce<Word | undefined>((most, word) => (most && strength.indexOf(most) > strength.indexOf(word) ? most : word), undefined);
}

/** Whatever stops a server whose data lies in memory loses it: such a change starts empty, and is called so. */
function onMemory(before: Compared, change: Change): Change {
    if (before.storage !== "tmpfs" || change.word === "in place" || change.word === "replace") return change;
    return { ...change, word: "replace", why: `${change.why} needs a ${change.word}, and storage is tmpfs: data lost` };
}

function withinMajor(before: Compared, after: Compared, engine: Engine): Word {
    const [old, next] = [before.engineVersion, after.engineVersion].map((version) => version && engine.versions.major(version));
    return old === next ? "recreate" : "carry";
}

/** An image is of another major when its tag says so; what its tag does not say, the started server does (see recreate.ts). */
function imageWord(before: Compared, after: Compared, engine: Engine): Word {
    const tagged = after.image && majorOfTag(after.image, engine);
    const major = before.engineVersion && engine.versions.major(before.engineVersion);
    return tagged !== undefined && major !== undefined && tagged !== major ? "carry" : "recreate";
}

/** The major version that the arguments ask for: the image's tag says it, or else engineVersion. */
export function majorOf({ image, engineVersion }: Pick<InstanceInputs, "image" | "engineVersion">, engine: Engine): string {
    return (image === undefined ? undefined : majorOfTag(image, engine)) ?? engine.versions.major(engineVersion);
}

export function majorOfTag(image: string, engine: Engine): string | undefined {
    // A digest or an id may begin like a version.
    const tag = /:([^:/]+)$/.exec(image.replace(/@?sha256:[0-9a-f]+$/, ""))?.[1];
    const version = /^v?(\d+(?:\.\d+)*)/.exec(tag ?? "")?.[1];
    const line = version && engine.versions.lines.find((each) => version === each || version.startsWith(`${each}.`));
    return line && engine.versions.major(line);
}

function limitsWord(before: Compared, after: Compared): Word {
    const gone = (["instanceClass", "memory", "cpus"] as const).some((limit) => before[limit] !== undefined && after[limit] === undefined);
    const given = (["instanceClass", "memory", "cpus"] as const).some((limit) => after[limit] !== undefined);
    // A class in place of its own two figures, or the other way round, takes nothing away.
    return gone && !(given && covers(after, before)) ? "recreate" : "in place";
}

function covers(after: Compared, before: Compared): boolean {
    const has = (inputs: Compared, limit: "memory" | "cpus") => inputs[limit] !== undefined || inputs.instanceClass !== undefined;
    return (["memory", "cpus"] as const).every((limit) => !has(before, limit) || has(after, limit));
}

/** Steps that were added at the end run; any other change means that the data would have been filled otherwise. A file counts by what is in it. */
function seedsWord({ seeds: before = [] }: Compared, { seeds: after = [] }: Compared): Ruled {
    const names = (steps: typeof after) => steps.map(({ name }) => name).join(", ");
    const altered = before.flatMap((step, index) => {
        const now = after.find(({ name }) => name === step.name);
        if (!now) return [`${step.name} is gone`];
        if (now.sha256 !== step.sha256) return [`${step.name} changed`];
        return after[index]?.name === step.name ? [] : [`${step.name} moved`];
    });
    if (altered.length > 0) return { word: "replace", why: `seeds (${altered.join(", ")})` };
    const added = after.slice(before.length);
    return added.length === 0 ? undefined : { word: "in place", why: `seeds (${names(added)} will run)` };
}

type PortWish = InstanceInputs["port"];

/** A port that was chosen once stays; only an explicit wish that it does not meet moves it. */
export function portSuits(wish: PortWish, had: PortWish): boolean {
    if (wish === undefined) return true;
    if (typeof had !== "number") return false;
    return typeof wish === "number" ? wish === had : had >= wish.preferred && had <= wish.preferred + 100;
}

/** Why data is not carried within one volume: what is in it stays as it is until the new server has answered. */
export function sameVolume(volume: string): string {
    return `${volume} holds the data, which has to go by dump and restore into another place: choose another volumeName with it, or leave it out`;
}

/** Why a change is refused that only dump and restore can make; nothing where they can. */
export function notCarried({ dump, title }: Engine, account: Partial<Account>): string | undefined {
    const needed = "this change needs the data to be carried over by dump and restore";
    if (!dump) return `${needed}, which this version cannot do for ${title}`;
    const fault = dump.undumpable?.(account);
    return fault && `${needed}: ${fault.property} ${fault.reason}`;
}
