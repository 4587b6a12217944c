import { basename, dirname } from "node:path/posix";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import type { File } from "../engines/engine";
import type { Runtime } from "../runtimes/runtime";

/** Puts files into a container, running or not. A file that belongs to the data beside it is left alone where it is there already. */
export async function placeFiles(runtime: Runtime, name: string, files: readonly File[]): Promise<void> {
    const missing = await Promise.all(files.map(async (file) => !file.once || (await readFile(runtime, name, file.path)) === undefined));
    const wanted = files.filter((_, index) => missing[index]);
    if (wanted.length > 0) await runtime.copyIn(name, "/", tarOf(wanted));
}

/** Files for a program in a container that unpacks what it reads. */
export function archiveOf(files: readonly File<string | Buffer>[]): Promise<Buffer> {
    return buffer(tarOf(files));
}

/** What a file in a container holds; `undefined` where it does not exist. No more than `limit` bytes are read. */
export async function readFile(runtime: Runtime, name: string, path: string, limit = 1024 ** 2): Promise<string | undefined> {
    const archive = await runtime.copyOut(name, path);
    if (!archive) return undefined;
    const chunks: Buffer[] = [];
    const unpack = extract();
    archive.on("error", (error) => unpack.destroy(error));
    archive.pipe(unpack);
    for await (const entry of unpack) {
        for await (const chunk of entry) {
            chunks.push(chunk as Buffer);
            if (Buffer.concat(chunks).length >= limit) {
                archive.destroy();
                return Buffer.concat(chunks).subarray(0, limit).toString("utf8");
            }
        }
    }
    return Buffer.concat(chunks).toString("utf8");
}

/** Whether a folder holds nothing; one that does not exist does not either. */
export async function isEmptyFolder(runtime: Runtime, name: string, path: string): Promise<boolean> {
    const archive = await runtime.copyOut(name, path);
    if (!archive) return true;
    const unpack = extract();
    archive.on("error", (error) => unpack.destroy(error));
    archive.pipe(unpack);
    let entries = 0;
    for await (const entry of unpack) {
        entry.resume();
        entries += 1;
        if (entries > 1) break;
    }
    // Of a full one, there may be much more to come.
    archive.destroy();
    return entries <= 1;
}

/** Folders on the way are named too, since the daemon makes no missing ones; but only our own, so that no folder of the image changes hands. */
function tarOf(files: readonly File<string | Buffer>[]): Readable {
    const tar = pack();
    const folders = new Set(files.map((file) => dirname(file.path)).filter((folder) => basename(folder) === "devdb"));
    for (const folder of folders) tar.entry({ name: `${folder.slice(1)}/`, type: "directory", mode: 0o755 });
    for (const { path, content, mode, uid, gid } of files) tar.entry({ name: path.slice(1), mode, uid, gid, mtime: new Date() }, content);
    tar.finalize();
    return tar as unknown as Readable;
}
