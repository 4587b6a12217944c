import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Run, Running, Stack } from "./stack";

export type Victim = "provider" | "CLI";

/** An event of the daemon: what happened, and to which container. `rename` is told with the new name. */
export interface Moment {
    readonly action: string;
    /** How the container's name ends, where more than one is at stake: `.new`, `.old`. */
    readonly suffix?: string;
    /** Which of those events, where there are several. @default 1 */
    readonly nth?: number;
}

/** A run one of whose processes was killed. */
export interface Killed {
    readonly run: Run;
    /** The provider that was at work on a new container, where it had come to that. */
    readonly maker?: number;
    /** Every provider that the run had: the engine starts one more for what the state holds, and may never call it. */
    readonly providers: readonly number[];
}

/** Kills a run's CLI, or its providers, without warning, as soon as the daemon tells of the moment; `undefined` where that never came. */
export async function killAt(running: Running, victim: Victim, stack: Stack, moment: Moment): Promise<Killed | undefined> {
    const filter = [`label=devdb.project=${stack.project.name}`, `label=devdb.stack=${stack.name}`].flatMap((label) => ["--filter", label]);
    const since = ["--since", (Date.now() / 1000).toFixed(3)];
    const events = spawn("docker", ["events", ...since, ...filter, "--format", "{{json .}}"], { stdio: ["ignore", "pipe", "ignore"] });
    const watch = watchProviders(running);
    let killed = false;
    let seen = 0;
    let maker: number | undefined;
    createInterface({ input: events.stdout }).on("line", (line) => {
        const { Action: action = "", Actor: actor } = JSON.parse(line) as {
            Action?: string;
            Actor: { Attributes: Record<string, string> };
        };
        const { name = "", "devdb.run": run = "" } = actor.Attributes;
        if (killed) return;
        if (action === "create") maker = Number(run.split(" ")[1]);
        if (action.split(":")[0] !== moment.action || !name.endsWith(moment.suffix ?? "")) return;
        seen += 1;
        if (seen < (moment.nth ?? 1)) return;
        killed = true;
        kill(victim === "CLI" ? [running.process.pid ?? 0] : watch.providers());
    });
    try {
        const run = await running.done;
        return killed ? { run, providers: watch.providers(), ...(maker === undefined ? {} : { maker }) } : undefined;
    } finally {
        events.kill();
        watch.stop();
    }
}

/** The same after a time, counted from when the first provider is there. */
export async function killAfter(running: Running, victim: Victim, ms: number): Promise<Killed> {
    const watch = watchProviders(running);
    try {
        while (watch.providers().length === 0 && running.process.exitCode === null) await sleep(10);
        await sleep(ms);
        kill(victim === "CLI" ? [running.process.pid ?? 0] : watch.providers());
        return { run: await running.done, providers: watch.providers() };
    } finally {
        watch.stop();
    }
}

/** Looks every now and then which providers a run has, so that at the moment no time is lost with it. */
function watchProviders({ process: cli }: Running): { readonly providers: () => readonly number[]; readonly stop: () => void } {
    const found = new Set<number>();
    const look = () => {
        for (const pid of providersBelow(cli.pid ?? 0)) found.add(pid);
    };
    const timer = setInterval(look, 200);
    return { providers: () => [...found], stop: () => clearInterval(timer) };
}

/** Those of the processes that are still providers: the rest of a killed CLI's, which Pulumi leaves where it never called them. */
export function killProviders(pids: readonly number[]): void {
    const providers = processes().filter(({ command }) => command.includes("dynamic-provider"));
    kill(pids.filter((pid) => providers.some((provider) => provider.pid === pid)));
}

function kill(pids: readonly number[]): void {
    for (const pid of pids) {
        try {
            process.kill(pid, "SIGKILL");
        } catch {
            // It ended by itself at the same moment.
        }
    }
}

/** Whether a process ends within the time. A dead one whose parent has not looked yet has ended. */
export async function ends(pid: number, ms: number): Promise<boolean> {
    for (const until = Date.now() + ms; Date.now() < until; await sleep(50)) {
        if (!processes().some((each) => each.pid === pid && !each.dead)) return true;
    }
    return false;
}

function providersBelow(ancestor: number): readonly number[] {
    const all = processes();
    const below = (pid: number): boolean => {
        const parent = all.find((each) => each.pid === pid)?.parent;
        return parent === ancestor || (parent !== undefined && parent > 1 && below(parent));
    };
    return all.filter(({ pid, command }) => /^\S*node .*dynamic-provider/.test(command) && below(pid)).map(({ pid }) => pid);
}

function processes(): readonly { readonly pid: number; readonly parent: number; readonly dead: boolean; readonly command: string }[] {
    const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" }).split("\n");
    return lines.flatMap((line) => {
        const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
        return pid ? [{ pid: Number(pid), parent: Number(parent), dead: state?.startsWith("Z") === true, command: command ?? "" }] : [];
    });
}
