import type { Readable, Writable } from "node:stream";

/**
 * What lifecycle/ needs of the place where containers run. It knows containers, volumes and images, and nothing of databases.
 * A name is a container's name; every method accepts one that is gone, by the rule given at each.
 */
export interface Runtime {
    /** Where this engine was found, for messages: `unix:///var/run/docker.sock (the default socket)`. */
    readonly found: string;
    /** Where published ports are reached from this process, and whether that is this very machine. */
    readonly address: { readonly host: string; readonly local: boolean };
    /** Which daemon this is. Asked at most once per connection; then it may be a second old. */
    daemon(): Promise<Daemon>;

    find(name: string, options?: Bounded): Promise<Container | undefined>;
    /** Containers that carry all of these labels, whatever their state. */
    list(labels: Labels): Promise<readonly Container[]>;
    /** The name of the running container that publishes this host port, if one does. */
    publisherOf(port: number): Promise<string | undefined>;
    /** Makes a container without starting it. Refused with `NameTaken` where the name is held. */
    create(spec: ContainerSpec): Promise<string>;
    /** A running one stays as it is. Refused with `PortTaken` where the host port is held. */
    start(name: string, dialogue?: Dialogue): Promise<void>;
    /** A stopped or absent one is success. */
    stop(name: string, seconds: number): Promise<void>;
    /** Halts all that runs in a container, until `unpause`. */
    pause(name: string): Promise<void>;
    /** One that is not halted, or absent, is success. */
    unpause(name: string): Promise<void>;
    rename(from: string, to: string): Promise<void>;
    /** Removes container and anonymous volumes, running or not. Absent is success. */
    remove(name: string): Promise<void>;
    /** Changes limits and restart policy of a container that exists. */
    update(name: string, change: ContainerChange): Promise<void>;
    attach(name: string, network: NetworkAttachment): Promise<void>;
    detach(name: string, network: string): Promise<void>;
    /** Never throws on an exit code. Output that is kept is cut at 1 MiB each way; streams flow with back-pressure, whole or not at all. */
    exec(name: string, command: Exec): Promise<Outcome>;
    /** The last lines that the container wrote since somebody last started it, both streams together. */
    logs(name: string, lines: number): Promise<string>;
    /** A tar stream of a file or directory, from a container in any state; `undefined` where the path does not exist. */
    copyOut(name: string, path: string): Promise<Readable | undefined>;
    /** Unpacks a tar stream into a directory of a container in any state; the directory must exist. Owners and modes are kept. */
    copyIn(name: string, directory: string, tar: Readable): Promise<void>;

    findVolume(name: string): Promise<Volume | undefined>;
    listVolumes(labels: Labels): Promise<readonly Volume[]>;
    createVolume(name: string, labels: Labels): Promise<void>;
    /** Absent is success. */
    removeVolume(name: string): Promise<void>;
    /** Bytes in each volume, by name; one that cannot be counted is left out. May take seconds. */
    volumeSizes(): Promise<ReadonlyMap<string, number>>;

    readonly images: ImageStore;
}

export interface ImageStore {
    find(reference: string): Promise<StoredImage | undefined>;
    list(labels: Labels): Promise<readonly StoredImage[]>;
    pull(reference: string, login: RegistryLogin | undefined, progress: (text: string) => void): Promise<void>;
    /**
     * Makes an image of a container's own layer, under this reference. Volumes are not in it. What runs in the container is halted for the time, so that the
     * layer is of one moment, and goes on in any case.
     */
    commit(container: string, reference: string, labels: Labels): Promise<void>;
    /** Answers the image's id; it has no name yet. A build that fails, or whose caller dies, leaves no container. */
    build(context: Readable, options: BuildOptions, progress: (text: string) => void): Promise<string>;
    /** Names an image. One that had the name before loses it. */
    tag(id: string, reference: string): Promise<void>;
    /** Absent is success. */
    remove(reference: string): Promise<void>;
    /** Removes an image that has no other name; one that is in use only loses this one. Absent is success. */
    unname(reference: string): Promise<void>;
}

export interface Bounded {
    /** Gives up when aborted. */
    readonly signal?: AbortSignal;
}

export type Labels = Readonly<Record<string, string>>;

export interface Daemon {
    /** The same at every call and for every client, other than any other daemon's. */
    readonly id: string;
    /** What people call it: the host's name. */
    readonly name: string;
    readonly cpus: number;
    /** Bytes. */
    readonly memory: number;
}

export interface Container {
    readonly id: string;
    readonly name: string;
    /** The image's id, `sha256:…`. */
    readonly image: string;
    readonly labels: Labels;
    readonly state: ContainerState;
    /** Bytes; 0 without a limit. */
    readonly memory: number;
    /** Whole and part processors; 0 without a limit. */
    readonly cpus: number;
    readonly ports: readonly PublishedPort[];
    readonly networks: readonly NetworkAttachment[];
    readonly restart: RestartPolicy;
    readonly mounts: readonly { readonly volume: string; readonly path: string }[];
    /** Paths that lie in memory. */
    readonly inMemory?: readonly string[];
}

export interface ContainerState {
    /** Also while it is halted. */
    readonly running: boolean;
    readonly paused: boolean;
    readonly exitCode: number;
    readonly outOfMemory: boolean;
    /** How often the runtime has started it again since somebody last did. */
    readonly restarts: number;
    /** ISO 8601. Another one means that the server was restarted. */
    readonly startedAt: string;
    /** What the runtime says of a start that failed. */
    readonly error: string;
}

export interface PublishedPort {
    readonly container: number;
    readonly host: number;
    readonly interface: string;
}

export interface NetworkAttachment {
    readonly name: string;
    readonly aliases: readonly string[];
}

/** With a container's first process, where it was made with `stdin`. */
export interface Dialogue {
    /** All that it reads, as soon as it is known. */
    readonly stdin: Promise<string | Buffer>;
    /** Called with the last of what it has written to its outputs whenever there is more; answers whether that is the end of it. */
    readonly heard: (words: string) => boolean;
    /** Called once: at the end, or when there is nobody to listen to any more. */
    readonly ended: () => void;
}

export type RestartPolicy = "no" | "unless-stopped";

export interface ContainerSpec {
    readonly name: string;
    readonly hostname: string;
    /** A reference or an id that the image store has. */
    readonly image: string;
    /** Absent: the image's own. */
    readonly user?: string;
    readonly labels: Labels;
    /** `undefined`: the image sets it, and this container is not to have it. */
    readonly environment: Readonly<Record<string, string | undefined>>;
    /** Absent: the image's own. */
    readonly command?: readonly string[];
    readonly entrypoint?: readonly string[];
    /** Absent: nobody outside of the container engine's own network reaches it. */
    readonly publish?: { readonly container: number; readonly host: number; readonly interface: string };
    readonly mount?: Mount;
    readonly memory?: number;
    readonly cpus?: number;
    readonly sharedMemory?: number;
    /** A volume that it reads, and cannot write to. */
    readonly reads?: { readonly volume: string; readonly path: string };
    /** Its first process reads standard input, as far as the first `start` writes it. */
    readonly stdin?: true;
    readonly capabilities: readonly string[];
    /** Joined besides the runtime's default bridge. */
    readonly networks: readonly NetworkAttachment[];
    /** It has no network at all, which is faster to make than any. */
    readonly isolated?: true;
    /** Whether the runtime starts it again where it ends by itself, and after a reboot. @default "no" */
    readonly restart?: RestartPolicy;
    readonly stopSeconds: number;
}

export type Mount =
    /** `asItIs`: also an empty one gets nothing of what the image has there. */
    | { readonly kind: "volume"; readonly name: string; readonly path: string; readonly asItIs?: true }
    | { readonly kind: "tmpfs"; readonly path: string; readonly owner?: { readonly uid: number; readonly gid: number } };

export interface ContainerChange {
    readonly memory?: number;
    readonly cpus?: number;
    readonly restart?: RestartPolicy;
}

export interface Exec {
    readonly command: readonly string[];
    readonly user?: string;
    /** A stream that fails makes the call fail, whatever the command made of its beginning. */
    readonly stdin?: string | Readable;
    /** Takes standard output, and is ended with it; then the outcome has none. */
    readonly stdout?: Writable;
    /** Told of what the command writes to standard error while it runs. */
    readonly stderr?: (chunk: Buffer) => void;
    readonly signal?: AbortSignal;
}

export interface Outcome {
    readonly exitCode: number;
    readonly stdout: string;
    readonly stderr: string;
}

export interface Volume {
    readonly name: string;
    readonly labels: Labels;
}

export interface StoredImage {
    /** What its containers run; empty from `list`, which does not tell. */
    readonly entrypoint: readonly string[];
    /** The variables that its containers have; empty from `list` too. */
    readonly environment: Readonly<Record<string, string>>;
    /** `sha256:…` of the configuration, what a container can be made from. */
    readonly id: string;
    readonly references: readonly string[];
    /** `repository@sha256:…`, one per registry that it came from. */
    readonly digests: readonly string[];
    readonly labels: Labels;
    /** Bytes. */
    readonly size: number;
    /** ISO 8601. */
    readonly createdAt: string;
}

export type RegistryLogin =
    | { readonly username: string; readonly password: string; readonly serveraddress: string }
    | { readonly identitytoken: string; readonly serveraddress: string };

export interface BuildOptions {
    readonly arguments: Readonly<Record<string, string>>;
    readonly labels: Labels;
    /** Takes no step from an earlier build. */
    readonly fresh: boolean;
}

/** The container's name is held by another container. */
export class NameTaken extends Error {
    override readonly name = "NameTaken";
    constructor(readonly container: string) {
        super(`a container named ${container} exists already`);
    }
}

/** The host port is held by a container or by another process. */
export class PortTaken extends Error {
    override readonly name = "PortTaken";
    constructor(readonly port: number) {
        super(`host port ${port} is taken`);
    }
}

/**
 * Why a pull failed. `unreachable`: no registry answered, and only then may an image of our own be built. `refused`: for want of a login or of rights.
 * `missing`: it has no such image. `limited`: it answers no more for a while. `broken`: it answered, and the pull ended later. `other`: anything else.
 */
export type PullFault = "unreachable" | "refused" | "missing" | "limited" | "broken" | "other";

export class PullFailed extends Error {
    override readonly name = "PullFailed";
    constructor(
        readonly reference: string,
        /** The registry's or the daemon's own words. */
        readonly words: string,
        readonly kind: PullFault,
    ) {
        super(`${reference} cannot be pulled: ${words}`);
    }
}

/** The daemon did not answer, or not in time. */
export class DaemonSilent extends Error {
    override readonly name = "DaemonSilent";
}
