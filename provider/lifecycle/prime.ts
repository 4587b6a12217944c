import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine, File, Priming } from "../engines/engine";
import type { FoundImage } from "../images/ensure";
import { NameTaken, type Runtime, type StoredImage } from "../runtimes/runtime";
import { messageOf } from "./errors";
import { placeFiles } from "./files";
import { labelled, labelsOf, type Marks, marksOf } from "./labels";
import { makerState, thisRun } from "./maker";
import type { Order } from "./order";
import { defaultParameters, settingsOf } from "./settings";
import { isSuperseded } from "./superseded";
import { together } from "./together";

/** The layer in which an image was initialised. */
export interface Primed {
    readonly image: StoredImage;
    /** What its making needs no more is gone by then; who starts on it need not wait for that before the end. */
    readonly tidied: Promise<void>;
}

/** One priming per image at a time in this process. */
const underWay = new Map<string, Promise<Primed | undefined>>();

/** Whether the server can be started by itself on data that is there, without the image's entrypoint. */
export function startsDirectly({ engine, inputs, context }: Order, base: FoundImage): boolean {
    return inputs.priming && context.config.priming !== false && isOfficial(engine, base);
}

/** Whether the image starts its server as the official one does. */
export function isOfficial({ priming }: Engine, { entrypoint }: Pick<StoredImage, "entrypoint">): boolean {
    return priming !== undefined && entrypoint.length === 1 && entrypoint[0]?.split("/").at(-1) === priming.entrypoint;
}

/**
 * The layer in which this image was initialised; made first where there is none. `undefined` where the image cannot be primed, and where priming failed:
 * then the instance starts plainly, which shows what is wrong with the image, if anything is.
 */
export async function primedImage(order: Order, base: FoundImage): Promise<Primed | undefined> {
    const { engine, inputs, runtime } = order;
    const { priming } = engine;
    if (!priming || !startsDirectly(order, base) || inputs.storage === "tmpfs") return undefined;
    if (priming.unfit({ settings: settingsOf(order), environment: inputs.environment })) return undefined;
    const reference = primedReference(engine, priming, base);
    const found = await primedBefore(runtime, reference);
    if (found) return found;
    const key = `${runtime.found} ${reference}`;
    const work = underWay.get(key) ?? prime(order, priming, base, reference).finally(() => underWay.delete(key));
    underWay.set(key, work);
    return work;
}

async function primedBefore({ images }: Runtime, reference: string): Promise<Primed | undefined> {
    const image = await images.find(reference);
    return image && { image, tidied: Promise.resolve() };
}

/** Named after all that decides what is in it: the image, what is done to it, and the version of how. */
function primedReference(engine: Engine, { version, prepare, initialise }: Priming, base: FoundImage): string {
    const hash = createHash("sha256")
        .update(JSON.stringify([base.id, version, prepare, initialise, defaultFiles(engine)]))
        .digest("hex")
        .slice(0, 12);
    return `devdb/primed-${engine.family}:${hash}`;
}

/** The layer has it, so that an instance that asks for none needs no file put into it. */
function defaultFiles(engine: Engine): readonly File[] {
    const file = defaultParameters(engine);
    return file ? [file] : [];
}

async function prime(order: Order, priming: Priming, base: FoundImage, reference: string): Promise<Primed | undefined> {
    const { runtime, progress, engine } = order;
    progress(`priming ${base.reference}, once for all its instances`);
    const name = `${reference.replace(/[/:]/g, "-")}.new`;
    const marks: Marks = {
        ...{
            project: "",
            username: "",
            dbName: "",
            stack: "",
            name: base.reference,
            identifier: "",
            spec: "",
            created: new Date().toISOString(),
            origin: "",
            tags: {},
        },
        ...{ engine: engine.family, role: "primed", run: thisRun(), image: base.id },
    };
    try {
        if (!(await claim(order, priming, name, base, labelsOf(marks)))) return await primedBefore(runtime, reference);
    } catch (error) {
        order.signal.throwIfAborted();
        progress(`starting plainly: ${messageOf(error)}`);
        return undefined;
    }
    let image: StoredImage | undefined;
    try {
        const printed = await initialised(order, priming, name);
        if (printed !== undefined) {
            const known = priming.known?.(printed) ?? "";
            await runtime.images.commit(name, reference, labelsOf({ ...marks, known }));
            image = await runtime.images.find(reference);
        }
    } catch (error) {
        order.signal.throwIfAborted();
        progress(`starting plainly, since priming failed: ${messageOf(error)}`);
    } finally {
        if (!image) await runtime.remove(name);
    }
    return image && { image, tidied: tidy(order, base, reference, name) };
}

/** Makes the container to prime in. `false` where another process does the same and has come to its end by now; what a dead one left is taken away. */
async function claim(
    order: Order,
    priming: Priming,
    name: string,
    base: FoundImage,
    labels: Readonly<Record<string, string>>,
): Promise<boolean> {
    const { runtime, signal, inputs } = order;
    const until = Date.now() + inputs.startupTimeout * 1000;
    for (;;) {
        try {
            await runtime.create({
                ...{ name, hostname: "priming", image: base.id, labels, environment: {}, capabilities: [], networks: [], stopSeconds: 0 },
                entrypoint: ["sh", "-c", '"$@" && exec sleep 3600', "priming", ...priming.prepare],
                user: "root",
                isolated: true,
            });
            return true;
        } catch (error) {
            if (!(error instanceof NameTaken)) throw error;
        }
        const other = await runtime.find(name);
        const run = other && marksOf(other.labels)?.run;
        if (run === undefined) return false;
        if (makerState(run) === "dead" || Date.now() > until) await runtime.remove(name);
        else await sleep(100, undefined, { signal });
    }
}

/** Runs what the engine asks for, and answers what it printed; `undefined` where the image has first-start files of its own, which only its entrypoint runs. */
async function initialised(order: Order, { initDirectory, initialise }: Priming, name: string): Promise<string | undefined> {
    const { runtime, engine, signal } = order;
    await runtime.start(name);
    const command = ["sh", "-c", oncePrepared, engine.data.directory, initDirectory, ...initialise.command];
    const [{ exitCode, stdout, stderr }] = await together(
        runtime.exec(name, { ...initialise, command, signal }),
        placeFiles(runtime, name, defaultFiles(engine)),
    );
    signal.throwIfAborted();
    if (exitCode === hasFiles) return undefined;
    if (exitCode !== 0) throw new Error(`initialising ended with ${exitCode}: ${`${stderr}\n${stdout}`.trim().slice(-500)}`);
    return stdout;
}

/** The exit code that tells of first-start files. */
const hasFiles = 113;
/** The container's first process gives the data folder to the server's own user. */
const oncePrepared = `
[ -z "$(ls -A "$1" 2>/dev/null)" ] || exit ${hasFiles}
shift
until [ -w "$0" ]; do sleep 0.01; done
exec "$@"`;

/** Takes away what nobody needs once the layer is made; who waits for that is told of a container that stays. */
function tidy(order: Order, base: FoundImage, reference: string, name: string): Promise<void> {
    const superseded = removeSuperseded(order, base, reference).catch(() => undefined);
    const tidied = together(order.runtime.remove(name), superseded).then(() => undefined);
    tidied.catch(() => undefined);
    return tidied;
}

/** Layers of this family that no later instance starts from: their image has moved on, or is primed otherwise by now. What stays goes with the next priming. */
async function removeSuperseded({ runtime, engine }: Order, base: FoundImage, reference: string): Promise<void> {
    const primed = await runtime.images.list(labelled({ role: "primed" }));
    const others = primed.filter(({ labels, references }) => marksOf(labels)?.engine === engine.family && !references.includes(reference));
    const gone = async (image: StoredImage) => {
        if (marksOf(image.labels)?.image === base.id || (await isSuperseded(runtime.images, image))) await removeImage(runtime, image);
    };
    await Promise.allSettled(others.map(gone));
}

async function removeImage(runtime: Runtime, image: StoredImage): Promise<void> {
    await runtime.images.remove(image.references[0] ?? image.id);
}
