import { setTimeout as sleep } from "node:timers/promises";
import { DaemonSilent } from "./runtime";

/** What dockerode throws: a status where the daemon answered, a code where the transport failed. */
interface ApiError {
    readonly statusCode?: number;
    readonly code?: string;
    readonly message?: string;
    readonly json?: { readonly message?: string } | string;
}

/** Seconds for one answer of the daemon. Starts and removals may take long on a busy machine; a dead transport must still end. */
const patience = 120;

/**
 * One request to the daemon. A reply that is cut in its body leaves docker-modem's promise pending for ever, so every call races a clock.
 * `again: true` is for requests that may be sent twice: those are tried three times when the transport fails.
 */
export async function call<T>(
    what: string,
    request: () => Promise<T>,
    options: { readonly again?: boolean; readonly seconds?: number } = {},
): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
        try {
            return await withClock(what, request(), options.seconds ?? patience);
        } catch (error) {
            const lost = transportFault(error);
            if (lost === undefined) throw error;
            if (!options.again || attempt === 3) throw new DaemonSilent(`${what}: ${lost}`, { cause: error });
            await sleep(100 * 2 ** attempt);
        }
    }
}

async function withClock<T>(what: string, work: Promise<T>, seconds: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const clock = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new DaemonSilent(`${what}: no answer in ${seconds} seconds`)), seconds * 1000);
    });
    try {
        return await Promise.race([work, clock]);
    } finally {
        clearTimeout(timer);
    }
}

export function statusOf(error: unknown): number | undefined {
    return isApiError(error) ? error.statusCode : undefined;
}

/** The daemon's own sentence. dockerode puts a text of its own before it that is wrong for some statuses. */
export function wordsOf(error: unknown): string {
    if (!isApiError(error)) return String(error);
    const { json } = error;
    const words = typeof json === "object" ? json?.message : json;
    // Of an answer that was to be a stream only the text is left.
    return words || error.message?.replace(/^\(HTTP code \d+\) .*? - /, "") || String(error);
}

/** Runs a request for which some statuses are an answer too. */
export async function unless<T, U>(statuses: readonly number[], instead: U, request: Promise<T>): Promise<T | U> {
    try {
        return await request;
    } catch (error) {
        if (statuses.includes(statusOf(error) ?? 0)) return instead;
        throw error;
    }
}

function transportFault(error: unknown): string | undefined {
    if (!isApiError(error) || error.statusCode !== undefined) return undefined;
    if (
        error.code &&
        /^(ECONN|ENOENT|EACCES|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_|ERR_TLS|CERT_|DEPTH_|SELF_|UNABLE_|ERR_STREAM)/.test(error.code)
    ) {
        return error.message ?? error.code;
    }
    return error.message === "socket hang up" ? error.message : undefined;
}

function isApiError(error: unknown): error is ApiError {
    return typeof error === "object" && error !== null;
}
