import { join } from "node:path";
import { present, type Surroundings } from "./docker-endpoint";

/** Where Docker's client keeps its settings, contexts and logins. */
export function configDirectory({ env, home }: Surroundings): string {
    return env.DOCKER_CONFIG || join(home, ".docker");
}

/** The client's settings, unread, or `undefined` where there is no such file. Throws where it is not JSON. */
export async function configFile(around: Surroundings): Promise<unknown> {
    const path = join(configDirectory(around), "config.json");
    const text = (await present(path))?.toString("utf8");
    return text?.trim() ? parsedJson(text, path) : undefined;
}

/** Throws without the parser's own words: they quote the text, and the text may hold logins. */
export function parsedJson(text: string, from: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        throw new Error(`${from} is not valid JSON`);
    }
}
