import { engineNamed } from "../engines";
import type { Engine, Login } from "../engines/engine";
import type { Runtime } from "../runtimes/runtime";
import { type InstanceInputs, inputsFrom } from "./args";
import { type Context, contextOf } from "./context";
import { type Limits, limitsOfClass } from "./instance-class";
import { labelsOf, type Role, specOf } from "./labels";
import { thisRun } from "./maker";
import { originOf } from "./origin";

/** What is wanted, and the means: handed through create, update and repair alike. */
export interface Order {
    readonly inputs: InstanceInputs;
    readonly context: Context;
    readonly engine: Engine;
    readonly runtime: Runtime;
    readonly login: Login;
    /** The password before this run, for the server that a failed change puts back. */
    readonly formerPassword?: string;
    /** The final snapshot's id that the last run chose. */
    readonly formerFinal?: string;
    /** When the instance was made: kept through its whole life. */
    readonly created: string;
    /** The networks that the last run joined, so that one taken off the list is left. */
    readonly formerNetworks?: readonly string[];
    readonly progress: (text: string) => void;
    readonly signal: AbortSignal;
}

type Properties = Readonly<Record<string, unknown>>;

export function orderFrom(
    properties: Properties,
    means: Pick<Order, "runtime" | "progress" | "signal" | "created"> & { readonly password: string },
): Order {
    const { password, ...rest } = means;
    const inputs = inputsFrom(properties);
    const { username, dbName } = inputs;
    const context = contextOf(properties);
    return {
        ...rest,
        runtime: addressed(rest.runtime, context.config.address),
        inputs,
        context,
        engine: engineOf(inputs),
        login: { username, password, ...(dbName === undefined ? {} : { dbName }) },
    };
}

/** `devdb:address` is where published ports are reached, whatever was found out: logins go there too. */
function addressed(runtime: Runtime, host: string | undefined): Runtime {
    if (!host) return runtime;
    return { ...runtime, address: { host, local: /^(localhost|127(\.\d+){3}|::1)$/i.test(host) } };
}

export function engineOf(inputs: Pick<InstanceInputs, "engine">): Engine {
    const engine = engineNamed(inputs.engine);
    if (!engine) throw new Error(`${inputs.engine} is not an engine that this version knows`);
    return engine;
}

export function labelsFor(order: Order, role: Role, image = ""): Readonly<Record<string, string>> {
    const { inputs, context, created } = order;
    return labelsOf({
        project: context.project,
        stack: context.stack,
        name: context.name,
        identifier: inputs.identifier,
        engine: inputs.engine,
        username: inputs.username,
        dbName: inputs.dbName ?? "",
        spec: specOf(inputs),
        role,
        created,
        origin: originOf(context.organization),
        run: thisRun(),
        image,
        tags: inputs.tags,
    });
}

/** The limits that the arguments ask for. A class may be larger than the machine: then the machine is the limit. */
export async function limitsFor({ inputs, runtime }: Order): Promise<Limits> {
    const { memory, cpus, instanceClass } = inputs;
    if (instanceClass === undefined) return { ...(memory === undefined ? {} : { memory }), ...(cpus === undefined ? {} : { cpus }) };
    const { cpus: most } = await runtime.daemon();
    const limits = limitsOfClass(instanceClass) ?? {};
    return { ...limits, ...(limits.cpus === undefined ? {} : { cpus: Math.min(limits.cpus, most) }) };
}
