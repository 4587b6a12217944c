import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

type Properties = Readonly<Record<string, unknown>>;

/** What another process makes of a create: its outputs, or the words with which it failed. */
export interface Made {
    readonly outputs?: Properties;
    readonly error?: string;
}

/** Creates an instance in a process of its own, as a run of Pulumi has one. `context` is what the constructor knows. */
export async function createElsewhere(args: Properties, context: Properties): Promise<Made> {
    const child = spawn(process.execPath, ["--import", "tsx", __filename], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.end(JSON.stringify({ ...args, __devdb: context }));
    const [output] = await Promise.all([text(child.stdout), once(child, "exit")]);
    return JSON.parse(output) as Made;
}

async function main(): Promise<void> {
    const { check } = await import("../../provider/lifecycle/check.js");
    const { instance } = await import("../../provider/v1.js");
    const { inputs, failures } = check({}, JSON.parse(await text(process.stdin)) as Properties);
    const made: Made =
        failures.length > 0
            ? { error: failures.map(({ reason }) => reason).join() }
            : await instance.create(inputs).then(
                  ({ outs }) => ({ outputs: outs }),
                  (error: Error) => ({ error: error.message }),
              );
    console.log(JSON.stringify(made));
}

if (require.main === module) main().catch((error: unknown) => console.log(JSON.stringify({ error: String(error) })));
