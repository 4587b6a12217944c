import type { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { call, statusOf, unless, wordsOf } from "./docker-call";
import { type ImageStore, PullFailed, type StoredImage } from "./runtime";

/** One line of the daemon's answer to a pull or a build. Errors come in-band, after the 200. */
interface Line {
    readonly stream?: string;
    readonly status?: string;
    readonly id?: string;
    readonly progressDetail?: { readonly current?: number; readonly total?: number };
    readonly error?: string;
}

export function dockerImages(docker: Dockerode): ImageStore {
    const find = async (reference: string): Promise<StoredImage | undefined> => {
        const image = await call("image inspect", () => unless([404], undefined, docker.getImage(reference).inspect()), { again: true });
        return (
            image && {
                ...stored(image.Id, image.RepoTags, image.RepoDigests, image.Config?.Labels),
                entrypoint: [image.Config?.Entrypoint ?? []].flat(),
                size: image.Size,
                createdAt: image.Created,
            }
        );
    };
    return {
        find,
        list: async (labels) => {
            const images = await call("image list", () => docker.listImages({ filters: { label: labelFilter(labels) } }), { again: true });
            return images.map((image) => ({
                ...stored(image.Id, image.RepoTags, image.RepoDigests, image.Labels),
                entrypoint: [],
                size: image.Size,
                createdAt: new Date(image.Created * 1000).toISOString(),
            }));
        },
        pull: async (reference, login, progress) => {
            try {
                const stream = await call("pull", () => docker.pull(reference, login ? { authconfig: login } : {}), { seconds: 600 });
                await follow(stream, pullProgress(progress));
            } catch (error) {
                throw pullFailed(reference, error);
            }
            if (!(await find(reference)))
                throw new PullFailed(reference, "the daemon reported success, but the image is not there", "missing");
        },
        commit: async (container, reference, labels) => {
            const [repo, tag] = splitTag(reference);
            // Not paused: it does not run. The labels of the container would be inherited, so each of ours is named.
            await call("commit", () => docker.getContainer(container).commit({ repo, tag, pause: false, Labels: { ...labels } }), {
                seconds: 600,
            });
        },
        build: async (context, options, progress) => {
            // forcerm: a failed step would leave its container behind.
            const stream = await call("build", () =>
                docker.buildImage(context as unknown as NodeJS.ReadableStream, {
                    t: options.tag,
                    buildargs: options.arguments,
                    labels: options.labels,
                    rm: true,
                    forcerm: true,
                }),
            );
            await follow(stream, (line) => {
                const step = /^Step \d+\/\d+/.exec(line.stream ?? "")?.[0];
                if (step) progress(step.toLowerCase());
            });
        },
        remove: async (reference) => {
            await call("image remove", () => unless([404], undefined, docker.getImage(reference).remove()));
        },
    };
}

function splitTag(reference: string): readonly [repository: string, tag: string] {
    const colon = reference.lastIndexOf(":");
    return [reference.slice(0, colon), reference.slice(colon + 1)];
}

export function labelFilter(labels: Readonly<Record<string, string>>): string[] {
    return Object.entries(labels).map(([name, value]) => `${name}=${value}`);
}

function stored(
    id: string,
    references: readonly string[] | null | undefined,
    digests: readonly string[] | null | undefined,
    labels: Readonly<Record<string, string>> | null | undefined,
): Omit<StoredImage, "size" | "createdAt" | "entrypoint"> {
    return {
        id,
        references: (references ?? []).filter((reference) => reference !== "<none>:<none>"),
        digests: (digests ?? []).filter((digest) => !digest.startsWith("<none>")),
        labels: labels ?? {},
    };
}

/** Reads the stream of JSON lines to its end; throws the first in-band error. */
async function follow(stream: NodeJS.ReadableStream, onLine: (line: Line) => void): Promise<void> {
    let rest = "";
    for await (const chunk of stream as Readable) {
        const lines = (rest + String(chunk)).split("\n");
        rest = lines.pop() ?? "";
        for (const text of lines) take(text, onLine);
    }
    take(rest, onLine);
}

function take(text: string, onLine: (line: Line) => void): void {
    if (text.trim() === "") return;
    const line = JSON.parse(text) as Line;
    if (line.error !== undefined) throw new Error(line.error);
    onLine(line);
}

/** Layers report apart from each other; the row shows one percentage. */
function pullProgress(progress: (text: string) => void): (line: Line) => void {
    const layers = new Map<string, { readonly current: number; readonly total: number }>();
    let shown = "";
    return (line) => {
        const { current, total } = line.progressDetail ?? {};
        if (line.id === undefined || current === undefined || !total || line.status !== "Downloading") return;
        layers.set(line.id, { current, total });
        const all = [...layers.values()];
        const sum = (key: "current" | "total") => all.reduce((before, layer) => before + layer[key], 0);
        const text = `${Math.floor((100 * sum("current")) / sum("total"))} % of ${Math.ceil(sum("total") / 1024 ** 2)} MiB`;
        if (text !== shown) progress(text);
        shown = text;
    };
}

/** Which of the four it was decides whether an image may be built instead, so the words are read with care: see the tests. */
function pullFailed(reference: string, error: unknown): PullFailed {
    const words = wordsOf(error).trim();
    const status = statusOf(error);
    if (/toomanyrequests|rate limit|\b429\b/i.test(words)) return new PullFailed(reference, words, "limited");
    if (/unauthorized|denied|authentication required|no basic auth|\b40[13]\b/i.test(words))
        return new PullFailed(reference, words, "refused");
    if (
        /no such host|dial tcp|i\/o timeout|connection refused|network is unreachable|Client\.Timeout|TLS handshake timeout|server misbehaving|EOF|proxyconnect|connection reset|context deadline/i.test(
            words,
        )
    ) {
        return new PullFailed(reference, words, "unreachable");
    }
    if (status === 404 || /not found|manifest unknown|no matching manifest/i.test(words))
        return new PullFailed(reference, words, "missing");
    return new PullFailed(reference, words, "refused");
}
