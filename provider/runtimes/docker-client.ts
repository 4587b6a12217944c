import http from "node:http";
import https from "node:https";
import type Dockerode from "dockerode";
import { loadWhenUsed } from "../when-used";
import type { Endpoint } from "./docker-endpoint";
import { sshAgent } from "./docker-ssh";

/** A client for the engine at the endpoint. The API's version is left open: the daemon then speaks its newest. */
export function dockerClient(endpoint: Endpoint): Dockerode {
    // gRPC, by which it speaks with BuildKit, and an ssh client: both take longer to load than all the rest.
    loadWhenUsed(["dockerode", "./session"], ["dockerode", "docker-modem/lib/ssh"]);
    // Loaded here, since not every run needs it.
    const Docker: typeof Dockerode = require("dockerode");
    return withoutDockerHost(() => new Docker({ ...transportOf(endpoint), protocol: endpoint.tls ? "https" : "http" }));
}

/** How a request gets there, in the words that node:http and dockerode have in common. */
export type Transport = { readonly socketPath: string } | { readonly host: string; readonly port: string; readonly agent: http.Agent };

export function transportOf(endpoint: Endpoint): Transport {
    const socketPath = /^(?:unix|npipe):\/\/(.+)$/.exec(endpoint.url)?.[1];
    if (socketPath) return { socketPath };
    const { hostname, port } = new URL(endpoint.url);
    // Brackets belong to the URL, not to the address in it.
    return { host: hostname.replace(/^\[|\]$/g, ""), port: port || "80", agent: agentOf(endpoint) };
}

const agents = new WeakMap<Endpoint, http.Agent>();

/** One per endpoint, so that what the first ping connected serves every later request: over TLS and ssh connecting is the expensive part. */
function agentOf(endpoint: Endpoint): http.Agent {
    const agent = agents.get(endpoint) ?? newAgent(endpoint);
    agents.set(endpoint, agent);
    return agent;
}

function newAgent({ url, tls }: Endpoint): http.Agent {
    if (url.startsWith("ssh:")) return sshAgent(url);
    if (!tls) return new http.Agent({ keepAlive: true });
    const { verify, ...files } = tls;
    return new https.Agent({ keepAlive: true, ...files, rejectUnauthorized: verify });
}

/**
 * dockerode reads `DOCKER_HOST` and the files of `DOCKER_CERT_PATH` in its constructor even where it is told another place, and then fails
 * on what is wrong with them.
 */
function withoutDockerHost<T>(make: () => T): T {
    const { DOCKER_HOST } = process.env;
    delete process.env.DOCKER_HOST;
    try {
        return make();
    } finally {
        if (DOCKER_HOST !== undefined) process.env.DOCKER_HOST = DOCKER_HOST;
    }
}
