import type { Account, Engine, Survey, Surveyed } from "../engines/engine";
import type { Runtime } from "../runtimes/runtime";
import { format, type LayerManifest } from "../snapshots/manifest";
import { daemonText } from "./forget";
import type { Marks } from "./labels";

/** What the manifest of every snapshot says, however it was taken. */
export function contents(
    engine: Engine,
    { id, tags }: Pick<LayerManifest, "id" | "tags">,
    { version, users, settings }: Pick<Survey, "version" | "users" | "settings">,
): Pick<LayerManifest, "format" | "id" | "engine" | "engineVersion" | "users" | "settings" | "createdAt" | "tags"> {
    return {
        format,
        id,
        engine: engine.family,
        engineVersion: engine.versionOf(version),
        users: [...users],
        settings: { ...settings },
        createdAt: new Date().toISOString(),
        tags: { ...tags },
    };
}

export function listed<T extends Pick<Surveyed, "settings" | "extensions">>(database: T) {
    return { ...database, settings: { ...database.settings }, extensions: [...database.extensions] };
}

export function accountOf({ username, dbName }: Marks): Account {
    return { username, ...(dbName === "" ? {} : { dbName }) };
}

/** The instance that a snapshot is of. */
export async function sourceOf({ identifier, project, stack, name, created }: Marks, runtime: Runtime): Promise<LayerManifest["source"]> {
    return { identifier, project, stack, name, created, daemon: daemonText(await runtime.daemon()) };
}
