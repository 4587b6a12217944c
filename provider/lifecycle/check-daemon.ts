import { isPath } from "../snapshots/lookup";
import { runtimeSetting } from "./args";
import { type Checked, check, type Seen } from "./check";
import { isUnknown } from "./unknown";

type Properties = Readonly<Record<string, unknown>>;

/** `check`, with what the daemon knows of the snapshot that the instance is to be made from. */
export async function checkOnDaemon(olds: Properties, news: Properties): Promise<Checked> {
    return check(olds, news, await seen(olds, news));
}

/** Nothing where no snapshot is asked for that could be an image, and where no daemon answers: creating says so. */
async function seen(olds: Properties, news: Properties): Promise<Seen> {
    const { snapshotIdentifier: wanted } = news;
    if (typeof wanted !== "string" || wanted === "" || isUnknown(wanted) || isPath(wanted) || wanted === olds.snapshotIdentifier) return {};
    const runtime = runtimeSetting.optional().safeParse(news.runtime ?? undefined);
    if (!runtime.success || Object.values(Object(news.runtime)).some(isUnknown)) return {};
    const [{ connect }, { daemonText }, { findLayer }] = await Promise.all([
        import("./conduct.js"),
        import("./forget.js"),
        import("./layer.js"),
    ]);
    try {
        const there = await connect({ runtime: runtime.data });
        const layer = await findLayer(there, wanted);
        return { daemon: daemonText(await there.daemon()), ...(layer ? { layer: layer.manifest } : {}) };
    } catch {
        return {};
    }
}
