import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { findSnapshot } from "./lookup";
import type { Manifest } from "./manifest";
import { isAbandoned } from "./store";

/** What lies in one snapshot directory. */
export interface Shelf {
    readonly directory: string;
    readonly snapshots: readonly Shelved[];
    /** Those that a run which is dead by now had begun to write. */
    readonly abandoned: readonly Abandoned[];
}

export interface Shelved {
    readonly id: string;
    /** The manifest's path. */
    readonly path: string;
    /** Absent where it cannot be read. */
    readonly manifest?: Manifest;
    /** Bytes. */
    readonly size: number;
}

export interface Abandoned {
    readonly path: string;
    /** Bytes. */
    readonly size: number;
}

/** Looks and changes nothing; a directory that is not there holds nothing. */
export async function shelf(directory: string, isDead: (run: string) => boolean): Promise<Shelf> {
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const snapshots: Shelved[] = [];
    const abandoned: Abandoned[] = [];
    for (const name of folders.sort()) {
        const path = join(directory, name);
        if (name.startsWith(".")) {
            if (await isAbandoned(path, isDead)) abandoned.push({ path, size: await sizeOf(path) });
            continue;
        }
        const found = read(path);
        if (found) snapshots.push({ ...found, size: await sizeOf(path) });
    }
    return { directory, snapshots, abandoned };
}

/** Removes what was found to be abandoned; what is gone already is success. */
export async function clear({ abandoned }: Shelf): Promise<void> {
    for (const { path } of abandoned) await rm(path, { recursive: true, force: true });
}

/** A folder without a manifest is none of ours; one whose manifest cannot be read may be a later version's. */
function read(path: string): Omit<Shelved, "size"> | undefined {
    try {
        const found = findSnapshot(path, path);
        return found && { id: found.manifest.id, path: found.path, manifest: found.manifest };
    } catch {
        return { id: basename(path), path };
    }
}

async function sizeOf(folder: string): Promise<number> {
    const names = await readdir(folder).catch(() => []);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0));
    return sizes.reduce((sum, size) => sum + size, 0);
}
