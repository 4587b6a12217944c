import assert from "node:assert/strict";
import { Readable, Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { FiledDump } from "../../provider/engines/engine";
import { bringFile, fetchFile, fileMarks, inFolder } from "../../provider/lifecycle/dump-folder";
import type { Runtime } from "../../provider/runtimes/runtime";

type Means = Pick<Runtime, "exec" | "copyIn" | "copyOut">;

const dump = { place: "/data", owner: "10001:0", mode: "660" } as FiledDump;
const never = new AbortController().signal;

describe("the folder of a server's own dump", () => {
    let commands: string[];
    /** A container in which every command succeeds but those that match. */
    const container = (failing: RegExp, means: Partial<Means> = {}) =>
        ({
            exec: async (_: string, { command }: { readonly command: readonly string[] }) => {
                const line = command.filter((word) => !word.includes("\n")).join(" ");
                commands.push(line);
                return { exitCode: failing.test(line) ? 1 : 0, stdout: "", stderr: "it would not" };
            },
            ...means,
        }) as unknown as Runtime;
    const folderIn = (line: string | undefined) => /\/data\/devdb-dump-[0-9a-f]{8}/.exec(line ?? "")?.[0];
    const isGone = () => assert.equal(commands.at(-1), `rm -rf ${folderIn(commands.at(-2))}`);

    beforeEach(() => {
        commands = [];
    });

    it("goes once the work in it is done, and is another one each time", async () => {
        const runtime = container(/^$/);
        const first = await inFolder(runtime, "db", dump, async (folder) => folder);
        isGone();
        assert.match(commands[0] ?? "", / 10001:0$/);
        assert.notEqual(await inFolder(runtime, "db", dump, async (folder) => folder), first);
    });

    it("goes where the work fails, where it cannot be made, and where it cannot be removed the fault before is told", async () => {
        const work = () => inFolder(container(/^$/), "db", dump, () => Promise.reject(new Error("the backup failed")));
        await assert.rejects(work, /the backup failed/);
        isGone();
        await assert.rejects(
            inFolder(container(/make a folder/), "db", dump, () => assert.fail("it worked in no folder")),
            /db: it would not/,
        );
        isGone();
        await assert.rejects(
            inFolder(container(/^rm/), "db", dump, () => Promise.reject(new Error("the backup failed"))),
            /the backup failed/,
        );
        await inFolder(container(/^rm/), "db", dump, async () => "done");
    });

    it("gives one file, whole; a stream that is cut, a second file and none at all are faults", async () => {
        const fetched = async (archive: Readable | undefined) => {
            const chunks: Buffer[] = [];
            const sink = new Writable({
                write: (chunk: Buffer, _encoding, done) => {
                    chunks.push(chunk);
                    done();
                },
            });
            const runtime = container(/^$/, { copyOut: async () => archive });
            return { marks: await fetchFile(runtime, "db", "/data/x", sink, never), text: Buffer.concat(chunks).toString() };
        };
        const tar = (...files: readonly (readonly [name: string, content: string])[]) => {
            const packing = pack();
            packing.entry({ name: "x/", type: "directory" });
            for (const [name, content] of files) packing.entry({ name: `x/${name}` }, content);
            packing.finalize();
            return packing as unknown as Readable;
        };
        assert.deepEqual(await fetched(tar(["a.bak", "all of it"])), { marks: { file: "a.bak", bytes: "9" }, text: "all of it" });
        await assert.rejects(fetched(tar(["a.bak", "one"], ["b.bak", "two"])), /more than one file/);
        await assert.rejects(fetched(tar()), /wrote no file/);
        await assert.rejects(fetched(undefined), /\/data\/x is gone from db/);
        const whole = await buffer(tar(["a.bak", "x".repeat(5000)]));
        await assert.rejects(fetched(Readable.from([whole.subarray(0, 2000)])), /Unexpected end of data/);
        const broken = Readable.from(
            (async function* () {
                yield whole.subarray(0, 2000);
                throw new Error("the daemon went away");
            })(),
        );
        await assert.rejects(fetched(broken), /the daemon went away/);
    });

    it("is filled again with that file, as the server's; content that fails or is cut is a fault", async () => {
        const taken: Buffer[] = [];
        const runtime = container(/^$/, {
            copyIn: async (_name, _folder, tar) => {
                for await (const chunk of tar) taken.push(chunk as Buffer);
            },
        });
        const bring = (content: Readable, bytes = "3") => bringFile(runtime, "db", dump, "/data/x", { file: "a.bak", bytes }, content);
        assert.equal(await bring(Readable.from([Buffer.from("abc")])), "a.bak");
        assert.ok(Buffer.concat(taken).includes("abc"));
        assert.match(commands.at(-1) ?? "", /own 10001:0 660 \/data\/x\/a\.bak$/);
        await assert.rejects(bring(Readable.from([Buffer.from("ab")])), /[Ss]ize mismatch/);
        const failing = new Readable({ read: () => failing.destroy(new Error("the disk failed")) });
        await assert.rejects(bring(failing), /the disk failed/);
        const away = container(/^$/, { copyIn: () => Promise.reject(new Error("the container is gone")) });
        const content = Readable.from([Buffer.from("abc")]);
        await assert.rejects(bringFile(away, "db", dump, "/data/x", { file: "a.bak", bytes: "3" }, content), /the container is gone/);
        assert.ok(content.destroyed);
    });

    it("needs what the manifest says of the file", () => {
        assert.deepEqual(fileMarks({ file: "a.bak", bytes: "9", collation: "x" }), { file: "a.bak", bytes: "9" });
        for (const settings of [{}, { file: "../a", bytes: "9" }, { file: "a", bytes: "nine" }, { file: "a" }])
            assert.throws(() => fileMarks(settings as Record<string, string>), /the manifest does not say/);
    });
});
