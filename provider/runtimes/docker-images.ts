import type Dockerode from "dockerode";
import { call, statusOf, unless, wordsOf } from "./docker-call";
import { follow, type Line } from "./docker-stream";
import { pullFault } from "./pull-words";
import { DaemonSilent, type ImageStore, PullFailed, type RegistryLogin, type StoredImage } from "./runtime";

/** Seconds without a word after which a pull is given up, before its first word and after it, and a build, whose steps may be long and quiet. */
const quiet = { registry: 60, pull: 600, build: 3600 };

export function dockerImages(docker: Dockerode): ImageStore {
    const find = async (reference: string): Promise<StoredImage | undefined> => {
        const image = await call("image inspect", () => unless([404], undefined, docker.getImage(reference).inspect()), { again: true });
        return (
            image && {
                ...stored(image.Id, image.RepoTags, image.RepoDigests, image.Config?.Labels),
                entrypoint: [image.Config?.Entrypoint ?? []].flat(),
                environment: Object.fromEntries((image.Config?.Env ?? []).map(variable)),
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
                environment: {},
                size: image.Size,
                createdAt: new Date(image.Created * 1000).toISOString(),
            }));
        },
        pull: async (reference, login, progress) => {
            let reached = false;
            const show = pullProgress(progress);
            try {
                const stream = await begunPull(docker, reference, login);
                await follow(stream, quiet.pull, (line) => {
                    reached ||= /^(Pulling|Downloading|Already exists|Waiting|Extracting)/.test(line.status ?? "");
                    show(line);
                });
            } catch (error) {
                throw pullFailed(reference, error, reached);
            }
            if (!(await find(reference)))
                throw new PullFailed(reference, "the daemon reported success, but the image is not there", "other");
        },
        commit: async (container, reference, labels) => {
            const [repo, tag] = splitTag(reference);
            // Engines differ in the default, and one that does not run is not paused. The container's labels would be inherited, so each of ours is named.
            await call("commit", () => docker.getContainer(container).commit({ repo, tag, pause: true, Labels: { ...labels } }), {
                seconds: 3600,
            });
        },
        build: async (context, options, progress) => {
            const stream = await call("build", () =>
                docker.buildImage(context as unknown as NodeJS.ReadableStream, {
                    buildargs: options.arguments,
                    labels: options.labels,
                    nocache: options.fresh,
                    rm: true,
                    // Without it a failed step would leave its container behind.
                    forcerm: true,
                }),
            );
            const log = buildLog();
            await follow(stream, quiet.build, (line) => {
                log.take(line);
                const step = /^Step \d+\/\d+/.exec(line.stream ?? "")?.[0];
                if (step) progress(step.toLowerCase());
            }).catch((error: unknown) => {
                throw error instanceof DaemonSilent ? error : new Error(`${wordsOf(error).trim()}${log.end()}`, { cause: error });
            });
            const id = log.id();
            if (id === undefined) throw new Error(`the daemon did not say what it built${log.end()}`);
            return id;
        },
        tag: async (id, reference) => {
            const [repo, tag] = splitTag(reference);
            await call("tag", () => docker.getImage(id).tag({ repo, tag }), { again: true });
        },
        remove: async (reference) => {
            await call("image remove", () => unless([404], undefined, docker.getImage(reference).remove()));
        },
        unname: async (reference) => {
            const image = docker.getImage(reference);
            const inUse = await call("image remove", () => unless([409], true, unless([404], undefined, image.remove())));
            if (inUse === true) await call("image remove", () => unless([404], undefined, image.remove({ force: true, noprune: true })));
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
): Omit<StoredImage, "size" | "createdAt" | "entrypoint" | "environment"> {
    return {
        id,
        references: (references ?? []).filter((reference) => reference !== "<none>:<none>"),
        digests: (digests ?? []).filter((digest) => !digest.startsWith("<none>")),
        labels: labels ?? {},
    };
}

function variable(text: string): readonly [name: string, value: string] {
    const [name = "", ...value] = text.split("=");
    return [name, value.join("=")];
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

/** The daemon's answer begins when a registry's does, and it waits without an end for one that connects and says nothing. */
async function begunPull(docker: Dockerode, reference: string, login: RegistryLogin | undefined): Promise<NodeJS.ReadableStream> {
    const patience = new AbortController();
    const clock = setTimeout(() => patience.abort(), quiet.registry * 1000);
    try {
        const options = { abortSignal: patience.signal, ...(login ? { authconfig: login } : {}) };
        return await call("pull", () => docker.pull(reference, options), { seconds: 2 * quiet.registry });
    } catch (error) {
        if (!patience.signal.aborted) throw error;
        // The daemon itself gives up sooner where it cannot connect: this one took the connection.
        throw new PullFailed(reference, `its registry said nothing for ${quiet.registry} seconds`, "other");
    } finally {
        clearTimeout(clock);
    }
}

function pullFailed(reference: string, error: unknown, reached: boolean): Error {
    // The daemon itself is silent, not a registry: what to do about that is another matter.
    if (error instanceof PullFailed || error instanceof DaemonSilent) return error;
    const words = wordsOf(error).trim();
    const kind = pullFault(reference, words, statusOf(error));
    return new PullFailed(reference, words, reached && (kind === "unreachable" || kind === "other") ? "broken" : kind);
}

interface BuildLog {
    readonly take: (line: Line) => void;
    /** What was built; `undefined` until the daemon says it. */
    readonly id: () => string | undefined;
    /** The last lines, which tell why a step failed. */
    readonly end: () => string;
}

function buildLog(): BuildLog {
    let id: string | undefined;
    let last: readonly string[] = [];
    return {
        take: ({ aux, stream = "" }) => {
            // Not every daemon says it in both ways.
            id = aux?.ID ?? id ?? /^Successfully built ([0-9a-f]+)/.exec(stream)?.[1];
            const lines = stream.split(/[\r\n]+/).filter((line) => line.trim() !== "");
            last = [...last, ...lines].slice(-10);
        },
        id: () => id,
        end: () => (last.length === 0 ? "" : `\nThe end of its output:\n${last.join("\n")}`),
    };
}
