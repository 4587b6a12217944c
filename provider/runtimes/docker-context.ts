import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { configDirectory, configFile, parsedJson } from "./docker-config";
import { type Endpoint, endpointUrl, present, type Surroundings, tlsFiles } from "./docker-endpoint";

const Settings = z.object({ currentContext: z.string().optional() });
const Meta = z.object({
    Name: z.string(),
    Endpoints: z.record(z.string(), z.object({ Host: z.string().optional(), SkipTLSVerify: z.boolean().optional() })).default({}),
});

/** What `docker context use` chose, or `undefined`. */
export async function currentContext(around: Surroundings): Promise<string | undefined> {
    const settings = Settings.safeParse((await configFile(around)) ?? {});
    if (!settings.success) throw new Error(`currentContext in ${join(configDirectory(around), "config.json")} is not a text`);
    return settings.data.currentContext || undefined;
}

/** The engine that a context of Docker's client names. Throws where there is no such context, naming those that there are. */
export async function contextEndpoint(name: string, around: Surroundings): Promise<Endpoint> {
    const contexts = join(configDirectory(around), "contexts");
    // The store's own rule: a directory is named by the SHA-256 of the context's name.
    const directory = createHash("sha256").update(name).digest("hex");
    const meta = await metaIn(join(contexts, "meta", directory));
    if (!meta) throw new Error(`there is no such context; known are ${(await knownContexts(contexts)).join(", ")}`);
    const docker = meta.Endpoints.docker;
    if (!docker?.Host) throw new Error("the context names no Docker engine");
    const files = await tlsFiles(join(contexts, "tls", directory, "docker"));
    const url = endpointUrl(docker.Host, Object.keys(files).length > 0);
    const secured = url.startsWith("tcp:") && (Object.keys(files).length > 0 || docker.SkipTLSVerify || docker.Host.startsWith("https:"));
    return { url, found: `context ${name}`, ...(secured && { tls: { ...files, verify: !docker.SkipTLSVerify } }) };
}

async function knownContexts(contexts: string): Promise<readonly string[]> {
    const directories = await readdir(join(contexts, "meta")).catch(() => []);
    const metas = await Promise.all(directories.map((directory) => metaIn(join(contexts, "meta", directory)).catch(() => undefined)));
    return ["default", ...metas.flatMap((meta) => (meta ? [meta.Name] : [])).sort()];
}

async function metaIn(directory: string): Promise<z.infer<typeof Meta> | undefined> {
    const path = join(directory, "meta.json");
    const text = await present(path);
    if (!text) return undefined;
    const meta = Meta.safeParse(parsedJson(text.toString("utf8"), path));
    if (!meta.success) throw new Error(`${path} is not what Docker's client writes`);
    return meta.data;
}
