import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** The folders of one temporary stack, and what tells the CLI to use them. */
export interface Place {
    readonly root: string;
    readonly work: string;
    readonly home: string;
    readonly env: Record<string, string>;
}

export async function makePlace(further: Readonly<Record<string, string>>): Promise<Place> {
    const root = await mkdtemp(join(tmpdir(), "devdb-stack-"));
    const [state, work, home] = [join(root, "state"), join(root, "work"), join(root, "home")];
    await Promise.all([state, work, home].map((folder) => mkdir(folder)));
    await sharePlugins(home);
    const env = {
        PULUMI_BACKEND_URL: `file://${state.replaceAll("\\", "/")}`,
        PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // A copy of the state beside each version of it, for a state that lives for minutes.
        PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
        ...further,
    };
    return { root, work, home, env };
}

export async function removePlace({ root }: Place): Promise<void> {
    await rm(root, { recursive: true, force: true, maxRetries: 3 });
}

/** A home of its own keeps suites apart; the plugins in the user's are large, and the same for all. */
async function sharePlugins(home: string): Promise<void> {
    const shared = join(process.env.PULUMI_HOME || join(homedir(), ".pulumi"), "plugins");
    try {
        await mkdir(shared, { recursive: true });
        await symlink(shared, join(home, "plugins"), "junction");
    } catch {
        // Then this stack brings its own.
    }
}
