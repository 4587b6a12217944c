import { randomBytes } from "node:crypto";
import { basename } from "node:path/posix";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, pack } from "tar-stream";
import type { FiledDump, Settings } from "../engines/engine";
import type { Runtime } from "../runtimes/runtime";
import { InstanceError } from "./errors";

/** What a server's own file was: it goes back under the same name, and a tar says a file's length before its content. */
export type FileMarks = { readonly file: string; readonly bytes: string };

export function fileMarks({ file, bytes }: Settings): FileMarks {
    if (file === undefined || basename(file) !== file || !/^\d+$/.test(bytes ?? ""))
        throw new InstanceError("snapshotIdentifier: the manifest does not say what the server's own file was called, or how long it was");
    return { file, bytes: bytes ?? "" };
}

/** Folders of runs that were killed go after a day, by which none is still being filled. */
const made = `
find "$1" -mindepth 1 -maxdepth 1 -name "devdb-dump-*" -mmin +1440 -exec rm -rf {} + 2>/dev/null
mkdir -m 700 "$2" && chown "$3" "$2"`;

/** A folder in the container for one dump, the server's own; removed whatever happens. */
export async function inFolder<Result>(
    runtime: Runtime,
    name: string,
    { place, owner }: FiledDump,
    work: (folder: string) => Promise<Result>,
): Promise<Result> {
    const folder = `${place}/devdb-dump-${randomBytes(4).toString("hex")}`;
    try {
        await asRoot(runtime, name, ["sh", "-c", made, "make a folder", place, folder, owner]);
        return await work(folder);
    } finally {
        // A container that is gone took it along.
        await asRoot(runtime, name, ["rm", "-rf", folder]).catch(() => undefined);
    }
}

/** The one file in the folder, as it streams out of the container. */
export async function fetchFile(runtime: Runtime, name: string, folder: string, sink: Writable, signal: AbortSignal): Promise<FileMarks> {
    const archive = await runtime.copyOut(name, folder);
    if (!archive) throw new InstanceError(`${folder} is gone from ${name}`);
    const unpack = extract();
    const flowing = pipeline(archive, unpack, { signal });
    // Told by the entries too; a rejection that nobody awaits yet would end the process.
    flowing.catch(() => undefined);
    let found: FileMarks | undefined;
    try {
        for await (const entry of unpack) {
            const { type, name: path, size = 0 } = entry.header;
            if (type !== "file") entry.resume();
            else if (found) throw new InstanceError(`the server wrote more than one file into ${folder}`);
            else {
                found = { file: basename(path), bytes: String(size) };
                await pipeline(entry as unknown as Readable, sink, { signal });
            }
        }
        await flowing;
    } finally {
        archive.destroy();
    }
    if (!found) throw new InstanceError(`the server wrote no file into ${folder}`);
    return found;
}

/** Puts the file back, as the server's own; answers its name. */
export async function bringFile(
    runtime: Runtime,
    name: string,
    { owner, mode }: FiledDump,
    folder: string,
    { file, bytes }: FileMarks,
    content: Readable,
): Promise<string> {
    const tar = pack();
    // Where its reader is gone, nobody else is told of its end, and what nobody is told ends the process.
    tar.on("error", () => undefined);
    const entry = tar.entry({ name: file, size: Number(bytes), mode: 0o600, mtime: new Date() });
    const filled = pipeline(content, entry as unknown as Writable).then(
        () => tar.finalize(),
        (error: Error) => tar.destroy(error),
    );
    try {
        await runtime.copyIn(name, folder, tar as unknown as Readable);
    } finally {
        // Where nobody takes it any more, nothing may wait to be taken.
        content.destroy();
    }
    await filled;
    await asRoot(runtime, name, ["sh", "-c", 'chown "$1" "$3" && chmod "$2" "$3"', "own", owner, mode, `${folder}/${file}`]);
    return file;
}

async function asRoot(runtime: Runtime, name: string, command: readonly string[]): Promise<void> {
    const { exitCode, stderr, stdout } = await runtime.exec(name, { command, user: "root" });
    if (exitCode !== 0) throw new InstanceError(`${name}: ${`${stderr}\n${stdout}`.trim()}`);
}
