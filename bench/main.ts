import { execFileSync, spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { mark } from "./mark";
import { optionsOf } from "./options";
import { writeReadme } from "./readme";
import { sweep } from "./sweep";

/**
 * Measures in a process of its own, and removes whatever that left. An interrupt reaches both: the other ends in its own way, since the provider in it
 * has its own say about interrupts, and this one stays to clean up.
 */
async function main(argv: readonly string[]): Promise<number> {
    const { readme } = optionsOf(argv);
    if (readme) {
        await writeReadme();
        return 0;
    }
    installCompetitor();
    let interrupted = false;
    const child = spawn(process.execPath, ["--import", "tsx", join(__dirname, "measure.ts"), ...argv], {
        stdio: "inherit",
        // The image of testcontainers' reaper may be out of reach; without it nothing else changes.
        env: { ...process.env, DEVDB_BENCH_MARK: mark, TESTCONTAINERS_RYUK_DISABLED: "true" },
    });
    process.on("SIGINT", () => {
        interrupted = true;
    });
    process.on("SIGTERM", () => {
        interrupted = true;
        child.kill("SIGTERM");
    });
    const code = await new Promise<number>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (status) => resolve(status ?? 1));
    });
    await sweep();
    return interrupted ? 130 : code;
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
