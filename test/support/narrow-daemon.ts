import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { transportOf } from "../../provider/runtimes/docker-client";
import { findEndpoint } from "../../provider/runtimes/docker-host";

export interface NarrowDaemon {
    /** For `--host`. */
    readonly host: string;
    close(): Promise<void>;
}

/**
 * The daemon as if one project's things were all there is on it: for commands that act on everything they find, on a machine where others work.
 * Only lists are narrowed; everything else passes through.
 */
export async function narrowDaemon(project: string): Promise<NarrowDaemon> {
    const transport = transportOf(await findEndpoint({}));
    const folder = await mkdtemp(join(tmpdir(), "devdb-narrow-"));
    const socket = join(folder, "docker.sock");
    const server = createServer((incoming, answer) => {
        const { method = "GET", headers } = incoming;
        const outgoing = request({ ...transport, method, headers, path: narrowed(incoming, project) }, (response) => {
            answer.writeHead(response.statusCode ?? 500, response.headers);
            response.pipe(answer);
        });
        outgoing.on("error", () => answer.destroy());
        incoming.pipe(outgoing);
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    return {
        host: `unix://${socket}`,
        close: async () => {
            await new Promise((resolve) => {
                server.close(resolve);
                server.closeAllConnections();
            });
            await rm(folder, { recursive: true, force: true });
        },
    };
}

function narrowed({ method, url = "/" }: IncomingMessage, project: string): string {
    const { pathname, searchParams } = new URL(url, "http://daemon");
    if (method !== "GET" || !/\/(containers\/json|volumes|images\/json)$/.test(pathname)) return url;
    const filters = JSON.parse(searchParams.get("filters") ?? "{}") as { readonly label?: readonly string[] };
    searchParams.set("filters", JSON.stringify({ ...filters, label: [...(filters.label ?? []), `devdb.project=${project}`] }));
    return `${pathname}?${searchParams}`;
}
