/** Of a dump that is read in pieces: its lines, and how it ended. */
export interface BroughtLines {
    readonly take: (chunk: Buffer) => void;
    readonly tail: () => string;
}

/** Bytes of the end that are kept. */
const kept = 4096;

/**
 * Each line as one character for each byte, without its end, for only a look at it costs nothing. Of a line longer than `enough` bytes it may be only the
 * beginning.
 */
export function broughtLines(enough: number, judge: (line: string) => void): BroughtLines {
    let tail = "";
    let line = "";
    return {
        take: (chunk) => {
            const text = chunk.toString("latin1");
            tail = (tail + text).slice(-kept);
            const lines = text.split("\n");
            for (const [index, part] of lines.entries()) {
                if (line.length < enough) line += part;
                if (index === lines.length - 1) break;
                judge(line);
                line = "";
            }
        },
        tail: () => tail,
    };
}

export function decoded(line: string): string {
    return Buffer.from(line, "latin1").toString("utf8");
}
