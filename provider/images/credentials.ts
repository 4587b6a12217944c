import { join } from "node:path";
import { z } from "zod";
import { configDirectory, configFile, parsedJson } from "../runtimes/docker-config";
import { type Surroundings, surroundings } from "../runtimes/docker-endpoint";
import type { RegistryLogin } from "../runtimes/runtime";
import { askHelper } from "./credential-helper";

/** The registry that an image's name begins with. Docker's rule: the first part is one if it could not be a user's name on Docker Hub. */
export function registryOf(image: string): string {
    const slash = image.indexOf("/");
    const first = image.slice(0, Math.max(slash, 0));
    const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
    return first === "" || !isHost || isHub(first) ? hub.name : first;
}

/**
 * The login that Docker's client would use for a registry, or `undefined` where there is none: `DOCKER_AUTH_CONFIG`, then the client's
 * settings; in each the registry's own helper, the general one, then what is written in the file. Throws `HelperFailed`, and where a file
 * cannot be read; never with a secret in the text.
 */
export async function credentialsFor(registry: string, around: Surroundings = surroundings()): Promise<RegistryLogin | undefined> {
    const given = around.env.DOCKER_AUTH_CONFIG;
    const inEnvironment = given ? loginsIn(parsedJson(given, "DOCKER_AUTH_CONFIG"), "DOCKER_AUTH_CONFIG") : undefined;
    const inFile = async () => loginsIn((await configFile(around)) ?? {}, join(configDirectory(around), "config.json"));
    return (inEnvironment && (await loginFrom(inEnvironment, registry, around))) ?? (await loginFrom(await inFile(), registry, around));
}

/** Docker Hub is called by one name in images and kept under another by `docker login`. */
const hub = { name: "docker.io", key: "https://index.docker.io/v1/" } as const;
const isHub = (host: string) => ["docker.io", "index.docker.io", "registry-1.docker.io"].includes(host);

const Entry = z.object({
    auth: z.string().optional(),
    username: z.string().optional(),
    password: z.string().optional(),
    identitytoken: z.string().optional(),
});
const Logins = z.object({
    credHelpers: z.record(z.string(), z.string()).default({}),
    credsStore: z.string().default(""),
    auths: z.record(z.string(), Entry).default({}),
});

function loginsIn(value: unknown, from: string): z.infer<typeof Logins> {
    const logins = Logins.safeParse(value);
    if (logins.success) return logins.data;
    // Only the places of the faults: zod's texts may come to quote a value one day.
    throw new Error(`${from} is not what Docker's client writes, at ${logins.error.issues.map(({ path }) => path.join(".")).join(", ")}`);
}

async function loginFrom(
    { credHelpers, credsStore, auths }: z.infer<typeof Logins>,
    registry: string,
    around: Surroundings,
): Promise<RegistryLogin | undefined> {
    const serveraddress = isHub(hostOf(registry)) ? hub.key : registry;
    const helper = entryFor(credHelpers, serveraddress) ?? credsStore;
    const asked = helper ? await askHelper(helper, serveraddress, around) : undefined;
    return asked ?? written(entryFor(auths, serveraddress), serveraddress);
}

function written(entry: z.infer<typeof Entry> | undefined, serveraddress: string): RegistryLogin | undefined {
    if (!entry) return undefined;
    if (entry.identitytoken) return { identitytoken: entry.identitytoken, serveraddress };
    const decoded = Buffer.from(entry.auth ?? "", "base64").toString("utf8");
    const colon = decoded.indexOf(":");
    const [username, password] = colon > 0 ? [decoded.slice(0, colon), decoded.slice(colon + 1)] : [entry.username, entry.password];
    // Old clients filled the end with zeros.
    return username && password !== undefined ? { username, password: password.replace(/^\0+|\0+$/g, ""), serveraddress } : undefined;
}

/** The entry under this very address, else under one of the same host: keys come with and without `https://` and `/v1/`. */
function entryFor<T>(entries: Readonly<Record<string, T>>, serveraddress: string): T | undefined {
    const isSame = (host: string) => (serveraddress === hub.key ? isHub(host) : host === hostOf(serveraddress));
    const keys = Object.keys(entries);
    const key = keys.find((each) => each === serveraddress) ?? keys.find((each) => isSame(hostOf(each)));
    return key === undefined ? undefined : entries[key];
}

function hostOf(address: string): string {
    return address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}
