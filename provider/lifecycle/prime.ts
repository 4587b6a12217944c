import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Engine, File, Priming } from "../engines/engine";
import type { FoundImage } from "../images/ensure";
import { NameTaken, type Runtime, type StoredImage } from "../runtimes/runtime";
import { messageOf } from "./errors";
import { isEmptyFolder, placeFiles } from "./files";
import { labelled, labelsOf, marksOf } from "./labels";
import { makerState, thisRun } from "./maker";
import type { Order } from "./order";
import { settingsOf } from "./settings";
import { isSuperseded } from "./superseded";
import { together } from "./together";

/** One priming per image at a time in this process. */
const underWay = new Map<string, Promise<StoredImage | undefined>>();

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
export async function primedImage(order: Order, base: FoundImage): Promise<StoredImage | undefined> {
    const { engine, inputs, runtime } = order;
    if (!startsDirectly(order, base) || inputs.storage === "tmpfs") return undefined;
    if (engine.priming?.unfit({ settings: settingsOf(order), environment: inputs.environment })) return undefined;
    const reference = primedReference(order, base);
    const found = await runtime.images.find(reference);
    if (found) return found;
    const key = `${runtime.found} ${reference}`;
    const work = underWay.get(key) ?? prime(order, base, reference).finally(() => underWay.delete(key));
    underWay.set(key, work);
    return work;
}

/** Named after all that decides what is in it: the image, what is done to it, and the version of how. */
function primedReference({ engine }: Order, base: FoundImage): string {
    const { version, steps } = engine.priming ?? { version: 0, steps: [] };
    const hash = createHash("sha256")
        .update(JSON.stringify([base.id, version, steps, defaultFiles({ engine })]))
        .digest("hex")
        .slice(0, 12);
    return `devdb/primed-${engine.family}:${hash}`;
}

/** The parameter file of an instance that asks for none, so that such a one needs no file put into it. */
function defaultFiles({ engine }: Pick<Order, "engine">): readonly File[] {
    const file = engine.parameters?.({}, { directory: engine.data.mount });
    return file ? [file] : [];
}

async function prime(order: Order, base: FoundImage, reference: string): Promise<StoredImage | undefined> {
    const { runtime, progress, engine } = order;
    progress(`priming ${base.reference}, once for all its instances`);
    const name = `${reference.replace(/[/:]/g, "-")}.new`;
    const labels = labelsOf({
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
    });
    try {
        if (!(await claim(order, name, base, labels))) return await runtime.images.find(reference);
    } catch (error) {
        order.signal.throwIfAborted();
        progress(`starting plainly: ${messageOf(error)}`);
        return undefined;
    }
    try {
        if (!(await initialise(order, name))) return undefined;
        await runtime.images.commit(name, reference, labels);
        await removeSuperseded(order, base, reference);
        return await runtime.images.find(reference);
    } catch (error) {
        order.signal.throwIfAborted();
        progress(`starting plainly, since priming failed: ${messageOf(error)}`);
        return undefined;
    } finally {
        await runtime.remove(name);
    }
}

/** Makes the container to prime in. `false` where another process does the same and has come to its end by now; what a dead one left is taken away. */
async function claim(order: Order, name: string, base: FoundImage, labels: Readonly<Record<string, string>>): Promise<boolean> {
    const { runtime, signal, inputs } = order;
    const until = Date.now() + inputs.startupTimeout * 1000;
    for (;;) {
        try {
            await runtime.create({
                ...{ name, hostname: "priming", image: base.id, labels, environment: {}, capabilities: [], networks: [], stopSeconds: 0 },
                entrypoint: ["sleep", "3600"],
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

/** Runs the engine's steps; `false` where the image has first-start files of its own, which only its entrypoint runs. */
async function initialise(order: Order, name: string): Promise<boolean> {
    const { runtime, engine } = order;
    const { steps, initDirectory } = engine.priming ?? { steps: [], initDirectory: "/" };
    const [empty] = await together(isEmptyFolder(runtime, name, initDirectory), runtime.start(name));
    if (!empty) return false;
    await together(placeFiles(runtime, name, defaultFiles(order)), runSteps(order, name, steps));
    return true;
}

async function runSteps({ runtime, signal }: Order, name: string, steps: Priming["steps"]): Promise<void> {
    for (const step of steps) {
        const { exitCode, stdout, stderr } = await runtime.exec(name, { ...step, signal });
        signal.throwIfAborted();
        if (exitCode !== 0) throw new Error(`${step.command[0]} ended with ${exitCode}: ${`${stderr}\n${stdout}`.trim().slice(-500)}`);
    }
}

/** Layers of this family that no later instance starts from: their image has moved on, or is primed otherwise by now. One in use stays, and goes with the next priming. */
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
