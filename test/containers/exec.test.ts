import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable, Writable } from "node:stream";
import { docker } from "../../provider/runtimes/docker";
import type { Exec, Outcome, Runtime } from "../../provider/runtimes/runtime";
import { daemon } from "../support/daemon";
import { engineImage } from "../support/derived";
import { plain } from "../support/engines";
import { driver, stack } from "../support/instance";

const name = `devdb-test-${stack}-exec`;

if (plain) describe("a command in a container", commands);

function commands(): void {
    let runtime: Runtime;
    const run = (script: string, options: Partial<Exec> = {}): Promise<Outcome> =>
        runtime.exec(name, { command: ["sh", "-c", script], ...options });

    before(async () => {
        runtime = await docker({});
        // An up brings the image where it is not here yet.
        const image = await engineImage("postgres", "17").catch(async () => {
            const db = driver("exec");
            await db.up({ engine: "postgres" });
            await db.destroy();
            return engineImage("postgres", "17");
        });
        const container = await daemon.createContainer({
            name,
            Image: image,
            Entrypoint: ["sleep"],
            Cmd: ["600"],
            HostConfig: { NetworkMode: "none" },
        });
        await container.start();
    });
    after(() => runtime.remove(name));

    it("answers its exit code and both streams apart", async () => {
        assert.deepEqual(await run("echo out; echo err >&2; exit 7"), { exitCode: 7, stdout: "out\n", stderr: "err\n" });
        assert.deepEqual(await run("true"), { exitCode: 0, stdout: "", stderr: "" });
    });

    it("reads its standard input to the end, and answers after that", async () => {
        const stdin = "é🙂'\"\\$`\n".repeat(200_000);
        assert.equal((await run("wc -c; echo done", { stdin })).stdout, `${Buffer.byteLength(stdin)}\ndone\n`);
        assert.equal((await run("cat", { stdin: "it's $HOME" })).stdout, "it's $HOME");
        assert.equal((await run("wc -c", { stdin: "" })).stdout, "0\n");
    });

    it("need not read its standard input at all", async () => {
        const stdin = "x".repeat(8 * 1024 ** 2);
        for (let round = 0; round < 5; round += 1) {
            assert.equal((await run("exit 3", { stdin })).exitCode, 3);
            assert.deepEqual(await run("head -c 3; exit 4", { stdin }), { exitCode: 4, stdout: "xxx", stderr: "" });
        }
    });

    it("may say more than is kept", async () => {
        const { stdout, stderr, exitCode } = await run(
            "head -c 3000000 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero | tr '\\0' y >&2; exit 5",
        );
        assert.deepEqual([stdout.length, stderr.length, exitCode], [1024 ** 2, 1024 ** 2, 5]);
    });

    it("runs as the user that is named", async () => {
        assert.equal((await run("id -un", { user: "postgres" })).stdout, "postgres\n");
    });

    it("takes arguments as they are, without a shell between", async () => {
        const { stdout } = await runtime.exec(name, { command: ["printf", "%s|", "a b", "$HOME", "'\"", "*"] });
        assert.equal(stdout, "a b|$HOME|'\"|*|");
    });

    it("that there is not is told by exit code and words", async () => {
        const { exitCode, stdout, stderr } = await runtime.exec(name, { command: ["no-such-program"] });
        assert.ok([126, 127].includes(exitCode), String(exitCode));
        assert.match(stdout + stderr, /no-such-program/);
    });

    it("is given up when the signal says so, at once or later", async () => {
        const began = Date.now();
        await assert.rejects(run("sleep 60", { signal: AbortSignal.timeout(300) }));
        await assert.rejects(run("sleep 60", { stdin: "x", signal: AbortSignal.timeout(300) }));
        await assert.rejects(run("sleep 60", { signal: AbortSignal.abort() }));
        assert.ok(Date.now() - began < 10_000);
    });

    it("reads a stream and writes one, whole, at the pace of the slower end", async () => {
        const block = Buffer.alloc(64 * 1024, "é🙂 0123456789");
        const blocks = 800;
        const sums: Record<"in" | "out", ReturnType<typeof createHash>> = { in: createHash("sha256"), out: createHash("sha256") };
        let pulled = 0;
        let ahead = 0;
        let written = 0;
        const stdin = new Readable({
            read() {
                if (pulled++ === blocks) return void this.push(null);
                sums.in.update(block);
                ahead = Math.max(ahead, pulled * block.length - written);
                this.push(block);
            },
        });
        const stdout = new Writable({
            write(chunk: Buffer, _encoding, done) {
                sums.out.update(chunk);
                written += chunk.length;
                setTimeout(done, 1);
            },
        });
        assert.deepEqual(await run("cat; echo err >&2; exit 3", { stdin, stdout }), { exitCode: 3, stdout: "", stderr: "err\n" });
        assert.equal(sums.out.digest("hex"), sums.in.digest("hex"));
        assert.ok(ahead < 16 * 1024 ** 2, `${ahead} bytes were under way`);
    });

    it("fails where the stream that it reads does, whatever it made of the beginning", async () => {
        const stdin = Readable.from(
            (async function* () {
                yield Buffer.from("begun");
                throw new Error("the file is damaged");
            })(),
        );
        await assert.rejects(run("cat; exit 0", { stdin }), /the file is damaged/);
    });

    it("fails where the stream that it writes does", async () => {
        const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error("the disk is full")) });
        await assert.rejects(run("head -c 50000000 /dev/zero", { stdout }), /the disk is full/);
    });

    it("need not read a stream to its end", async () => {
        const stdin = new Readable({
            read() {
                this.push(Buffer.alloc(64 * 1024));
            },
        });
        assert.equal((await run("head -c 3 >/dev/null; exit 4", { stdin })).exitCode, 4);
        assert.ok(stdin.destroyed);
    });

    it("ends with its container", async () => {
        const other = `${name}-other`;
        const { Image } = await daemon.getContainer(name).inspect();
        const container = await daemon.createContainer({ name: other, Image, Entrypoint: ["sleep"], Cmd: ["600"] });
        try {
            await container.start();
            const running = runtime.exec(other, { command: ["sleep", "60"] }).then(
                ({ exitCode }) => exitCode,
                () => "failed",
            );
            setTimeout(() => void runtime.remove(other), 500);
            assert.notEqual(await running, 0);
        } finally {
            await runtime.remove(other);
        }
    });

    it("in a container that does not run, or is not there, is refused in words", async () => {
        const other = `${name}-stopped`;
        const { Image } = await daemon.getContainer(name).inspect();
        await daemon.createContainer({ name: other, Image });
        try {
            await assert.rejects(runtime.exec(other, { command: ["true"] }), /is not running/);
        } finally {
            await runtime.remove(other);
        }
        await assert.rejects(runtime.exec(`${name}-nowhere`, { command: ["true"] }), /[Nn]o such container/);
    });
}
