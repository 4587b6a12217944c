import { execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Run, Running } from "./stack";

export type Victim = "provider" | "CLI";

/** An event of the daemon: what happened, and to which container. `rename` is told with the new name. */
export interface Moment {
    readonly action: string;
    /** How the container's name ends, where more than one is at stake: `.new`, `.old`. */
    readonly suffix?: string;
}

/** A run one of whose processes was killed. */
export interface Killed {
    readonly run: Run;
    /** Its provider's process. */
    readonly provider: number;
}

/** Kills one of a run's processes, without warning, as soon as the daemon tells of the moment; `undefined` where that never came. */
export async function killAt(running: Running, victim: Victim, project: string, moment: Moment): Promise<Killed | undefined> {
    const since = (Date.now() / 1000).toFixed(3);
    const provider = await providerOf(running);
    const filter = ["--since", since, "--filter", `label=devdb.project=${project}`];
    const events = spawn("docker", ["events", ...filter, "--format", "{{json .}}"], { stdio: ["ignore", "pipe", "ignore"] });
    let killed = false;
    createInterface({ input: events.stdout }).on("line", (line) => {
        const { Action: action = "", Actor: actor } = JSON.parse(line) as {
            Action?: string;
            Actor: { Attributes: Record<string, string> };
        };
        const name = actor.Attributes["name"] ?? "";
        if (killed || action.split(":")[0] !== moment.action || !name.endsWith(moment.suffix ?? "")) return;
        killed = true;
        kill(victim === "CLI" ? running.process.pid : provider);
    });
    try {
        const run = await running.done;
        return killed ? { run, provider } : undefined;
    } finally {
        events.kill();
    }
}

export async function killAfter(running: Running, victim: Victim, ms: number): Promise<Killed> {
    const provider = await providerOf(running);
    await sleep(ms);
    kill(victim === "CLI" ? running.process.pid : provider);
    return { run: await running.done, provider };
}

/** The provider's process below the CLI's, once that is there. */
export async function providerOf({ process: cli, done }: Running): Promise<number> {
    const state = { over: false };
    void done.then(() => {
        state.over = true;
    });
    while (!state.over) {
        const [found] = providersBelow(cli.pid ?? 0);
        if (found !== undefined) return found;
        await sleep(20);
    }
    throw new Error(`no provider was started:\n${(await done).text}`);
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

function kill(pid: number | undefined): void {
    try {
        if (pid !== undefined) process.kill(pid, "SIGKILL");
    } catch {
        // It ended by itself at the same moment.
    }
}
