import type { Readable } from "node:stream";
import { type ImageStore, PullFailed, type PullFault, type StoredImage } from "../../provider/runtimes/runtime";

/** An image store in memory, with a registry that serves some images and fails in one way for all others. */
export interface FakeImages extends ImageStore {
    /** What was asked for, in order: `pull postgres:17`, `build 17`, `tag id devdb/…`, `remove id`. */
    readonly calls: string[];
    /** By id. */
    readonly images: Map<string, StoredImage>;
    /** Puts one there, as from an earlier run. */
    add(id: string, references: readonly string[], more?: Partial<StoredImage>): void;
}

export interface FakeBehaviour {
    /** How every pull fails. Absent: it succeeds. */
    readonly fault?: PullFault;
    readonly words?: string;
    /** Awaited by every pull, and by every build before it has an image and after it: another one may come in between. */
    readonly during?: (call: string) => Promise<void>;
    readonly buildFails?: string;
}

export function fakeImages(behaviour: FakeBehaviour = {}): FakeImages {
    const calls: string[] = [];
    const images = new Map<string, StoredImage>();
    const find = (reference: string) =>
        [...images.values()].find(
            ({ id, references, digests }) => id === reference || references.includes(reference) || digests.includes(reference),
        );
    const untag = (reference: string) => {
        for (const image of images.values())
            images.set(image.id, { ...image, references: image.references.filter((each) => each !== reference) });
    };
    const self: FakeImages = {
        calls,
        images,
        add(id, references, more = {}) {
            images.set(id, {
                id,
                references,
                digests: [],
                labels: {},
                entrypoint: [],
                environment: {},
                size: 1,
                createdAt: "2026-01-01T00:00:00Z",
                ...more,
            });
        },
        find: async (reference) => find(reference),
        list: async (labels) =>
            [...images.values()].filter((image) => Object.entries(labels).every(([name, value]) => image.labels[name] === value)),
        async pull(reference, login, progress) {
            calls.push(`pull ${reference}${login && "username" in login ? ` as ${login.username}` : ""}`);
            progress("50 % of 2 MiB");
            await behaviour.during?.(`pull ${reference}`);
            const { fault, words = "some words" } = behaviour;
            if (fault) throw new PullFailed(reference, words, fault);
            self.add(`sha256:pulled-${reference}`, [reference]);
        },
        async build(context: Readable, options, progress) {
            context.resume();
            calls.push(`build ${options.arguments.LINE} on ${options.arguments.BASE}${options.fresh ? " afresh" : ""}`);
            progress("step 1/2");
            await behaviour.during?.("build");
            if (behaviour.buildFails) throw new Error(behaviour.buildFails);
            const id = `sha256:built-${calls.length}`;
            self.add(id, [], { labels: options.labels });
            await behaviour.during?.("built");
            return id;
        },
        async tag(id, reference) {
            calls.push(`tag ${id} ${reference}`);
            untag(reference);
            const image = images.get(id);
            if (!image) throw new Error(`No such image: ${id}`);
            images.set(id, { ...image, references: [...image.references, reference] });
        },
        async commit() {
            throw new Error("nothing is committed here");
        },
        async remove(reference) {
            calls.push(`remove ${reference}`);
            images.delete(reference);
        },
        async unname(reference) {
            calls.push(`unname ${reference}`);
            untag(reference);
        },
    };
    return self;
}
