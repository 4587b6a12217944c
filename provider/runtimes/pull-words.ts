import type { PullFault } from "./runtime";

/**
 * What kind of failure a daemon's words for a pull mean. It decides whether an image of our own may take the place of the one that was asked for, so a
 * registry that answered anything at all is never taken for one that cannot be reached.
 * Words: Docker's own, containerd's (Docker with its image store) and Podman's.
 */
export function pullFault(reference: string, words: string, status?: number): PullFault {
    const said = plain(words, reference);
    const answer = answered(said);
    if (byProxy.test(said)) return "unreachable";
    if (/toomanyrequests|too many requests|rate limit/i.test(said) || answer === 429) return "limited";
    if (/unauthorized|\bdenied\b|authentication required|no basic auth|authorization failed|insufficient_scope/i.test(said))
        return "refused";
    if (answer === 401 || answer === 403) return "refused";
    if (/manifest unknown|manifest for .* not found|no matching manifest|name unknown|repository .*not found/i.test(said)) return "missing";
    if (answer === 404) return "missing";
    if (answer !== undefined) return "other";
    if (unreached.some((pattern) => pattern.test(said))) return "unreachable";
    return status === 404 || /: not found$/i.test(said) ? "missing" : "other";
}

/** A proxy that does not let the daemon through: no registry has said a word. Of a registry's own status the number is told too. */
const byProxy = /URL: (Forbidden|Proxy Authentication Required|Bad Gateway|Service Unavailable|Gateway Timeout)$/;

/** Of Go's network stack. */
const unreached: readonly RegExp[] = [
    /\bdial (tcp|udp|unix)\b/,
    /\bproxyconnect\b/,
    /no such host|server misbehaving|temporary failure in name resolution/i,
    /connection refused|connection reset|network is (unreachable|down)|no route to host|host is (unreachable|down)|broken pipe/i,
    /i\/o timeout|TLS handshake timeout|operation timed out|connection timed out|context deadline exceeded/i,
    /Client\.Timeout|request canceled while waiting|timeout awaiting response headers|http2: .*(timeout|GOAWAY)|server closed idle connection/i,
    /: (unexpected )?EOF$/,
];

/** Names and addresses may look like any of the words, so they go. */
function plain(words: string, reference: string): string {
    const [host = reference] = reference.split("/");
    return words
        .trim()
        .replace(/"https?:\/\/[^"]*"/g, "URL")
        .replace(/https?:\/\/\S+?(?=:?(\s|$))/g, "URL")
        .replaceAll(reference, "IMAGE")
        .replaceAll(host, "HOST")
        .replace(/\blookup \S+/g, "lookup HOST")
        .replace(/\[[0-9a-f:.%]+\]:\d+|\b\d+(\.\d+){3}(:\d+)?/gi, "ADDRESS");
}

/** The HTTP status that a registry answered, where the words tell it. */
function answered(said: string): number | undefined {
    const found = /\b(?:HTTP|status|StatusCode|response|code)[^\d\n]{0,40}?\b([1-5]\d\d)\b|: ([45]\d\d) [A-Z]/i.exec(said);
    const digits = found?.[1] ?? found?.[2];
    return digits === undefined ? undefined : Number(digits);
}
