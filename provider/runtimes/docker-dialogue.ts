import type { Socket } from "node:net";
import type Dockerode from "dockerode";
import { demux } from "./demux";
import { call } from "./docker-call";
import type { Dialogue } from "./runtime";

/** Speaks with a container's first process, from before it runs. */
export async function talk(container: Dockerode.Container, { stdin, heard, ended }: Dialogue): Promise<void> {
    const options = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
    const socket = (await call("attach", () => container.attach(options))) as Socket;
    let words = "";
    const listen = (chunk: Buffer) => {
        words = (words + chunk.toString("latin1")).slice(-4096);
        if (heard(words)) socket.destroy();
    };
    // Should it end before it has read everything, its exit code says what that means.
    socket.on("error", () => undefined);
    socket.once("close", ended);
    // What is never said keeps nobody here.
    socket.unref();
    socket.pipe(
        demux(listen)
            .on("data", listen)
            .on("error", () => socket.destroy()),
    );
    stdin.then(
        (text) => socket.end(text),
        () => socket.destroy(),
    );
}
