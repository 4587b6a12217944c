import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** One file of a package registry. */
export interface Parcel {
    /** Brings it into an empty folder: the registry's ordinary client, which knows where that is. */
    readonly command: (folder: string) => readonly string[];
    readonly sha256: string;
}

/** Brings it. Answers why that cannot be; throws where what came is another file. */
export async function fetched({ command, sha256 }: Parcel, folder: string): Promise<string | undefined> {
    const [program = "", ...options] = command(folder);
    try {
        await execute(program, options, { timeout: 300_000 });
    } catch (error) {
        return `${program} brings no package: ${error instanceof Error ? error.message.trim() : String(error)}`;
    }
    const [name = ""] = await readdir(folder);
    const found = createHash("sha256")
        .update(await readFile(join(folder, name)))
        .digest("hex");
    if (found !== sha256) throw new Error(`${name} is not the file that is meant: its sha256 is ${found}, not ${sha256}`);
    return undefined;
}
