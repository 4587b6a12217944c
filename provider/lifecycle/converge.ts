import type { FoundImage } from "../images/ensure";
import type { Container } from "../runtimes/runtime";
import type { InstanceInputs } from "./args";
import { carry, mustCarry } from "./carry";
import { portSuits } from "./changes";
import { InstanceError, messageOf, Unfinished } from "./errors";
import { placeFiles, readFile } from "./files";
import { sealVolume } from "./filling";
import { finish, lasts } from "./finish";
import { baseFor, layerFor } from "./from-layer";
import { imageFor, isImage, named, sameImage, unchanged } from "./image";
import { limitsOfClass } from "./instance-class";
import { baseOf, marksOf, specOf } from "./labels";
import { unfinishedName } from "./names";
import { limitsFor, type Order } from "./order";
import { type Made, outputsOf, pictured, unfinishedOutputs } from "./outputs";
import { ready } from "./ready";
import { recreate } from "./recreate";
import { restoreInto, snapshotFor } from "./restore";
import { runSeeds, StepFailed } from "./seeds";
import { attachmentsOf, awaitedBy, makeServer } from "./server";
import { placeOf, settingsOf } from "./settings";
import { stopServer } from "./stop";
import { volumeInUse } from "./swap";
import { volumeNameOf } from "./volume";

type Properties = Readonly<Record<string, unknown>>;

/** What an instance was, as far as it must stay so: nothing of it for one that is made for the first time. */
export interface Before {
    readonly image?: { readonly image: string; readonly imageDigest: string };
    readonly port?: number;
    readonly volume?: string;
    /** What was asked for then. */
    readonly inputs?: InstanceInputs;
    /** The container is one that a killed run finished: it stays on the image that it has. */
    readonly adopted?: true;
    /** Its data was in memory, and its server was stopped. */
    readonly lost?: true;
}

/** Brings the instance to what is wanted from whatever is there: one flow for create, update, adoption and repair. Answers the outputs. */
export async function converge(order: Order, current: Container | undefined, before: Before): Promise<Properties> {
    if (!current) return makeAnew(order, before);
    if (before.lost && (order.inputs.snapshotIdentifier !== undefined || order.inputs.seeds.length > 0)) {
        await snapshotFor(order);
        order.progress("filling the memory again");
        await order.runtime.remove(current.name);
        return makeAnew(order, before);
    }
    const image = await wantedImage(order, current, before);
    const why = recreateReasons(order, current, image, before);
    if (why.length === 0) return adjust(order, current, image, before);
    order.progress(`making the container anew: ${why.join(", ")}`);
    const had = portOf(order, current);
    const wish = portWish(order, before);
    const port = portSuits(wish, had) ? had : (wish ?? had);
    const recreation = { old: current, oldPort: had, image, port };
    const former = before.inputs ?? order.inputs;
    const server = (await mustCarry(order, current, image, former))
        ? await carry(order, recreation, former)
        : await recreate(order, recreation);
    return filled(order, { ...server, image: pictured(image) }, () => runSeeds(order, order.inputs.identifier));
}

/**
 * What was made, once its last steps have run. Where one failed, the state is told of those that have run, so that the next `up` goes on with the one that
 * failed.
 */
async function filled(order: Order, made: Omit<Made, "container">, seed: () => Promise<void>): Promise<Properties> {
    try {
        await seed();
    } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        throw new Unfinished(error.message, order.inputs.identifier, unfinishedOutputs(await describe(order, made), error.ran));
    }
    return describe(order, made);
}

async function makeAnew(order: Order, before: Before): Promise<Properties> {
    const from = await layerFor(order);
    const snapshot = from ? undefined : await snapshotFor(order);
    const image = from ? await baseFor(order, from.layer) : before.image ? await sameImage(order, before.image) : await imageFor(order);
    const port = portWish(order, before);
    const name = unfinishedName(order.inputs.identifier);
    const volume = before.volume ?? volumeNameOf(order);
    const restore = snapshot && (() => restoreInto(order, name, snapshot));
    let failure: StepFailed | undefined;
    const server = await makeServer(order, {
        name,
        image,
        volume,
        port,
        ...(from ? { from } : {}),
        ...(restore ? { restore } : {}),
        finish: async (_, made) => {
            failure = await seedFresh(order, name);
            await sealVolume(order, name);
            await finish(order, name, made);
        },
    });
    const made = { ...server, image: pictured(image), ...(volume === undefined ? {} : { volume }) };
    return filled(order, made, async () => {
        if (failure) throw failure;
    });
}

/** Answers the failure of a step that left nothing behind, so that what ran before it is kept. Half a step is in a container that nobody has used: that goes. */
async function seedFresh(order: Order, name: string): Promise<StepFailed | undefined> {
    try {
        await runSeeds(order, name);
        return undefined;
    } catch (error) {
        if (error instanceof StepFailed && order.engine.seeding(order.login).whole) return error;
        throw error;
    }
}

/** The port that the state promises, as long as it suits the program: a container that was published elsewhere by hand goes back to it. */
function portWish({ inputs }: Order, before: Before): InstanceInputs["port"] {
    return before.port !== undefined && portSuits(inputs.port, before.port) ? before.port : inputs.port;
}

/** An instance stays on the image that it has until engineVersion or image says otherwise. */
async function wantedImage(order: Order, current: Container, before: Before): Promise<FoundImage> {
    const { images } = order.runtime;
    const found = await images.find(baseOf(current));
    if (before.image === undefined) return found && before.adopted ? named(order, found) : imageFor(order);
    if (found && isImage(found, before.image)) return unchanged(found, before.image);
    // A move to another image was killed before the state knew of it, and is no longer wanted; or the name was taken off this one meanwhile.
    const had = (await images.find(before.image.imageDigest)) ?? found;
    return had ? unchanged(had, before.image) : sameImage(order, before.image);
}

/** What of the container itself is not as it should be, and cannot be changed while it exists. */
function recreateReasons(order: Order, current: Container, image: FoundImage, before: Before): readonly string[] {
    const { inputs } = order;
    const had = portOf(order, current);
    const limited = inputs.instanceClass === undefined ? inputs : (limitsOfClass(inputs.instanceClass) ?? {});
    return [
        ...(marksOf(current.labels)?.spec === specOf(inputs) ? [] : ["its arguments changed"]),
        ...(baseOf(current) === image.id ? [] : [`image ${image.reference}`]),
        ...(portSuits(portWish(order, before), had) ? [] : [`port ${had}`]),
        ...(current.memory > 0 && limited.memory === undefined ? ["memory limit taken away"] : []),
        ...(current.cpus > 0 && limited.cpus === undefined ? ["cpu limit taken away"] : []),
    ];
}

/** What can be changed of a container that stays: limits, networks, the parameter file with a restart, a start where it is stopped. */
async function adjust(order: Order, current: Container, image: FoundImage, before: Before): Promise<Properties> {
    const { runtime, engine } = order;
    await adjustLimits(order, current);
    await adjustNetworks(order, current);
    const undo = await adjustParameters(order, current);
    if (!undo && !current.state.running) {
        order.progress(`starting ${engine.title}`);
        await runtime.start(current.name);
    }
    const port = portOf(order, current);
    try {
        const version = await ready(awaitedBy(order, current.name, port, undo ? "always" : "if refused"));
        const volume = volumeInUse(order, current) ?? before.volume;
        const made = {
            port,
            version,
            image: pictured(image),
            ...(volume === undefined || volumeNameOf(order) === undefined ? {} : { volume }),
        };
        return await filled(order, made, () => runSeeds(order, current.name));
    } catch (error) {
        if (!undo || error instanceof Unfinished) throw error;
        throw new InstanceError(`parameters: ${messageOf(error)}\n${await undo()}`);
    } finally {
        if (lasts(order)) await runtime.update(current.name, { restart: "unless-stopped" }).catch(() => undefined);
    }
}

async function adjustLimits(order: Order, current: Container): Promise<void> {
    const { memory, cpus } = await limitsFor(order);
    const change = {
        ...(memory === undefined || memory === current.memory ? {} : { memory }),
        ...(cpus === undefined || cpus === current.cpus ? {} : { cpus }),
    };
    if (Object.keys(change).length > 0) await order.runtime.update(current.name, change);
}

/** The runtime's own default bridge is none of ours; a network that was joined by hand stays joined. */
async function adjustNetworks(order: Order, current: Container): Promise<void> {
    const { runtime, inputs } = order;
    const wanted = attachmentsOf(order);
    for (const network of wanted) {
        const joined = current.networks.find(({ name }) => name === network.name);
        if (
            joined &&
            network.aliases.every((alias) => joined.aliases.includes(alias)) &&
            joined.aliases.every((alias) => isOwnAlias(alias, network.aliases, current))
        )
            continue;
        if (joined) await runtime.detach(current.name, network.name);
        await runtime.attach(current.name, network);
    }
    for (const gone of (order.formerNetworks ?? []).filter((name) => !inputs.networks.includes(name))) {
        if (current.networks.some(({ name }) => name === gone)) await runtime.detach(current.name, gone);
    }
}

/** The runtime adds the container's short id, and names of its own, to the aliases. */
function isOwnAlias(alias: string, wanted: readonly string[], current: Container): boolean {
    return wanted.includes(alias) || current.id.startsWith(alias) || [current.name, unfinishedName(current.name)].includes(alias);
}

/** Writes a parameter file that differs and restarts the server; answers how to undo it, for a server may refuse what the file says. */
async function adjustParameters(order: Order, current: Container): Promise<(() => Promise<string>) | undefined> {
    const { runtime, engine, progress } = order;
    const file = engine.parameters?.(settingsOf(order), placeOf(order));
    if (!file) return undefined;
    const had = await readFile(runtime, current.name, file.path);
    if (had === file.content) return undefined;
    const restart = async (content: string) => {
        await stopServer(order, current.name);
        await placeFiles(runtime, current.name, [{ ...file, content }]);
        await runtime.start(current.name);
    };
    progress(`restarting ${engine.title} with other parameters`);
    // A policy that restarts a server which refuses its parameters would hide that it exited.
    await runtime.update(current.name, { restart: "no" });
    await restart(file.content);
    return async () => {
        if (had === undefined) return "There was no earlier parameter file to put back.";
        await restart(had);
        const calm = {
            ...awaitedBy(order, current.name, portOf(order, current), "never"),
            signal: AbortSignal.timeout(engine.startupSeconds * 1000),
        };
        await ready(calm).catch(() => undefined);
        return "The earlier parameters were put back, and the server runs with them.";
    };
}

/** The host port of the engine's own port; 0 where none is published. */
export function portOf({ engine }: Pick<Order, "engine">, container: Container): number {
    return container.ports.find((port) => port.container === engine.port)?.host ?? 0;
}

async function describe(order: Order, made: Omit<Made, "container">): Promise<Properties> {
    const container = await order.runtime.find(order.inputs.identifier);
    if (!container) throw new InstanceError(`${order.inputs.identifier} was removed while it was being made`);
    return outputsOf(order, { ...made, container });
}
