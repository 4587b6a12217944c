import type Dockerode from "dockerode";
import type { Container, ContainerSpec } from "./runtime";

/** What Docker is asked to make. */
export function createOptions(spec: ContainerSpec): Dockerode.ContainerCreateOptions {
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
                ...(mount?.kind === "volume"
                    ? [{ Type: "volume" as const, Source: mount.name, Target: mount.path, ...leftAlone(mount) }]
                    : []),
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

/** Docker's client knows the whole of the options only. */
function leftAlone({ asItIs }: { readonly asItIs?: true }): Pick<Dockerode.MountSettings, "VolumeOptions"> {
    return asItIs ? { VolumeOptions: { NoCopy: true, Labels: {}, DriverConfig: { Name: "", Options: {} } } } : {};
}

function tmpfsOptions(owner: { readonly uid: number; readonly gid: number } | undefined): string {
    return owner ? `rw,mode=0770,uid=${owner.uid},gid=${owner.gid}` : "rw,mode=0755";
}

/** What Docker says of one. */
export function container(info: Dockerode.ContainerInspectInfo): Container {
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
