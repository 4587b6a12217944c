import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { demux } from "./demux";
import { call, statusOf, unless, wordsOf } from "./docker-call";
import { execIn } from "./docker-exec";
import { addressOf, type DockerSettings, dockerClient, findEndpoint } from "./docker-host";
import { dockerImages, labelFilter } from "./docker-images";
import {
    type Container,
    type ContainerSpec,
    type Daemon,
    type Dialogue,
    NameTaken,
    type NetworkAttachment,
    PortTaken,
    type Runtime,
} from "./runtime";

/** Docker, and whatever else speaks its API. */
export async function docker(settings: DockerSettings): Promise<Runtime> {
    const endpoint = await findEndpoint(settings);
    const client = await dockerClient(endpoint);
    return dockerRuntime(client, `${endpoint.url} (${endpoint.found})`, addressOf(endpoint), () => answering(endpoint.url, client));
}

function dockerRuntime(client: Dockerode, found: string, address: Runtime["address"], who: Runtime["daemon"]): Runtime {
    let asked: Promise<Daemon> | undefined;
    const images = dockerImages(client);
    const inspect = (name: string, signal?: AbortSignal) =>
        call("inspect", () => unless([404], undefined, client.getContainer(name).inspect(signal ? { abortSignal: signal } : {})), {
            again: !signal,
        });

    return {
        found,
        address,
        images,
        daemon: () => {
            asked ??= who().catch((error: unknown) => {
                asked = undefined;
                throw error;
            });
            return asked;
        },
        find: async (name, options) => {
            const info = await inspect(name, options?.signal);
            return info && container(info);
        },
        list: async (labels) => {
            const found = await call("list", () => client.listContainers({ all: true, filters: { label: labelFilter(labels) } }), {
                again: true,
            });
            const infos = await Promise.all(found.map((each) => inspect(each.Id)));
            return infos.flatMap((info) => (info ? [container(info)] : []));
        },
        publisherOf: async (port) => {
            const running = await call("list", () => client.listContainers(), { again: true });
            return running.find((each) => each.Ports.some(({ PublicPort }) => PublicPort === port))?.Names[0]?.replace(/^\//, "");
        },
        create: async (spec) => {
            try {
                const made = await call("create", () => client.createContainer(createOptions(spec)));
                for (const network of spec.networks) await attach(client, made.id, network);
                return made.id;
            } catch (error) {
                if (statusOf(error) === 409) throw new NameTaken(spec.name);
                throw new Error(`the container could not be made: ${wordsOf(error)}`, { cause: error });
            }
        },
        start: async (name, dialogue) => {
            try {
                // Attached before it runs, as Docker's own client does, so that nothing is lost.
                if (dialogue) await talk(client.getContainer(name), dialogue);
                await call("start", () => unless([304], undefined, client.getContainer(name).start()), { again: true });
            } catch (error) {
                const words = wordsOf(error);
                if (/port is already allocated|address already in use/.test(words)) throw new PortTaken(hostPort(words));
                throw new Error(`the container could not be started: ${words}`, { cause: error });
            }
        },
        stop: async (name, seconds) => {
            await call("stop", () => unless([304, 404], undefined, client.getContainer(name).stop({ t: seconds })), {
                again: true,
                seconds: seconds + 60,
            });
        },
        pause: async (name) => {
            await call("pause", () => client.getContainer(name).pause());
        },
        unpause: async (name) => {
            // Docker says 500 of one that is not halted, Podman 409.
            await call("unpause", () => unless([404], undefined, client.getContainer(name).unpause()), { again: true }).catch(
                async (error: unknown) => {
                    if ((await inspect(name))?.State.Paused) throw error;
                },
            );
        },
        rename: async (from, to) => {
            await call("rename", () => client.getContainer(from).rename({ name: to })).catch((error: unknown) => {
                throw statusOf(error) === 409 ? new NameTaken(to) : error;
            });
        },
        remove: async (name) => {
            // v: without it the image's own VOLUME leaks an anonymous volume each time.
            await call("remove", () => unless([404], undefined, client.getContainer(name).remove({ force: true, v: true })), {
                again: true,
            }).catch(async (error: unknown) => {
                if (statusOf(error) !== 409) throw error;
                await call("wait", () => unless([404], undefined, client.getContainer(name).wait({ condition: "removed" })));
            });
        },
        update: async (name, change) => {
            await call("update", () =>
                client.getContainer(name).update({
                    ...(change.memory === undefined ? {} : { Memory: change.memory, MemorySwap: change.memory }),
                    ...(change.cpus === undefined ? {} : { NanoCpus: Math.round(change.cpus * 1e9) }),
                    ...(change.restart === undefined ? {} : { RestartPolicy: { Name: change.restart } }),
                }),
            ).catch((error: unknown) => {
                throw new Error(`the container's limits could not be changed: ${wordsOf(error)}`, { cause: error });
            });
        },
        attach: (name, network) => attach(client, name, network),
        detach: async (name, network) => {
            await call("network disconnect", () => unless([404], undefined, client.getNetwork(network).disconnect({ Container: name })), {
                again: true,
            });
        },
        exec: (name, command) => execIn(client.getContainer(name), command),
        logs: async (name, lines) => {
            const info = await inspect(name);
            // The daemon's own restarts are no beginning: why the server ended was said before them.
            const started = info?.RestartCount === 0 ? Date.parse(info.State.StartedAt) : 0;
            const since = Math.max(0, Math.floor(started / 1000)) || 0;
            const options = { stdout: true, stderr: true, tail: lines, since } as const;
            return plainLog(await call("logs", () => client.getContainer(name).logs(options), { again: true }));
        },
        copyOut: async (name, path) => {
            const stream = await call("copy", () => unless([404], undefined, client.getContainer(name).getArchive({ path })), {
                again: true,
            });
            return stream as Readable | undefined;
        },
        copyIn: async (name, directory, tar) => {
            await call("copy", () => client.getContainer(name).putArchive(tar, { path: directory }), { seconds: 3600 }).catch(
                (error: unknown) => {
                    throw new Error(`files could not be put into ${directory}: ${wordsOf(error)}`, { cause: error });
                },
            );
        },
        findVolume: async (name) => {
            const info = await call("volume inspect", () => unless([404], undefined, client.getVolume(name).inspect()), { again: true });
            return info && { name: info.Name, labels: info.Labels ?? {} };
        },
        listVolumes: async (labels) => {
            const found = await call("volume list", () => client.listVolumes({ filters: { label: labelFilter(labels) } }), { again: true });
            return (found.Volumes ?? []).map((info) => ({ name: info.Name, labels: info.Labels ?? {} }));
        },
        createVolume: async (name, labels) => {
            await call("volume create", () => client.createVolume({ Name: name, Labels: { ...labels } }), { again: true });
        },
        removeVolume: async (name) => {
            await call("volume remove", () => unless([404], undefined, client.getVolume(name).remove()), { again: true });
        },
        volumeSizes: async () => {
            const { Volumes } = (await call("disk usage", () => client.df(), { again: true, seconds: 600 })) as {
                readonly Volumes?: readonly { readonly Name: string; readonly UsageData?: { readonly Size: number } }[] | null;
            };
            // -1: of a driver that does not count.
            return new Map(
                (Volumes ?? []).flatMap(({ Name, UsageData }) => (UsageData && UsageData.Size >= 0 ? [[Name, UsageData.Size]] : [])),
            );
        },
    };
}

/** Milliseconds for which an answer holds. The question takes Docker longer than all others of a `diff` together, and no other daemon takes a place as fast. */
const answerHolds = 1_000;
const answers = new Map<string, { readonly at: number; readonly daemon: Promise<Daemon> }>();

function answering(url: string, client: Dockerode): Promise<Daemon> {
    const known = answers.get(url);
    if (known && Date.now() - known.at < answerHolds) return known.daemon;
    const asked = { at: Date.now(), daemon: daemon(client) };
    answers.set(url, asked);
    asked.daemon.catch(() => answers.delete(url));
    return asked.daemon;
}

/** Docker's id lives in its data directory; Podman's changes at every call, so there it is the host and the place of its storage. */
async function daemon(client: Dockerode): Promise<Daemon> {
    const info = (await call("info", () => client.info(), { again: true })) as {
        readonly ID: string;
        readonly Name: string;
        readonly NCPU: number;
        readonly MemTotal: number;
        readonly DockerRootDir: string;
        readonly BuildahVersion?: string;
    };
    const id = info.BuildahVersion === undefined ? info.ID : `${info.Name}:${info.DockerRootDir}`;
    return { id, name: info.Name, cpus: info.NCPU, memory: info.MemTotal };
}

async function attach(client: Dockerode, name: string, network: NetworkAttachment): Promise<void> {
    try {
        await call("network connect", () =>
            client.getNetwork(network.name).connect({ Container: name, EndpointConfig: { Aliases: [...network.aliases] } }),
        );
    } catch (error) {
        throw new Error(`the network ${network.name} could not be joined: ${wordsOf(error)}`, { cause: error });
    }
}

async function talk(container: Dockerode.Container, { stdin, heard, ended }: Dialogue): Promise<void> {
    const options = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
    const socket = (await call("attach", () => container.attach(options))) as Socket;
    let words = "";
    const listen = (chunk: Buffer) => {
        words = (words + chunk.toString("latin1")).slice(-4096);
        if (heard(words)) socket.destroy();
    };
    // Should it end before it has read everything, its exit code says what that means.
    socket.on("error", () => undefined);
    socket.once("close", ended);
    // What is never said keeps nobody here.
    socket.unref();
    socket.pipe(
        demux(listen)
            .on("data", listen)
            .on("error", () => socket.destroy()),
    );
    stdin.then(
        (text) => socket.end(text),
        () => socket.destroy(),
    );
}

function createOptions(spec: ContainerSpec): Dockerode.ContainerCreateOptions {
    const { mount, publish, reads } = spec;
    const port = publish && `${publish.container}/tcp`;
    const tmpfs = mount?.kind === "tmpfs" ? { [mount.path]: tmpfsOptions(mount.owner) } : undefined;
    return {
        name: spec.name,
        Hostname: spec.hostname,
        Image: spec.image,
        Labels: { ...spec.labels },
        // A name alone takes the image's variable away.
        Env: Object.entries(spec.environment).map(([name, value]) => (value === undefined ? name : `${name}=${value}`)),
        ...(spec.user === undefined ? {} : { User: spec.user }),
        ...(spec.command ? { Cmd: [...spec.command] } : {}),
        ...(spec.entrypoint ? { Entrypoint: [...spec.entrypoint] } : {}),
        ...(port === undefined ? {} : { ExposedPorts: { [port]: {} } }),
        StopTimeout: spec.stopSeconds,
        ...(spec.stdin ? { OpenStdin: true, StdinOnce: true, AttachStdin: true } : {}),
        HostConfig: {
            ...(port === undefined ? {} : { PortBindings: { [port]: [{ HostIp: publish?.interface, HostPort: String(publish?.host) }] } }),
            ...(spec.isolated ? { NetworkMode: "none" } : {}),
            RestartPolicy: { Name: spec.restart ?? "no" },
            CapAdd: [...spec.capabilities],
            Mounts: [
                ...(mount?.kind === "volume" ? [{ Type: "volume" as const, Source: mount.name, Target: mount.path }] : []),
                ...(reads ? [{ Type: "volume" as const, Source: reads.volume, Target: reads.path, ReadOnly: true }] : []),
            ],
            ...(tmpfs ? { Tmpfs: tmpfs } : {}),
            // The same for both forbids swap, so that a limit is one.
            ...(spec.memory === undefined ? {} : { Memory: spec.memory, MemorySwap: spec.memory }),
            ...(spec.cpus === undefined ? {} : { NanoCpus: Math.round(spec.cpus * 1e9) }),
            ...(spec.sharedMemory === undefined ? {} : { ShmSize: spec.sharedMemory }),
        },
    };
}

function tmpfsOptions(owner: { readonly uid: number; readonly gid: number } | undefined): string {
    return owner ? `rw,mode=0770,uid=${owner.uid},gid=${owner.gid}` : "rw,mode=0755";
}

function container(info: Dockerode.ContainerInspectInfo): Container {
    const { HostConfig: host, State: state } = info;
    return {
        id: info.Id,
        name: info.Name.replace(/^\//, ""),
        image: info.Image,
        labels: info.Config.Labels ?? {},
        state: {
            running: state.Running,
            paused: state.Paused,
            exitCode: state.ExitCode,
            outOfMemory: state.OOMKilled,
            restarts: info.RestartCount,
            startedAt: state.StartedAt,
            error: state.Error,
        },
        memory: host.Memory ?? 0,
        cpus: (host.NanoCpus ?? 0) / 1e9,
        // From what was asked for: the actual bindings are empty while the container is stopped.
        ports: Object.entries((host.PortBindings ?? {}) as Record<string, { HostIp?: string; HostPort?: string }[]>).flatMap(
            ([port, bindings]) =>
                (bindings ?? []).map((binding) => ({
                    container: Number.parseInt(port, 10),
                    host: Number(binding.HostPort ?? 0),
                    interface: binding.HostIp ?? "",
                })),
        ),
        networks: Object.entries(info.NetworkSettings.Networks ?? {}).map(([name, network]) => ({ name, aliases: network.Aliases ?? [] })),
        restart: host.RestartPolicy?.Name === "unless-stopped" ? "unless-stopped" : "no",
        mounts: info.Mounts.flatMap((mount) => (mount.Name ? [{ volume: mount.Name, path: mount.Destination }] : [])),
        inMemory: Object.keys((host.Tmpfs ?? {}) as object),
    };
}

/** Without a terminal the log has the same frames as an attach stream. */
function plainLog(framed: Buffer): string {
    const parts: Buffer[] = [];
    for (let at = 0; at + 8 <= framed.length; ) {
        const length = framed.readUInt32BE(at + 4);
        parts.push(framed.subarray(at + 8, at + 8 + length));
        at += 8 + length;
    }
    return Buffer.concat(parts).toString("utf8");
}

/** `… bind for 127.0.0.1:5432 failed: port is already allocated`; `listen tcp4 127.0.0.1:5432: bind: address already in use`. */
function hostPort(words: string): number {
    return Number(/:(\d{1,5})(?=[ :])/.exec(words)?.[1] ?? 0);
}
