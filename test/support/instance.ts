import { randomBytes } from "node:crypto";
import { type CheckFailure, check } from "../../provider/lifecycle/check";
import { checkOnDaemon } from "../../provider/lifecycle/check-daemon";
import type { Conduct } from "../../provider/lifecycle/conduct";
import { type Difference, difference } from "../../provider/lifecycle/diff";
import { create as makeInstance, remove, update } from "../../provider/lifecycle/instance";
import { instance } from "../../provider/v1";

type Properties = Readonly<Record<string, unknown>>;

/** What Pulumi does with one resource, without Pulumi: check, diff, then create, update or replace, and a state between runs. */
export interface Driver {
    readonly name: string;
    /** The state's outputs; throws where there is no instance. */
    readonly outputs: Properties;
    readonly text: (output: string) => string;
    /** Whether the state has an instance. */
    readonly exists: boolean;
    /** How what follows is conducted, where not as Pulumi's operations are: over another runtime, with a signal of the test's own. */
    conduct: Partial<Conduct> | undefined;
    /** One `pulumi up`. Answers what `diff` said, or nothing on a create. */
    up(args: Properties): Promise<Difference | undefined>;
    /** One `pulumi preview`: what `diff` says. */
    preview(args: Properties): Promise<Difference>;
    failures(args: Properties): readonly CheckFailure[];
    refresh(): Promise<void>;
    destroy(): Promise<void>;
    /** Forgets the state without touching the instance, as a kill before it was written does. */
    lose(): void;
}

export class Refused extends Error {
    constructor(readonly failures: readonly CheckFailure[]) {
        super(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
    }
}

/** Stack and origin of every driver of this process, so that suites that run side by side do not meet. */
export const stack = `t${randomBytes(3).toString("hex")}`;

let count = 0;

export function driver(
    prefix = "db",
    context: {
        readonly stack?: string;
        readonly organization?: string;
        readonly config?: Properties;
        readonly secretSeeds?: boolean;
    } = {},
): Driver {
    count += 1;
    const name = `${prefix}-${count}`;
    /** `unfinished`: from a create that failed, for which Pulumi calls `update` in any case. */
    let state: { readonly id: string; readonly inputs: Properties; readonly outputs: Properties; readonly unfinished?: true } | undefined;
    const reserved = { name, project: "devdb-test", stack, organization: "test", urn: "", config: {}, ...context };
    const news = (args: Properties): Properties => ({ ...args, __devdb: reserved });
    const checked = async (args: Properties): Promise<Properties> => {
        const { inputs, failures } = await checkOnDaemon(state?.inputs ?? {}, news(args));
        if (failures.length > 0) throw new Refused(failures);
        return json(inputs);
    };
    const current = () => {
        if (!state) throw new Error(`${name} is not there`);
        return state;
    };
    const conduct = (): Conduct => ({ progress: () => undefined, signal: new AbortController().signal, ...self.conduct });
    const create = async (inputs: Properties) => {
        try {
            const made = self.conduct ? await makeInstance(inputs, conduct()) : await instance.create(inputs);
            state = { id: made.id, inputs, outputs: json("outs" in made ? made.outs : made.outputs) };
        } catch (error) {
            if (error instanceof Error && "id" in error && "outputs" in error)
                state = { id: String(error.id), inputs, outputs: json(error.outputs as Properties), unfinished: true };
            throw error;
        }
    };
    const updated = async ({ id, outputs }: NonNullable<typeof state>, inputs: Properties) => {
        try {
            const outs = self.conduct ? await update(outputs, inputs, conduct()) : (await instance.update(id, outputs, inputs)).outs;
            return { id, inputs, outputs: json(outs) };
        } catch (error) {
            if (error instanceof Error && "id" in error && "outputs" in error)
                state = { id, inputs, outputs: json(error.outputs as Properties), unfinished: true };
            throw error;
        }
    };
    const self: Driver = {
        name,
        get outputs() {
            return current().outputs;
        },
        conduct: undefined,
        get exists() {
            return state !== undefined;
        },
        text: (output) => String(current().outputs[output]),
        async up(args) {
            const inputs = await checked(args);
            if (!state) {
                await create(inputs);
                return undefined;
            }
            const said = await difference(state.outputs, inputs);
            if (said.replaces.length > 0) {
                await self.destroy();
                await create(inputs);
            } else if (said.changes !== false || state.unfinished) {
                state = await updated(state, inputs);
            } else state = { ...state, inputs };
            return said;
        },
        async preview(args) {
            return difference(current().outputs, await checked(args));
        },
        failures: (args) => check(state?.inputs ?? {}, news(args)).failures,
        async refresh() {
            const { id, inputs, outputs } = current();
            const found = await instance.read(id, outputs);
            state = found.props ? { id, inputs: json(found.inputs ?? inputs), outputs: json(found.props) } : undefined;
        },
        async destroy() {
            const { id, outputs } = current();
            if (self.conduct) await remove(outputs, conduct());
            else await instance.delete(id, outputs);
            state = undefined;
        },
        lose() {
            state = undefined;
        },
    };
    return self;
}

/** The state is JSON: what does not survive that is not in it. */
function json(properties: Properties): Properties {
    return JSON.parse(JSON.stringify(properties)) as Properties;
}
