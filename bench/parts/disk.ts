import type { Bench } from "../bench";
import { daemon, inside } from "../docker";
import { whileIdle } from "./idle";

/** What one more instance takes: the container's own layer, as `docker ps --size` shows it, and its volumes. */
export async function disk(bench: Bench): Promise<void> {
    await whileIdle(bench, "disk", async ({ container: { id } }) => {
        const [found] = await daemon.listContainers({ size: true, filters: { id: [id] } });
        const volumes = await Promise.all((found?.Mounts ?? []).map(({ Destination }) => folderSize(id, Destination)));
        return (layerSize(found) + volumes.reduce((sum, size) => sum + size, 0)) / 1e6;
    });
}

/** The daemon leaves it out where the layer is empty, and dockerode's types always do. */
function layerSize(found: object | undefined): number {
    return found && "SizeRw" in found ? Number(found.SizeRw) : 0;
}

async function folderSize(id: string, path: string): Promise<number> {
    return Number.parseInt(await inside(id, ["du", "-sk", path]), 10) * 1024;
}
