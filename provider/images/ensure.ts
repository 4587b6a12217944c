import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pack } from "tar-stream";
import { type ImageStore, type Labels, PullFailed, type StoredImage } from "../runtimes/runtime";
import { credentialsFor, registryOf } from "./credentials";

export interface ImageWish {
    /** What is looked for and pulled. */
    readonly reference: string;
    /** How an image of our own takes its place where no registry can be reached; absent for an image that the user named. */
    readonly build?: {
        /** `devdb/<engine>:<line>-debian`: never an official name. */
        readonly tag: string;
        /** Folder under assets/. */
        readonly context: string;
        /** The Debian release to build on: `trixie`. */
        readonly suite: string;
        readonly line: string;
        /** Build arguments besides the base and the line. */
        readonly arguments: Readonly<Record<string, string>>;
        readonly labels: Labels;
    };
    /** Builds again even where the image is there. */
    readonly rebuild: boolean;
}

export interface FoundImage extends StoredImage {
    /** The reference under which it was found: ours, where it was built. */
    readonly reference: string;
}

/** One pull or build per image at a time in this process; a second process does no harm, since both end with the same name. */
const underWay = new Map<string, Promise<FoundImage>>();

/** Inspect, then pull, then build. Building only happens when no registry can be reached, and the progress says so. */
export function ensureImage(store: ImageStore, daemon: string, wish: ImageWish, progress: (text: string) => void): Promise<FoundImage> {
    const key = `${daemon} ${wish.reference} ${wish.rebuild}`;
    const running = underWay.get(key);
    if (running) return running;
    const work = find(store, wish, progress).finally(() => underWay.delete(key));
    underWay.set(key, work);
    return work;
}

async function find(store: ImageStore, wish: ImageWish, progress: (text: string) => void): Promise<FoundImage> {
    const { build, reference } = wish;
    if (wish.rebuild && build) return buildOwn(store, build, "devdb:rebuildImages asks for it", progress);
    const local = await stored(store, reference);
    if (local) return local;
    const own = build && (await stored(store, build.tag));
    if (own) {
        progress(`using ${own.reference}, built here earlier because no registry could be reached`);
        return own;
    }
    progress(`pulling ${reference}`);
    try {
        await store.pull(reference, await credentialsFor(registryOf(reference)), (share) => progress(`pulling ${reference}: ${share}`));
    } catch (error) {
        if (!build || !(error instanceof PullFailed) || error.kind !== "unreachable") throw error;
        return buildOwn(store, build, `no registry can be reached (${error.words})`, progress);
    }
    const pulled = await stored(store, reference);
    if (!pulled) throw new PullFailed(reference, "it is not there after the pull", "missing");
    return pulled;
}

async function buildOwn(
    store: ImageStore,
    build: NonNullable<ImageWish["build"]>,
    why: string,
    progress: (text: string) => void,
): Promise<FoundImage> {
    const bases = [`devdb/debian:${build.suite}`, `debian:${build.suite}`, `debian:${build.suite}-slim`];
    const base = (await Promise.all(bases.map((each) => stored(store, each)))).find((each) => each !== undefined);
    if (!base) {
        throw new Error(`${build.tag} cannot be built: ${why}, and there is no base image: one of ${bases.join(", ")} must be there`);
    }
    progress(`building ${build.tag}: ${why}`);
    const options = { tag: build.tag, arguments: { BASE: base.reference, LINE: build.line, ...build.arguments }, labels: build.labels };
    await store.build(await contextOf(build.context), options, (step) => progress(`building ${build.tag}: ${step}`));
    const built = await stored(store, build.tag);
    if (!built) throw new Error(`${build.tag} is not there after its build`);
    await removeSuperseded(store, build.labels);
    return built;
}

/** What a build left without a name when another, here or in another process, took it over. One in use stays. */
async function removeSuperseded(store: ImageStore, labels: Labels): Promise<void> {
    const nameless = (await store.list(labels)).filter((image) => image.references.length === 0);
    await Promise.allSettled(nameless.map((image) => store.remove(image.id)));
}

async function stored(store: ImageStore, reference: string): Promise<FoundImage | undefined> {
    const image = await store.find(reference);
    return image && { ...image, reference };
}

/** The files of a folder under assets/, in order and without times, so that the daemon's build cache sees the same thing twice. */
async function contextOf(folder: string): Promise<Readable> {
    const directory = join(__dirname, "..", "..", "assets", folder);
    const tar = pack();
    for (const name of (await readdir(directory)).sort()) {
        const mode = name.endsWith(".sh") ? 0o755 : 0o644;
        tar.entry({ name, mode, mtime: new Date(0) }, await readFile(join(directory, name)));
    }
    tar.finalize();
    return tar as unknown as Readable;
}
