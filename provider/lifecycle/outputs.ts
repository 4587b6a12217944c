import { randomBytes } from "node:crypto";
import type { FoundImage } from "../images/ensure";
import type { Container } from "../runtimes/runtime";
import { snapshotDirectory } from "../snapshots/directory";
import { argumentNames, type Seed } from "./args";
import { type Context, contextOf, reserved } from "./context";
import { digestOf } from "./image";
import { limitsFor, type Order } from "./order";
import { volumeNameOf } from "./volume";

export type Status = "starting" | "available" | "unhealthy" | "stopped";

type Properties = Readonly<Record<string, unknown>>;

export interface Made {
    readonly container: Container;
    readonly image: Pick<FoundImage, "reference"> & { readonly digest: string };
    readonly port: number;
    readonly version: string;
    readonly volume?: string;
}

export function pictured(image: FoundImage): Made["image"] {
    return { reference: image.reference, digest: digestOf(image) };
}

/** A text among a state's outputs; an empty one is none. */
export function textOf(value: unknown): string | undefined {
    return typeof value === "string" && value !== "" ? value : undefined;
}

/** Every output, and every argument as resolved. */
export async function outputsOf(order: Order, made: Made): Promise<Properties> {
    const { inputs, engine, runtime, login, context, created } = order;
    const address = runtime.address.host;
    const daemon = await runtime.daemon();
    const limits = await limitsFor(order);
    const volume = made.volume ?? volumeNameOf(order);
    return withoutUndefined({
        ...inputs,
        ...limits,
        password: login.password,
        address,
        port: made.port,
        endpoint: `${address}:${made.port}`,
        connectionString: engine.url(login, { host: address, port: made.port }),
        engineVersionActual: made.version,
        image: made.image.reference,
        imageDigest: made.image.digest,
        status: "available" satisfies Status,
        containerId: made.container.id,
        volumeName: volume,
        internalEndpoint: inputs.networks.length > 0 ? `${inputs.identifier}:${engine.port}` : undefined,
        daemon: `${daemon.id} (${daemon.name})`,
        createdAt: created,
        finalSnapshotIdentifier: finalIdentifier(order),
        [reserved]: withoutUndefined({
            ...context,
            config: inputs.skipFinalSnapshot
                ? context.config
                : { ...context.config, snapshotDirectory: snapshotDirectory(context.config.snapshotDirectory) },
            port: inputs.port,
            startedAt: made.container.state.startedAt,
        }),
    });
}

/** The outputs of an instance that still lacks steps of its seeds. */
export function unfinishedOutputs(outputs: Properties, seeds: readonly Seed[]): Properties {
    return { ...outputs, seeds, status: "starting" satisfies Status };
}

/** The final snapshot's id as it is decided by the last `up`: given, or chosen once; nothing where none will be taken. */
function finalIdentifier({ inputs, formerFinal }: Order): string | undefined {
    if (inputs.skipFinalSnapshot) return inputs.finalSnapshotIdentifier;
    return inputs.finalSnapshotIdentifier ?? formerFinal ?? `${inputs.identifier}-final-${randomBytes(4).toString("hex")}`;
}

/** The inputs that led to these outputs: what was chosen or resolved gives way to what was asked for. */
export function inputsOf(outputs: Properties): Properties {
    const context: Context = contextOf(outputs);
    // Resolved by create, not by check: an output of that name is no input unless the program gave it.
    const resolved = new Set(["image", "password", "volumeName", "memory", "cpus", "port", "finalSnapshotIdentifier"]);
    const kept = argumentNames.filter((argument) => !resolved.has(argument) || context.given.includes(argument));
    const asked = Object.fromEntries(kept.map((argument) => [argument, outputs[argument]]));
    const { startedAt: _, port, ...input } = context;
    return withoutUndefined({
        ...asked,
        port: port === null ? undefined : port,
        [reserved]: withoutUndefined(input),
        __provider: outputs.__provider,
    });
}

export function withoutUndefined(object: Properties): Properties {
    return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));
}
