import { createHash } from "node:crypto";
import type { Container, Labels } from "../runtimes/runtime";
import type { InstanceInputs } from "./args";

/** Every label key, written and read here only. All of them go on every container, volume and image, so that none is inherited from a layer below. */
const key = {
    managed: "devdb.managed",
    project: "devdb.project",
    stack: "devdb.stack",
    name: "devdb.name",
    identifier: "devdb.identifier",
    engine: "devdb.engine",
    username: "devdb.username",
    dbName: "devdb.dbname",
    spec: "devdb.spec",
    role: "devdb.role",
    created: "devdb.created",
    origin: "devdb.origin",
    run: "devdb.run",
    image: "devdb.image",
    tags: "devdb.tags",
    snapshot: "devdb.snapshot",
    manifest: "devdb.manifest",
    known: "devdb.known",
} as const;

/** `instance`: the container; `data`: a volume that goes with it; `kept`: a volume that the user owns; `image`: an engine image that we built; `primed`: one that was initialised once; `snapshot`: the layer of an instance, at one moment. */
export type Role = "instance" | "data" | "kept" | "image" | "primed" | "snapshot";

export interface Marks {
    readonly project: string;
    readonly stack: string;
    readonly name: string;
    readonly identifier: string;
    readonly engine: string;
    /** The master user and database, so that a snapshot needs only a name; empty where there is none. */
    readonly username: string;
    readonly dbName: string;
    readonly spec: string;
    readonly role: Role;
    /** When the instance was made: stays through every recreate, and so tells one instance from its namesakes. */
    readonly created: string;
    readonly origin: string;
    readonly run: string;
    /** The engine image that a container or a primed layer stands on, by its id: a primed container's own image is another. */
    readonly image: string;
    readonly tags: Readonly<Record<string, string>>;
    /** Of a snapshot's image: its id and its manifest. */
    readonly snapshot?: string;
    readonly manifest?: string;
    /** Of a primed layer or a snapshot's image: what the engine said of it that starts on it must know. */
    readonly known?: string;
}

export function labelsOf(marks: Marks): Labels {
    const { tags, ...texts } = { snapshot: "", manifest: "", known: "", ...marks };
    const pairs = Object.entries(texts).map(([name, value]) => [key[name as keyof typeof texts], value]);
    return { [key.managed]: "true", ...Object.fromEntries(pairs), [key.tags]: JSON.stringify(tags) };
}

/** `undefined` where the labels are not ours. */
export function marksOf(labels: Labels): Marks | undefined {
    if (labels[key.managed] !== "true") return undefined;
    const text = (name: Exclude<keyof typeof key, "managed">) => labels[key[name]] ?? "";
    return {
        project: text("project"),
        stack: text("stack"),
        name: text("name"),
        identifier: text("identifier"),
        engine: text("engine"),
        username: text("username"),
        dbName: text("dbName"),
        spec: text("spec"),
        role: text("role") as Role,
        created: text("created"),
        origin: text("origin"),
        run: text("run"),
        image: text("image"),
        tags: readTags(text("tags")),
        ...(text("snapshot") === "" ? {} : { snapshot: text("snapshot") }),
        ...(text("manifest") === "" ? {} : { manifest: text("manifest") }),
        ...(text("known") === "" ? {} : { known: text("known") }),
    };
}

export const managed: Labels = { [key.managed]: "true" };

export function labelled(filter: Partial<Pick<Marks, "identifier" | "created" | "role" | "snapshot">>): Labels {
    const pairs = Object.entries(filter).map(([name, value]) => [key[name as keyof typeof filter], value]);
    return { ...managed, ...Object.fromEntries(pairs) };
}

/** The engine image that a container stands on; its own image where that is not a primed one. */
export function baseOf(container: Container): string {
    return marksOf(container.labels)?.image || container.image;
}

/** For messages: `stack shop/dev, resource orders`. Two back ends may each have a stack of one name, so that another origin is told. */
export function ownerOf(container: Container, origin: string): string {
    const marks = marksOf(container.labels);
    const elsewhere = marks?.origin === origin ? "" : ", of another state back end";
    // An image's own labels are on everything that is made from it, by whomever.
    return marks?.role === "instance"
        ? `stack ${marks.project}/${marks.stack}, resource ${marks.name}${elsewhere}, made ${marks.created}`
        : `something other than this package (image ${container.image.slice(0, 19)})`;
}

/**
 * What a container is made by, as one hash: without password and port, and without what can change in place or by a restart.
 * Two containers of one spec hold the same kind of data in the same way.
 */
export function specOf(inputs: InstanceInputs): string {
    const { engine, engineVersion, image, dbName, username, publiclyAccessible, environment, storage, volumeName, snapshotIdentifier } =
        inputs;
    const wish = {
        engine,
        engineVersion,
        image,
        dbName,
        username,
        publiclyAccessible,
        environment,
        storage,
        volumeName,
        snapshotIdentifier,
    };
    return createHash("sha256")
        .update(JSON.stringify(sorted(wish)))
        .digest("hex")
        .slice(0, 16);
}

function sorted(value: unknown): unknown {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(
        Object.entries(value)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([name, inner]) => [name, sorted(inner)]),
    );
}

function readTags(text: string): Readonly<Record<string, string>> {
    try {
        return JSON.parse(text) as Record<string, string>;
    } catch {
        return {};
    }
}
