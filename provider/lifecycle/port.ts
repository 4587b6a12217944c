import { createServer } from "node:net";
import type { InstanceInputs } from "./args";
import { InstanceError } from "./errors";

/** Ports that this process has handed out and whose containers may not listen yet. */
const promised = new Set<number>();

export interface PortChoice {
    readonly port: number;
    /** Says that the port is in use or given up: another instance may be offered it again. */
    readonly release: () => void;
}

/**
 * A free port for the wish: that one, the next free one from the preferred up to 100 above, or any.
 * `here`: the daemon is this machine, so that a free port is one that can be bound. Elsewhere only the daemon's own refusal tells (`refused`).
 */
export async function choosePort(
    wish: InstanceInputs["port"],
    refused: ReadonlySet<number>,
    options: { readonly here: boolean; readonly interface: string },
): Promise<PortChoice> {
    const free = async (port: number) =>
        !refused.has(port) && !promised.has(port) && (!options.here || (await canBind(port, options.interface)));
    if (typeof wish === "number") {
        if (await free(wish)) return promise(wish);
        throw new InstanceError(`host port ${wish} is taken`);
    }
    if (wish !== undefined) {
        for (let port = wish.preferred; port <= wish.preferred + 100; port += 1) if (await free(port)) return promise(port);
        throw new InstanceError(`every host port from ${wish.preferred} to ${wish.preferred + 100} is taken`);
    }
    for (let attempt = 0; attempt < 100; attempt += 1) {
        const port = options.here ? await anyPort(options.interface) : 49_152 + Math.floor(Math.random() * 16_000);
        if (await free(port)) return promise(port);
    }
    throw new InstanceError("no free host port was found");
}

function promise(port: number): PortChoice {
    promised.add(port);
    return { port, release: () => promised.delete(port) };
}

async function canBind(port: number, host: string): Promise<boolean> {
    return (await bind(port, host)) !== undefined;
}

async function anyPort(host: string): Promise<number> {
    return (await bind(0, host)) ?? 0;
}

function bind(port: number, host: string): Promise<number | undefined> {
    return new Promise((resolve) => {
        const server = createServer();
        server.once("error", () => resolve(undefined));
        server.listen({ port, host, exclusive: true }, () => {
            const address = server.address();
            server.close(() => resolve(typeof address === "object" && address ? address.port : undefined));
        });
    });
}
