/**
 * Pulumi's Automation API for a test suite: a stack of its own, in the folder of a temporary back end, and nothing left of it afterwards.
 *
 * ```ts
 * const stack = await temporaryStack(() => ({ url: new devdb.Instance("db", { engine: "postgres" }).connectionString }));
 * const { url } = await stack.up();
 * await stack.destroy();
 * ```
 */

import { randomBytes } from "node:crypto";
import type { Unwrap } from "@pulumi/pulumi";
import type { Stack } from "@pulumi/pulumi/automation";
import { type Connections, connections } from "./testing/connections";
import { mainFolder } from "./testing/main-folder";
import { makePlace, type Place, removePlace } from "./testing/place";
import { pulumiCommand } from "./testing/pulumi-command";
import { destroyed, live } from "./testing/survivors";

export interface TemporaryStackOptions {
    /**
     * Name of the project; begins the identifiers of instances that have none of their own.
     *
     * @default "test"
     */
    readonly projectName?: string;
    /**
     * Name of the stack. Two that are alive at once need two names, for identifiers hold it.
     *
     * @default `t` and eight random digits
     */
    readonly stackName?: string;
    /**
     * Stack configuration. A key without a namespace is the project's.
     *
     * @default {}
     */
    readonly config?: Readonly<Record<string, string | { readonly value: string; readonly secret?: boolean }>>;
    /**
     * Further environment variables for the Pulumi CLI and the provider, over those of this process: `DOCKER_HOST`, for example.
     *
     * @default {}
     */
    readonly env?: Readonly<Record<string, string>>;
    /**
     * The folder from which the provider's process finds `@pulumi/pulumi` and `pulumi-devdb` in a `node_modules`.
     *
     * @default the working directory, or the folder this package is installed in
     */
    readonly main?: string;
    /** Receives what the Pulumi CLI prints, piece by piece. @default nobody */
    readonly onOutput?: (text: string) => void;
}

/** Stack outputs as tests want them: plain values, secrets too. */
export type PlainOutputs<Outputs> = Outputs extends object ? Unwrap<Outputs> : Record<string, never>;

/** A stack that lives as long as a test suite. Usable with `await using`. */
export interface TemporaryStack<Outputs> extends AsyncDisposable {
    /** The stack's name. */
    readonly name: string;
    /** The Automation API's own stack, for everything else: preview, import, configuration, history. */
    readonly stack: Stack;
    /** Runs the program and makes what it says. Rejects with what the CLI printed; `destroy` then removes what had been made. */
    up(): Promise<PlainOutputs<Outputs>>;
    /** The outputs of the last `up`, as plain values. */
    outputs(): Promise<PlainOutputs<Outputs>>;
    /** Brings the state to what is really there. */
    refresh(): Promise<void>;
    /** Ends what is under way, destroys every resource and removes the back end. A second call does nothing. */
    destroy(): Promise<void>;
    /** The same as `destroy`, for `await using`. */
    [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes an empty stack for a program. It has a file back end, a passphrase and a Pulumi home of its own, so that suites may run side by side.
 * Where nobody calls `destroy`, because a test failed or the run was interrupted, it happens when this process ends; only a SIGKILL prevents that.
 *
 * Rejects where the Pulumi CLI is not installed.
 */
export async function temporaryStack<Outputs>(
    program: () => Outputs | Promise<Outputs>,
    options: TemporaryStackOptions = {},
): Promise<TemporaryStack<Outputs>> {
    const { LocalWorkspace }: typeof import("@pulumi/pulumi/automation") = require("@pulumi/pulumi/automation");
    const { runtime }: typeof import("@pulumi/pulumi") = require("@pulumi/pulumi");
    const { projectName = "test", stackName = `t${randomBytes(4).toString("hex")}`, config = {}, env = {}, main, onOutput } = options;
    const command = await pulumiCommand();
    const place = await makePlace(env);
    const connected = connections();
    const run = async () => {
        connected.note(runtime);
        return outputsOf(await program());
    };
    try {
        const stack = await LocalWorkspace.createStack(
            { projectName, stackName, program: run },
            {
                workDir: place.work,
                pulumiHome: place.home,
                envVars: place.env,
                pulumiCommand: command,
                projectSettings: { name: projectName, runtime: "nodejs", main: main ?? mainFolder() },
            },
        );
        const settings = Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? { value } : value]);
        if (settings.length > 0) await stack.setAllConfig(Object.fromEntries(settings));
        return temporary(stack, place, connected, onOutput);
    } catch (error) {
        await removePlace(place);
        throw error;
    }
}

/** A program may return nothing. */
function outputsOf(returned: unknown): Record<string, unknown> {
    return typeof returned === "object" ? { ...returned } : {};
}

function temporary<Outputs>(
    stack: Stack,
    place: Place,
    connected: Connections,
    onOutput: TemporaryStackOptions["onOutput"],
): TemporaryStack<Outputs> {
    const survivor = live({ stack, place, command: stack.workspace.pulumiCommand?.command ?? "pulumi" });
    const output = onOutput ? { onOutput } : {};
    const plain = (outputs: Readonly<Record<string, { readonly value: unknown }>>) =>
        Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])) as PlainOutputs<Outputs>;
    const up = (signal: AbortSignal) => stack.up({ signal, ...output }).finally(connected.close);
    const destroy = () => destroyed(survivor, output).finally(connected.close);
    return {
        name: stack.name,
        stack,
        up: async () => plain((await survivor.during(up)).outputs),
        outputs: async () => plain(await stack.outputs()),
        refresh: async () => {
            await survivor.during((signal) => stack.refresh({ signal, ...output }));
        },
        destroy,
        [Symbol.asyncDispose]: destroy,
    };
}
