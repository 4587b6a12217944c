import assert from "node:assert/strict";
import { type CheckFailure, check } from "../../provider/lifecycle/check";

type Properties = Readonly<Record<string, unknown>>;

/** What the constructor adds to the arguments. */
const context = { name: "db", project: "shop", stack: "dev" };

/** The faults of arguments, over those of the state where there is one. */
export function faultsOf(args: Properties, olds: Properties = {}): readonly CheckFailure[] {
    return check(olds, { ...args, __devdb: context }).failures;
}

/** What `check` makes of arguments that have no fault, as it lies in the state; `over` is what the constructor knows otherwise than usual. */
export function approved(args: Properties, olds: Properties = {}, over: Partial<typeof context> = {}): Properties {
    const { inputs, failures } = check(olds, { ...args, __devdb: { ...context, ...over } });
    assert.deepEqual(failures, []);
    return JSON.parse(JSON.stringify(inputs)) as Properties;
}
