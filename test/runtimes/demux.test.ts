import assert from "node:assert/strict";
import { Readable } from "node:stream";
import fc from "fast-check";
import { demux } from "../../provider/runtimes/demux";

function frame(kind: number, content: string): Buffer {
    const header = Buffer.from([kind, 0, 0, 0, 0, 0, 0, 0]);
    header.writeUInt32BE(Buffer.byteLength(content), 4);
    return Buffer.concat([header, Buffer.from(content)]);
}

async function split(chunks: readonly Buffer[]): Promise<{ readonly out: readonly Buffer[]; readonly err: string }> {
    let err = "";
    const out: Buffer[] = [];
    const stream = demux((chunk) => {
        err += chunk.toString();
    });
    for await (const chunk of Readable.from(chunks, { objectMode: false }).pipe(stream)) out.push(chunk as Buffer);
    return { out, err };
}

describe("the daemon's stream of a command's output", () => {
    it("is split into both streams, however it is cut", async () => {
        const frames = fc.array(fc.record({ kind: fc.constantFrom(1, 2), content: fc.string() }));
        await fc.assert(
            fc.asyncProperty(frames, fc.array(fc.nat(), { maxLength: 8 }), async (all, at) => {
                const bytes = Buffer.concat(all.map(({ kind, content }) => frame(kind, content)));
                const places = [0, ...at.map((each) => each % (bytes.length + 1)).sort((one, other) => one - other), bytes.length];
                const { out, err } = await split(places.slice(1).map((end, index) => bytes.subarray(places[index], end)));
                const said = (wanted: number) => all.map(({ kind, content }) => (kind === wanted ? content : "")).join("");
                assert.equal(Buffer.concat(out).toString(), said(1));
                assert.equal(err, said(2));
            }),
        );
    });

    it("goes on in one piece where small ones came together", async () => {
        const { out } = await split([Buffer.concat([frame(1, "one"), frame(2, "aside"), frame(1, "two")])]);
        assert.deepEqual(out.map(String), ["onetwo"]);
    });

    it("is an error where it is cut, or of no known kind", async () => {
        const whole = frame(1, "content");
        // One that is cut ends the pipe by an error; a `pipe` passes none on, so that the stream itself is written to.
        for (const [bytes, words] of [
            [whole.subarray(0, 10), /was cut/],
            [whole.subarray(0, 3), /was cut/],
            [frame(7, "content"), /unknown kind 7/],
        ] as const) {
            const stream = demux(() => undefined);
            stream.end(bytes);
            await assert.rejects(stream.toArray(), words);
        }
    });
});
