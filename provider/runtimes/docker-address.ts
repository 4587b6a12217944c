import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Endpoint, type Surroundings, surroundings } from "./docker-endpoint";
import { sshHost } from "./docker-ssh";

/** Where published ports are reached from here, and whether that is this very machine. */
export function addressOf(endpoint: Endpoint, around: Surroundings = surroundings()): { readonly host: string; readonly local: boolean } {
    if (endpoint.url.startsWith("tcp:")) return remote(new URL(endpoint.url).hostname);
    if (endpoint.url.startsWith("ssh:")) return remote(sshHost(endpoint.url));
    const root = around.root ?? "/";
    if (!inContainer(root) || bridgeIsHere(root)) return here;
    // The socket was mounted into this container: the daemon publishes on its own host, which is where our way out leads.
    return { host: gateway(root) ?? "host.docker.internal", local: false };
}

// Never `localhost`: that may be ::1, where some engines do not publish.
const here = { host: "127.0.0.1", local: true } as const;

function remote(host: string): { readonly host: string; readonly local: boolean } {
    const plain = host.replace(/^\[|\]$/g, "");
    return /^(localhost|127(\.\d+){3}|::1|0\.0\.0\.0|::)$/i.test(plain) ? here : { host: plain, local: false };
}

function inContainer(root: string): boolean {
    return existsSync(join(root, ".dockerenv")) || existsSync(join(root, "run/.containerenv"));
}

/** A container that shares the host's network, or has the daemon inside it, reaches published ports as the host does. */
function bridgeIsHere(root: string): boolean {
    return ["docker0", "podman0"].some((bridge) => existsSync(join(root, "sys/class/net", bridge)));
}

/** The default route's gateway. The kernel prints addresses as little-endian hexadecimal. */
function gateway(root: string): string | undefined {
    const table = join(root, "proc/net/route");
    if (!existsSync(table)) return undefined;
    const rows = readFileSync(table, "utf8").split("\n");
    const fields = rows
        .map((row) => row.trim().split(/\s+/))
        .find(([, destination, via]) => destination === "00000000" && via !== "00000000");
    const via = fields?.[2];
    return via && [...Buffer.from(via, "hex")].reverse().join(".");
}
