import type { File } from "../engines/engine";
import type { FoundImage } from "../images/ensure";
import { type ContainerSpec, NameTaken, PortTaken } from "../runtimes/runtime";
import type { InstanceInputs } from "./args";
import { conversation, wordsFor } from "./dialogue";
import { digestOfText } from "./digest";
import { discard } from "./discard";
import { InstanceError, messageOf } from "./errors";
import { isEmptyFolder, placeFiles } from "./files";
import { emptyHalfFilled, fillingFile, isHalfFilled } from "./filling";
import { lasts } from "./finish";
import type { Start } from "./from-layer";
import type { Limits } from "./instance-class";
import { loadDriver } from "./login";
import { foreign } from "./names";
import { labelsFor, limitsFor, type Order } from "./order";
import { originOf } from "./origin";
import { choosePort } from "./port";
import { type Awaited, ready } from "./ready";
import { placeOf, settingsOf } from "./settings";
import { type StartPlan, startPlan } from "./start-plan";
import { together } from "./together";
import { inTurn } from "./turns";
import { asItIs, ensureVolume, mountOf, refuseData, refuseForeignData, type UsedVolume, usedVolume } from "./volume";

export interface ServerWish {
    /** The container's name: unfinished ones end in `.new`. */
    readonly name: string;
    readonly image: FoundImage;
    /** The volume that holds the data, if one does. */
    readonly volume: string | undefined;
    readonly port: InstanceInputs["port"] | "unpublished";
    /** Fills the data directory before the first start, where it does not begin empty. */
    readonly fill?: (name: string) => Promise<void>;
    /** The layer that it starts on; its volume, if it has one, is new and filled from there. */
    readonly from?: Start;
    /** Fills the server from a snapshot once it has answered; its data must have begun empty. */
    readonly restore?: () => Promise<void>;
    /** The last step, undone with all the others where it fails. */
    readonly finish?: (name: string, server: Server) => Promise<void>;
}

export interface Server {
    /** 0 where none is published. */
    readonly port: number;
    readonly version: string;
    /** It comes back after a reboot already. */
    readonly persisted: boolean;
}

/** What is still to be written once the server has answered. */
interface Started extends Server {
    readonly afterwards: readonly File[];
}

/** Makes a container, starts it and waits until it answers. A failure leaves nothing of it: a half-made data directory would be taken for a finished one. */
export async function makeServer(order: Order, wish: ServerWish): Promise<Server> {
    const volume = wish.volume === undefined ? undefined : await ensureVolume(order, wish.volume);
    try {
        const { afterwards, ...server } = await startSomewhere(order, wish, volume);
        // First, since nothing undoes a container that is finished.
        await placeFiles(order.runtime, wish.name, afterwards);
        if (wish.restore) {
            await wish.restore();
            // What was restored brought users of its own.
            await ready(awaitedBy(order, wish.name, server.port, "always"));
        }
        await wish.finish?.(wish.name, server);
        return server;
    } catch (error) {
        // Who has the name may be using the volume.
        await undo(order, wish, error instanceof NameTaken ? undefined : volume).catch((fault: unknown) => {
            throw new InstanceError(
                `${messageOf(error)}\nBesides, ${wish.name} could not be removed (${messageOf(fault)}); the next up or devdb gc will.`,
            );
        });
        throw error instanceof NameTaken ? await takenBy(order, error) : error;
    }
}

/** What was in a volume before stays in it, and what was begun in one that was empty goes. */
async function undo(order: Order, wish: ServerWish, volume: UsedVolume | undefined): Promise<void> {
    await discard(order, wish.name, volume);
    if (volume && !volume.fresh && !wish.fill) await emptyHalfFilled(order, wish.name, wish.image, volume.name);
}

/** Two runs that make one name at once: both looked and found it free. */
async function takenBy({ runtime, context }: Order, taken: NameTaken): Promise<InstanceError> {
    const holder = await runtime.find(taken.container);
    const origin = originOf(context.organization);
    const words = holder ? foreign(holder, origin) : `${taken.message}, or did a moment ago; run pulumi up again`;
    return new InstanceError(words, { cause: taken });
}

/** A free port may be gone by the time it is published: another one is tried, unless this very one was asked for. */
async function startSomewhere(order: Order, wish: ServerWish, volume: UsedVolume | undefined): Promise<Started> {
    const { runtime, inputs } = order;
    if (wish.port === "unpublished") return startOn(order, wish, volume, undefined);
    const { port } = wish;
    const face = inputs.publiclyAccessible ? "0.0.0.0" : "127.0.0.1";
    const refused = new Set<number>();
    for (;;) {
        const choice = await choosePort(port, refused, { here: runtime.address.local, interface: face }).catch(async (error: unknown) => {
            throw await withHolder(order, port, error);
        });
        try {
            return await startOn(order, wish, volume, { container: order.engine.port, host: choice.port, interface: face });
        } catch (error) {
            if (!(error instanceof PortTaken)) throw error;
            if (typeof port === "number" || refused.size === 10)
                throw await withHolder(order, choice.port, new InstanceError(`host port ${choice.port} is taken`));
            refused.add(choice.port);
            await runtime.remove(wish.name);
        } finally {
            choice.release();
        }
    }
}

async function startOn(
    order: Order,
    wish: ServerWish,
    volume: UsedVolume | undefined,
    publish: ContainerSpec["publish"],
): Promise<Started> {
    const limits = await limitsFor(order);
    // Who the daemon is takes it longer to say than all that the plan asks of it.
    const [daemon, plan] = await together(order.runtime.daemon(), startPlan(order, wish, volume, limits));
    const [started] = await together(
        inTurn(daemon, order.signal, () => startWith(order, wish, volume, publish, limits, plan)),
        plan.besides ?? Promise.resolve(),
    );
    return started;
}

async function startWith(
    order: Order,
    wish: ServerWish,
    volume: UsedVolume | undefined,
    publish: ContainerSpec["publish"],
    limits: Limits,
    { image, plan, variables, settle, account, parametersDigest, keys }: StartPlan,
): Promise<Started> {
    const { engine, runtime, inputs } = order;
    const mount = mountOf(order, volume?.name);
    if (volume && !volume.fresh && wish.from) throw usedVolume(volume.name);
    // What is to be filled, or takes another's place, comes back after a reboot only once that is done; to say so then is one more call, of twenty milliseconds.
    const persisted = !wish.fill && !wish.restore && (volume?.fresh ?? true);
    const spec: ContainerSpec = {
        name: wish.name,
        hostname: inputs.identifier,
        image,
        labels: labelsFor(order, "instance", wish.image.id),
        environment: { ...variables, ...inputs.environment, ...plan.environment },
        ...(plan.user === undefined ? {} : { user: plan.user }),
        ...(plan.entrypoint ? { entrypoint: plan.entrypoint } : {}),
        ...(plan.command ? { command: plan.command } : {}),
        ...(publish ? { publish } : {}),
        ...(mount ? { mount } : {}),
        ...limits,
        ...(plan.sharedMemory === undefined ? {} : { sharedMemory: plan.sharedMemory }),
        ...(plan.stdin === undefined ? {} : { stdin: true }),
        capabilities: plan.capabilities ?? [],
        networks: attachmentsOf(order),
        stopSeconds: engine.stop.seconds,
        ...(persisted && lasts(order) ? { restart: "unless-stopped" as const } : {}),
    };
    // What the image brings is not told from what somebody keeps there, once it is in.
    const looked = engine.data.filled && volume && !volume.fresh && !wish.fill ? asItIs(mount) : mount;
    // While the container is made: what the start reads takes some milliseconds of this process.
    const words = wordsFor(plan, keys);
    await runtime.create({ ...spec, ...(looked ? { mount: looked } : {}) });
    const begins = volume !== undefined && !wish.fill && (await beginsEmpty(order, wish, volume, spec));
    await wish.fill?.(wish.name);
    const parameters = engine.parameters?.(settingsOf(order), placeOf(order));
    // To put a file into a container takes longer than all else that it takes to make one.
    const there = parameters && digestOfText(parameters.content) === parametersDigest;
    await placeFiles(runtime, wish.name, [
        ...plan.files,
        ...(parameters && !there ? [parameters] : []),
        ...(begins ? [fillingFile(order, "begun")] : []),
    ]);
    order.signal.throwIfAborted();
    order.progress(`starting ${engine.title}`);
    const { said, up } = plan;
    const talk = words && said && conversation(words, { said, up });
    const starting = runtime.start(wish.name, talk);
    loadDriver(engine.client);
    await starting;
    talk?.begun();
    const port = publish?.host ?? 0;
    const awaited = { ...awaitedBy(order, wish.name, port, settle), first: true, ...(account ? { account } : {}) };
    const version = await ready(talk ? { ...awaited, answered: talk.answered } : awaited);
    refuseOtherVersion(order, version, wish.image.reference);
    return { port, version, persisted, afterwards: plan.afterwards ?? [] };
}

/** Whether the volume of a container that was not started yet has nothing in it; what a run that was killed had begun in it goes. */
async function beginsEmpty(order: Order, wish: ServerWish, volume: UsedVolume, spec: ContainerSpec): Promise<boolean> {
    const { runtime, engine } = order;
    if (volume.fresh) return true;
    if (await isHalfFilled(order, wish.name)) {
        order.progress(`emptying volume ${volume.name}, which a run that was killed had begun to fill`);
        await discard(order, wish.name);
        await emptyHalfFilled(order, wish.name, wish.image, volume.name);
        await runtime.create(spec);
        return true;
    }
    await refuseForeignData(order, wish.name, volume);
    if (wish.restore) await refuseData(order, wish.name, volume);
    // Whatever else a user keeps in a volume is not ours to take away again.
    const empty = await isEmptyFolder(runtime, wish.name, engine.data.mount);
    if (empty && engine.data.filled) {
        await discard(order, wish.name);
        await runtime.create(spec);
    }
    return empty;
}

export function awaitedBy(order: Order, name: string, port: number, settle: Awaited["settle"]): Awaited {
    const { engine, runtime, login, inputs, progress, signal } = order;
    return {
        engine,
        runtime,
        name,
        // A server that is put back has the account that it had.
        login: settle === "never" ? { ...login, password: order.formerPassword ?? login.password } : login,
        port,
        publiclyAccessible: inputs.publiclyAccessible,
        fast: inputs.durability === "fast",
        timeout: inputs.startupTimeout,
        settle,
        progress,
        signal,
    };
}

export function attachmentsOf({ inputs }: Order): readonly { readonly name: string; readonly aliases: readonly string[] }[] {
    return inputs.networks.map((name) => ({ name, aliases: [...new Set([inputs.identifier, ...inputs.aliases])] }));
}

/** A version is never silently another: what the started server says of itself must begin with what was asked for. */
function refuseOtherVersion({ engine, inputs }: Order, actual: string, image: string): void {
    const asked = engine.versions.reported?.(inputs.engineVersion) ?? inputs.engineVersion;
    if (actual === asked || actual.startsWith(`${asked}.`) || actual.startsWith(`${asked}-`) || actual.startsWith(`${asked} `)) return;
    throw new InstanceError(
        `${image} runs ${engine.title} ${actual}, and engineVersion is ${asked}: set engineVersion to ${engine.versions.major(actual)}, or choose another image`,
    );
}

/** Adds who holds the port, where that is a container here. */
async function withHolder(order: Order, port: InstanceInputs["port"], error: unknown): Promise<unknown> {
    if (typeof port !== "number" || !(error instanceof InstanceError)) return error;
    const holder = await order.runtime.publisherOf(port).catch(() => undefined);
    const machine = order.runtime.address.local ? "this machine" : "the daemon's machine";
    const who = holder === undefined ? `by another process of ${machine}` : `by the container ${holder}`;
    return new InstanceError(`port: ${error.message} ${who}; choose another, or { preferred: ${port} } to take the next free one`);
}
