import { hostname } from "node:os";
import type { Writable } from "node:stream";
import { engineNamed } from "../engines";
import type { Dump, Engine, Script, StreamedDump, Surveyed } from "../engines/engine";
import type { Container, Runtime } from "../runtimes/runtime";
import type { Compression } from "../snapshots/compression";
import type { Found } from "../snapshots/lookup";
import type { Manifest, StoredFile } from "../snapshots/manifest";
import { draft, type Purpose } from "../snapshots/store";
import { accountOf, contents, listed, sourceOf } from "./contents";
import { type FileMarks, fetchFile, inFolder } from "./dump-folder";
import { InstanceError, messageOf } from "./errors";
import { type Marks, marksOf } from "./labels";
import { makerState, thisRun } from "./maker";
import { execTied } from "./tied";
import { together } from "./together";

export interface Taking {
    readonly runtime: Runtime;
    /** The instance's container, running. */
    readonly container: Container;
    readonly id: string;
    /** Absolute. */
    readonly directory: string;
    /** `replacing`: one of this id is the instance's own. @default "new" */
    readonly purpose?: Purpose;
    readonly tags: Readonly<Record<string, string>>;
    /** The last of an instance that is about to go. */
    readonly final?: true;
    readonly progress: (text: string) => void;
    readonly signal: AbortSignal;
}

/** Writes all of a running instance into a new snapshot, by the engine's own tools. One that failed leaves nothing. */
export async function takeLogical(taking: Taking): Promise<Found> {
    const { runtime, container, directory, id, progress, signal } = taking;
    const marks = marksOf(container.labels);
    const engine = marks && engineNamed(marks.engine);
    const dump = engine && dumpOf(engine);
    if (!marks || !engine || !dump) throw new InstanceError(`${container.name} is no instance of this package`);
    refuseOldLabels(container, marks);
    const account = accountOf(marks);
    const fault = dump.undumpable?.(account);
    if (fault) throw new InstanceError(`${container.name}: ${fault.property}: ${fault.reason}`);
    const run = (script: Script) => said(engine, runtime, container.name, script, signal);

    const writing = await draft(directory, id, makerOfDrafts, taking.purpose).catch((error: unknown) => {
        throw placed(directory, error);
    });
    const as =
        (name: string): Add =>
        (fill, packed) =>
            writing.add(name, fill, packed);
    const own = begunEarly(taking, engine, dump, account.dbName, as("database-own"));
    try {
        progress("dumping users");
        const [tool, globals, { version, users, settings, ...survey }] = await together(
            run(dump.tool),
            writing.add("globals", (sink) => pour(engine, taking, dump.globals, sink)),
            run(dump.survey).then((stdout) => dump.surveyed(stdout)),
        );
        const databases = await looked(survey.databases, dump, account.dbName, run);
        if (!databases.some(({ name }) => name === account.dbName)) await own?.drop();
        const stored: Stored[] = [];
        for (const [index, database] of databases.entries()) {
            progress(`dumping ${database.name}`);
            stored.push(
                own && database.name === account.dbName
                    ? { ...database, file: await own.file }
                    : await storeDatabase(taking, engine, dump, database, as(`database-${index + 1}`)),
            );
        }
        const manifest: Manifest = {
            ...contents(engine, taking, { version, users, settings }),
            ...account,
            method: "logical",
            tool: tool.trim(),
            globals,
            databases: stored.map(listed),
            host: hostname(),
            source: await sourceOf(marks, runtime),
            ...(taking.final ? { final: true as const } : {}),
        };
        signal.throwIfAborted();
        return { path: await writing.seal(manifest), manifest };
    } catch (error) {
        await own?.drop();
        await writing.discard();
        throw placed(directory, error);
    }
}

/** A file whose dump has begun. */
interface Begun {
    readonly file: Promise<StoredFile>;
    /** Ends it and leaves nothing of it: it failed, or there is no such database any more. */
    readonly drop: () => Promise<void>;
}

/** The instance's own database is dumped while the others are still looked for: it is most of what there is, and its name is known. */
function begunEarly(taking: Taking, engine: Engine, dump: Dump, name: string | undefined, add: Add): Begun | undefined {
    if (dump.kind !== "streams" || name === undefined) return undefined;
    const dropped = new AbortController();
    const early = { ...taking, signal: AbortSignal.any([taking.signal, dropped.signal]) };
    const file = streamed(early, engine, dump, name, add);
    const ended = Promise.allSettled([file]);
    return {
        file,
        drop: async () => {
            dropped.abort();
            await ended;
        },
    };
}

/** Stores one stream under a name that is given. */
type Add = (fill: (sink: Writable) => Promise<void>, packed?: Compression) => Promise<StoredFile>;
type Stored = Surveyed & { readonly file: StoredFile };

async function storeDatabase(taking: Taking, engine: Engine, dump: Dump, database: Surveyed, add: Add): Promise<Stored> {
    if (dump.kind === "streams") return { ...database, file: await streamed(taking, engine, dump, database.name, add) };
    const { runtime, container, signal } = taking;
    return inFolder(runtime, container.name, dump, async (folder) => {
        const script = dump.database(database.name, folder);
        const { exitCode, stdout, stderr } = await execTied(runtime, container.name, { ...script, signal });
        if (exitCode !== 0) throw failed(engine, script.command, exitCode, `${stderr}\n${stdout}`);
        let fetched: FileMarks | undefined;
        const file = await add(async (sink) => {
            fetched = await fetchFile(runtime, container.name, folder, sink, signal);
        });
        return { ...database, settings: { ...database.settings, ...fetched }, file };
    });
}

function streamed(taking: Taking, engine: Engine, dump: StreamedDump, name: string, add: Add): Promise<StoredFile> {
    return add((sink) => pour(engine, taking, dump.database(name), sink), dump.packed);
}

export const makerOfDrafts = { run: thisRun(), isDead: (run: string) => makerState(run) === "dead" };

/** Why the engine's instances cannot be dumped, where they cannot. */
export function dumpOf(engine: Engine): Dump {
    if (engine.dump) return engine.dump;
    throw new InstanceError(`snapshots of ${engine.title} cannot be taken by this version of pulumi-devdb`);
}

export function refuseOldLabels(container: Container, marks: Marks): void {
    if (marks.username !== "") return;
    throw new InstanceError(
        `${container.name} was made by an earlier version, which did not write down its master user: change an argument that recreates it, such as environment`,
    );
}

export async function looked(
    databases: readonly Pick<Surveyed, "name" | "settings">[],
    dump: Dump,
    own: string | undefined,
    run: (script: Script) => Promise<string>,
): Promise<readonly Surveyed[]> {
    const { look, looked: read } = dump;
    if (!look || !read) return databases.map((database) => ({ ...database, extensions: [] }));
    const lines = (await run(look(databases.map(({ name }) => name)))).split("\n");
    return databases.flatMap((database, index) => {
        const { extensions, idle, settings } = read(lines[index] ?? "");
        if (idle && database.name !== own) return [];
        return [{ ...database, settings: { ...database.settings, ...settings }, extensions }];
    });
}

/** Runs a script to its end and answers what it printed. */
export async function said(engine: Engine, runtime: Runtime, name: string, script: Script, signal: AbortSignal): Promise<string> {
    const { exitCode, stdout, stderr } = await runtime.exec(name, { ...script, signal });
    if (exitCode !== 0) throw failed(engine, script.command, exitCode, `${stderr}\n${stdout}`);
    return stdout;
}

/** One stream of a dump, whole: its tool must have ended well. */
async function pour(engine: Engine, { runtime, container, signal }: Taking, script: Script, stdout: Writable): Promise<void> {
    const { exitCode, stderr } = await execTied(runtime, container.name, { ...script, stdout, signal });
    if (exitCode !== 0) throw failed(engine, script.command, exitCode, stderr);
}

export function failed(engine: Engine, [command = "", flag, , label]: readonly string[], exitCode: number, words: string): InstanceError {
    // A script's own name is its first argument after the text.
    const program = command === "sh" && flag === "-c" && label ? label : command;
    const end = endOf(engine, words);
    const killed = exitCode > 128 ? `, which means that it was killed (signal ${exitCode - 128})` : "";
    return new InstanceError(`${engine.title}'s ${program} ended with ${exitCode}${killed}${end === "" ? "" : `: ${end}`}`);
}

/** The last of a tool's words. A quoted statement may be a whole row, or have a hash in it. */
export function endOf({ dump }: Engine, words: string): string {
    const lines = words.trim().split("\n").slice(-10);
    return lines.map((line) => (dump ? line.replace(dump.hash, "[secret]") : line).slice(0, 300)).join("\n");
}

/** A disk that is full is told with the place that it is full at. */
export function placed(directory: string, error: unknown): InstanceError {
    const { code } = error as NodeJS.ErrnoException;
    const words = messageOf(error);
    return new InstanceError(code?.startsWith("E") && !words.includes(directory) ? `directory: ${directory}: ${words}` : words);
}
