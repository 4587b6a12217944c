import { execFileSync, spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { mark } from "./mark";
import { optionsOf } from "./options";
import { writeReadme } from "./readme";
import { sweep } from "./sweep";

/** Measures in a process of its own, and removes whatever that and its children left, however they ended. */
async function main(argv: readonly string[]): Promise<number> {
    const { readme } = optionsOf(argv);
    if (readme) {
        await writeReadme();
        return 0;
    }
    installCompetitor();
    // A group of its own: an interrupt is passed on to all of it, and all of it is waited for.
    const child = spawn(process.execPath, ["--import", "tsx", join(__dirname, "measure.ts"), ...argv], {
        detached: true,
        stdio: ["ignore", "inherit", "inherit", "ipc"],
        // The image of testcontainers' reaper may be out of reach; without it nothing else changes.
        env: { ...process.env, DEVDB_BENCH_MARK: mark, TESTCONTAINERS_RYUK_DISABLED: "true" },
    });
    const group = -(child.pid ?? Number.NaN);
    let interrupted = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
            interrupted = true;
            signalled(group, "SIGINT");
        });
    }
    const code = await new Promise<number>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (status) => resolve(status ?? 1));
    });
    await ended(group);
    await sweep();
    return interrupted ? 130 : code;
}

/** The CLI and its providers take some seconds to end after an interrupt; what they then still made must be seen by the sweep. */
async function ended(group: number): Promise<void> {
    for (let tries = 0; signalled(group, 0); tries += 1) {
        if (tries === 100) signalled(group, "SIGKILL");
        await sleep(100);
    }
}

/** Whether there was anybody to signal. */
function signalled(group: number, signal: NodeJS.Signals | 0): boolean {
    try {
        return process.kill(group, signal);
    } catch {
        return false;
    }
}

/** testcontainers is heavy, and nothing but the bench needs it: it comes on first use, by its own lock file. */
function installCompetitor(): void {
    const [lock, installed] = [join(__dirname, "package-lock.json"), join(__dirname, "node_modules", ".package-lock.json")];
    if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
    console.error("bench: installing testcontainers, for the bench alone");
    execFileSync("npm", ["ci", "--prefix", __dirname, "--ignore-scripts"], { stdio: ["ignore", "ignore", "inherit"] });
}

main(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
        console.error(error);
        process.exit(1);
    },
);
