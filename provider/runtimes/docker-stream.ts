import type { Readable } from "node:stream";
import { DaemonSilent } from "./runtime";

/** One line of the daemon's answer to a pull or a build. */
export interface Line {
    readonly stream?: string;
    readonly status?: string;
    readonly id?: string;
    readonly progressDetail?: { readonly current?: number; readonly total?: number };
    readonly error?: string;
    readonly errorDetail?: { readonly message?: string };
    readonly aux?: { readonly ID?: string };
}

/**
 * Reads the stream of JSON lines to its end. Errors come in-band, after the 200: the first is thrown. `seconds`: how long the daemon may say nothing,
 * for a transfer that stalls is not ended by it.
 */
export async function follow(stream: NodeJS.ReadableStream, seconds: number, onLine: (line: Line) => void): Promise<void> {
    const readable = stream as Readable;
    const clock = setTimeout(() => readable.destroy(new DaemonSilent(`nothing was heard for ${seconds} seconds`)), seconds * 1000);
    try {
        let rest = "";
        readable.setEncoding("utf8");
        for await (const chunk of readable) {
            clock.refresh();
            const lines = (rest + String(chunk)).split("\n");
            rest = lines.pop() ?? "";
            for (const text of lines) take(text, onLine);
        }
        take(rest, onLine);
    } finally {
        clearTimeout(clock);
    }
}

function take(text: string, onLine: (line: Line) => void): void {
    if (text.trim() === "") return;
    const line = JSON.parse(text) as Line;
    // Newer daemons send the detail only.
    const error = line.errorDetail?.message ?? line.error;
    if (error !== undefined) throw new Error(error);
    onLine(line);
}
