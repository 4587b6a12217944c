import { text } from "node:stream/consumers";
import Dockerode from "dockerode";
import { label, newName, repository } from "./mark";

/** The daemon that the provider finds too: by DOCKER_HOST, else the usual socket. */
export const daemon = new Dockerode();

export interface Run {
    readonly image: string;
    readonly port: number;
    readonly environment?: Readonly<Record<string, string>>;
    readonly entrypoint?: readonly string[];
    /** Where memory is mounted. */
    readonly tmpfs?: string;
    /** Where a new, nameless volume is mounted. */
    readonly volume?: string;
}

export interface Running {
    readonly container: Dockerode.Container;
    readonly hostPort: number;
}

/** `docker run --detach --publish 127.0.0.1::PORT`, without the client's own start-up time. */
export async function dockerRun({ image, port, environment = {}, entrypoint, tmpfs, volume }: Run): Promise<Running> {
    const container = await daemon.createContainer({
        name: newName(),
        Image: image,
        Labels: { [label.key]: label.value },
        Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
        ...(entrypoint ? { Entrypoint: [...entrypoint], Cmd: [] } : {}),
        ...(volume ? { Volumes: { [volume]: {} } } : {}),
        ExposedPorts: { [`${port}/tcp`]: {} },
        HostConfig: {
            PortBindings: { [`${port}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] },
            ...(tmpfs ? { Tmpfs: { [tmpfs]: "" } } : {}),
        },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    return { container, hostPort: Number(NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort) };
}

/** `docker rm --force --volumes`. */
export async function dockerRm(container: Dockerode.Container): Promise<void> {
    await container.remove({ force: true, v: true });
}

/** An image with an identity of its own and nothing new in it. */
export async function derivedImage(base: string): Promise<string> {
    const name = newName();
    const container = await daemon.createContainer({ name, Image: base });
    try {
        const labels = { [label.key]: label.value, "devdb.bench.name": name };
        await container.commit({ repo: repository, tag: name, pause: false, Labels: labels });
        return `${repository}:${name}`;
    } finally {
        await container.remove({ force: true, v: true });
    }
}

/** What a command in the container prints. */
export async function inside(id: string, command: readonly string[]): Promise<string> {
    const exec = await daemon.getContainer(id).exec({ Cmd: [...command], AttachStdout: true, Tty: true, User: "root" });
    return text(await exec.start({ Tty: true }));
}

/** Runs shell in a container as the administrator of its server; what fails, throws. */
export async function insideOf(container: Dockerode.Container, script: string): Promise<void> {
    const exec = await container.exec({ Cmd: ["bash", "-c", script], AttachStdout: true, AttachStderr: true, Tty: true, User: "root" });
    const words = await text(await exec.start({ Tty: true }));
    const { ExitCode } = await exec.inspect();
    if (ExitCode !== 0) throw new Error(`${script} ended with ${ExitCode}: ${words}`);
}
