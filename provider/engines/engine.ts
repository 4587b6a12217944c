import type { Dump } from "./dump";
import type { Layering } from "./layering";

/**
 * What the rest of the provider knows of a database engine. An engine is data and pure functions: it says what its image, files, statements and
 * errors are; lifecycle/ and runtimes/ do the work. Code outside this folder never compares an engine's name.
 */
export interface Engine {
    /** One word for the family, in labels and image names: `postgres`. */
    readonly family: string;
    /** The family's name in prose: `PostgreSQL`. */
    readonly title: string;
    /** The names that `engine` may have, RDS's first; the short form is among them. */
    readonly names: readonly string[];
    readonly versions: Versions;
    readonly image: Image;
    /** The port that the server listens on in its container. */
    readonly port: number;
    /** The master user and database where the program names none: what the image itself would make. */
    readonly defaults: Account;
    /** Seconds until a first start must have answered. */
    readonly startupSeconds: number;
    readonly stop: Stop;
    readonly data: DataPlace;
    /** The terms that `acceptLicense: true` accepts; absent where none are asked for. */
    readonly license?: License;
    /** Bytes of memory below which the server does not start; smaller limits are refused before anything is made. */
    readonly memoryFloor: number;
    /** Why a name, a password or the lot cannot be had from this engine; nothing when it can. */
    readonly faults: (account: Partial<Login>) => readonly Fault[];
    /** Whether an environment variable belongs to us, so that `environment` may not set it. */
    readonly ownsVariable: (name: string) => boolean;
    /** Server settings by which `durability: "fast"` differs from the server's own defaults; `undefined` where safety buys no speed, so that it is refused. */
    readonly fast: Settings | undefined;
    /** The file that carries `parameters`; `undefined` where the image reads none, so that `parameters` is refused. */
    readonly parameters?: (settings: Settings, place: Place) => File;
    /** What the container needs besides image, labels, mounts and limits. */
    readonly container: (start: Start) => ContainerPlan;
    /** The same where the image's entrypoint is that of `priming`: the first start makes the account. Absent: it is made once a login was refused. */
    readonly containerWithAccount?: (start: Start, account: Login, entrypoint: readonly string[]) => AccountPlan;
    /** How the image is initialised once for all its instances; absent where that cannot be done, so that each starts plainly. */
    readonly priming?: Priming;
    /** How this process logs in over the published port. */
    readonly client: Client;
    /** A login inside the container, over its own address and with the password on standard input; prints the server's version. */
    readonly innerLogin: (login: Login) => Script;
    /** Makes master user, database and password what they should be; may run again at any time. Authenticates without the user's password. */
    readonly account: (login: Login, options: { readonly fast: boolean }) => Script;
    /** How a step of `seeds` is read. */
    readonly seeding: (login: Login) => Seeding;
    /** How the engine's own tools write an instance out and read it back; absent where that cannot be done yet, so that snapshots are refused. */
    readonly dump?: Dump;
    /** How a running server becomes a layer that others start on; absent where it cannot. It needs `dump` too, which says what is in the server. */
    readonly layering?: Layering;
    /** Reads the version out of what the server says of itself: `17.5 (Debian 17.5-1)` is `17.5`. */
    readonly versionOf: (text: string) => string;
    /** A URL that the engine's usual drivers take. Everything in it is percent-encoded. */
    readonly url: (login: Login, address: Address) => string;
}

export interface Versions {
    /** The lines that are offered, newest first: `18`, `17`. A version belongs to the line that it is or begins with. */
    readonly lines: readonly string[];
    /** The line where the program names none. Chosen once and kept in the state. */
    readonly default: string;
    /** The part of a version within which data directories stay readable: `17` of `17.5`, `8.4` of `8.4.3`. */
    readonly major: (version: string) => string;
    /** The part of a version that the server says of itself, where a tag says more: `2022` of `2022-CU26-ubuntu-22.04`. Absent: all of it. */
    readonly reported?: (version: string) => string;
}

export interface Image {
    readonly repository: string;
    readonly tag: (version: string, name: string) => string;
    /** How our own image is built from Debian's packages where no registry can be reached. */
    readonly build?: {
        /** Folder under `assets/`. */
        readonly context: string;
        /** The Debian release that packages each line. */
        readonly suites: Readonly<Record<string, string>>;
        /** Further build arguments, of the lines that need any. */
        readonly arguments?: Readonly<Record<string, Settings>>;
    };
}

export interface Stop {
    /** Seconds the server gets to stop cleanly before it is killed. */
    readonly seconds: number;
    /** Run before the stop signal, where the image does not forward signals. The server ends by it, so no restart policy may hold by then. */
    readonly script?: Script;
}

export interface DataPlace {
    /** Where a volume or tmpfs is mounted. */
    readonly mount: string;
    /** The data directory, `mount` or below it; outside the image's VOLUME wherever the image lets it be moved. */
    readonly directory: string;
    /** The image declares `mount` as a VOLUME that cannot be moved, so even `storage: "container"` keeps a named volume. */
    readonly fixed?: true;
    /** Who owns the mount, where the image does not start as root and so cannot take it over itself. */
    readonly owner?: { readonly uid: number; readonly gid: number };
    /** The image brings the first data files at `mount`: a new volume must be filled from there, as Docker and Podman do. */
    readonly filled?: true;
    /** Why the data cannot lie in memory, so that `storage: "tmpfs"` is refused; absent where it can. */
    readonly notInMemory?: string;
    /** A path below `mount` that exists once this engine has initialised the place. */
    readonly marker: string;
    /** Which version wrote the data: files below `mount`, of which the first that is there tells; absent where none does. */
    readonly written?: { readonly files: readonly string[]; readonly version: (content: string) => string | undefined };
}

export interface License {
    /** What the user accepts, in words, and where it can be read. */
    readonly terms: string;
    readonly url: string;
}

export interface Account {
    readonly username: string;
    /** Absent where a login needs no database. */
    readonly dbName?: string;
}

export interface Login extends Account {
    readonly password: string;
}

export interface Address {
    readonly host: string;
    readonly port: number;
}

export interface Fault {
    readonly property: "username" | "dbName" | "password";
    readonly reason: string;
}

export type Settings = Readonly<Record<string, string>>;

/** A program and its arguments. Never a secret among them: everybody on the machine can read them. */
export type Command = readonly [program: string, ...args: string[]];

/** Run inside the container; secrets go through `stdin`. */
export interface Script {
    readonly command: Command;
    /** The container's user to run as; default: the image's. */
    readonly user?: string;
    readonly stdin: string;
}

/** A client inside the container that reads a step of `seeds`, as the master user in its database. */
export interface Seeding {
    /** Run as root. Reads statements from standard input, ends with another code than 0 at the first error, and prints that and little else. */
    readonly command: Command;
    /** What it reads before the step: whole lines, of which none is the step's. Here is the password, where one is needed. */
    readonly before: string;
    /** What it reads after the step. */
    readonly after: string;
    /** A step that fails or is broken off leaves nothing of what it did. */
    readonly whole: boolean;
    /** Finds the step's line, as its first group, in what the client prints of an error; absent where it does not say. */
    readonly line?: RegExp;
}

/** Put into the container before its server starts. */
export interface File<Content extends string | Buffer = string> {
    readonly path: string;
    readonly content: Content;
    /** Permission bits: `0o600`. */
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
    /** Written only where it is not there yet, because what it says belongs to the data beside it. */
    readonly once?: true;
}

/** Where files that belong to the data may lie: in the data mount, or beside the server's configuration where the mount is memory. */
export interface Place {
    readonly directory: string;
}

export interface Start {
    /** The engine's name as the program gave it: `sqlserver-ex`. */
    readonly name: string;
    readonly version: string;
    readonly account: Account;
    /** A throw-away password: letters of both cases and digits, 24. Never the user's. */
    readonly bootstrap: string;
    readonly place: Place;
    /** Filled from a snapshot's dump as soon as it answers, and before anybody uses it; the restore's `end` ends that. */
    readonly filled?: true;
    /** Bytes; absent without a limit. */
    readonly memory?: number;
    /** What `known` of `priming` or `layering` read when the layer was made; absent on other data, and on a layer that has none. */
    readonly known?: string;
}

export interface ContainerPlan {
    readonly environment: Readonly<Record<string, string>>;
    /** Arguments for the image's entrypoint; absent: the image's own. */
    readonly command?: readonly string[];
    readonly files: readonly File[];
    readonly capabilities?: readonly string[];
    /** Bytes of /dev/shm, where the runtime's 64 MiB are too few. */
    readonly sharedMemory?: number;
}

/**
 * Most of a cold start is the server initialising itself. That is done once, in a container of the image that is then committed; what it leaves holds no
 * password that works and nothing that must differ between servers.
 */
export interface Priming {
    /** Counted up whenever what is left changes, so that layers made before are not used any more. */
    readonly version: number;
    /** The entrypoint whose work is done; an image with another one is started plainly. */
    readonly entrypoint: string;
    /** The entrypoint runs the files here on a first start, so an image that has any is started plainly. */
    readonly initDirectory: string;
    /** Run by root as the container begins; its last act gives `data.directory` to the server's own user. */
    readonly prepare: Command;
    /** Run by that user then. */
    readonly initialise: Script;
    /** What of the layer its servers' starts must know, in what `initialise` printed; it is kept with the layer, in a label. @default nothing */
    readonly known?: (printed: string) => string | undefined;
    /** What the server would make at its first start, and take long for. @default nothing */
    readonly keys?: readonly KeyKind[];
    /** Whether the server must know these when it initialises itself, so that the instance is started plainly. */
    readonly unfit: (wish: { readonly settings: Settings; readonly environment: Settings }) => boolean;
    /** Starts the server itself on data that is there already. `account` where the data is fresh and has no master user yet. */
    readonly start: (start: Start, account: Login | undefined) => DirectPlan;
}

/** A start that makes the account itself. */
export interface AccountPlan extends ContainerPlan {
    readonly entrypoint: Command;
    /** What the entrypoint reads, once, at its first start: text, or files in a tar archive. The keys are those that `priming` asks for. */
    readonly stdin?: (keys: Keys) => string | readonly File<Buffer>[];
    /** What it writes to either output when it accepts connections: only then, or after a while, is it given its standard input. @default given at once */
    readonly up?: RegExp;
    /** What it writes to either output when a login is worth a try; absent where it is no use to listen. */
    readonly said?: RegExp;
    /** When it has made the master user: before the server answers anybody, or a moment after; then a refused login means nothing yet. */
    readonly makesAccount: "before it answers" | "as it answers";
}

export interface DirectPlan extends AccountPlan {
    /** The container's user: servers refuse to run as root. */
    readonly user: string;
    /** Written over the files of these names once the server answers, since they held a secret. */
    readonly afterwards: readonly File[];
}

/** `certificate`: of the server's own key, signed by itself. `rsa`: a pair of 2048 bits, by which clients without TLS send passwords. */
export type KeyKind = "certificate" | "rsa";

/** In PEM, each with a line end; a certificate has the place of its public key. */
export type Keys = Readonly<Partial<Record<KeyKind, { readonly private: string; readonly public: string }>>>;

/** What a failed login means. */
export type Refusal =
    /** The server is not there yet: try again. */
    | "starting"
    /** The server answers, but this user, password or database is not what it should be. */
    | "account"
    /** No later try will end differently. */
    | "fatal";

export type Client =
    /** A driver of this process, loaded when first needed. The last that `sql` answers, of one row or of several statements, is the server's version. */
    | { readonly driver: "pg" | "mysql2"; readonly sql: string; readonly refusal: (code: string) => Refusal }
    /** No driver is shipped: the login is made inside the container, by `innerLogin`; `refusal` reads its output, and that of an `account` that failed. */
    | { readonly driver: "inner"; readonly refusal: (output: string) => Refusal };

export * from "./dump";
export type * from "./layering";
