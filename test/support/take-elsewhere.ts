import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { daemon } from "./daemon";
import { stack } from "./instance";

type Properties = Readonly<Record<string, unknown>>;

/** Takes a snapshot in a process of its own, which is killed without warning as soon as the daemon has done this with a container. */
export async function killedAt(container: string, event: "pause" | "start", args: Properties, directory: string): Promise<void> {
    const filters = { container: [container], event: [event] };
    const events = (await daemon.getEvents({ filters })) as NodeJS.ReadableStream & { destroy(): void };
    const context = { name: "killed", project: "devdb-test", stack, organization: "test", config: { snapshotDirectory: directory } };
    const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", __filename], { stdio: ["pipe", "inherit", "inherit"] });
    child.stdin?.end(JSON.stringify({ ...args, __devdb: context }));
    const ended = once(child, "exit");
    try {
        const first = await Promise.race([once(events, "data").then(() => "halted"), ended.then(() => "ended")]);
        if (first === "ended") throw new Error(`the snapshot ended before the ${event} of ${container}`);
        child.kill("SIGKILL");
        await ended;
    } finally {
        events.destroy();
    }
}

async function main(): Promise<void> {
    const { snapshot } = await import("../../provider/v1.js");
    const { inputs } = await snapshot.check({}, JSON.parse(await text(process.stdin)) as Properties);
    await snapshot.create(inputs);
}

if (require.main === module) main().catch((error: unknown) => console.error(error));
