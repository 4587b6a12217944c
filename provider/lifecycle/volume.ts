import { engines } from "../engines";
import { type Mount, NameTaken } from "../runtimes/runtime";
import { InstanceError } from "./errors";
import { readFile } from "./files";
import { marksOf } from "./labels";
import { thisRun } from "./maker";
import { unfinishedName } from "./names";
import { labelsFor, type Order } from "./order";

/** A volume that a container mounts, and whether this very operation made it, so that its failure must take it away. */
export interface UsedVolume {
    readonly name: string;
    readonly fresh: boolean;
    /** An earlier instance's that is gone, and no state knows it: whether what is in it was ever finished, nobody can tell. */
    readonly orphan?: true;
}

/** The name of the volume that holds the data; `undefined` where none does. */
export function volumeNameOf({ inputs, engine }: Order): string | undefined {
    if (inputs.storage === "volume") return inputs.volumeName ?? inputs.identifier;
    return inputs.storage === "container" && engine.data.fixed ? inputs.identifier : undefined;
}

/** Where data goes that leave another volume or container: the user's own, or one beside those that are there; nothing where they lie in the container. */
export async function volumeBeside(order: Order): Promise<string | undefined> {
    const { inputs, runtime } = order;
    const name = volumeNameOf(order);
    if (name === undefined || inputs.volumeName !== undefined) return name;
    for (let count = 1; ; count += 1) {
        const free = count === 1 ? inputs.identifier : `${inputs.identifier}-${count}`;
        if (!(await runtime.findVolume(free))) return free;
    }
}

export function mountOf({ inputs, engine }: Order, volume: string | undefined): Mount | undefined {
    const path = engine.data.mount;
    if (volume !== undefined) return { kind: "volume", name: volume, path };
    return inputs.storage === "tmpfs" ? { kind: "tmpfs", path, ...(engine.data.owner ? { owner: engine.data.owner } : {}) } : undefined;
}

/** For a look at it: what the image brings must not come into one that is empty. */
export function asItIs(mount: Mount | undefined): Mount | undefined {
    return mount?.kind === "volume" ? { ...mount, asItIs: true } : mount;
}

/** Makes the volume where it is missing. One that another instance owns or uses, or that holds another engine's data, is refused. */
export async function ensureVolume(order: Order, name: string): Promise<UsedVolume> {
    const { runtime, inputs } = order;
    const found = await runtime.findVolume(name);
    const own = inputs.volumeName === undefined;
    if (!found) {
        await runtime.createVolume(name, labelsFor(order, own ? "data" : "kept")).catch(async (error: unknown) => {
            // The answer may be lost, and the volume there.
            await removeMade(order, name).catch(() => undefined);
            throw error;
        });
        return { name, fresh: true };
    }
    const marks = marksOf(found.labels);
    const ours = marks?.identifier === inputs.identifier && marks.project === order.context.project;
    if (own && !ours)
        throw new InstanceError(
            `a volume named ${name} exists already and is not this instance's; give volumeName to use it, another identifier, or remove it`,
        );
    if (marks?.role === "data" && !ours) {
        throw new InstanceError(
            `volume ${name} belongs to the instance ${marks.identifier} of stack ${marks.project}/${marks.stack} and goes with it; choose another volumeName`,
        );
    }
    await refuseUsed(order, name);
    return { name, fresh: false, ...(own && marks?.created !== order.created ? { orphan: true } : {}) };
}

/** Removes a volume that this very run made: another one may have taken the name a moment before. */
export async function removeMade({ runtime, created }: Order, name: string): Promise<void> {
    const marks = marksOf((await runtime.findVolume(name))?.labels ?? {});
    if (marks?.created === created && marks.run === thisRun()) await runtime.removeVolume(name);
}

/** Two servers on one data directory destroy it, and each would take the other's lock, from another container, for a leftover. */
async function refuseUsed({ runtime, inputs }: Order, volume: string): Promise<void> {
    const user = (await runtime.list({})).find(({ state, mounts }) => state.running && mounts.some((mount) => mount.volume === volume));
    if (!user) return;
    // Another run makes this very instance, and was a moment faster.
    if (user.name === inputs.identifier || user.name === unfinishedName(inputs.identifier)) throw new NameTaken(user.name);
    throw new InstanceError(
        `volume ${volume} is in use by the running container ${user.name}; stop that one first, or choose another volumeName`,
    );
}

/** Looks into a volume that was there before: what another engine, or another major version, has written is not touched. */
export async function refuseForeignData(order: Order, container: string, { name: volume, orphan }: UsedVolume): Promise<void> {
    const { engine, runtime, inputs } = order;
    for (const other of engines) {
        for (const place of [other.data.marker, other.data.marker.replace(/^data\//, "")]) {
            if ((await readFile(runtime, container, `${engine.data.mount}/${place}`, 64)) === undefined) continue;
            const here = other === engine && place === engine.data.marker;
            if (here && orphan)
                throw new InstanceError(
                    `volume ${volume} holds data of an earlier ${other.title} instance whose container is gone, and no state knows it. ` +
                        `To use what is in it, give it as volumeName with storage "volume"; else remove it: docker volume rm ${volume}`,
                );
            const version = here ? await writtenBy(order, container) : undefined;
            const { major } = engine.versions;
            if (here && (version === undefined || major(version) === major(inputs.engineVersion))) continue;
            const what = here
                ? `${other.title} ${version}`
                : `${other.title}${place === other.data.marker ? "" : " in the layout of its official image"}`;
            throw new InstanceError(
                `volume ${volume} holds data of ${what}, and this instance runs ${engine.title} ${inputs.engineVersion}; choose another volumeName. Nothing in it was changed`,
            );
        }
    }
}

/** What was dumped is restored into nothing: what a volume holds already is not touched. */
export async function refuseData({ engine, runtime, inputs }: Order, container: string, { name: volume }: UsedVolume): Promise<void> {
    const { mount, marker } = engine.data;
    if ((await readFile(runtime, container, `${mount}/${marker}`, 64)) === undefined) return;
    throw new InstanceError(
        `volumeName: volume ${volume} holds data already, and ${inputs.snapshotIdentifier === undefined ? "what the instance has is carried over" : "a snapshot is restored"} into an empty one; choose another volumeName${inputs.snapshotIdentifier === undefined ? "" : ", or leave snapshotIdentifier out"}. Nothing in it was changed`,
    );
}

/** A layer fills a volume that is new: of another one nobody knows yet what is in it. */
export function usedVolume(volume: string): InstanceError {
    return new InstanceError(
        `volumeName: volume ${volume} exists already, and an image snapshot fills a new one; choose another volumeName. Nothing in it was changed`,
    );
}

/** The version that wrote a container's data, where the engine leaves word of it. */
export async function writtenBy({ engine, runtime }: Order, container: string): Promise<string | undefined> {
    const { mount, written } = engine.data;
    for (const file of written?.files ?? []) {
        const content = await readFile(runtime, container, `${mount}/${file}`);
        if (content !== undefined) return written?.version(content);
    }
    return undefined;
}
