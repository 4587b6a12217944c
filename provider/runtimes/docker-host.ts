import { setTimeout as sleep } from "node:timers/promises";
import { configDirectory } from "./docker-config";
import { contextEndpoint, currentContext } from "./docker-context";
import { type Endpoint, endpointUrl, type Surroundings, surroundings, type Tls, tlsFiles, withoutPassword } from "./docker-endpoint";
import { ping, silenceOf } from "./docker-ping";
import { usualSockets } from "./docker-sockets";
import { type Attempt, NoDocker } from "./errors";

export { addressOf } from "./docker-address";
export { dockerClient } from "./docker-client";
export type { Endpoint, Surroundings } from "./docker-endpoint";
export { NoDocker } from "./errors";

/** How the `runtime` argument says where the engine is: paths and names of contexts, never keys. */
export interface DockerSettings {
    /** As `DOCKER_HOST`. */
    readonly host?: string;
    /** A context of Docker's client; `default` means the usual sockets, whatever `DOCKER_HOST` says. */
    readonly context?: string;
    /** As `DOCKER_CERT_PATH`: a directory with `ca.pem`, `cert.pem` and `key.pem`. */
    readonly certPath?: string;
    /** As `DOCKER_TLS_VERIFY`. */
    readonly tlsVerify?: boolean;
}

/** Resolves to whether an engine answers there; rejects with the reason why not, where there is one to tell. */
export type Answers = (endpoint: Endpoint) => Promise<boolean>;

/**
 * Finds the engine as Docker's own client does: the settings, `DOCKER_HOST`, `DOCKER_CONTEXT`, the current context; where none of these
 * names a place, the first of the usual sockets that answers. Throws `NoDocker`.
 */
export async function findEndpoint(
    settings: DockerSettings,
    around: Surroundings = surroundings(),
    answers: Answers = ping,
): Promise<Endpoint> {
    const named = await namedPlace(settings, around);
    return named ? insist(named, answers) : search(usualSockets(around), answers);
}

/** A place that somebody named. It is never replaced by another: the databases would be made on the wrong machine. */
interface Named {
    readonly place: string;
    /** What names it, for the advice. */
    readonly by: string;
    readonly endpoint: () => Promise<Endpoint>;
}

async function namedPlace(settings: DockerSettings, around: Surroundings): Promise<Named | undefined> {
    const { env } = around;
    if (settings.host && settings.context) {
        const place = "the runtime argument";
        throw new NoDocker([{ place, reason: "both host and context are given" }], "Leave one of the two out.");
    }
    const atHost = (host: string, by: string): Named => ({
        place: withoutPassword(host),
        by,
        endpoint: () => hostEndpoint(host, by, settings, around),
    });
    const atContext = (name: string, by: string): Named | undefined =>
        name === "default" ? undefined : { place: `context ${name}`, by, endpoint: () => contextEndpoint(name, around) };
    if (settings.host) return atHost(settings.host, "the runtime argument");
    if (settings.context) return atContext(settings.context, "the runtime argument");
    if (env.DOCKER_HOST) return atHost(env.DOCKER_HOST, "DOCKER_HOST");
    if (env.DOCKER_CONTEXT) return atContext(env.DOCKER_CONTEXT, "DOCKER_CONTEXT");
    const current = await currentContext(around);
    return current ? atContext(current, "docker context use") : undefined;
}

async function hostEndpoint(host: string, by: string, settings: DockerSettings, around: Surroundings): Promise<Endpoint> {
    const tls = endpointUrl(host, false).startsWith("tcp:") ? await tlsOf(host, settings, around) : undefined;
    return { url: endpointUrl(host, tls !== undefined), found: by, ...(tls && { tls }) };
}

/** Certificates alone ask for verified TLS too: Docker's client would ignore them and speak in the clear. */
async function tlsOf(host: string, settings: DockerSettings, around: Surroundings): Promise<Tls | undefined> {
    const { env } = around;
    const directory = settings.certPath || env.DOCKER_CERT_PATH;
    const verifyAsked = settings.tlsVerify ?? Boolean(env.DOCKER_TLS_VERIFY);
    if (!directory && !verifyAsked && !env.DOCKER_TLS && !host.startsWith("https:")) return undefined;
    const verify = verifyAsked || (settings.tlsVerify ?? !env.DOCKER_TLS);
    const files = await tlsFiles(directory ?? configDirectory(around));
    if (directory && verify && !files.ca) throw new Error(`there is no ca.pem in ${directory}`);
    return { ...files, verify };
}

async function insist(named: Named, answers: Answers): Promise<Endpoint> {
    const advice = `No other place was tried, because ${named.by} names this one: start the engine there, or name another.`;
    const endpoint = await named.endpoint().catch((error: unknown) => {
        throw new NoDocker([{ place: `${named.place} (${named.by})`, ...silenceOf(error) }], advice);
    });
    // A daemon that is just being restarted refuses for a moment; nobody should have to run the program twice for that.
    for (const pauseMs of [200, 400, 0]) {
        const silence = await attempt(endpoint, answers);
        if (!silence) return endpoint;
        if (silence.code !== "ECONNREFUSED" || pauseMs === 0) throw new NoDocker([silence], adviceFor([silence], advice));
        await sleep(pauseMs);
    }
    return endpoint;
}

async function search(endpoints: readonly Endpoint[], answers: Answers): Promise<Endpoint> {
    const tried: Attempt[] = [];
    for (const endpoint of endpoints) {
        const silence = await attempt(endpoint, answers);
        if (!silence) return endpoint;
        tried.push(silence);
    }
    const advice =
        "Start Docker, Podman, Colima, Rancher Desktop or OrbStack; or say where an engine is: DOCKER_HOST, docker context use, the runtime argument.";
    throw new NoDocker(tried, adviceFor(tried, advice));
}

async function attempt(endpoint: Endpoint, answers: Answers): Promise<Attempt | undefined> {
    const place = `${endpoint.url} (${endpoint.found})`;
    try {
        return (await answers(endpoint)) ? undefined : { place, reason: "what answers there is no container engine" };
    } catch (error) {
        return { place, ...silenceOf(error) };
    }
}

function adviceFor(tried: readonly Attempt[], otherwise: string): string {
    const denied = tried.some(({ code }) => code === "EACCES");
    return denied ? "Let this user use the socket: sudo usermod -aG docker <user>, then log in again." : otherwise;
}
