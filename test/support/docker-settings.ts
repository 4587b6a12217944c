import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findEndpoint } from "../../provider/runtimes/docker-host";

/** Settings of Docker's client for one suite, instead of the user's own. */
export interface DockerSettings {
    /** Becomes config.json. */
    readonly configure: (config: object) => void;
    /** Makes the credential helper `docker-credential-<name>`, which answers this to everything. */
    readonly helper: (name: string, says: string) => void;
    /** Back to no config.json. */
    readonly clear: () => void;
    readonly restore: () => void;
}

const names = ["DOCKER_CONFIG", "DOCKER_AUTH_CONFIG", "DOCKER_HOST", "PATH"] as const;

export async function dockerSettings(): Promise<DockerSettings> {
    const before = names.map((name) => [name, process.env[name]] as const);
    // The engine may have been found by a context, which is among the settings.
    const { url } = await findEndpoint({}).catch(() => ({ url: undefined }));
    const folder = mkdtempSync(join(tmpdir(), "ds-"));
    const programs = join(folder, "bin");
    mkdirSync(programs);
    process.env.DOCKER_CONFIG = folder;
    delete process.env.DOCKER_AUTH_CONFIG;
    if (url !== undefined && !process.env.DOCKER_TLS_VERIFY) process.env.DOCKER_HOST = url;
    process.env.PATH = `${programs}:${process.env.PATH}`;
    return {
        configure: (config) => writeFileSync(join(folder, "config.json"), JSON.stringify(config)),
        helper: (name, says) => {
            const path = join(programs, `docker-credential-${name}`);
            writeFileSync(`${path}.says`, says);
            writeFileSync(path, '#!/bin/sh\ncat >"$0.asked"\ncat "$0.says"\n');
            chmodSync(path, 0o755);
        },
        clear: () => rmSync(join(folder, "config.json"), { force: true }),
        restore: () => {
            for (const [name, value] of before) {
                if (value === undefined) delete process.env[name];
                else process.env[name] = value;
            }
            rmSync(folder, { recursive: true });
        },
    };
}

/** An entry for config.json, as `docker login` writes it. */
export function written(username: string, password: string): { readonly auth: string } {
    return { auth: Buffer.from(`${username}:${password}`).toString("base64") };
}
