import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where snapshots go unless `devdb:snapshotDirectory` says otherwise: below the user's data directory. */
export function defaultDirectory(env: NodeJS.ProcessEnv = process.env, platform = process.platform, home = homedir()): string {
    return join(dataHome(env, platform, home), "pulumi-devdb", "snapshots");
}

/** The directory that is meant: relative ones are the program's, `~` is the user's home. */
export function snapshotDirectory(configured: string | undefined): string {
    if (!configured) return defaultDirectory();
    return resolve(configured.replace(/^~(?=[/\\]|$)/, homedir()));
}

function dataHome(env: NodeJS.ProcessEnv, platform: NodeJS.Platform, home: string): string {
    if (env.XDG_DATA_HOME?.startsWith("/")) return env.XDG_DATA_HOME;
    if (platform === "darwin") return join(home, "Library", "Application Support");
    if (platform === "win32") return env.LOCALAPPDATA || join(home, "AppData", "Local");
    return join(home, ".local", "share");
}
