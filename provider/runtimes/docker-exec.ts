import { once } from "node:events";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type Dockerode from "dockerode";
import type { Container } from "dockerode";
import { demux } from "./demux";
import { call, statusOf, wordsOf } from "./docker-call";
import { DaemonSilent, type Exec, type Outcome } from "./runtime";

/** Bytes of each stream that are kept; what comes after is read and dropped. */
const kept = 1024 ** 2;

/**
 * Runs a command in a container: hijacked, since only then does ending standard input reach the command without killing its output.
 * On abort the connection is dropped; the process inside goes on, for the daemon never kills it.
 */
export async function execIn(container: Container, command: Exec): Promise<Outcome> {
    command.signal?.throwIfAborted();
    const source = feed(command.stdin);
    const exec = await made(container, command).catch((error: unknown) => {
        throw error instanceof DaemonSilent ? error : new Error(`the command could not be run: ${wordsOf(error)}`, { cause: error });
    });
    const socket = await call("exec", () => exec.start({ hijack: true, stdin: command.stdin !== undefined, Tty: false }));
    const stderr = collector();
    const stdout = collector();
    const output = demux((chunk) => {
        stderr.add(chunk);
        command.stderr?.(chunk);
    });
    if (!command.stdout) output.on("data", stdout.add);
    const drop = () => void socket.destroy(new Error("the operation was cancelled"));
    command.signal?.addEventListener("abort", drop, { once: true });
    // A command that ends before it has read everything breaks the pipe; its exit code says what that means.
    socket.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE" && error.code !== "ECONNRESET") output.destroy(error);
    });
    // Where a broken pipe ended the connection, nothing else ends the output.
    socket.on("close", () => void output.end());
    if (command.signal?.aborted) drop();
    try {
        socket.pipe(output);
        source.into(socket);
        await (command.stdout ? pipeline(output, command.stdout) : once(output, "end"));
        source.refuseBroken();
    } catch (error) {
        source.refuseBroken();
        throw error;
    } finally {
        source.end();
        command.signal?.removeEventListener("abort", drop);
        socket.destroy();
    }
    return { exitCode: await exitCode(exec), stdout: stdout.text(), stderr: stderr.text() };
}

/** Milliseconds for which a container is waited for that is halted, as while an image is made of it. */
const halt = 600_000;

async function made(container: Container, { command, stdin, user, signal }: Exec): Promise<Dockerode.Exec> {
    for (const until = Date.now() + halt; ; ) {
        try {
            return await call("exec", () =>
                container.exec({
                    Cmd: [...command],
                    AttachStdin: stdin !== undefined,
                    AttachStdout: true,
                    AttachStderr: true,
                    Tty: false,
                    ...(user === undefined ? {} : { User: user }),
                }),
            );
        } catch (error) {
            if (statusOf(error) !== 409 || !/paused/i.test(wordsOf(error)) || Date.now() > until) throw error;
        }
        await sleep(100, undefined, { ...(signal ? { signal } : {}) });
    }
}

/** What the command reads. Where its source breaks, the command must not take what came so far for all there is. */
function feed(stdin: Exec["stdin"]) {
    const stream = typeof stdin === "object" ? stdin : undefined;
    let broken: Error | undefined;
    stream?.once("error", (error) => {
        broken = error;
    });
    return {
        into: (socket: Duplex) => {
            if (typeof stdin === "string") socket.end(stdin);
            stream?.once("error", (error) => socket.destroy(error));
            if (broken) socket.destroy(broken);
            stream?.pipe(socket);
        },
        refuseBroken: () => {
            if (broken) throw broken;
        },
        end: () => stream?.destroy(),
    };
}

async function exitCode(exec: { inspect(): Promise<{ Running: boolean; ExitCode: number | null }> }): Promise<number> {
    for (let attempt = 0; ; attempt += 1) {
        const { Running, ExitCode } = await call("exec", () => exec.inspect(), { again: true });
        if (!Running && ExitCode !== null) return ExitCode;
        if (attempt === 50) throw new Error("the command's exit code was not to be had");
        await sleep(20);
    }
}

function collector(): { readonly add: (chunk: Buffer) => void; readonly text: () => string } {
    const chunks: Buffer[] = [];
    let size = 0;
    return {
        add: (chunk) => {
            if (size < kept) chunks.push(chunk.subarray(0, kept - size));
            size += chunk.length;
        },
        text: () => Buffer.concat(chunks).toString("utf8"),
    };
}
