import type { Container, Daemon, ImageStore, Labels, Runtime, StoredImage, Volume } from "../runtimes/runtime";
import { helperName, recoveringName } from "./halt";
import { type Marks, managed, marksOf } from "./labels";
import { type MakerState, makerState } from "./maker";
import { retiredName, unfinishedName } from "./names";
import { isSuperseded } from "./superseded";

/** What of ours is on one daemon, as its labels tell it. */
export interface Inventory {
    readonly daemon: Daemon;
    readonly containers: readonly OurContainer[];
    readonly volumes: readonly OurVolume[];
    readonly images: readonly OurImage[];
}

export type Thing = OurContainer | OurVolume | OurImage;

export interface OurContainer {
    readonly kind: "container";
    readonly name: string;
    readonly id: string;
    readonly marks: Marks;
    readonly running: boolean;
    /** `unfinished`: has not answered yet; `retired`: its successor has. Read from the name, as everything else here does. */
    readonly stage: "finished" | "unfinished" | "retired";
    readonly maker: MakerState;
    /** Host ports. */
    readonly ports: readonly number[];
    /** The image's id. */
    readonly image: string;
    readonly volumes: readonly { readonly volume: string; readonly path: string }[];
}

export interface OurVolume {
    readonly kind: "volume";
    readonly name: string;
    readonly marks: Marks;
    readonly maker: MakerState;
    /** Names of the containers that mount it, whoever made them. */
    readonly users: readonly string[];
    /** Whether nothing was ever written to it; told only of one that no container mounts, and only where that can be counted. */
    readonly empty: boolean;
}

export interface OurImage {
    readonly kind: "image";
    readonly name: string;
    readonly id: string;
    readonly marks: Marks;
    /** Another image has taken its name; of a primed layer: the name of the image that it was primed on. */
    readonly superseded: boolean;
    readonly maker: MakerState;
    /** Bytes. */
    readonly size: number;
    /** ISO 8601. */
    readonly createdAt: string;
    /** Names of the containers that were made from it, whoever made them, and of the images that stand on it. */
    readonly users: readonly string[];
}

/** What looking takes. */
export interface Lists extends Pick<Runtime, "daemon" | "list" | "listVolumes" | "volumeSizes"> {
    readonly images: Pick<ImageStore, "list" | "find">;
}

export async function inventory(runtime: Lists): Promise<Inventory> {
    // All containers, since a stranger's may use a volume or an image of ours.
    const [daemon, containers, volumes, images] = await Promise.all([
        runtime.daemon(),
        runtime.list({}),
        runtime.listVolumes(managed),
        runtime.images.list(managed),
    ]);
    const used = new Set(containers.flatMap(({ mounts }) => mounts.map(({ volume }) => volume)));
    // Counting takes the daemon long, so it is asked to only where the answer matters.
    const sizes = volumes.every(({ name }) => used.has(name)) ? new Map<string, number>() : await runtime.volumeSizes();
    const moved = await Promise.all(images.map((image) => isSuperseded(runtime.images, image)));
    return {
        daemon,
        containers: containers.flatMap(ourContainer).sort(byOwner),
        volumes: volumes.flatMap((volume) => ourVolume(volume, containers, sizes)).sort(byOwner),
        images: images.flatMap((image, index) => ourImage(image, moved[index] === true, containers, images)).sort(byOwner),
    };
}

function ourContainer(container: Container): OurContainer[] {
    const { id, name, image, mounts, ports, state } = container;
    const marks = marksOf(container.labels);
    const stage = marks && stageOf(name, marks);
    if (!stage) return [];
    return [
        {
            kind: "container",
            id,
            name,
            image,
            marks,
            stage,
            running: state.running,
            maker: makerState(marks.run),
            ports: ports.map(({ host }) => host).filter((port) => port > 0),
            volumes: mounts,
        },
    ];
}

/** `undefined` of a name that we do not give: a container that somebody runs from an image of ours inherits its labels, and is theirs. */
function stageOf(name: string, { role, identifier }: Marks): OurContainer["stage"] | undefined {
    if (role === "primed") return name.startsWith("devdb-primed-") && name.endsWith(unfinishedName("")) ? "unfinished" : undefined;
    if (role === "snapshot") return [helperName(identifier), recoveringName(identifier)].includes(name) ? "unfinished" : undefined;
    if (role === "image" || identifier === "") return undefined;
    if (name === identifier) return "finished";
    if (name === unfinishedName(identifier)) return "unfinished";
    return name === retiredName(identifier) ? "retired" : undefined;
}

function ourVolume({ name, labels }: Volume, containers: readonly Container[], sizes: ReadonlyMap<string, number>): OurVolume[] {
    const marks = marksOf(labels);
    if (!marks) return [];
    const users = containers.filter(({ mounts }) => mounts.some(({ volume }) => volume === name)).map((container) => container.name);
    const empty = users.length === 0 && sizes.get(name) === 0;
    return [{ kind: "volume", name, marks, maker: makerState(marks.run), users, empty }];
}

function ourImage(image: StoredImage, moved: boolean, containers: readonly Container[], images: readonly StoredImage[]): OurImage[] {
    const { id, labels, references, size, createdAt } = image;
    const marks = marksOf(labels);
    // What somebody committed from a container of ours, or built on an image of ours, inherits its labels and is theirs.
    if (!marks || marks.role === "instance") return [];
    if (references.length > 0 && !references.some((reference) => reference.startsWith("devdb/"))) return [];
    const standsOn = (thing: { readonly labels: Labels }) => marksOf(thing.labels)?.image === id;
    const users = [
        ...containers.filter((container) => container.image === id || standsOn(container)).map(({ name }) => name),
        ...images.filter(standsOn).map(nameOf),
    ];
    // One that was pulled by its digest has that for a name.
    const superseded = moved || (references.length === 0 && image.digests.length === 0);
    return [{ kind: "image", name: nameOf(image), id, marks, superseded, maker: makerState(marks.run), size, createdAt, users }];
}

/** Its first reference, or its id where another image took that over. */
function nameOf({ id, references }: StoredImage): string {
    return references[0] ?? id.slice(0, 19);
}

function byOwner(one: Thing, other: Thing): number {
    const key = ({ marks, name }: Thing) => `${marks.project}\n${marks.stack}\n${marks.identifier}\n${name}`;
    return key(one) < key(other) ? -1 : 1;
}
