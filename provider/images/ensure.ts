import { type ImageStore, PullFailed, type RegistryLogin, type StoredImage } from "../runtimes/runtime";
import { advice } from "./advice";
import { type Build, buildOwn } from "./build";
import { HelperFailed } from "./credential-helper";
import { credentialsFor, registryOf } from "./credentials";
import { sharing } from "./shared";

export interface ImageWish {
    /** What is looked for and pulled. */
    readonly reference: string;
    /** How an image of our own takes its place where no registry can be reached; absent for an image that the user named. */
    readonly build?: Build;
    /** For the error where there is neither: why none of ours takes its place, and what the user can do. */
    readonly otherwise?: string;
    /** The user named the registry: it is asked before what was built here earlier is used. */
    readonly registryFirst?: boolean;
    /** Builds ours again, without anything from earlier builds, even where it is there. */
    readonly rebuild: boolean;
}

export interface FoundImage extends StoredImage {
    /** The reference under which it was found: ours, where it was built. */
    readonly reference: string;
}

/** One pull and one build per image at a time in this process; a second process does no harm, since both end with the same name. */
const searching = sharing<FoundImage>();
const building = sharing<FoundImage>();
/** Asking for a rebuild is meant for the run, not for every instance in it. */
const rebuilt = new Set<string>();

/** Inspect, then pull, then build. Building only happens when no registry can be reached, and the progress says so. */
export function ensureImage(store: ImageStore, daemon: string, wish: ImageWish, progress: (text: string) => void): Promise<FoundImage> {
    const key = [daemon, wish.reference, wish.build?.tag, wish.rebuild, wish.registryFirst].join(" ");
    return searching(key, progress, (tell) => find(store, daemon, wish, tell));
}

async function find(store: ImageStore, daemon: string, wish: ImageWish, progress: (text: string) => void): Promise<FoundImage> {
    const { build, reference } = wish;
    const [local, own] = await Promise.all([stored(store, reference), build && stored(store, build.tag)]);
    if (local) return local;
    if (own && !wish.registryFirst) return ours(store, daemon, wish, own, "no registry could be reached", progress);
    progress(`pulling ${reference}`);
    const { login, fault } = await loginFor(reference);
    try {
        await store.pull(reference, login, (share) => progress(`pulling ${reference}: ${share}`));
    } catch (error) {
        if (!(error instanceof PullFailed)) throw error;
        if (build && error.kind === "unreachable")
            return ours(store, daemon, wish, own, `no registry can be reached (${error.words})`, progress);
        const hint = advice(error, fault ?? (login ? "refused" : "none"), wish.otherwise);
        throw new PullFailed(reference, `${error.words.replace(/\.$/, "")}. ${hint}`, error.kind);
    }
    const pulled = await stored(store, reference);
    if (!pulled) throw new PullFailed(reference, "it is not there after the pull; run pulumi up again", "other");
    return pulled;
}

/** As Docker's client does it: public images are pulled by those too whose credential helper is broken. Where it was needed, the error tells. */
async function loginFor(reference: string): Promise<{ readonly login?: RegistryLogin | undefined; readonly fault?: HelperFailed }> {
    try {
        return { login: await credentialsFor(registryOf(reference)) };
    } catch (fault) {
        if (fault instanceof HelperFailed) return { fault };
        throw fault;
    }
}

/** The image of our own: the one that is here, or built now. */
function ours(
    store: ImageStore,
    daemon: string,
    { build, rebuild }: ImageWish,
    own: FoundImage | undefined,
    why: string,
    progress: (text: string) => void,
): Promise<FoundImage> {
    if (!build) throw new Error("an image that was named is never built");
    const key = `${daemon} ${build.tag}`;
    const fresh = rebuild && !rebuilt.has(key);
    if (own && !fresh) {
        progress(`using ${own.reference}, built here earlier: ${why}`);
        return Promise.resolve(own);
    }
    return building(key, progress, async (tell) => {
        const reason = own ? "devdb:rebuildImages asks for it" : why;
        const built = await buildOwn(store, build, { why: reason, fresh }, tell);
        if (rebuild) rebuilt.add(key);
        return { ...built, reference: build.tag };
    });
}

async function stored(store: ImageStore, reference: string): Promise<FoundImage | undefined> {
    const image = await store.find(reference);
    return image && { ...image, reference };
}
