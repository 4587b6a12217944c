import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** What Docker's own client says: not our record of it. */
export async function docker(...command: readonly string[]): Promise<string> {
    const { stdout } = await execute("docker", command, { maxBuffer: 64 * 1024 ** 2 });
    return stdout.trim();
}

/** By the daemon's own builder: there may be no other. */
export async function dockerBuild(...options: readonly string[]): Promise<void> {
    await execute("docker", ["build", ...options], { env: { ...process.env, DOCKER_BUILDKIT: "0" }, maxBuffer: 64 * 1024 ** 2 });
}

/** What is said of an image; `undefined` where there is none of that name. */
export async function imageSays(image: string, format: string): Promise<string | undefined> {
    return docker("image", "inspect", "--format", format, image).catch(() => undefined);
}

/** Which container stands behind a name, and since when it runs. */
export interface Standing {
    readonly id: string;
    readonly running: boolean;
    readonly startedAt: string;
    /** `127.0.0.1:54012`, as asked for when it was made. */
    readonly published: string;
}

export async function standing(name: string): Promise<Standing> {
    const [info] = JSON.parse(await docker("container", "inspect", name)) as readonly {
        readonly Id: string;
        readonly State: { readonly Running: boolean; readonly StartedAt: string };
        readonly HostConfig: { readonly PortBindings: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[]>> };
    }[];
    if (!info) throw new Error(`there is no container ${name}`);
    const [binding] = Object.values(info.HostConfig.PortBindings).flat();
    const published = `${binding?.HostIp}:${binding?.HostPort}`;
    return { id: info.Id, running: info.State.Running, startedAt: info.State.StartedAt, published };
}
