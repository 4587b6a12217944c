import { randomBytes } from "node:crypto";
import { cp, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { docker } from "../support/docker";
import { pulumi } from "../support/stack";

const root = join(__dirname, "..", "..");

/** A copy of an example's folder, far from this one, in which its commands are typed. */
export interface Example {
    readonly folder: string;
    readonly env: Readonly<Record<string, string>>;
    /** The stack, by a name that no other run has. */
    readonly stack: string;
    /** A command of the CLI, in the folder or in a part of it. Answers what it printed. */
    pulumi(command: readonly string[], part?: string): Promise<string>;
    /** What `pulumi up` leads to: the stack's outputs, secrets decrypted. */
    up(part?: string): Promise<Readonly<Record<string, string>>>;
    destroy(part?: string): Promise<void>;
    /** Containers and volumes of the stack. */
    left(): Promise<readonly string[]>;
    remove(): Promise<void>;
}

/** The packages are this repository's own, found through its link to itself: in the copy, by a link to its `node_modules`. */
export async function example(name: string): Promise<Example> {
    const folder = await mkdtemp(join(tmpdir(), `devdb-example-${basename(name)}-`));
    const [home, state] = [join(folder, ".home"), join(folder, ".state")];
    await cp(join(root, "examples", name), folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
    await Promise.all([home, state].map((each) => mkdir(each)));
    await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    const stack = `t${randomBytes(4).toString("hex")}`;
    const outer = Object.entries(process.env).filter(([variable]) => !variable.startsWith("PULUMI_"));
    const env = {
        ...(Object.fromEntries(outer) as Record<string, string>),
        PULUMI_BACKEND_URL: `file://${state}`,
        PULUMI_HOME: home,
        PULUMI_CONFIG_PASSPHRASE: "an example's own",
        PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    const type: Example["pulumi"] = (command, part = ".") => pulumi({ folder: join(folder, part), env }, command);
    return {
        folder,
        env,
        stack,
        pulumi: type,
        up: async (part) => {
            await type(["up", "--yes", "--skip-preview", "--stack", stack], part);
            return JSON.parse(await type(["stack", "output", "--json", "--show-secrets", "--stack", stack], part));
        },
        destroy: async (part) => {
            await type(["destroy", "--yes", "--skip-preview", "--stack", stack], part);
        },
        left: async () => {
            const filter = ["--filter", `label=devdb.stack=${stack}`];
            const containers = await docker("ps", "-a", "--format", "{{.Names}}", ...filter);
            const volumes = await docker("volume", "ls", "--format", "{{.Name}}", ...filter);
            return [containers, volumes].flatMap((text) => text.split("\n")).filter((each) => each !== "");
        },
        remove: () => rm(folder, { recursive: true, force: true }),
    };
}

/** A line that a README tells its readers to type, run as they would. */
export async function typed(line: string, input = ""): Promise<string> {
    const { spawn } = await import("node:child_process");
    const { text } = await import("node:stream/consumers");
    const child = spawn("sh", ["-c", line]);
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const code = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if ((await code) !== 0) throw new Error(`${line} failed:\n${stdout}${stderr}`);
    return stdout;
}
