import type Dockerode from "dockerode";
import { call } from "./docker-call";
import type { Daemon } from "./runtime";

/**
 * Milliseconds for which an answer holds. The question takes Docker longer than all others of a `diff` together, since it runs programs to answer it, and no
 * other daemon takes a place as fast.
 */
const answerHolds = 5_000;
const answers = new Map<string, { readonly at: number; readonly daemon: Promise<Daemon> }>();

export function answering(url: string, client: Dockerode): Promise<Daemon> {
    const known = answers.get(url);
    if (known && Date.now() - known.at < answerHolds) return known.daemon;
    const asked = { at: Date.now(), daemon: daemon(client) };
    answers.set(url, asked);
    asked.daemon.catch(() => answers.delete(url));
    return asked.daemon;
}

/** Docker's id lives in its data directory; Podman's changes at every call, so there it is the host and the place of its storage. */
async function daemon(client: Dockerode): Promise<Daemon> {
    const info = (await call("info", () => client.info(), { again: true })) as {
        readonly ID: string;
        readonly Name: string;
        readonly NCPU: number;
        readonly MemTotal: number;
        readonly DockerRootDir: string;
        readonly BuildahVersion?: string;
    };
    const id = info.BuildahVersion === undefined ? info.ID : `${info.Name}:${info.DockerRootDir}`;
    return { id, name: info.Name, cpus: info.NCPU, memory: info.MemTotal };
}
