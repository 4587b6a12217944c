import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** Milliseconds for which the kernel and the daemon go on taking down what was removed: its mounts and its network. */
const pauseMs = 500;

export async function timed<T>(work: () => Promise<T>): Promise<readonly [ms: number, result: T]> {
    const began = performance.now();
    const result = await work();
    return [performance.now() - began, result];
}

/** Times work before which the machine has come to rest: nobody pays for what another left on the disk and in the kernel. */
export async function calmly<T>(work: () => Promise<T>): Promise<readonly [ms: number, result: T]> {
    await promisify(execFile)("sync");
    await sleep(pauseMs);
    return timed(work);
}
