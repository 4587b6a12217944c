import type { AccountPlan, ContainerPlan, DirectPlan, Keys, Script } from "../engines/engine";
import type { ContainerSpec, StoredImage } from "../runtimes/runtime";
import { digestOfText } from "./digest";
import type { Limits } from "./instance-class";
import { makeKeys } from "./keys";
import { marksOf } from "./labels";
import { variablesOn } from "./layer";
import type { Order } from "./order";
import { randomPassword } from "./password";
import { isOfficial, primedImage, startsDirectly } from "./prime";
import type { Awaited } from "./ready";
import type { ServerWish } from "./server";
import { defaultParameters, placeOf } from "./settings";
import type { UsedVolume } from "./volume";

export interface StartPlan {
    /** The image that the container is made from, by id. */
    readonly image: string;
    readonly plan: ContainerPlan & Partial<DirectPlan>;
    readonly settle: Awaited["settle"];
    /** Of the image's variables, those that are to be others, or none. */
    readonly variables?: ContainerSpec["environment"];
    /** What makes the account, where that is not the engine's usual statements. */
    readonly account?: Script;
    /** SHA-256 of the file with the server's parameters that the image has already. @default none is known */
    readonly parametersDigest?: string | undefined;
    /** What the plan's standard input needs; made while the container is. */
    readonly keys: Promise<Keys>;
    /** Work that goes on meanwhile, and must have ended when the start has. @default none */
    readonly besides?: Promise<void>;
}

const none: Promise<Keys> = Promise.resolve({});

/**
 * How the server starts. On data that came with it, or that a snapshot's layer has: by itself. On new data: by itself in a layer where the image was
 * initialised once, or else by the image's entrypoint, which initialises it; the account is made by the start itself wherever the engine can. A volume that
 * was there before may hold data or be empty: only the entrypoint can tell.
 */
export async function startPlan(order: Order, wish: ServerWish, volume: UsedVolume | undefined, limits: Limits): Promise<StartPlan> {
    const { engine, inputs, login } = order;
    const { username, dbName } = login;
    const start = {
        name: inputs.engine,
        version: inputs.engineVersion,
        account: { username, ...(dbName === undefined ? {} : { dbName }) },
        bootstrap: randomPassword(),
        place: placeOf(order),
        ...(wish.restore ? { filled: true as const } : {}),
        ...(limits.memory === undefined ? {} : { memory: limits.memory }),
    };
    const { priming, layering } = engine;
    if (layering && wish.from) {
        const { layer, copy } = wish.from;
        const plan = layering.start({ ...start, ...knownOf(layer.image) }, copy, login);
        const variables = await variablesOn(order.runtime, layer);
        return {
            ...{ image: layer.image.id, plan, variables, settle: patience(plan), parametersDigest: layer.manifest.parameters, keys: none },
            ...(layering.account ? { account: layering.account(copy, login) } : {}),
        };
    }
    if (priming && wish.fill && startsDirectly(order, wish.image)) {
        return { image: wish.image.id, plan: priming.start(start, undefined), settle: "always", keys: none };
    }
    const primed = wish.fill || volume?.fresh === false ? undefined : await primedImage(order, wish.image);
    if (priming && primed) {
        const plan = priming.start({ ...start, ...knownOf(primed.image) }, login);
        const keys = makeKeys(priming.keys ?? [], inputs.identifier);
        const parameters = defaultParameters(engine);
        const parametersDigest = parameters && digestOfText(parameters.content);
        return { image: primed.image.id, plan, settle: patience(plan), parametersDigest, keys, besides: primed.tidied };
    }
    const plainly = { image: wish.image.id, keys: none };
    const plan =
        wish.fill || volume?.fresh === false || !isOfficial(engine, wish.image)
            ? undefined
            : engine.containerWithAccount?.(start, login, wish.image.entrypoint);
    if (plan) return { ...plainly, plan, settle: patience(plan) };
    return { ...plainly, plan: engine.container(start), settle: wish.fill ? "always" : "if refused" };
}

/** What the layer's own maker said of it. */
function knownOf({ labels }: StoredImage): { readonly known?: string } {
    const { known } = marksOf(labels) ?? {};
    return known === undefined ? {} : { known };
}

/** An account that the start itself makes is left some time before anybody else makes it. */
function patience({ makesAccount }: AccountPlan): Awaited["settle"] {
    return makesAccount === "as it answers" ? "if refused for long" : "if refused";
}
