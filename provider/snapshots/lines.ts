import { Transform } from "node:stream";

/** Bytes of a line that are looked at; what follows goes where its beginning went. */
const head = 64 * 1024;
/** Bytes that may be held back for later. */
const most = 64 * 1024 ** 2;

type Rewrite = (line: string) => { readonly text: string; readonly when: "now" | "later"; readonly through?: string };

/** Changes a stream line by line, in bounded memory however long its lines are. */
export function rewriting(rewrite: Rewrite): { readonly stream: Transform; readonly later: () => string } {
    const later: Buffer[] = [];
    let held = 0;
    let line: Buffer[] = [];
    let length = 0;
    /** Where the rest of the current line goes, once its beginning was judged. */
    let course: "now" | "later" | undefined;
    /** With what the last line of those ends that are passed on unseen. */
    let final: Buffer | undefined;
    /** The last bytes that were passed on: what ends a line may be cut in two. */
    let tail: Buffer = Buffer.alloc(0);

    const stream = new Transform({
        transform(chunk: Buffer, _encoding, done) {
            try {
                for (let at = 0; at < chunk.length; ) {
                    if (final) {
                        at = pass(chunk, at, final);
                        continue;
                    }
                    const newline = chunk.indexOf(10, at);
                    const end = newline === -1 ? chunk.length : newline + 1;
                    take(chunk.subarray(at, end), newline !== -1);
                    at = end;
                }
                done();
            } catch (error) {
                done(error as Error);
            }
        },
        flush(done) {
            if (length > 0) judge();
            done();
        },
    });

    const put = (bytes: Buffer) => {
        if (course === "now") return void stream.push(bytes);
        held += bytes.length;
        if (held > most) throw new Error("the dump's views take more than 64 MiB");
        later.push(Buffer.from(bytes));
    };
    const judge = () => {
        const seen = Buffer.concat(line);
        const { text, when, through } = rewrite(seen.toString("latin1"));
        course = when;
        put(Buffer.from(text, "latin1"));
        line = [];
        length = 0;
        if (through === undefined) return;
        final = Buffer.from(through, "latin1");
        tail = seen.subarray(-final.length);
        if (tail.equals(final)) final = undefined;
    };
    /** Goes on to the end of the lines that nobody looks at, or of the chunk: in one piece, since they may be short and many. */
    const pass = (chunk: Buffer, at: number, ending: Buffer): number => {
        const cut = Buffer.concat([tail, chunk.subarray(at, at + ending.length - 1)]).indexOf(ending);
        const found = cut === -1 ? chunk.indexOf(ending, at) : undefined;
        const ends = found !== -1;
        const end = ends ? (found ?? at - tail.length + cut) + ending.length : chunk.length;
        put(chunk.subarray(at, end));
        if (ends) {
            final = undefined;
            course = undefined;
        } else tail = Buffer.concat([tail, chunk.subarray(Math.max(at, end - ending.length), end)]).subarray(-ending.length);
        return end;
    };
    const take = (bytes: Buffer, ends: boolean) => {
        if (course) put(bytes);
        else {
            line.push(bytes);
            length += bytes.length;
            if (ends || length >= head) judge();
        }
        if (ends && !final) course = undefined;
    };
    return { stream, later: () => Buffer.concat(later).toString("utf8") };
}
