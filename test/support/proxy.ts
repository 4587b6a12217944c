import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { findEndpoint } from "../../provider/runtimes/docker-host";

/** A socket in front of the daemon's, for what the daemon itself cannot be made to do in a test. */
export interface Proxy {
    /** For `DOCKER_HOST`. */
    readonly host: string;
    /** Cuts every connection and is gone, as a daemon is that is killed. */
    readonly die: () => Promise<void>;
}

export interface ProxyOptions {
    /** What `/info` says the daemon's id is, instead of its own: another daemon at the same address. */
    readonly id?: string;
    /** Called when a request was answered: `POST /containers/x/start`. The answer is held back until it resolves. */
    readonly answered?: (request: string) => Promise<void> | void;
}

/** `undefined` where the daemon here has no socket to stand in front of. */
export async function dockerProxy(options: ProxyOptions): Promise<Proxy | undefined> {
    const { url } = await findEndpoint({});
    if (!url.startsWith("unix://")) return undefined;
    const daemon = url.slice("unix://".length);
    const folder = await mkdtemp(join(tmpdir(), "dp-"));
    const open = new Set<Socket>();
    const server = http.createServer((request, response) => {
        const onward = http.request(
            { socketPath: daemon, method: request.method, path: request.url, headers: request.headers },
            async (answer) => {
                await options.answered?.(`${request.method} ${plain(request.url)}`);
                if (plain(request.url) === "/info" && options.id !== undefined) {
                    const info = JSON.stringify({ ...JSON.parse(await text(answer)), ID: options.id });
                    response.writeHead(200, { "content-type": "application/json" }).end(info);
                    return;
                }
                response.writeHead(answer.statusCode ?? 500, answer.headers);
                response.flushHeaders();
                answer.pipe(response);
            },
        );
        onward.on("error", () => response.destroy());
        request.pipe(onward);
    });
    // An exec's stream goes both ways once it is hijacked: bytes, no longer HTTP.
    server.on("upgrade", (request, outer: Socket, head: Buffer) => {
        const inner = connect({ path: daemon, allowHalfOpen: true });
        open.add(inner);
        const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
        inner.write([`${request.method} ${request.url} HTTP/1.1`, ...headers, "", ""].join("\r\n"));
        inner.write(head);
        for (const socket of [inner, outer]) {
            socket.on("error", () => {
                inner.destroy();
                outer.destroy();
            });
        }
        outer.pipe(inner).pipe(outer);
    });
    server.on("connection", (socket: Socket) => {
        open.add(socket);
        socket.on("close", () => open.delete(socket));
    });
    const path = join(folder, "docker.sock");
    await new Promise<void>((listening) => server.listen(path, listening));
    return {
        host: `unix://${path}`,
        die: async () => {
            server.close();
            rmSync(path, { force: true });
            for (const socket of open) socket.destroy();
            await rm(folder, { recursive: true, force: true });
        },
    };
}

function plain(url: string | undefined): string {
    return (url ?? "").replace(/^\/v[\d.]+/, "").replace(/\?.*$/, "");
}
