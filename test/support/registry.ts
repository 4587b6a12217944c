import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { pack } from "tar-stream";
import { daemon } from "./daemon";

const run = promisify(execFile);
const image = "devdb/test-registry:bookworm";

/** A real registry that asks for a password, on loopback: there Docker takes plain HTTP. */
export interface TestRegistry {
    /** `127.0.0.1:5000`. */
    readonly host: string;
    readonly login: { readonly username: string; readonly password: string };
    /**
     * Pushes a new image as `<host>/<name>`: `from` and a layer of its own, which only the registry has afterwards. Answers its id and its digest in the registry.
     */
    readonly publish: (from: string, name: string) => Promise<Published>;
    /** Gives what was published another name. */
    readonly retag: (published: Published, name: string) => Promise<void>;
    readonly stop: () => Promise<void>;
}

export interface Published {
    readonly id: string;
    /** `<host>/<repository>@sha256:…`. */
    readonly digest: string;
}

export async function startRegistry(): Promise<TestRegistry> {
    await buildOnce();
    const login = { username: "tester", password: randomBytes(9).toString("base64url") };
    const container = await daemon.createContainer({
        Image: image,
        Cmd: [login.username, login.password],
        ExposedPorts: { "5000/tcp": {} },
        HostConfig: { AutoRemove: true, PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] } },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const host = `127.0.0.1:${NetworkSettings.Ports["5000/tcp"]?.[0]?.HostPort}`;
    for (let tries = 0; (await answers(host)) !== 401; tries += 1) {
        if (tries === 200) throw new Error("the registry does not answer");
        await sleep(50);
    }
    const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
    const manifests = (name: string, reference: string) => `http://${host}/v2/${name.split(":")[0]}/manifests/${reference}`;
    return {
        host,
        login,
        publish: async (from, name) => {
            const [repository = "", tag = ""] = name.split(":");
            const id = await withLayer(from, `${host}/${repository}`, tag);
            const pushed = await ended(
                await daemon.getImage(`${host}/${name}`).push({ tag, authconfig: { ...login, serveraddress: host } }),
            );
            const digest = pushed.find(({ aux }) => aux?.Digest !== undefined)?.aux?.Digest;
            await daemon.getImage(id).remove({ force: true });
            return { id, digest: `${host}/${repository}@${digest}` };
        },
        retag: async ({ digest }, name) => {
            // What Docker pushes, without and with containerd's image store.
            const accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
            const manifest = await fetch(manifests(name, digest.split("@")[1] ?? ""), { headers: { authorization, accept } });
            const headers = { authorization, "content-type": manifest.headers.get("content-type") ?? "" };
            const request = { method: "PUT", headers, body: await manifest.text() };
            const answer = await fetch(manifests(name, name.split(":")[1] ?? ""), request);
            if (!answer.ok) throw new Error(`the registry took no new name: ${answer.status} ${await answer.text()}`);
        },
        stop: async () => {
            await container.stop({ t: 1 }).catch(() => undefined);
        },
    };
}

/** Of the image with a layer that nobody else has: three mebibytes that do not compress. */
async function withLayer(from: string, repo: string, tag: string): Promise<string> {
    const container = await daemon.createContainer({ Image: from });
    try {
        const tar = pack();
        tar.entry({ name: "layer-of-its-own" }, randomBytes(3 * 1024 ** 2));
        tar.finalize();
        await container.putArchive(tar as unknown as NodeJS.ReadableStream, { path: "/usr/share" });
        const { Id } = (await container.commit({ repo, tag })) as { readonly Id: string };
        return Id;
    } finally {
        await container.remove({ v: true });
    }
}

async function buildOnce(): Promise<void> {
    if (await exists(image)) return;
    const base = (await exists("devdb/debian:bookworm")) ? "devdb/debian:bookworm" : "debian:bookworm";
    const command = ["build", "--tag", image, "--build-arg", `BASE=${base}`, join(__dirname, "registry")];
    await run("docker", command, { env: { ...process.env, DOCKER_BUILDKIT: "0" }, maxBuffer: 64 * 1024 ** 2 });
}

async function exists(reference: string): Promise<boolean> {
    return daemon
        .getImage(reference)
        .inspect()
        .then(
            () => true,
            () => false,
        );
}

async function answers(host: string): Promise<number | undefined> {
    return fetch(`http://${host}/v2/`).then(
        ({ status }) => status,
        () => undefined,
    );
}

interface Line {
    readonly error?: string;
    readonly aux?: { readonly Digest?: string };
}

function ended(stream: NodeJS.ReadableStream): Promise<readonly Line[]> {
    return new Promise((resolve, reject) => {
        daemon.modem.followProgress(stream, (error: Error | null, lines: readonly Line[]) => {
            const fault = error?.message ?? lines.find((line) => line.error !== undefined)?.error;
            if (fault === undefined) resolve(lines);
            else reject(new Error(fault));
        });
    });
}
