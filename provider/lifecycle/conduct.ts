import { docker } from "../runtimes/docker";
import type { Runtime } from "../runtimes/runtime";
import type { InstanceInputs } from "./args";

/** How an operation reports and ends early. */
export interface Conduct {
    readonly progress: (text: string) => void;
    /** Says what is to be read afterwards too. @default nothing is said */
    readonly say?: (text: string) => void;
    readonly signal: AbortSignal;
    /** How the place where containers run is reached. @default Docker's, by the instance's own settings */
    readonly connect?: typeof docker;
}

/** The runtime that the arguments name. Throws `NoDocker`. */
export function connect(
    inputs: Pick<InstanceInputs, "runtime">,
    { connect: reach = docker }: Pick<Conduct, "connect"> = {},
): Promise<Runtime> {
    const { kind: _, ...settings } = inputs.runtime ?? { kind: "docker" };
    return reach(Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)));
}
