import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { addressOf, findEndpoint } from "../../provider/runtimes/docker-host";

/** A registry on loopback that never gives an image. */
export interface OddRegistry {
    /** `127.0.0.1:5000`. */
    readonly host: string;
    readonly close: () => void;
}

/** What it answers to every question for an image; or it has the manifest of one, and not what the manifest names. */
export type OddAnswer = { readonly status: number; readonly body: string } | "no layers";

export async function oddRegistry(answer: OddAnswer): Promise<OddRegistry> {
    const server = createServer((request, response) => {
        if (request.url === "/v2/") response.writeHead(200).end("{}");
        else if (answer !== "no layers") response.writeHead(answer.status, { "content-type": "application/json" }).end(answer.body);
        else withoutLayers(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return {
        host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () => {
            server.close();
            server.closeAllConnections();
        },
    };
}

function withoutLayers(request: IncomingMessage, response: ServerResponse): void {
    if (!request.url?.includes("/manifests/")) {
        response
            .writeHead(404, { "content-type": "application/json" })
            .end('{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]}');
        return;
    }
    const type = "application/vnd.docker.distribution.manifest.v2+json";
    const blob = (name: string) => `sha256:${createHash("sha256").update(name).digest("hex")}`;
    const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: type,
        config: { mediaType: "application/vnd.docker.container.image.v1+json", size: 100, digest: blob("config") },
        layers: [{ mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip", size: 100, digest: blob("layer") }],
    });
    const headers = { "content-type": type, "docker-content-digest": blob(manifest), "content-length": manifest.length };
    response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : manifest);
}

/** Whether the daemon reaches what listens on this machine's loopback. */
export async function localDaemon(): Promise<boolean> {
    const endpoint = await findEndpoint({});
    return endpoint.url.startsWith("unix:") && addressOf(endpoint).local;
}
