import { engines } from "../engines";
import type { Mount } from "../runtimes/runtime";
import { InstanceError } from "./errors";
import { readFile } from "./files";
import { marksOf } from "./labels";
import { labelsFor, type Order } from "./order";

/** A volume that a container mounts, and whether this very operation made it, so that its failure must take it away. */
export interface UsedVolume {
    readonly name: string;
    readonly fresh: boolean;
}

/** The name of the volume that holds the data; `undefined` where none does. */
export function volumeNameOf({ inputs, engine }: Order): string | undefined {
    if (inputs.storage === "volume") return inputs.volumeName ?? inputs.identifier;
    return inputs.storage === "container" && engine.data.fixed ? inputs.identifier : undefined;
}

export function mountOf({ inputs, engine }: Order, volume: string | undefined): Mount | undefined {
    const path = engine.data.mount;
    if (volume !== undefined) return { kind: "volume", name: volume, path };
    return inputs.storage === "tmpfs" ? { kind: "tmpfs", path, ...(engine.data.owner ? { owner: engine.data.owner } : {}) } : undefined;
}

/** Makes the volume where it is missing. One that another instance owns, or that holds another engine's data, is refused. */
export async function ensureVolume(order: Order, name: string): Promise<UsedVolume> {
    const { runtime, inputs } = order;
    const found = await runtime.findVolume(name);
    const own = inputs.volumeName === undefined;
    if (!found) {
        await runtime.createVolume(name, labelsFor(order, own ? "data" : "kept"));
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
    return { name, fresh: false };
}

/** Looks into a volume that was there before: what another engine, or another major version, has written is not touched. */
export async function refuseForeignData(order: Order, container: string, volume: string): Promise<void> {
    const { engine, runtime, inputs } = order;
    for (const other of engines) {
        for (const place of [other.data.marker, other.data.marker.replace(/^data\//, "")]) {
            const content = await readFile(runtime, container, `${engine.data.mount}/${place}`, 64).catch(() => "");
            if (content === undefined) continue;
            const here = other === engine && place === engine.data.marker;
            const major = engine.versions.major(inputs.engineVersion);
            if (here && (!/^\d+\s*$/.test(content) || content.trim() === major)) continue;
            const what = here
                ? `${other.title} ${content.trim()}`
                : `${other.title}${place === other.data.marker ? "" : " in the layout of its official image"}`;
            throw new InstanceError(
                `volume ${volume} holds data of ${what}, and this instance runs ${engine.title} ${inputs.engineVersion}; choose another volumeName. Nothing in it was changed`,
            );
        }
    }
}
