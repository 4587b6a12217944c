import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { resolve } from "node:path";

/** The SHA-256 of a file's content, read in pieces. Throws with the reason where it cannot be read. */
export function digestOfFile(path: string): string {
    const hash = createHash("sha256");
    const piece = Buffer.alloc(256 * 1024);
    const file = opened(path);
    try {
        for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) hash.update(piece.subarray(0, read));
    } catch (error) {
        throw unread(path, error);
    } finally {
        closeSync(file);
    }
    return hash.digest("hex");
}

export function digestOfText(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

export function opened(path: string): number {
    try {
        return openSync(path, "r");
    } catch (error) {
        throw unread(path, error);
    }
}

function unread(path: string, error: unknown): Error {
    const { code } = error as NodeJS.ErrnoException;
    const place = resolve(path);
    if (code === "ENOENT" || code === "ENOTDIR") return new Error(`there is no file ${place}`);
    if (code === "EISDIR") return new Error(`${place} is a directory`);
    if (code === "EACCES") return new Error(`${place} may not be read by this user`);
    return new Error(`${place} cannot be read (${code ?? String(error)})`);
}
