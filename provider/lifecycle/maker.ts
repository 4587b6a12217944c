import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";

/** Whose work an unfinished container is: `host pid start`. The start tells a process from a later one with its number. */
export function thisRun(): string {
    return `${hostname()} ${process.pid} ${startOf(process.pid) ?? "0"}`;
}

/** `elsewhere`: on another host, where nobody here can look. */
export type MakerState = "alive" | "dead" | "elsewhere";

export function makerState(run: string): MakerState {
    const [host, pid, ...start] = run.split(" ");
    if (host !== hostname()) return "elsewhere";
    return startOf(Number(pid)) === start.join(" ") ? "alive" : "dead";
}

/** When a process started, in whatever unit the system counts; `undefined` where there is none of that number. */
function startOf(pid: number): string | undefined {
    try {
        if (process.platform === "linux") {
            // The name, second, is in parentheses and may hold spaces; the start is field 22. A zombie is dead to us.
            const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
                .replace(/^.*\) /s, "")
                .split(" ");
            return fields[0] === "Z" ? undefined : fields[19];
        }
        if (process.platform === "win32") {
            process.kill(pid, 0);
            return "0";
        }
        return (
            execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" })
                .trim()
                .replaceAll(" ", "_") || undefined
        );
    } catch {
        return undefined;
    }
}
