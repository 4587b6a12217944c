import type { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { call, statusOf, unless, wordsOf } from "./docker-call";
import { container, createOptions } from "./docker-container";
import { answering } from "./docker-daemon";
import { talk } from "./docker-dialogue";
import { execIn } from "./docker-exec";
import { addressOf, type DockerSettings, dockerClient, findEndpoint } from "./docker-host";
import { dockerImages, labelFilter } from "./docker-images";
import { type Daemon, NameTaken, type NetworkAttachment, PortTaken, type Runtime } from "./runtime";

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

async function attach(client: Dockerode, name: string, network: NetworkAttachment): Promise<void> {
    try {
        await call("network connect", () =>
            client.getNetwork(network.name).connect({ Container: name, EndpointConfig: { Aliases: [...network.aliases] } }),
        );
    } catch (error) {
        throw new Error(`the network ${network.name} could not be joined: ${wordsOf(error)}`, { cause: error });
    }
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
