import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { DestroyOptions, Stack } from "@pulumi/pulumi/automation";
import { type Place, removePlace } from "./place";

/** A temporary stack that has not been destroyed yet. */
export interface Survivor {
    readonly stack: Stack;
    readonly place: Place;
    /** The Pulumi CLI. */
    readonly command: string;
    /** Runs an operation that `destroyed` may end. */
    during<T>(operation: (signal: AbortSignal) => Promise<T>): Promise<T>;
    /** Ends every operation that is under way and has not ended by itself within so many milliseconds; waits until all have. */
    interrupt(patience?: number): Promise<void>;
    /** The destruction, once it has begun. */
    end?: Promise<void>;
}

/** Every stack that this process has to destroy before it ends. */
const survivors = new Set<Survivor>();

export function live(stack: Pick<Survivor, "stack" | "place" | "command">): Survivor {
    const operations = new Map<AbortController, Promise<unknown>>();
    const survivor: Survivor = {
        ...stack,
        during: async (operation) => {
            if (survivor.end) throw new Error(`the stack ${stack.stack.name} has been destroyed`);
            const controller = new AbortController();
            const work = operation(controller.signal);
            operations.set(controller, work);
            try {
                return await work;
            } finally {
                operations.delete(controller);
            }
        },
        interrupt: async (patience = 0) => {
            const ended = Promise.allSettled(operations.values());
            if (patience > 0 && operations.size > 0) await Promise.race([ended, sleep(patience)]);
            for (const controller of operations.keys()) controller.abort();
            await ended;
        },
    };
    if (survivors.size === 0) watch();
    survivors.add(survivor);
    return survivor;
}

/** Destroys a stack and its back end, once. What fails may be tried again. */
export function destroyed(survivor: Survivor, options: DestroyOptions = {}): Promise<void> {
    survivor.end ??= destroy(survivor, options).catch((error: unknown) => {
        delete survivor.end;
        throw error;
    });
    return survivor.end;
}

async function destroy(survivor: Survivor, options: DestroyOptions): Promise<void> {
    const { stack, place } = survivor;
    // A test that ran out of time leaves its `up` running, with the stack's lock.
    await survivor.interrupt();
    await stack.destroy(options).catch(async (error: unknown) => {
        if (!isLocked(error)) throw error;
        await stack.cancel();
        await stack.destroy(options);
    });
    await removePlace(place);
    survivors.delete(survivor);
    if (survivors.size === 0 && !ending) unwatch();
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function watch(): void {
    process.on("exit", destroySurvivorsNow);
    for (const signal of signals) process.on(signal, destroySurvivors);
}

function unwatch(): void {
    process.off("exit", destroySurvivorsNow);
    for (const signal of signals) process.off(signal, destroySurvivors);
}

/** Milliseconds in which an interrupted CLI ends by itself: Pulumi gives providers five seconds. */
const graceMs = 6_000;

let ending = false;

/** While a signal can be answered there is time to end things in order; a second signal ends the process at once. */
function destroySurvivors(signal: NodeJS.Signals): void {
    const again = () => {
        unwatch();
        process.kill(process.pid, signal);
    };
    if (ending) {
        again();
        return;
    }
    // This listener stays meanwhile: libraries that see none but their own take the signal for unanswered, and end the process.
    ending = true;
    // A terminal's Ctrl-C reaches the CLI as well, and a second one would cut its clean-up short.
    const patience = signal === "SIGINT" ? graceMs : 0;
    const ended = [...survivors].map(async (survivor) => {
        await survivor.interrupt(patience);
        await destroyed(survivor);
    });
    Promise.allSettled(ended).then(again, again);
}

/** At the process's end nothing but blocking calls runs. Throws, so that a run that left something behind does not pass for a good one. */
function destroySurvivorsNow(): void {
    const failures = [...survivors].flatMap((survivor) => {
        // Not waited for: only the signal to the CLI is needed.
        void survivor.interrupt();
        const { stack, place, command } = survivor;
        const fault = destroyNow(stack.name, place, command);
        if (fault === undefined) rmSync(place.root, { recursive: true, force: true });
        return fault === undefined
            ? []
            : [`the temporary stack ${stack.name} could not be destroyed, its state is in ${place.root}: ${fault}`];
    });
    survivors.clear();
    if (failures.length > 0) throw new Error(failures.join("\n"));
}

/** Milliseconds that a CLI gets to give the stack's lock back. */
const patience = 20_000;

function destroyNow(name: string, place: Place, command: string): string | undefined {
    const run = (...words: readonly string[]) => {
        const env = { ...process.env, ...place.env, PULUMI_HOME: place.home };
        const flags = ["--yes", "--non-interactive", "--stack", name];
        const { status, stdout, stderr, error } = spawnSync(command, [...words, ...flags], { cwd: place.work, env, encoding: "utf8" });
        return status === 0 ? undefined : `${error?.message ?? ""}${stdout ?? ""}${stderr ?? ""}`.trim();
    };
    for (const until = Date.now() + patience; ; ) {
        const fault = run("destroy", "--skip-preview");
        if (fault === undefined || !isLocked(fault)) return fault;
        if (Date.now() > until) break;
        pause(500);
    }
    return run("cancel") ?? run("destroy", "--skip-preview");
}

function pause(ms: number): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function isLocked(error: unknown): boolean {
    return String(error instanceof Error ? error.message : error).includes("currently locked");
}
