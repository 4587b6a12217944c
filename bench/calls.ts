import http, { type ClientRequest } from "node:http";

/** One request to the daemon, in milliseconds from the beginning of the record. */
export interface Call {
    readonly what: string;
    readonly from: number;
    readonly to: number;
}

/** Runs work, and answers every HTTP request that was sent meanwhile. One that is hijacked, as an exec is, ends with its connection. */
export async function recorded<T>(
    work: () => Promise<T>,
): Promise<{ readonly calls: readonly Call[]; readonly ms: number; readonly result: T }> {
    const calls: Call[] = [];
    const { request } = http;
    const began = performance.now();
    const now = () => performance.now() - began;
    const watched = (...args: Parameters<typeof request>): ClientRequest => {
        const from = now();
        const sent = request(...args);
        const end = () => calls.push({ what: `${sent.method} ${shortened(sent.path)}`, from, to: now() });
        sent.once("upgrade", (_, socket) => socket.once("close", end));
        sent.once("response", (response) => response.once("end", end));
        return sent;
    };
    Object.assign(http, { request: watched });
    try {
        const result = await work();
        return { calls: calls.sort((one, other) => one.from - other.from), ms: now(), result };
    } finally {
        Object.assign(http, { request });
    }
}

/** Ids and encoded filters say nothing. */
function shortened(path: string): string {
    return decodeURIComponent(path)
        .replace(/[0-9a-f]{64}/g, "<id>")
        .slice(0, 90);
}
