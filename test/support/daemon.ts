import Dockerode from "dockerode";
import type { Driver } from "./instance";

/** The daemon, asked directly: what a test finds there is no record of ours. */
export const daemon = new Dockerode();

export async function startedAt(db: Driver): Promise<string> {
    return (await daemon.getContainer(db.text("identifier")).inspect()).State.StartedAt;
}

export async function containerId(db: Driver): Promise<string> {
    return (await daemon.getContainer(db.text("identifier")).inspect()).Id;
}

/** Names of containers and volumes on the daemon that begin with this. */
export async function leftOf(prefix: string): Promise<string[]> {
    const containers = await daemon.listContainers({ all: true });
    const { Volumes } = await daemon.listVolumes();
    const names = [...containers.flatMap(({ Names }) => Names.map((name) => name.slice(1))), ...(Volumes ?? []).map(({ Name }) => Name)];
    return names.filter((name) => name.startsWith(prefix)).sort();
}

/** Volumes without a name: what the images' own VOLUME leaves when nobody takes it away. */
export async function anonymousVolumes(): Promise<Set<string>> {
    const { Volumes } = await daemon.listVolumes();
    return new Set((Volumes ?? []).map(({ Name }) => Name).filter((name) => /^[0-9a-f]{64}$/.test(name)));
}
