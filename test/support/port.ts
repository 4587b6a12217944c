import { type AddressInfo, createServer, type Server } from "node:net";

/** A port that nothing on this machine listened on a moment ago. */
export async function freePort(): Promise<number> {
    const server = await holdPort();
    const { port } = server.address() as AddressInfo;
    await new Promise((closed) => server.close(closed));
    return port;
}

/** A port on loopback that is taken until the server is closed. */
export function holdPort(): Promise<Server> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once("error", reject);
        server.listen(0, "127.0.0.1", () => resolve(server));
    });
}
