import { readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { type Manifest, parseManifest } from "./manifest";
import { manifestName } from "./store";

export interface Found {
    /** The manifest's absolute path. */
    readonly path: string;
    readonly manifest: Manifest;
}

/** A snapshot by its id, or by the path of its manifest or folder. `undefined` where there is none; a manifest that cannot be read throws. */
export function findSnapshot(wanted: string, directory: string): Found | undefined {
    for (const path of placesOf(wanted, directory)) {
        const text = readIfThere(path);
        if (text !== undefined) return { path, manifest: parseManifest(text, path) };
    }
    return undefined;
}

function placesOf(wanted: string, directory: string): readonly string[] {
    if (isPath(wanted)) return [resolve(wanted), join(resolve(wanted), manifestName)];
    const pointed = readIfThere(pointerOf(wanted, directory))?.trim();
    return [join(directory, wanted, manifestName), ...(pointed ? [pointed] : [])];
}

export function isPath(wanted: string): boolean {
    return isAbsolute(wanted) || /[/\\]|\.json$/.test(wanted);
}

/** Where one that is stored elsewhere can be found by its id. */
function pointerOf(id: string, directory: string): string {
    return join(directory, `${id}.at`);
}

export async function point(id: string, directory: string, path: string): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(pointerOf(id, directory), `${path}\n`, { mode: 0o600, flush: true });
}

export async function unpoint(id: string, directory: string): Promise<void> {
    await rm(pointerOf(id, directory), { force: true });
}

/** Where one that is an image can be found by its id: the daemon that has it. */
function noteOf(id: string, directory: string): string {
    return join(directory, `${id}.on`);
}

export async function noteDaemon(id: string, directory: string, daemon: string): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(noteOf(id, directory), `${daemon}\n`, { mode: 0o600, flush: true });
}

export async function forgetDaemon(id: string, directory: string): Promise<void> {
    await rm(noteOf(id, directory), { force: true });
}

export function notedDaemon(wanted: string, directory: string): string | undefined {
    return isPath(wanted) ? undefined : readIfThere(noteOf(wanted, directory))?.trim();
}

function readIfThere(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
        throw error;
    }
}
