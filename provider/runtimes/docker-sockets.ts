import { join } from "node:path";
import { defaultPipe, defaultSocket, type Endpoint, type Surroundings } from "./docker-endpoint";

/** Where engines listen when nothing is said, in the order in which they are tried. */
export function usualSockets(around: Surroundings): readonly Endpoint[] {
    const places = around.platform === "win32" ? pipes : sockets(around);
    const scheme = around.platform === "win32" ? "npipe" : "unix";
    const paths = [...new Set(places.map(({ path }) => path))];
    return paths.map((path) => ({ url: `${scheme}://${path}`, found: places.find((place) => place.path === path)?.found ?? path }));
}

interface Place {
    readonly path: string;
    readonly found: string;
}

function sockets({ env, home, platform, uid, root = "/" }: Surroundings): readonly Place[] {
    const runtime = env.XDG_RUNTIME_DIR;
    const user = uid === undefined ? undefined : join(root, "run/user", String(uid));
    const place = (found: string, directory: string | undefined, ...path: string[]): readonly Place[] =>
        directory ? [{ found, path: join(directory, ...path) }] : [];
    return [
        ...place("rootless Docker", runtime, "docker.sock"),
        ...place("the default socket", root, defaultSocket),
        ...place("Docker Desktop", home, ".docker/run/docker.sock"),
        ...place("Docker Desktop", home, ".docker/desktop/docker.sock"),
        ...place("Colima", env.COLIMA_HOME || join(home, ".colima"), "default/docker.sock"),
        ...place("Colima", env.XDG_CONFIG_HOME || join(home, ".config"), "colima/default/docker.sock"),
        ...place("Rancher Desktop", home, ".rd/docker.sock"),
        ...place("OrbStack", home, ".orbstack/run/docker.sock"),
        ...place("rootless Docker", user, "docker.sock"),
        // Last: where both are there, the one that the user's `docker` command talks to is meant.
        ...place("rootless Podman", runtime, "podman/podman.sock"),
        ...place("rootless Podman", user, "podman/podman.sock"),
        ...place("Podman", root, "run/podman/podman.sock"),
        ...(platform === "darwin" ? place("Podman's machine", env.TMPDIR, "podman/podman-machine-default-api.sock") : []),
        ...(platform === "darwin" ? place("Podman's machine", home, ".local/share/containers/podman/machine/podman.sock") : []),
    ];
}

const pipes: readonly Place[] = [
    { path: defaultPipe, found: "the default pipe" },
    { path: "//./pipe/dockerDesktopLinuxEngine", found: "Docker Desktop" },
    { path: "//./pipe/podman-machine-default", found: "Podman's machine" },
];
