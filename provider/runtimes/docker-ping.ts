import http from "node:http";
import https from "node:https";
import { transportOf } from "./docker-client";
import { codeOf, type Endpoint } from "./docker-endpoint";
import type { Attempt } from "./errors";

/** Asks an engine whether it is one. Plain HTTP, so that looking around does not load the client library. Rejects where nothing answers. */
export function ping(endpoint: Endpoint): Promise<boolean> {
    const patienceMs = patience(endpoint.url);
    const { promise, resolve, reject } = settled();
    const request = (endpoint.tls ? https : http).request({ ...transportOf(endpoint), path: "/_ping", method: "GET" }, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => {
            body = (body + text).slice(0, 200);
        });
        response.on("error", reject);
        response.on("end", () => {
            if (response.statusCode === 200) resolve(true);
            else reject(new Error(`HTTP status ${response.statusCode}: ${body.trim()}`));
        });
    });
    const clock = setTimeout(() => request.destroy(new Error(`no answer in ${patienceMs / 1000} seconds`)), patienceMs);
    request.on("error", reject);
    request.end();
    return promise.finally(() => clearTimeout(clock));
}

/** Why nothing answered, in words that say what to look at. */
export function silenceOf(error: unknown): Omit<Attempt, "place"> {
    const code = codeOf(error);
    const message = error instanceof Error ? error.message : String(error);
    const words = code && reasons[code];
    return { reason: words ? `${words} (${code})` : message, ...(code && { code }) };
}

const reasons: Readonly<Record<string, string>> = {
    ENOENT: "there is no such socket",
    ENOTSOCK: "that is no socket",
    EACCES: 'this user may not use the socket; it is usually not in the "docker" group',
    ECONNREFUSED: "nothing listens there",
    ECONNRESET: "the connection was cut",
    ENOTFOUND: "there is no host of that name",
    EAI_AGAIN: "the host's name could not be looked up",
    EHOSTUNREACH: "there is no way to that host",
    ENETUNREACH: "there is no way to that network",
    ETIMEDOUT: "the host does not answer",
    EPROTO: "it does not speak TLS",
    ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
    ERR_SSL_PACKET_LENGTH_TOO_LONG: "it does not speak TLS",
    ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "it asks for a client certificate: cert.pem and key.pem",
    ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "it does not trust the client certificate in cert.pem",
    CERT_HAS_EXPIRED: "its certificate has expired",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not from the authority in ca.pem",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is not from the authority in ca.pem",
    SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not from the authority in ca.pem",
    DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not from the authority in ca.pem",
    CERT_SIGNATURE_FAILURE: "its certificate is not from the authority in ca.pem",
};

/** Milliseconds. A local socket answers at once or not at all; a login over ssh takes its time. */
function patience(url: string): number {
    if (url.startsWith("ssh:")) return 30_000;
    return url.startsWith("tcp:") ? 10_000 : 3_000;
}

function settled(): { promise: Promise<boolean>; resolve: (value: boolean) => void; reject: (error: unknown) => void } {
    let resolve: (value: boolean) => void = () => {};
    let reject: (error: unknown) => void = () => {};
    const promise = new Promise<boolean>((yes, no) => {
        resolve = yes;
        reject = no;
    });
    return { promise, resolve, reject };
}
