import { open, readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Does the work while no other process does any under the same lock, a file; one whose holder died is taken over. */
export async function alone<T>(lock: string, work: () => Promise<T>): Promise<T> {
    while (!(await take(lock))) await sleep(200);
    try {
        return await work();
    } finally {
        await rm(lock, { force: true });
    }
}

async function take(lock: string): Promise<boolean> {
    try {
        const file = await open(lock, "wx");
        await file.writeFile(String(process.pid));
        await file.close();
        return true;
    } catch {
        const holder = Number(await readFile(lock, "utf8").catch(() => "0"));
        if (holder > 0 && !isAlive(holder)) await rm(lock, { force: true });
        return false;
    }
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}
