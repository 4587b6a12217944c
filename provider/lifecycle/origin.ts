import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";

/**
 * A hash of the state back end's address and organisation: two back ends may both have a stack `shop/dev`, and neither may take the other's containers.
 * Found as the CLI finds it: the environment, then the project file, then the last login.
 * A directory is one of this host's, so the host counts there.
 */
export function originOf(organization: string, env: NodeJS.ProcessEnv = process.env, directory = process.cwd()): string {
    const address = env.PULUMI_BACKEND_URL || projectBackend(directory) || lastLogin(env) || "https://api.pulumi.com";
    const where = address.startsWith("file://") ? `${hostname()}:${address.replace("file://~", `file://${homedir()}`)}` : address;
    return createHash("sha256")
        .update(JSON.stringify([where, organization]))
        .digest("hex")
        .slice(0, 16);
}

/** `backend: { url: … }` of the Pulumi.yaml in this directory or above it. */
function projectBackend(directory: string): string | undefined {
    for (let folder = directory; ; folder = join(folder, "..")) {
        for (const name of ["Pulumi.yaml", "Pulumi.yml"]) {
            const text = read(join(folder, name));
            if (text !== undefined) return /^backend:\s*\n\s+url:\s*["']?([^\s"']+)/m.exec(text)?.[1];
        }
        if (folder === join(folder, "..")) return undefined;
    }
}

function lastLogin(env: NodeJS.ProcessEnv): string | undefined {
    const text = read(join(env.PULUMI_HOME || join(homedir(), ".pulumi"), "credentials.json"));
    return text === undefined ? undefined : /"current"\s*:\s*"([^"]+)"/.exec(text)?.[1];
}

function read(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return undefined;
    }
}
