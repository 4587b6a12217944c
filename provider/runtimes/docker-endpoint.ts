import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** A place where Docker's API is spoken. */
export interface Endpoint {
    /** `unix:///…`, `npipe:////./pipe/…`, `tcp://host:port` or `ssh://user@host:port`. */
    readonly url: string;
    /** How it was found, for messages: `DOCKER_HOST`, `context colima`, `the default socket`. */
    readonly found: string;
    /** Present where TLS is spoken; only with `tcp://`. */
    readonly tls?: Tls;
}

export interface Tls {
    /** PEM. Absent: the authorities that Node trusts. */
    readonly ca?: Buffer;
    readonly cert?: Buffer;
    readonly key?: Buffer;
    /** Whether the daemon's certificate must hold. */
    readonly verify: boolean;
}

/** What is around this process. Passed in, so that a test needs no global state. */
export interface Surroundings {
    readonly env: NodeJS.ProcessEnv;
    readonly home: string;
    readonly platform: NodeJS.Platform;
    readonly uid: number | undefined;
    /** Where the file system's absolute paths begin. @default "/" */
    readonly root?: string;
}

export function surroundings(): Surroundings {
    return { env: process.env, home: homedir(), platform: process.platform, uid: process.getuid?.() };
}

export const defaultSocket = "/var/run/docker.sock";
export const defaultPipe = "//./pipe/docker_engine";

/** An address as people write it (`DOCKER_HOST`, a context) in one form. Throws on one that is none. */
export function endpointUrl(text: string, tls: boolean): string {
    if (text.startsWith("/")) return `unix://${text}`;
    if (text.startsWith("unix://")) return `unix://${text.slice("unix://".length) || defaultSocket}`;
    if (text.startsWith("npipe://")) return `npipe://${text.slice("npipe://".length) || defaultPipe}`;
    // URL takes `host:2375` for a scheme, and Docker's client takes it for TCP.
    const url = parsed(text.includes("://") ? text : `tcp://${text}`);
    if (!url?.hostname)
        throw new Error(
            `${withoutPassword(text)} is no address of an engine; one looks like unix:///…, tcp://host:port or ssh://user@host`,
        );
    if (url.password) throw new Error("a password in the address is not supported");
    if (url.search || url.hash) throw new Error(`${text}: neither ? nor # belongs into an engine's address`);
    if (url.protocol === "ssh:") return url.href;
    if (!["tcp:", "http:", "https:"].includes(url.protocol))
        throw new Error(`${url.protocol}// is no way to an engine; use unix, npipe, tcp or ssh`);
    if (url.pathname !== "" && url.pathname !== "/") throw new Error(`${text}: a path in the address is not supported`);
    return `tcp://${url.hostname}:${url.port || (defaultPort[url.protocol] ?? (tls ? 2376 : 2375))}`;
}

// URL drops a scheme's own port, so http and https have theirs here.
const defaultPort: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** An address that may be shown. */
export function withoutPassword(text: string): string {
    return text.replace(/(\/\/[^/@:]*):[^/]*@/, "$1:…@");
}

function parsed(text: string): URL | undefined {
    return URL.canParse(text) ? new URL(text) : undefined;
}

/** The `ca.pem`, `cert.pem` and `key.pem` of a directory. Absent files are left out. */
export async function tlsFiles(directory: string): Promise<Omit<Tls, "verify">> {
    const [ca, cert, key] = await Promise.all(["ca.pem", "cert.pem", "key.pem"].map((file) => present(join(directory, file))));
    return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** A file's content, or `undefined` where there is none. */
export async function present(path: string): Promise<Buffer | undefined> {
    try {
        return await readFile(path);
    } catch (error) {
        if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
        throw error;
    }
}

/** The word that Node gives a system's error: `ENOENT`, `ECONNREFUSED`. */
export function codeOf(error: unknown): string | undefined {
    return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
