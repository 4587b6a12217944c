import { setTimeout as sleep } from "node:timers/promises";
import type { File } from "../engines/engine";
import type { FoundImage } from "../images/ensure";
import { discard } from "./discard";
import { InstanceError } from "./errors";
import { placeFiles, readFile } from "./files";
import { labelsFor, type Order } from "./order";
import { mountOf, volumeNameOf } from "./volume";

/**
 * A volume outlives the run that fills it, however that ended, and half a database would be taken for a whole one. So beside the data lies what became of
 * them: `begun` is written into an empty volume before a server makes or restores anything in it, `whole` once that is done. A volume that says neither is whole.
 */
type State = "begun" | "whole";

const fileOf = ({ engine }: Pick<Order, "engine">) => `${engine.data.mount}/devdb.filling`;

export function fillingFile(order: Pick<Order, "engine">, state: State): File {
    return { path: fileOf(order), content: state, mode: 0o644, uid: 0, gid: 0 };
}

/** Whether what a container's volume holds was begun by a run that never came to its end. */
export async function isHalfFilled(order: Pick<Order, "engine" | "runtime">, container: string): Promise<boolean> {
    return (await readFile(order.runtime, container, fileOf(order), 64)) === ("begun" satisfies State);
}

/**
 * Before the container gets its name, since from then on its volume is never emptied again. A run that is killed in between leaves a volume that is refused,
 * rather than one that is emptied: it has all.
 */
export async function sealVolume(order: Order, container: string): Promise<void> {
    if (volumeNameOf(order) !== undefined) await placeFiles(order.runtime, container, [fillingFile(order, "whole")]);
}

/** The mark goes last: until then, what is left is no more than half. */
const emptied = `
for each in "$1"/* "$1"/.[!.]* "$1"/..?*; do [ "$each" = "$2" ] || rm -rf "$each" || exit 1; done
rm -f "$2"`;

/** Empties a volume that no container uses, where it was half filled: by a container of this name, which goes again. */
export async function emptyHalfFilled(order: Order, name: string, image: FoundImage, volume: string): Promise<void> {
    const { runtime, engine, inputs } = order;
    const mount = mountOf(order, volume);
    if (!mount) return;
    try {
        await runtime.create({
            name,
            hostname: inputs.identifier,
            image: image.id,
            labels: labelsFor(order, "instance", image.id),
            environment: {},
            user: "root",
            entrypoint: ["sh", "-c", emptied, "empty"],
            command: [engine.data.mount, fileOf(order)],
            mount,
            capabilities: [],
            networks: [],
            stopSeconds: 1,
        });
        if (!(await isHalfFilled(order, name))) return;
        await runtime.start(name);
        for (;;) {
            const found = await runtime.find(name);
            if (found?.state.running) await sleep(50);
            else if (found?.state.exitCode === 0) return;
            else throw new InstanceError(`volume ${volume} is half filled, and could not be emptied: ${await runtime.logs(name, 5)}`);
        }
    } finally {
        await discard(order, name);
    }
}
