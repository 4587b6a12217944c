import { Transform } from "node:stream";

/** Bytes of a line that are looked at; what follows goes where its beginning went. */
const head = 64 * 1024;
/** Bytes that may be held back for later. */
const most = 64 * 1024 ** 2;

type Rewrite = (line: string) => { readonly text: string; readonly when: "now" | "later" };

/** Changes a stream line by line, in bounded memory however long its lines are. */
export function rewriting(rewrite: Rewrite): { readonly stream: Transform; readonly later: () => string } {
    const later: Buffer[] = [];
    let held = 0;
    let line: Buffer[] = [];
    let length = 0;
    /** Where the rest of the current line goes, once its beginning was judged. */
    let course: "now" | "later" | undefined;

    const stream = new Transform({
        transform(chunk: Buffer, _encoding, done) {
            try {
                for (let at = 0; at < chunk.length; ) {
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
        const { text, when } = rewrite(Buffer.concat(line).toString("latin1"));
        course = when;
        put(Buffer.from(text, "latin1"));
        line = [];
        length = 0;
    };
    const take = (bytes: Buffer, ends: boolean) => {
        if (course) put(bytes);
        else {
            line.push(bytes);
            length += bytes.length;
            if (ends || length >= head) judge();
        }
        if (ends) course = undefined;
    };
    return { stream, later: () => Buffer.concat(later).toString("utf8") };
}
