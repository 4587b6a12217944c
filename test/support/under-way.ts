import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "./docker";

/** The processes of a program in a container, but for one that is only asked for its version, a moment before. */
export async function running(container: string, program: string): Promise<readonly string[]> {
    const script = `for p in /proc/[0-9]*; do [ "$(cat "$p/comm" 2>/dev/null)" = ${program} ] && ! grep -q -e --version "$p/cmdline" && echo "\${p#/proc/}"; done; true`;
    return (await docker("exec", container, "sh", "-c", script)).split("\n").filter((line) => line !== "");
}

export async function until(what: () => Promise<boolean>): Promise<void> {
    for (let attempt = 0; !(await what()); attempt += 1) {
        assert.ok(attempt < 200, "it never came to that");
        await sleep(50);
    }
}
