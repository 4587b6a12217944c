/** What a custom-format archive says of itself before its data. */
export interface Archive {
    readonly database: string;
    /** Of the pg_dump that wrote it. */
    readonly tool: string;
    /** How many things it makes, large objects among them. */
    readonly objects: number;
    readonly entries: readonly { readonly kind: string; readonly tag: string; readonly definition: string }[];
}

/** Bytes that are wanted next, or only passed over. */
type Step = { readonly take: number } | { readonly skip: number };
type Reading<Result> = Generator<Step, Result, Buffer>;

/**
 * Reads pg_dump's custom format to its end, in bounded memory: each piece of data has its length before it, and the table of contents says how many there
 * are, so that what was cut off shows. https://github.com/postgres/postgres/blob/master/src/bin/pg_dump/pg_backup_archiver.c
 */
export function archiveReader(): { readonly take: (chunk: Buffer) => void; readonly end: () => Archive } {
    const reading = archive();
    let step = reading.next();
    let queue: Buffer = Buffer.alloc(0);
    let passed = 0;
    return {
        take: (chunk) => {
            queue = queue.length === 0 ? chunk : Buffer.concat([queue, chunk]);
            let at = 0;
            while (!step.done) {
                if ("skip" in step.value) {
                    const some = Math.min(step.value.skip - passed, queue.length - at);
                    at += some;
                    passed += some;
                    if (passed < step.value.skip) break;
                    passed = 0;
                    step = reading.next(Buffer.alloc(0));
                } else {
                    const { take } = step.value;
                    if (queue.length - at < take) break;
                    at += take;
                    step = reading.next(queue.subarray(at - take, at));
                }
            }
            queue = Buffer.from(queue.subarray(at));
            if (step.done && queue.length > 0) throw new Error("goes on after the end of the archive");
        },
        end: () => {
            if (!step.done) throw new Error("is cut off: the archive's table of contents promises more than there is");
            return step.value;
        },
    };
}

function* archive(): Reading<Archive> {
    yield { skip: 5 };
    const [major = 0, minor = 0, , intSize = 4, offsetSize = 8, format] = yield { take: 6 };
    if (major !== 1 || minor < 12 || minor > 16)
        throw new Error(`is an archive of format ${major}.${minor}, and this version reads 1.12 (PostgreSQL 9.0) to 1.16 (17 and 18)`);
    if (format !== 1) throw new Error("is an archive, but not in pg_dump's custom format; make it with --format=custom or --format=plain");
    const int = () => readInt(intSize);
    const text = () => readText(intSize);
    if (minor >= 15) yield { skip: 1 };
    else yield* int();
    for (let part = 0; part < 7; part += 1) yield* int();
    const database = yield* text();
    yield* text();
    const tool = yield* text();
    const entries: { kind: string; tag: string; definition: string }[] = [];
    let blocks = 0;
    for (let left = yield* int(); left > 0; left -= 1) {
        yield* int();
        if ((yield* int()) !== 0) blocks += 1;
        yield* text();
        yield* text();
        const tag = (yield* text()) ?? "";
        const kind = (yield* text()) ?? "";
        yield* int();
        const definition = (yield* text()) ?? "";
        // How to drop it, how to copy it, its schema and tablespace; a table's access method; its kind.
        for (let part = 0; part < (minor >= 14 ? 5 : 4); part += 1) yield* text();
        if (minor >= 16) yield* int();
        // Its owner, and whether it has OIDs.
        for (let part = 0; part < 2; part += 1) yield* text();
        while ((yield* text()) !== undefined);
        yield { skip: 1 + offsetSize };
        entries.push({ kind, tag, definition });
    }
    let objects = entries.length;
    for (let left = blocks; left > 0; left -= 1) objects += yield* block(int);
    return { database: database ?? "", tool: tool ?? "", objects, entries };
}

/** A table's rows, or large objects, each with its number first; answers how many of those. */
function* block(int: () => Reading<number>): Reading<number> {
    const [kind] = yield { take: 1 };
    yield* int();
    if (kind !== 1 && kind !== 3) throw new Error(`is damaged: there is no data of kind ${kind}`);
    let objects = 0;
    if (kind === 1) yield* pieces(int);
    else for (; (yield* int()) !== 0; objects += 1) yield* pieces(int);
    return objects;
}

function* pieces(int: () => Reading<number>): Reading<void> {
    for (;;) {
        const length = yield* int();
        if (length < 0) throw new Error("is damaged: a piece of data has a negative length");
        if (length === 0) return;
        yield { skip: length };
    }
}

function* readInt(size: number): Reading<number> {
    const bytes = yield { take: 1 + size };
    const value = bytes.readUIntLE(1, size);
    return bytes[0] ? -value : value;
}

/** No text at all is another thing than an empty one. */
function* readText(size: number): Reading<string | undefined> {
    const length = yield* readInt(size);
    return length < 0 ? undefined : (yield { take: length }).toString("utf8");
}
