import type Dockerode from "dockerode";
import { insideOf } from "./docker";
import { timed } from "./ways/way";

/** Times work once all that was written before is on the disk, so that nobody waits for what another left. The container only lends its `sync`. */
export async function calmly<T>(container: Dockerode.Container, work: () => Promise<T>): Promise<readonly [ms: number, result: T]> {
    await insideOf(container, "sync");
    return timed(work);
}
