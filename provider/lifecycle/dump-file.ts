import { createHash } from "node:crypto";
import { closeSync, createReadStream, readSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { engines } from "../engines";
import type { BroughtReader, Engine } from "../engines/engine";
import type { Found } from "../snapshots/lookup";
import type { Manifest } from "../snapshots/manifest";
import { draft } from "../snapshots/store";
import { contents, listed } from "./contents";
import { opened } from "./digest";
import { InstanceError, messageOf } from "./errors";
import { makerOfDrafts, placed } from "./take";

/** Bytes by which a dump is recognised. */
const beginning = 64 * 1024;

interface Recognised {
    readonly engine: Engine;
    readonly gzipped: boolean;
    /** Made anew for each reading. */
    readonly reader: () => BroughtReader;
}

/** Which engine's dump a file is, by its first bytes and never by its name. Throws with what was found where it is none. */
export function recognised(path: string): Recognised {
    const raw = firstOf(path);
    const gzipped = raw[0] === 0x1f && raw[1] === 0x8b;
    const head = gzipped ? unzipped(path, raw) : raw;
    for (const engine of engines) {
        const reader = () => ofFile(path, () => engine.dump?.brought?.(head));
        if (reader()) return { engine, gzipped, reader: reader as () => BroughtReader };
    }
    const known = engines.filter(({ dump }) => dump?.brought).map(({ title }) => title);
    throw new InstanceError(`file: ${resolve(path)} is ${lookOf(head)}, and no dump of ${known.join(" or ")} that their own tools write`);
}

export interface FileTaking {
    readonly file: string;
    /** The digest that the file had when it was looked at. */
    readonly sha256: string | undefined;
    readonly id: string;
    /** Absolute. */
    readonly directory: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly progress: (text: string) => void;
    readonly signal: AbortSignal;
}

/** Stores a dump that the user has as a snapshot. Read once, and looked at on the way; one that is not whole leaves nothing. */
export async function takeFile({ file, sha256, id, directory, tags, progress, signal }: FileTaking): Promise<Found> {
    const { engine, gzipped, reader } = recognised(file);
    const reading = reader();
    const writing = await draft(directory, id, makerOfDrafts).catch((error: unknown) => {
        throw placed(directory, error);
    });
    try {
        progress(`reading ${file}`);
        const digest = createHash("sha256");
        const raw = passing((chunk) => digest.update(chunk));
        const seen = passing((chunk) => ofFile(file, () => reading.take(chunk)));
        const source = createReadStream(file, { highWaterMark: 256 * 1024 });
        const fill = (sink: Writable) =>
            gzipped
                ? pipeline(source, raw, createGunzip({ chunkSize: 128 * 1024 }), seen, sink, { signal })
                : pipeline(source, raw, seen, sink, { signal });
        const stored = await writing.add("database-1", fill);
        const now = digest.digest("hex");
        if (sha256 !== undefined && now !== sha256)
            throw new InstanceError(`file: ${resolve(file)} is another than when it was looked at; run pulumi up again`);
        const { version, tool, account, users, settings, database } = ofFile(file, () => reading.end());
        const globals = await writing.add("globals", async (into) => void into.end());
        const manifest: Manifest = {
            ...contents(engine, { id, tags }, { version, users, settings }),
            ...account,
            method: "logical",
            tool,
            globals,
            databases: [{ ...listed(database), file: stored }],
            host: hostname(),
            source: { file: resolve(file), sha256: now },
        };
        signal.throwIfAborted();
        return { path: await writing.seal(manifest), manifest };
    } catch (error) {
        await writing.discard();
        const { code } = error as NodeJS.ErrnoException;
        if (code?.startsWith("Z_")) throw new InstanceError(`file: ${resolve(file)} is cut off or damaged: ${messageOf(error)}`);
        throw placed(directory, error);
    }
}

function passing(look: (chunk: Buffer) => void): Transform {
    return new Transform({
        transform(chunk: Buffer, _encoding, done) {
            try {
                look(chunk);
                done(null, chunk);
            } catch (error) {
                done(error as Error);
            }
        },
    });
}

/** What a reader says is wrong goes on from the file's name. */
function ofFile<T>(path: string, work: () => T): T {
    try {
        return work();
    } catch (error) {
        throw new InstanceError(`file: ${resolve(path)} ${messageOf(error)}`);
    }
}

function firstOf(path: string): Buffer {
    const bytes = Buffer.alloc(beginning);
    try {
        const file = opened(path);
        try {
            return bytes.subarray(0, readSync(file, bytes));
        } finally {
            closeSync(file);
        }
    } catch (error) {
        throw new InstanceError(`file: ${messageOf(error)}`);
    }
}

function unzipped(path: string, bytes: Buffer): Buffer {
    try {
        return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
    } catch (error) {
        throw new InstanceError(`file: ${resolve(path)} is damaged: ${messageOf(error)}`);
    }
}

const looks: readonly (readonly [magic: string, words: string])[] = [
    ["28b52ffd", "compressed with zstd (unpack it first)"],
    ["fd377a585a", "compressed with xz (unpack it first)"],
    ["425a68", "compressed with bzip2 (unpack it first)"],
    ["504b0304", "a ZIP archive (unpack it first)"],
    ["53514c69746520666f726d6174", "an SQLite database"],
    ["746f632e646174", "a tar archive by pg_dump (make it with --format=custom)"],
];

function lookOf(head: Buffer): string {
    if (head.length === 0) return "empty";
    const found = looks.find(([magic]) => head.subarray(0, magic.length / 2).toString("hex") === magic);
    if (found) return found[1];
    const text = head.toString("utf8");
    if (["\0", "\ufffd"].some((sign) => text.slice(0, 1000).includes(sign)))
        return `a binary file that begins with ${head.subarray(0, 8).toString("hex")}`;
    return `a text that begins with ${JSON.stringify(text.trim().slice(0, 40))} (statements of your own are for seeds)`;
}
