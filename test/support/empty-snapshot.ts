import { driver } from "./instance";
import { ownDirectory, snapshotDriver } from "./snapshot";

type Args = Readonly<Record<string, unknown>>;

/** A snapshot of an instance in which nobody has written anything: its manifest's path, and how it is removed. */
export async function emptySnapshot(args: Args): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
    const directory = await ownDirectory();
    const [source, taken] = [driver("empty"), snapshotDriver(directory.path)];
    await source.up(args);
    try {
        await taken.up({ dbInstanceIdentifier: source.text("identifier") });
    } finally {
        await source.destroy();
    }
    return { path: String(taken.outputs.path), remove: directory.remove };
}
