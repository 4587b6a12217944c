import assert from "node:assert/strict";
import { PassThrough, Readable } from "node:stream";
import { follow, type Line } from "../../provider/runtimes/docker-stream";
import { DaemonSilent } from "../../provider/runtimes/runtime";

describe("what the daemon says while it pulls or builds", () => {
    async function lines(...chunks: readonly (string | Buffer)[]): Promise<readonly Line[]> {
        const taken: Line[] = [];
        await follow(Readable.from(chunks, { objectMode: false }), 5, (line) => taken.push(line));
        return taken;
    }

    it("is taken line by line, however it is cut", async () => {
        const text = Buffer.from('{"status":"één"}\r\n\n{"status":"two"}\n{"status":"three"}');
        const cut = Array.from(text, (byte) => Buffer.from([byte]));
        assert.deepEqual(
            (await lines(...cut)).map(({ status }) => status),
            ["één", "two", "three"],
        );
    });

    it("is an error where a line says so, in the old way or the new", async () => {
        await assert.rejects(lines('{"status":"Pulling"}\n{"error":"unknown blob"}\n'), /^Error: unknown blob$/);
        await assert.rejects(lines('{"errorDetail":{"message":"unknown blob"}}'), /^Error: unknown blob$/);
        await assert.rejects(lines('{"errorDetail":{"code":1,"message":"in detail"},"error":"in short"}\n'), /^Error: in detail$/);
    });

    it("is an error where it stops in the middle", async () => {
        const stream = new PassThrough();
        stream.write('{"status":"Downloading"}\n');
        setImmediate(() => stream.destroy(new Error("aborted")));
        await assert.rejects(
            follow(stream, 5, () => undefined),
            /aborted/,
        );
    });

    it("is given up where nothing more comes, and not while something does", async () => {
        const stream = new PassThrough();
        let heard = 0;
        const speaking = setInterval(() => stream.write('{"status":"Downloading"}\n'), 20);
        setTimeout(() => clearInterval(speaking), 300);
        await assert.rejects(
            follow(stream, 0.15, () => {
                heard += 1;
            }),
            (error) => error instanceof DaemonSilent && /nothing was heard for 0\.15 seconds/.test(error.message),
        );
        assert.ok(heard >= 5, `${heard}`);
        assert.ok(stream.destroyed);
    });
});
