import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { apart } from "./apart";
import { plain, type Subject } from "./engines";
import { leftovers, removeLeftovers } from "./leftovers";
import { stranger } from "./packed";
import { type Program, type Server, serve } from "./serve";

export { databases, type Program } from "./serve";
export type Kind = "up" | "preview" | "refresh" | "destroy";

export interface Options {
    /** Further flags for the CLI. */
    readonly flags?: readonly string[];
    /** Further variables for the CLI and, through it, the provider. */
    readonly env?: Readonly<Record<string, string>>;
}

/** One run of the CLI, as a user saw it. */
export interface Run {
    readonly failed: boolean;
    /** Everything it printed. */
    readonly text: string;
    /** What was done, or would be, to the resource of that name: `create`, `update`, `same`, `replace`, … */
    readonly steps: (resource: string) => readonly string[];
    /** What was said in its row and stays there. */
    readonly said: (resource: string) => readonly string[];
    /** Steps that are no `same`, over the whole stack. */
    readonly changes: number;
    /** The engine's event log, one JSON text a line, without debug messages. */
    readonly events: string;
    readonly ms: number;
    /** How long after its last word it ended. */
    readonly lingered: number;
}

/** A run under way. */
export interface Running {
    readonly process: ChildProcess;
    readonly done: Promise<Run>;
}

export interface Resource {
    readonly id: string;
    readonly urn: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    readonly outputs: Readonly<Record<string, unknown>>;
}

export interface Stack {
    readonly name: string;
    readonly project: Project;
    up(program?: Program, options?: Options): Promise<Run>;
    preview(program?: Program, options?: Options): Promise<Run>;
    refresh(options?: Options): Promise<Run>;
    destroy(options?: Options): Promise<Run>;
    /** A run that must fail. */
    fails(kind: Kind, program?: Program, options?: Options): Promise<Run>;
    start(kind: Kind, program?: Program, options?: Options): Promise<Running>;
    /** Any other command of the CLI on this stack. Answers what it printed. */
    cli(...command: readonly string[]): Promise<string>;
    /** `pulumi stack rename`; answers the stack under its new name. */
    rename(to: string): Promise<Stack>;
    /** The state as `pulumi stack export` writes it, secrets encrypted. */
    exported(): Promise<string>;
    /** A resource in the state, secrets decrypted; `undefined` where the state has none of that name. */
    find(resource: string): Promise<Resource | undefined>;
    /** One output of a resource in the state, as text. */
    output(resource: string, output: string): Promise<string>;
}

export interface Project {
    /** Begins every container's name of its stacks, and is on their labels. */
    readonly name: string;
    /** Below the folder in which the package is installed. */
    readonly folder: string;
    readonly env: Readonly<Record<string, string>>;
    stack(name: string, options?: StackOptions): Promise<Stack>;
}

export interface StackOptions {
    /** Runs its programs, which `databases` must have made, in a process of their own: for runs that are killed. */
    readonly apart?: true;
}

export interface ProjectOptions {
    /** Another project's, for two back ends that know nothing of each other. */
    readonly name?: string;
    /** The engines that its stacks run; where ENGINES leaves none of them, the suite is skipped. PostgreSQL, unless said otherwise. */
    readonly subjects?: readonly Subject[];
}

/**
 * A Pulumi project of one suite's own: name, folder, state, home and passphrase. Made before the suite's tests; after them its stacks are destroyed, and
 * nothing may be left: what is left all the same goes too, and is reported.
 */
export function project(options: ProjectOptions = {}): Project {
    const name = options.name ?? `t${randomBytes(4).toString("hex")}`;
    const where = `${name}-${randomBytes(2).toString("hex")}`;
    /** The stacks that hold something. */
    const standing = new Set<Stack>();
    const others: { readonly end: () => void }[] = [];
    let made: { readonly folder: string; readonly env: Readonly<Record<string, string>> } | undefined;
    const names = new Set<string>();
    /** What a test left that is tried again, whatever it was doing. */
    const forget = async (stackName: string) => {
        for (const stack of standing) if (stack.name === stackName) standing.delete(stack);
        await removeLeftovers(`${name}-${stackName}`);
        await pulumi(self, ["cancel", stackName, "--yes"]).catch(() => undefined);
        await pulumi(self, ["stack", "rm", stackName, "--force", "--yes"]).catch(() => undefined);
    };
    const ready = () => {
        if (!made) throw new Error("the project is made before the suite's tests, not earlier");
        return made;
    };
    before(async function () {
        if ((options.subjects ?? (plain ? [plain] : [])).length === 0) this.skip();
        this.timeout(300_000);
        const folder = join((await stranger()).folder, "projects", where);
        for (const directory of ["home", "state"]) await mkdir(join(folder, directory), { recursive: true });
        await writeFile(join(folder, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n`);
        made = { folder, env: environment(folder) };
    });
    after(async function () {
        this.timeout(120_000);
        const faults: string[] = [];
        for (const stack of standing) await stack.destroy().catch((error: Error) => faults.push(error.message));
        faults.push(...(await leftovers(name)).map((each) => `pulumi destroy left the ${each}`));
        await removeLeftovers(name);
        for (const other of others) other.end();
        if (made) await rm(made.folder, { recursive: true, force: true });
        if (faults.length > 0) throw new Error(faults.join("\n"));
    });
    const self: Project = {
        name,
        get folder() {
            return ready().folder;
        },
        get env() {
            return ready().env;
        },
        stack: async (stackName, stackOptions = {}) => {
            if (names.has(stackName)) await forget(stackName);
            names.add(stackName);
            await pulumi(self, ["stack", "init", stackName]);
            if (!stackOptions.apart) return stackOf(self, stackName, standing);
            const other = apart((await stranger()).folder);
            others.push(other);
            return stackOf(self, stackName, standing, other.serve);
        },
    };
    return self;
}

function environment(folder: string): Readonly<Record<string, string>> {
    const outer = Object.entries(process.env).filter(([name]) => !name.startsWith("PULUMI_"));
    return {
        ...(Object.fromEntries(outer) as Record<string, string>),
        PULUMI_BACKEND_URL: `file://${folder}/state`,
        PULUMI_HOME: join(folder, "home"),
        // Snapshots go below it.
        XDG_DATA_HOME: join(folder, "data"),
        PULUMI_CONFIG_PASSPHRASE: "a passphrase of this project's own",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        // Behind it the CLI keeps its --event-log.
        PULUMI_DEBUG_COMMANDS: "true",
    };
}

function stackOf(project: Project, name: string, standing: Set<Stack>, server: (program: Program) => Promise<Server> = serveHere): Stack {
    let last: Program | undefined;
    const start: Stack["start"] = async (kind, program, options) => {
        last = program ?? last;
        if (kind === "up") standing.add(self);
        const running = await run(project, name, kind, () => server(last ?? (() => undefined)), options);
        const done = running.done.then((ran) => {
            if (kind === "destroy" && !ran.failed) standing.delete(self);
            return ran;
        });
        return { ...running, done };
    };
    const finished = async (kind: Kind, program: Program | undefined, options: Options | undefined) =>
        (await start(kind, program, options)).done;
    const succeeds = async (kind: Kind, program: Program | undefined, options: Options | undefined) => {
        const ran = await finished(kind, program, options);
        if (ran.failed) throw new Error(`pulumi ${kind} failed:\n${ran.text}`);
        return ran;
    };
    const cli: Stack["cli"] = (...command) => pulumi(project, [...command, "--stack", name]);
    const find: Stack["find"] = async (resource) => {
        const state = JSON.parse(await cli("stack", "export", "--show-secrets")) as {
            readonly deployment: { readonly resources?: readonly Resource[] };
        };
        const found = state.deployment.resources?.find(({ urn }) => urn.endsWith(`::${resource}`));
        return found && (revealed(found) as Resource);
    };
    const self: Stack = {
        name,
        project,
        up: (program, options) => succeeds("up", program, options),
        preview: (program, options) => succeeds("preview", program, options),
        refresh: (options) => succeeds("refresh", undefined, options),
        destroy: (options) => succeeds("destroy", undefined, options),
        fails: async (kind, program, options) => {
            const ran = await finished(kind, program, options);
            if (!ran.failed) throw new Error(`pulumi ${kind} should have failed, and did not:\n${ran.text}`);
            return ran;
        },
        start,
        cli,
        rename: async (to) => {
            await cli("stack", "rename", to);
            standing.delete(self);
            const renamed = stackOf(project, to, standing, server);
            standing.add(renamed);
            return renamed;
        },
        exported: () => cli("stack", "export"),
        find,
        output: async (resource, output) => {
            const found = await find(resource);
            if (found?.outputs[output] === undefined)
                throw new Error(
                    `the state of ${name} has no ${output} of ${resource}, only ${Object.keys(found?.outputs ?? {}).join(", ") || "nothing"}`,
                );
            return String(found.outputs[output]);
        },
    };
    return self;
}

async function serveHere(program: Program): Promise<Server> {
    return serve(await stranger(), program);
}

/** A folder's own program, or any other command: the CLI as a user types it. Rejects with what it printed. */
export async function pulumi(project: Pick<Project, "folder" | "env">, command: readonly string[], options: Options = {}): Promise<string> {
    const child = spawn("pulumi", [...command, "--non-interactive", "--color=never"], {
        cwd: project.folder,
        env: { ...project.env, ...options.env },
    });
    const [code, stdout, stderr] = await Promise.all([exit(child), text(child.stdout), text(child.stderr)]);
    if (code !== 0) throw new Error(`pulumi ${command.join(" ")} failed:\n${stdout}${stderr}`);
    return stdout;
}

/** A run of a program in this process, by the Automation API's own server: the CLI calls back for the resources. */
async function run(project: Project, stack: string, kind: Kind, serving: () => Promise<Server>, options: Options = {}): Promise<Running> {
    const server = kind === "up" || kind === "preview" ? await serving() : undefined;
    const log = join(project.folder, `events-${randomBytes(3).toString("hex")}`);
    const flags = [
        kind,
        "--stack",
        stack,
        "--non-interactive",
        "--color=never",
        "--event-log",
        log,
        ...(kind === "preview" ? [] : ["--yes", "--skip-preview"]),
        ...(server ? ["--exec-kind", "auto.inline", `--client=127.0.0.1:${server.port}`] : []),
        ...(options.flags ?? []),
    ];
    const began = Date.now();
    const child = spawn("pulumi", flags, { cwd: project.folder, env: { ...project.env, ...options.env } });
    let spoke = began;
    child.stdout.on("data", () => {
        spoke = Date.now();
    });
    const done = Promise.all([exit(child), text(child.stdout), text(child.stderr)]).then(async ([code, stdout, stderr]): Promise<Run> => {
        server?.close(code !== 0);
        const events = withoutDebug(await readFile(log, "utf8").catch(() => ""));
        await rm(log, { force: true });
        return { failed: code !== 0, text: stdout + stderr, events, ms: Date.now() - began, lingered: Date.now() - spoke, ...told(events) };
    });
    return { process: child, done };
}

function exit(child: ChildProcess): Promise<number> {
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => resolve(code ?? 1));
    });
}

/** Pulumi's own SDK writes every resource's outputs as debug messages, secrets in the clear; no CLI shows them unless `--debug` asks for it. */
function withoutDebug(events: string): string {
    return events
        .split("\n")
        .filter((line) => !line.includes('"severity":"debug"'))
        .join("\n");
}

interface Event {
    readonly resourcePreEvent?: { readonly metadata: { readonly op: string; readonly urn: string } };
    readonly diagnosticEvent?: { readonly urn?: string; readonly message: string; readonly ephemeral?: boolean };
}

function told(events: string): Pick<Run, "steps" | "said" | "changes"> {
    const all = events
        .split("\n")
        .filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line) as Event);
    const steps = all.flatMap(({ resourcePreEvent: event }) => (event ? [event.metadata] : []));
    const words = all.flatMap(({ diagnosticEvent: event }) => (event?.urn && !event.ephemeral ? [event] : []));
    return {
        steps: (resource) => steps.filter(({ urn }) => urn.endsWith(`::${resource}`)).map(({ op }) => op),
        said: (resource) => words.filter(({ urn }) => urn?.endsWith(`::${resource}`)).map(({ message }) => message.trim()),
        changes: steps.filter(({ op }) => op !== "same" && op !== "refresh").length,
    };
}

/** `--show-secrets` writes a secret as an object with a mark, and its value as JSON. */
function revealed(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(revealed);
    if (typeof value !== "object" || value === null) return value;
    if ("4dabf18193072939515e22adb298388d" in value && "plaintext" in value) return JSON.parse(String(value.plaintext));
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, revealed(inner)]));
}
