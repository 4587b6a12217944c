import type { Engine, File, Place, Settings } from "../engines/engine";
import type { Order } from "./order";

/** The server settings that the arguments ask for. What `parameters` says wins over what `durability` means. */
export function settingsOf({ engine, inputs }: Pick<Order, "engine" | "inputs">): Settings {
    return { ...(inputs.durability === "fast" ? engine.fast : {}), ...inputs.parameters };
}

/** Where files that belong to the data lie: beside them, except in memory, which cannot be written to before the start. */
export function placeOf({ engine, inputs }: Pick<Order, "engine" | "inputs">): Place {
    return { directory: inputs.storage === "tmpfs" ? "/etc/devdb" : engine.data.mount };
}

/** The parameter file of an instance that asks for none, with its data in a container or volume; absent where the engine has no such file. */
export function defaultParameters({ parameters, data }: Engine): File | undefined {
    return parameters?.({}, { directory: data.mount });
}
