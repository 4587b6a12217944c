import type { Account, Command, Fault, Script, Settings } from "./engine";

/**
 * How an engine's own tools write all of an instance out and read it back. `streams`: one stream for each database, to a tool's standard output and from
 * its standard input. `files`: the server itself writes and reads a file in its container, one for each database.
 */
export type Dump = StreamedDump | FiledDump;

interface AnyDump {
    /** Prints the name and version of the tool that dumps. */
    readonly tool: Script;
    /** Why an instance of this account cannot be dumped whole; absent where each can. */
    readonly undumpable?: (account: Partial<Account>) => Fault | undefined;
    /** Prints what there is in the instance. */
    readonly survey: Script;
    readonly surveyed: (stdout: string) => Survey;
    /** Prints what only each database itself can tell, a line for each; absent where the survey tells all. */
    readonly look?: (databases: readonly string[]) => Script;
    readonly looked?: (line: string) => Look;
    /** What a password's hash looks like in an error of these tools: they quote statements. */
    readonly hash: RegExp;
    /**
     * Recognises, by its first bytes, a dump that the engine's tools wrote elsewhere, and that a user brings along; `undefined` where it is none of this
     * engine. Throws with the reason where it is one that cannot be used. What of it becomes of a snapshot is restored by `restore`, to which `settings` tell.
     */
    readonly brought?: (beginning: Buffer) => BroughtReader | undefined;
    /** Writes users or roles to standard output, with memberships, grants and hashes. */
    readonly globals: Script;
}

export interface StreamedDump extends AnyDump {
    readonly kind: "streams";
    /** Writes one database to standard output, as it was at one moment; nobody is kept waiting meanwhile. */
    readonly database: (database: string) => Script;
    /**
     * What it writes is compressed in the container, which spares the way out of it most of the bytes: `gzip` is for whoever reads it to undo, `none` the
     * tool's own affair.
     */
    readonly packed: "gzip" | "none";
    readonly restore: StreamedRestore;
}

export interface FiledDump extends AnyDump {
    readonly kind: "files";
    /** Where the server may write and read. Each dump has a folder of its own below, which is removed afterwards. */
    readonly place: string;
    /** Who owns folder and file, in chown's words: the server refuses those of others. */
    readonly owner: string;
    /** Permission bits of the file, in chmod's words. */
    readonly mode: string;
    /** Has the server write one database into the folder: one file, whose name is kept. */
    readonly database: (database: string, folder: string) => Script;
    readonly restore: FiledRestore;
}

/** Into an instance that has just been made, and holds nothing but its master user and database. In this order; each runs without the user's password. */
interface AnyRestore {
    /** Why the copy cannot have the names that it is to have. */
    readonly faults: (copy: Copy) => readonly Fault[];
    /** Prints the extensions that the server could make, one a line; absent where databases need none. */
    readonly extensions?: Script;
    /** Makes room for the databases, and users or roles of what `globals` wrote; absent where there is nothing to do. */
    readonly begin?: (copy: Copy, text: string) => Script;
    /** Grants what `globals` wrote and only databases that are there can be granted; absent where all is granted before. */
    readonly grants?: (copy: Copy, text: string) => Script;
    /** Gives the names of the copy to what still has those of the source, and leaves a server as it will stay. Absent where nothing is left to do. */
    readonly end?: (copy: Copy) => Script;
    /** Lets the other users log in as they could at the source: last of all, and only where the copy takes the source's place. */
    readonly logins: (copy: Copy, text: string) => Script;
}

export interface StreamedRestore extends AnyRestore {
    /** Programs that read one database from standard input, one after the other, and each from its beginning: the first need not read to the end. */
    readonly database: (copy: Copy, database: Surveyed) => readonly [Intake, ...Intake[]];
    readonly begin: (copy: Copy, text: string) => Script;
    /** Until then, and after it too, only the master user can log in. */
    readonly end: (copy: Copy) => Script;
}

export interface FiledRestore extends AnyRestore {
    /** Has the server read one database from a file in a folder of the container. */
    readonly database: (copy: Copy, database: Surveyed, at: { readonly folder: string; readonly file: string }) => Script;
}

export interface Survey {
    /** What the server says of its version. */
    readonly version: string;
    /** Users or roles, as people write them. */
    readonly users: readonly string[];
    readonly databases: readonly Pick<Surveyed, "name" | "settings">[];
    /** What else a restore must know of the instance; no secrets. */
    readonly settings: Settings;
}

/** Reads a dump as it flows by, in bounded memory. Throws where it is not what it began as. */
export interface BroughtReader {
    /** The next piece, from the first byte on. */
    readonly take: (chunk: Buffer) => void;
    /** When all of it was taken. Throws where it is not whole. */
    readonly end: () => BroughtDump;
}

/** What a dump says of itself. */
export interface BroughtDump {
    /** Of the oldest server that reads it. */
    readonly version: string;
    readonly tool: string;
    /** A copy's names, where it has none of its own. */
    readonly account: Account;
    /** Users or roles that it names. */
    readonly users: readonly string[];
    readonly settings: Settings;
    readonly database: Surveyed;
}

export interface Surveyed {
    readonly name: string;
    /** What else a restore must know of it: its collation, say. */
    readonly settings: Settings;
    /** Extensions in it that an image may lack. */
    readonly extensions: readonly string[];
}

export interface Look {
    readonly extensions: readonly string[];
    /** As in what is surveyed. */
    readonly settings: Settings;
    /** The engine makes it by itself, and nobody has used it: it is left out unless it is the instance's own. */
    readonly idle: boolean;
}

/** What an instance was when the snapshot was taken, and what its copy is to be. */
export interface Copy {
    readonly source: {
        readonly version: string;
        readonly account: Account;
        readonly users: readonly string[];
        readonly databases: readonly Surveyed[];
        readonly settings: Settings;
    };
    readonly target: Account;
    /** The version that was asked for; absent where that is not known yet. */
    readonly version?: string;
}

/** A program that reads a dump. */
export interface Intake {
    readonly command: Command;
    readonly user?: string;
    /** Reads the same as the dump's tool packed it, which spares the way in most of the bytes; absent where only what is unpacked will do. */
    readonly packed?: Command;
    /** What changes on the way; absent where nothing does. Made anew for each stream. */
    readonly rewrite?: () => Rewrite;
    /** Run once all databases were read and grants were made, on what `rewrite` held back for later. */
    readonly later?: (text: string) => Script;
}

/**
 * Changes a dump line by line: it is given the beginning of each line, at most 64 kB of it, one character for each byte, and answers what to write instead
 * and whether now or later. The rest of a longer line follows its beginning. With `through`, which ends with a newline, so do the lines after it, unseen, up to
 * the first that ends so.
 */
export type Rewrite = (line: string) => { readonly text: string; readonly when: "now" | "later"; readonly through?: string };
