import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { rewriting } from "../../provider/snapshots/lines";

async function through(
    chunks: readonly Buffer[],
    rewrite: Parameters<typeof rewriting>[0],
): Promise<{ readonly now: Buffer; readonly later: string }> {
    const { stream, later } = rewriting(rewrite);
    const out: Buffer[] = [];
    for await (const chunk of Readable.from(chunks, { objectMode: false }).pipe(stream)) out.push(chunk as Buffer);
    return { now: Buffer.concat(out), later: later() };
}

function cut(bytes: Buffer, at: readonly number[]): readonly Buffer[] {
    const places = [0, ...[...at].map((each) => each % (bytes.length + 1)).sort((one, other) => one - other), bytes.length];
    return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

describe("lines on their way", () => {
    it("are the same bytes where nothing is changed, however they are cut", async () => {
        await fc.assert(
            fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(), { maxLength: 8 }), async (bytes, at) => {
                const whole = Buffer.from(bytes);
                const { now } = await through(cut(whole, at), (line) => ({ text: line, when: "now" }));
                assert.deepEqual(now, whole);
            }),
        );
    });

    it("are changed each by itself, and what is for later is kept back in order", async () => {
        const input = Buffer.from("one\nlater ä\ntwo\nlater 2\nend");
        await fc.assert(
            fc.asyncProperty(fc.array(fc.nat(), { maxLength: 8 }), async (at) => {
                const { now, later } = await through(cut(input, at), (line) =>
                    line.startsWith("later") ? { text: line, when: "later" } : { text: `<${line}`, when: "now" },
                );
                assert.equal(now.toString(), "<one\n<two\n<end");
                assert.equal(later, "later ä\nlater 2\n");
            }),
        );
    });

    it("go on unseen to the end that the line before names, however they are cut", async () => {
        const rows = fc.array(fc.stringMatching(/^[(;,a]{0,6}$/), { maxLength: 6 });
        await fc.assert(
            fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(), { maxLength: 8 }), async (blocks, at) => {
                // A row that ends as the whole does ends it: what follows is looked at again.
                const ending = (row: string) => (row.endsWith(";") ? `${row},` : row);
                const input = blocks.map((block) => `INSERT${block.map((row) => `\n${ending(row)}`).join("")};\nnext\n`).join("");
                const seen: string[] = [];
                const { now } = await through(cut(Buffer.from(input), at), (line) => {
                    seen.push(line);
                    return line.startsWith("INSERT") ? { text: line, when: "now", through: ";\n" } : { text: `<${line}`, when: "now" };
                });
                assert.equal(now.toString(), input.replaceAll("next", "<next"));
                assert.deepEqual(
                    seen,
                    blocks.flatMap((block) => [block.length === 0 ? "INSERT;\n" : "INSERT\n", "next\n"]),
                );
            }),
        );
    });

    it("may be longer than what is looked at", async () => {
        const long = `begin ${"x".repeat(5_000_000)}\nnext\n`;
        const seen: number[] = [];
        const { stream } = rewriting((line) => {
            seen.push(line.length);
            return { text: line.replace("begin", "began"), when: "now" };
        });
        const answer = await text(Readable.from([Buffer.from(long)], { objectMode: false }).pipe(stream));
        assert.equal(answer, long.replace("begin", "began"));
        assert.ok(seen.length === 2 && Math.max(...seen) <= 5_000_007);
    });
});
