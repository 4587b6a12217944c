import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Readable, Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Compression, compressor, decompressor, preferred, suffix } from "./compression";
import { filesOf, type Manifest, type StoredFile } from "./manifest";

export const manifestName = "manifest.json";
const makerName = "maker";
/** The temporary name of what is being written, or removed. */
const draftPattern = /^\..+\.[0-9a-f]{8}$/;

/** A snapshot that is being written. It lies under a temporary name until all of it is on the disk. */
export interface Draft {
    /** Stores one stream, compressed unless it is already. What `fill` writes must be all of it: when it fails, so does this, and leaves no file. */
    readonly add: (name: string, fill: (into: Writable) => Promise<void>, packed?: Compression) => Promise<StoredFile>;
    /** Writes the manifest and gives the snapshot its name; answers the manifest's path. */
    readonly seal: (manifest: Manifest) => Promise<string>;
    readonly discard: () => Promise<void>;
}

/** Whose work an unfinished snapshot is, so that what a killed process left can be told from what another one writes. */
export interface Maker {
    readonly run: string;
    readonly isDead: (run: string) => boolean;
}

/**
 * What becomes of a draft: `new`, a snapshot of its id; `replacing`, the same, and one of this id goes once the new one is whole; `passing`, nothing but a
 * draft: it keeps its temporary name, by which it goes with the next one where its maker died before it did.
 */
export type Purpose = "new" | "replacing" | "passing";

/** Begins a snapshot in a directory, which is made where it is missing. Only the user can read what is in it. What killed processes left there goes. */
export async function draft(directory: string, id: string, maker: Maker, purpose: Purpose = "new"): Promise<Draft> {
    const final = join(directory, id);
    const folder = join(directory, `.${id}.${randomBytes(4).toString("hex")}`);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (purpose === "new") await refuseTaken(final, id);
    await sweep(directory, maker);
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, makerName), maker.run, { mode: 0o600 });
    return {
        add: (name, fill, packed) => store(folder, name, fill, packed),
        seal: async (manifest) => {
            const path = join(folder, manifestName);
            await writeFile(path, textOf(manifest), { mode: 0o600, flag: "wx", flush: true });
            if (purpose === "passing") return path;
            await rm(join(folder, makerName));
            await syncFolder(folder);
            if (purpose === "replacing") await removeStored(join(final, manifestName));
            else await refuseTaken(final, id);
            await rename(folder, final);
            await syncFolder(directory);
            return join(final, manifestName);
        },
        discard: () => rm(folder, { recursive: true, force: true }),
    };
}

async function sweep(directory: string, { isDead }: Maker): Promise<void> {
    for (const name of await readdir(directory))
        if (await isAbandoned(join(directory, name), isDead)) await rm(join(directory, name), { recursive: true, force: true });
}

/** Whether a folder is the unfinished work of a run that is dead by now. */
export async function isAbandoned(folder: string, isDead: Maker["isDead"]): Promise<boolean> {
    if (!draftPattern.test(basename(folder))) return false;
    const run = await readFile(join(folder, makerName), "utf8").catch(() => undefined);
    return run !== undefined && isDead(run);
}

async function refuseTaken(final: string, id: string): Promise<void> {
    const there = await stat(final).catch(() => undefined);
    if (there) throw new Error(`a snapshot ${id} exists already (${final}); choose another name, or delete that one`);
}

async function store(folder: string, base: string, fill: (into: Writable) => Promise<void>, packed?: Compression): Promise<StoredFile> {
    const compression = packed ?? preferred;
    const name = `${base}.${suffix[compression]}`;
    const meter = measuring();
    const packing = packed === undefined ? compressor() : undefined;
    const into = packing ?? meter.stream;
    const file = createWriteStream(join(folder, name), { mode: 0o600, flags: "wx", flush: true });
    const outcomes = await Promise.allSettled([
        packing ? pipeline(packing, meter.stream, file) : pipeline(meter.stream, file),
        fill(into).catch((error: unknown) => {
            // What was not written whole is not to be finished.
            into.destroy(error instanceof Error ? error : undefined);
            throw error;
        }),
    ]);
    const faults = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as NodeJS.ErrnoException] : []));
    // Where one end fails, the other only hears that it closed too early.
    const fault = faults.find(({ code }) => code !== "ERR_STREAM_PREMATURE_CLOSE") ?? faults[0];
    if (fault) {
        await rm(join(folder, name), { force: true });
        throw fault;
    }
    return { name, compression, ...meter.result() };
}

/** Bytes that are written at once: a tool's output comes in small pieces, and each costs as much as a large one. */
const piece = 256 * 1024;

/** Counts and digests what flows through, and gathers it. */
function measuring() {
    const hash = createHash("sha256");
    let size = 0;
    let gathered: Buffer[] = [];
    let bytes = 0;
    const rest = () => {
        const whole = Buffer.concat(gathered, bytes);
        gathered = [];
        bytes = 0;
        size += whole.length;
        hash.update(whole);
        return whole;
    };
    const stream = new Transform({
        transform(chunk: Buffer, _encoding, done) {
            gathered.push(chunk);
            bytes += chunk.length;
            if (bytes < piece) done();
            else done(null, rest());
        },
        flush(done) {
            done(null, rest());
        },
    });
    return { stream, result: () => ({ size, sha256: hash.digest("hex") }) };
}

/** Writes a manifest in the place of another one, whole or not at all. */
export async function retag(path: string, manifest: Manifest): Promise<void> {
    const next = `${path}.new`;
    await writeFile(next, textOf(manifest), { mode: 0o600, flush: true });
    await rename(next, path);
    await syncFolder(dirname(path));
}

function textOf(manifest: Manifest): string {
    return `${JSON.stringify(manifest, undefined, 4)}\n`;
}

/** Whether every file is what the manifest says. Read whole, in pieces. */
export async function verify(path: string, manifest: Manifest): Promise<void> {
    for (const file of filesOf(manifest)) {
        const place = join(dirname(path), file.name);
        const { size } = await stat(place).catch(() => ({ size: -1 }));
        if (size === -1) throw new Error(`snapshot ${manifest.id} is damaged: ${place} is missing`);
        if (size !== file.size)
            throw new Error(`snapshot ${manifest.id} is damaged: ${place} has ${size} bytes and should have ${file.size}`);
        const hash = createHash("sha256");
        for await (const chunk of createReadStream(place, { highWaterMark: 256 * 1024 })) hash.update(chunk as Buffer);
        if (hash.digest("hex") !== file.sha256) throw new Error(`snapshot ${manifest.id} is damaged: ${place} is not what was written`);
    }
}

/** What was stored, as it went in; a fault in the file is a fault of the stream. `through` changes it on the way. */
export function contentOf(path: string, { name, compression }: StoredFile, through?: Transform): Readable {
    const out = decompressor(compression);
    const last = through ?? out;
    const failed = (error: Error | null | undefined) => {
        if (error) last.destroy(error);
    };
    const file = createReadStream(join(dirname(path), name), { highWaterMark: 256 * 1024 });
    void (through ? pipeline(file, out, through, { end: true }) : pipeline(file, out)).catch(failed);
    return last;
}

/** Removes a snapshot; one that is gone is success. Its name goes first, so that a half-removed one is never taken for whole. */
export async function removeStored(path: string): Promise<void> {
    const folder = dirname(path);
    const gone = join(dirname(folder), `.${basename(folder)}.${randomBytes(4).toString("hex")}`);
    try {
        await rename(folder, gone);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
        throw error;
    }
    await rm(gone, { recursive: true, force: true });
}

async function syncFolder(folder: string): Promise<void> {
    // Windows cannot open a folder, and needs no such thing.
    if (process.platform === "win32") return;
    const handle = await open(folder, "r");
    try {
        await handle.sync();
    } finally {
        await handle.close();
    }
}
