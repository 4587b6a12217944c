import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Another process, as the labels name it, that lives until it is ended. */
export interface OtherMaker {
    readonly run: string;
    /** Kills it and waits until it is gone. */
    end(): Promise<void>;
}

export async function otherMaker(): Promise<OtherMaker> {
    const maker = join(__dirname, "..", "..", "provider", "lifecycle", "maker");
    const script = `require("tsx/cjs"); console.log(require(process.argv[1]).thisRun()); setInterval(() => 0, 1000)`;
    const child = spawn(process.execPath, ["-e", script, maker], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return {
        run: line.toString().trim(),
        end: async () => {
            if (child.exitCode !== null || child.signalCode !== null) return;
            child.kill("SIGKILL");
            await once(child, "exit");
        },
    };
}
