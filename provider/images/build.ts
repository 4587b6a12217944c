import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pack } from "tar-stream";
import type { ImageStore, Labels, StoredImage } from "../runtimes/runtime";

/** An image of our own, which takes the place of an official one. */
export interface Build {
    /** `devdb/<engine>:<line>-debian`: never an official name. */
    readonly tag: string;
    /** Folder under assets/. */
    readonly context: string;
    /** The Debian release to build on: `trixie`. */
    readonly suite: string;
    readonly line: string;
    /** Build arguments besides base and line. */
    readonly arguments: Readonly<Record<string, string>>;
    readonly labels: Labels;
}

/**
 * Builds it, and answers the image that has its name then. Another process may build the same at the same time: who comes second takes what the first
 * has named and drops its own, so that no image goes away under one who is about to use it.
 */
export async function buildOwn(
    store: ImageStore,
    build: Build,
    options: { readonly why: string; readonly fresh: boolean },
    progress: (text: string) => void,
): Promise<StoredImage> {
    const { tag, labels } = build;
    const base = await baseFor(store, build, options.why);
    const [former, old] = await Promise.all([store.find(tag), nameless(store, labels)]);
    progress(`building ${tag}: ${options.why}`);
    const wish = { arguments: { ...build.arguments, BASE: base, LINE: build.line }, labels, fresh: options.fresh };
    const id = await store
        .build(await contextOf(build.context), wish, (step) => progress(`building ${tag}: ${step}`))
        .catch((error: unknown) => {
            throw failed(build, base, options.why, error);
        });
    const other = await store.find(tag);
    if (!other || other.id === former?.id) await store.tag(id, tag);
    const named = await store.find(tag);
    if (!named) throw new Error(`${tag} is not there after its build`);
    if (named.id !== id) await drop(store, id);
    await dropNameless(store, labels, [...old, ...(former ? [former.id] : [])]);
    return named;
}

async function baseFor(store: ImageStore, { tag, suite }: Build, why: string): Promise<string> {
    const bases = [`devdb/debian:${suite}`, `debian:${suite}`, `debian:${suite}-slim`];
    for (const base of bases) if (await store.find(base)) return base;
    throw new Error(
        `${tag} cannot be built: ${why}, and none of ${bases.join(", ")} is there to build on. Load one (docker load), or name a registry that can be reached by devdb:registry`,
    );
}

function failed({ tag }: Build, base: string, why: string, error: unknown): Error {
    const words = error instanceof Error ? error.message : String(error);
    return new Error(`${tag} could not be built on ${base} (${why}): ${words}`, { cause: error });
}

/** Images of these labels that another took the name from: not those that were pulled by their digest. */
async function nameless(store: ImageStore, labels: Labels): Promise<readonly string[]> {
    const images = await store.list(labels);
    return images.filter(({ references, digests }) => references.length === 0 && digests.length === 0).map(({ id }) => id);
}

/** What was superseded before this build began, or by it. One that was made since may be about to get its name, and one in use stays. */
async function dropNameless(store: ImageStore, labels: Labels, superseded: readonly string[]): Promise<void> {
    if (superseded.length === 0) return;
    const still = new Set(await nameless(store, labels));
    for (const id of superseded) if (still.has(id)) await drop(store, id);
}

async function drop(store: ImageStore, id: string): Promise<void> {
    await store.remove(id).catch(() => undefined);
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
