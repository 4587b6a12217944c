import type Dockerode from "dockerode";
import { insideOf } from "./docker";
import { timed } from "./ways/way";

/** Waits until all that was written before is on the disk, so that nobody waits for what another left. The container only lends its `sync`. */
export function calm(container: Dockerode.Container): Promise<void> {
    return insideOf(container, "sync");
}

/** Times work on a disk that is calm. */
export async function calmly<T>(container: Dockerode.Container, work: () => Promise<T>): Promise<readonly [ms: number, result: T]> {
    await calm(container);
    return timed(work);
}
