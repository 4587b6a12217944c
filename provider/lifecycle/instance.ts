import { setTimeout as sleep } from "node:timers/promises";
import { type Container, NameTaken } from "../runtimes/runtime";
import { type InstanceInputs, inputsFrom } from "./args";
import { type Conduct, connect } from "./conduct";
import { contextOf, reserved } from "./context";
import { type Before, converge, portOf } from "./converge";
import { InstanceError, messageOf, scrub, Unfinished } from "./errors";
import { takeFinal } from "./final";
import { daemonText, isForgotten, refuseOtherDaemon } from "./forget";
import { goOn } from "./halt";
import { labelled, type Marks, marksOf, specOf } from "./labels";
import { releaseLayer } from "./layer";
import { loginFromHere, loginInside } from "./login";
import { exclusively, foreign, retiredName, settle, unfinishedName } from "./names";
import { type Order, orderFrom } from "./order";
import { originOf } from "./origin";
import { inputsOf, type Status, textOf } from "./outputs";
import { isNamesake, isOwn } from "./own";
import { randomPassword } from "./password";
import { stopServer } from "./stop";

type Properties = Readonly<Record<string, unknown>>;

/** Makes the instance, or adopts the finished container that a killed run left. */
export async function create(inputs: Properties, conduct: Conduct): Promise<{ readonly id: string; readonly outputs: Properties }> {
    const runtime = await connect(inputsFrom(inputs), conduct);
    const password = textOf(inputs.password) ?? randomPassword();
    const order = orderFrom(inputs, { ...conduct, runtime, password, created: new Date().toISOString() });
    const { identifier } = order.inputs;
    const outputs = await guarded(order, identifier, async () => {
        const until = Date.now() + order.inputs.startupTimeout * 1000;
        for (;;) {
            try {
                return await makeOrAdopt(order);
            } catch (error) {
                const raced = error instanceof NameTaken || (error instanceof Error && error.cause instanceof NameTaken);
                if (!raced || Date.now() > until) throw error;
                // Two runs looked at once, and this one was the slower: what the other one makes is waited for, once it can be seen.
                await sleep(250, undefined, { signal: order.signal });
            }
        }
    });
    return { id: identifier, outputs };
}

async function makeOrAdopt(order: Order): Promise<Properties> {
    const found = await settle({ ...settling(order), mine: (marks) => isNamesake(order, marks) });
    if (!found) return converge(order, undefined, {}).catch((error: unknown) => refuseToForget(order, error));
    const adopted = adoptable(order, found);
    order.progress("adopting the container that an earlier run finished");
    return converge({ ...order, created: adopted.created }, found, { adopted: true });
}

/** A create that failed, and could not take away what it had made, is told to the state: else nobody would know of it. */
async function refuseToForget(order: Order, error: unknown): Promise<never> {
    const { runtime, inputs, context, login, created } = order;
    if (error instanceof Unfinished || !(await leftBehind(order))) throw error;
    const daemon = daemonText(await runtime.daemon());
    const outputs = {
        ...inputs,
        password: login.password,
        status: "starting" satisfies Status,
        seeds: [],
        daemon,
        createdAt: created,
        [reserved]: context,
    };
    throw new Unfinished(messageOf(error), inputs.identifier, outputs);
}

/** Where the daemon does not answer any more, something may be there. */
async function leftBehind({ runtime, inputs, created }: Order): Promise<boolean> {
    try {
        const look = (name: string) => runtime.find(name, { signal: AbortSignal.timeout(5_000) });
        const found = await Promise.all([look(inputs.identifier), look(unfinishedName(inputs.identifier))]);
        return found.some((container) => container && marksOf(container.labels)?.created === created);
    } catch {
        return true;
    }
}

/** Brings an instance that the state knows to what is wanted. Also called by Pulumi to mend a create that failed. */
export async function update(olds: Properties, news: Properties, conduct: Conduct): Promise<Properties> {
    const runtime = await connect(inputsFrom(news), conduct);
    const recorded = textOf(olds.daemon);
    if (recorded !== undefined && !isForgotten(recorded)) await refuseOtherDaemon(runtime, recorded);
    const password = textOf(news.password) ?? textOf(olds.password) ?? randomPassword();
    const created = textOf(olds.createdAt) ?? new Date().toISOString();
    const formerNetworks = Array.isArray(olds.networks) ? olds.networks.map(String) : [];
    const order = {
        ...orderFrom(news, { ...conduct, runtime, password, created }),
        formerNetworks,
        formerPassword: textOf(olds.password) ?? password,
        ...(textOf(olds.finalSnapshotIdentifier) === undefined ? {} : { formerFinal: String(olds.finalSnapshotIdentifier) }),
    };
    return guarded(order, order.inputs.identifier, async () => {
        const found = await settle({ ...settling(order), mine: (marks, container) => isOwn(order, olds, marks, container) });
        return converge(order, found, {
            ...beforeOf(olds, order.inputs),
            ...(found && hasLost(olds, found) ? { lost: true as const } : {}),
        });
    });
}

/** What is there now; `undefined` where, on the recorded daemon, nothing is. */
export async function read(
    outputs: Properties,
    conduct: Conduct,
): Promise<{ readonly outputs: Properties; readonly inputs: Properties } | undefined> {
    const recorded = textOf(outputs.daemon) ?? "";
    if (isForgotten(recorded)) return undefined;
    const inputs = inputsOf(outputs);
    const runtime = await connect(inputsFrom(inputs), conduct);
    await refuseOtherDaemon(runtime, recorded);
    const order = orderFrom(inputs, {
        ...conduct,
        runtime,
        password: textOf(outputs.password) ?? "",
        created: textOf(outputs.createdAt) ?? "",
    });
    const names = [order.inputs.identifier, retiredName(order.inputs.identifier)];
    for (const name of names) {
        const found = await runtime.find(name);
        const marks = found && marksOf(found.labels);
        if (!found || !marks || !isOwn(order, outputs, marks, found)) continue;
        return { inputs, outputs: { ...outputs, status: await statusOf(order, found), containerId: found.id } };
    }
    const half = await runtime.find(unfinishedName(order.inputs.identifier));
    return half ? { inputs, outputs: { ...outputs, status: "starting" satisfies Status } } : undefined;
}

/** Removes container and volumes that go with the instance. What is gone already is success. */
export async function remove(outputs: Properties, conduct: Conduct): Promise<void> {
    const recorded = textOf(outputs.daemon) ?? "";
    if (isForgotten(recorded)) return;
    if (outputs.deletionProtection === true) {
        throw new InstanceError(`${String(outputs.identifier)} has deletionProtection: set it to false, run pulumi up, then delete`);
    }
    const inputs = inputsOf(outputs);
    const runtime = await connect(inputsFrom(inputs), conduct);
    if (recorded !== "") await refuseOtherDaemon(runtime, recorded);
    const order = orderFrom(inputs, {
        ...conduct,
        runtime,
        password: textOf(outputs.password) ?? "",
        created: textOf(outputs.createdAt) ?? "",
    });
    const { identifier } = order.inputs;
    await guarded(order, identifier, async () => {
        if (outputs.skipFinalSnapshot === false) await finalSnapshot(order, outputs, conduct);
        for (const name of [unfinishedName(identifier), identifier, retiredName(identifier)]) {
            const found = await runtime.find(name);
            const marks = found && marksOf(found.labels);
            if (!found || !marks || !isOwn(order, outputs, marks, found)) continue;
            await goOn({ ...order, patience: order.inputs.startupTimeout }, found);
            // A volume that the user keeps must be left as a clean stop leaves it.
            if (order.inputs.volumeName !== undefined && found.state.running) await stopServer(order, name);
            await runtime.remove(name);
            await releaseLayer(runtime, found.image);
        }
        for (const volume of await runtime.listVolumes(labelled({ identifier, role: "data" }))) {
            const made = marksOf(volume.labels)?.created;
            // One that a killed run made, and this instance found empty, has another date; one that the user named is the user's.
            const own = volume.name === outputs.volumeName && order.inputs.volumeName === undefined;
            if (made === order.created || order.created === "" || own) await runtime.removeVolume(volume.name);
        }
    });
}

/** Of an instance that is there: of one whose container is gone, nothing can be taken any more. */
async function finalSnapshot(order: Order, outputs: Properties, { say }: Conduct): Promise<void> {
    const id = textOf(outputs.finalSnapshotIdentifier);
    const { identifier } = order.inputs;
    for (const name of [identifier, retiredName(identifier)]) {
        const found = await order.runtime.find(name);
        const marks = found && marksOf(found.labels);
        if (id === undefined || !found || !marks || !isOwn(order, outputs, marks, found)) continue;
        await goOn({ ...order, patience: order.inputs.startupTimeout }, found);
        const path = await takeFinal(order, found, id);
        say?.(`final snapshot ${id}: ${path}`);
        return;
    }
}

/** One piece of work on an instance: alone in this process, without secrets in what it throws, and with the state told of what it could not take away. */
async function guarded<T>(order: Order, identifier: string, work: () => Promise<T>): Promise<T> {
    const { runtime } = order;
    // Asked at once, since everything ends with it; who it is matters later.
    runtime.daemon().catch(() => undefined);
    try {
        return await exclusively(runtime.found, identifier, work);
    } catch (error) {
        const message = scrub(
            messageOf(error),
            [order.login.password, order.formerPassword].flatMap((each) => formsOf(order, each)),
        );
        if (error instanceof Unfinished) throw new Unfinished(message, error.id, error.outputs);
        throw new InstanceError(message);
    }
}

/** A password as it was given, and as the engine hands it out: some store another form of it. */
function formsOf({ engine, login }: Order, password: string | undefined): readonly string[] {
    if (!password) return [];
    const url = new URL(engine.url({ ...login, password }, { host: "localhost", port: 1 }));
    return [password, decodeURIComponent(url.password)];
}

function settling(order: Order): Omit<Parameters<typeof settle>[0], "mine"> {
    const { runtime, progress, signal, inputs, context } = order;
    const origin = originOf(context.organization);
    return { runtime, progress, signal, origin, identifier: inputs.identifier, patience: inputs.startupTimeout };
}

function adoptable(order: Order, found: Container): Marks {
    const marks = marksOf(found.labels);
    if (marks && isNamesake(order, marks) && marks.spec === specOf(order.inputs)) return marks;
    throw new InstanceError(
        `${foreign(found, originOf(order.context.organization))}${marks && isNamesake(order, marks) ? " It is this resource's own, made by other arguments: by a run that was killed, or kept by retainOnDelete, with which a replacement needs another identifier." : ""}`,
    );
}

function beforeOf(olds: Properties, inputs: InstanceInputs): Before {
    const [image, imageDigest, port, volume] = [textOf(olds.image), textOf(olds.imageDigest), olds.port, textOf(olds.volumeName)];
    const asked = inputsOf(olds);
    const sameImage = asked.image === inputs.image && asked.engineVersion === inputs.engineVersion;
    return {
        inputs: inputsFrom(asked),
        ...(image !== undefined && imageDigest !== undefined && sameImage ? { image: { image, imageDigest } } : {}),
        ...(typeof port === "number" ? { port } : {}),
        ...(volume === undefined ? {} : { volume }),
    };
}

async function statusOf(order: Order, container: Container): Promise<Status> {
    if (!container.state.running) return "stopped";
    const { engine, runtime, login, inputs } = order;
    const port = portOf(order, container);
    const near = engine.client.driver !== "inner" && (runtime.address.local || inputs.publiclyAccessible);
    const attempt =
        engine.client.driver !== "inner" && near
            ? await loginFromHere(engine.client, login, { host: runtime.address.host, port })
            : await loginInside(engine, login, runtime, container.name);
    return attempt.kind === "in" ? "available" : "unhealthy";
}

/** What was in memory is lost with the server that had it. */
function hasLost(outputs: Properties, { state }: Container): boolean {
    return outputs.storage === "tmpfs" && (!state.running || state.startedAt !== contextOf(outputs).startedAt);
}
