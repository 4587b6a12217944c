import { createInterface } from "node:readline/promises";
import { inventory } from "../lifecycle/inventory";
import { leftovers, type Verdict } from "../lifecycle/leftovers";
import type { States } from "../lifecycle/ownership";
import { type Swept, sweep } from "../lifecycle/sweep";
import { docker } from "../runtimes/docker";
import { clear, type Shelf } from "../snapshots/shelf";
import type { GcOptions } from "./program";
import { megabytes, shelfAt, snapshotAsJson, snapshotTable, whyKept } from "./snapshots";
import { statesOf } from "./state-file";
import { table } from "./table";
import { described, ownerOf, sinceOf } from "./thing";

const exitCode = { done: 0, failed: 1, unconfirmed: 2 } as const;

/** Shows what nobody owns and, once that is confirmed, removes it. Answers the exit code. */
export async function gc(options: GcOptions): Promise<number> {
    const { state = [], stack = [], allStacks, json, dryRun, yes, snapshots, ...place } = options;
    if (allStacks && state.length === 0) throw new Error("--all-stacks says that the --state files are all there are, and there is none");
    const states =
        state.length + stack.length > 0 ? await statesOf({ files: state, stacks: stack, complete: allStacks === true }) : undefined;
    const runtime = await docker(place);
    const all = await inventory(runtime);
    const verdicts = leftovers(all, states);
    const going = verdicts.filter(({ verdict }) => verdict === "remove");
    const stored = await shelfAt(snapshots);
    const count = going.length + stored.abandoned.length;
    if (!json) {
        show(`Docker on ${all.daemon.name}, found at ${runtime.found}`, states, verdicts);
        showStored(stored, states);
    }

    const confirmed = !dryRun && count > 0 && (yes || (!json && (await agreed(count))));
    const swept = confirmed ? await sweep(runtime, all, going) : [];
    if (confirmed) await clear(stored);
    if (json) {
        const daemon = { id: all.daemon.id, name: all.daemon.name };
        console.log(JSON.stringify({ daemon, ...asJson(verdicts, swept), ...storedAsJson(stored, states) }, undefined, 4));
    } else for (const line of outcomes(swept)) console.log(line);
    if (swept.some(({ outcome }) => outcome === "failed")) return exitCode.failed;
    if (count === 0 || confirmed || dryRun) return exitCode.done;
    process.stderr.write("devdb: nothing was removed; --yes removes it without asking\n");
    return exitCode.unconfirmed;
}

function show(place: string, states: States | undefined, verdicts: readonly Verdict[]): void {
    console.log(`${place}\n`);
    if (states) console.log(`${covered(states)}\n`);
    const going = verdicts.filter(({ verdict }) => verdict === "remove");
    const left = verdicts.filter(({ verdict }) => verdict === "leave");
    const others = verdicts.filter(({ verdict }) => verdict === "unjudged");
    console.log(going.length === 0 ? "Nothing to remove." : `To be removed:\n${rows(going)}`);
    if (left.length > 0) console.log(`\nLeft alone, though it may be nobody's:\n${rows(left)}`);
    if (others.length > 0)
        console.log(`\nNot judged, for want of their stacks' states. Where a stack is gone, name it by --stack:\n${stacks(others)}`);
}

/** Snapshots are data that somebody wanted to keep: they are told, and only what is half of one goes. */
function showStored({ directory, snapshots, abandoned }: Shelf, states: States | undefined): void {
    const size = abandoned.reduce((sum, { size: bytes }) => sum + bytes, 0);
    if (abandoned.length > 0)
        console.log(
            `\nHalf-written snapshots in ${directory}, whose makers are dead, to be removed: ${abandoned.length} (${megabytes(size)})`,
        );
    const told = snapshots.flatMap((snapshot) => {
        const why = whyKept(snapshot, states);
        return why === undefined ? [] : [[snapshot, why] as const];
    });
    if (told.length > 0) console.log(`\nSnapshots in ${directory}, which are never removed here:\n${snapshotTable(told)}`);
}

function storedAsJson({ snapshots, abandoned }: Shelf, states: States | undefined): Readonly<Record<string, unknown>> {
    return {
        halfWritten: abandoned.map(({ path, size }) => ({ path, sizeBytes: size })),
        snapshots: snapshots.flatMap((snapshot) => {
            const why = whyKept(snapshot, states);
            return why === undefined ? [] : [{ ...snapshotAsJson(snapshot), why }];
        }),
    };
}

function covered({ stacks, complete }: States): string {
    const names = [...new Set(stacks.map(({ project, stack }) => `${project}/${stack}`))].sort();
    if (complete) return `Judged by the states of all stacks: ${names.join(", ") || "there are none"}.`;
    if (names.length > 0) return `Judged by the states of these stacks: ${names.join(", ")}. Other stacks are left alone.`;
    return "The states given have no resources, and so do not say which stacks they are of.";
}

function rows(verdicts: readonly Verdict[]): string {
    const heading = ["KIND", "NAME", "ENGINE", "OWNER", "SINCE", "WHY"];
    return table(
        heading,
        verdicts.map(({ thing, why }) => [thing.kind, thing.name, thing.marks.engine, ownerOf(thing), sinceOf(thing), why]),
    );
}

function stacks(verdicts: readonly Verdict[]): string {
    const names = verdicts.map(({ thing: { marks } }) => `${marks.project}/${marks.stack}@${marks.origin}`);
    const counted = [...new Set(names)].map((name) => [name, String(names.filter((each) => each === name).length)]);
    return table(["STACK", "THINGS"], counted);
}

/** Only a person at a terminal can be asked. */
async function agreed(count: number): Promise<boolean> {
    if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
        return /^y(es)?$/i.test((await terminal.question(`\nRemove ${count === 1 ? "it" : `these ${count}`}? [y/N] `)).trim());
    } finally {
        terminal.close();
    }
}

function outcomes(swept: readonly Swept[]): readonly string[] {
    const words = { removed: "removed", changed: "left alone", failed: "not removed" };
    const lines = swept.map(
        ({ thing, outcome, words: why }) => `${words[outcome]} ${thing.kind} ${thing.name}${why === undefined ? "" : `: ${why}`}`,
    );
    return lines.length === 0 ? [] : ["", ...lines];
}

function asJson(verdicts: readonly Verdict[], swept: readonly Swept[]): Readonly<Record<string, unknown>> {
    const outcomeOf = ({ thing }: Verdict) => swept.find((each) => each.thing === thing);
    const plain = ({ thing, why }: Verdict) => ({ ...described(thing), why });
    return {
        remove: verdicts
            .filter(({ verdict }) => verdict === "remove")
            .map((each) => ({
                ...described(each.thing),
                why: each.why,
                outcome: outcomeOf(each)?.outcome ?? "planned",
                error: outcomeOf(each)?.words,
            })),
        leave: verdicts.filter(({ verdict }) => verdict === "leave").map(plain),
        unjudged: verdicts.filter(({ verdict }) => verdict === "unjudged").map(plain),
    };
}
