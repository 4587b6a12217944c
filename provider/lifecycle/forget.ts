import type { Daemon, Runtime } from "../runtimes/runtime";
import { InstanceError } from "./errors";

/** Whether the user has given up this daemon for this one run, by `DEVDB_FORGET=<daemon>`. */
export function isForgotten(daemon: string, env: NodeJS.ProcessEnv = process.env): boolean {
    const forgotten = env.DEVDB_FORGET;
    return forgotten !== undefined && forgotten !== "" && (daemon === forgotten || daemon.startsWith(`${forgotten} (`));
}

/** An instance lives on one daemon: the absence of its container means something there only. */
export async function refuseOtherDaemon(runtime: Runtime, recorded: string, what = "instance"): Promise<void> {
    const here = await runtime.daemon();
    if (isHere(here, recorded)) return;
    throw new InstanceError(
        `this ${what} lives on the daemon ${recorded}, and the one that answers now is ${daemonText(here)}, found at ${runtime.found}. ` +
            `Point DOCKER_HOST or the Docker context back at the former. If that one is gone for good: DEVDB_FORGET='${recorded}' for one run`,
    );
}

/** By its id: the host's name, which is for people, may change. */
export function isHere(daemon: Daemon, recorded: string): boolean {
    return recorded.startsWith(`${daemon.id} (`);
}

export function daemonText(daemon: Daemon): string {
    return `${daemon.id} (${daemon.name})`;
}
