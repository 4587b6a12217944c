import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** Milliseconds for which the kernel and the daemon go on taking down what was removed: its mounts and its network. */
const pauseMs = 500;

/** Before everything that is timed, whoever's it is: nobody pays for what another left on the disk and in the kernel. */
export async function rest(): Promise<void> {
    await promisify(execFile)("sync");
    await sleep(pauseMs);
}
