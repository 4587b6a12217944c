import type { Socket } from "node:net";
import type Dockerode from "dockerode";
import { demux } from "./demux";
import { call } from "./docker-call";
import type { Dialogue } from "./runtime";

/** Speaks with a container's first process, from before it runs. */
export async function talk(container: Dockerode.Container, { stdin, heard, ended }: Dialogue): Promise<void> {
    const socket = await call("attach", () => attached(container));
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

/**
 * The library's own call sends its options as a body too. No daemon reads that: what of it does not arrive together with the head of the request, as over TLS or
 * through a proxy, is taken for the first words to the container.
 */
function attached({ modem, id }: Dockerode.Container): Promise<Socket> {
    const request = {
        path: `/containers/${id}/attach?`,
        method: "POST",
        options: { stream: true, stdin: true, stdout: true, stderr: true },
        file: Buffer.alloc(0),
        isStream: true,
        hijack: true,
        statusCodes: { 101: true, 200: true, 404: "no such container", 500: "server error" },
    };
    return new Promise((resolve, reject) =>
        modem.dial(request, (error: unknown, socket: unknown) => (error ? reject(error) : resolve(socket as Socket))),
    );
}
