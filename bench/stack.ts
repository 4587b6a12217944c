import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { folder, mark, project } from "./mark";
import { calmly, timed } from "./timed";

const execute = promisify(execFile);

/** A stack of one of the programs here, by the CLI, on a file back end of its own. Both answer milliseconds. */
export interface Stack {
    readonly up: () => Promise<number>;
    readonly destroy: () => Promise<number>;
}

/** How many there are: two parts may ask for the same. */
let stacks = 0;

export async function stackOf(program: "empty" | "trivial" | "instances", count = 0, snapshot = ""): Promise<Stack> {
    stacks += 1;
    const name = `${mark}-${program}${count}-${stacks}`;
    const [place, state] = [join(folder, name), join(folder, "state")];
    await Promise.all([mkdir(place, { recursive: true }), mkdir(state, { recursive: true })]);
    // Where the program lies is where the provider's process starts, and finds its packages.
    const main = join(__dirname, "programs", `${program}.js`);
    await writeFile(join(place, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\nmain: ${JSON.stringify(main)}\n`);
    const env = {
        ...process.env,
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_CONFIG_PASSPHRASE: mark,
        PULUMI_CONFIG_PASSPHRASE_FILE: "",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        DEVDB_BENCH_COUNT: String(count),
        DEVDB_BENCH_SNAPSHOT: snapshot,
    };
    const pulumi = (...command: readonly string[]) =>
        execute("pulumi", [...command, "--stack", name, "--non-interactive", "--color=never"], { cwd: place, env });
    await pulumi("stack", "init");
    if (snapshot) await pulumi("config", "set", "devdb:snapshotDirectory", folder);
    const run = (command: "up" | "destroy") => pulumi(command, "--yes", "--skip-preview");
    return { up: async () => (await calmly(() => run("up")))[0], destroy: async () => (await timed(() => run("destroy")))[0] };
}
