import { spawn } from "node:child_process";
import { z } from "zod";
import type { Surroundings } from "../runtimes/docker-endpoint";
import type { RegistryLogin } from "../runtimes/runtime";

/** The program that keeps the user's logins could not say whether there is one. */
export class HelperFailed extends Error {
    override readonly name = "HelperFailed";
    constructor(
        readonly helper: string,
        readonly registry: string,
        reason: string,
    ) {
        super(`the login for ${registry} cannot be read: ${helper} ${reason}; mend it, or take it out of Docker's config.json`);
    }
}

const Answer = z.object({ Username: z.string(), Secret: z.string() });

/** Asks `docker-credential-<name>` for a registry's login; `undefined` where it knows none. Throws `HelperFailed`. */
export async function askHelper(name: string, registry: string, around: Surroundings): Promise<RegistryLogin | undefined> {
    const helper = `docker-credential-${name}`;
    const { exitCode, stdout, stderr } = await run(helper, registry, around).catch((error: NodeJS.ErrnoException) => {
        throw new HelperFailed(helper, registry, error.code === "ENOENT" ? "is not on the PATH" : error.message);
    });
    if (exitCode !== 0) {
        // By the protocol a failing helper writes its reason on the standard output.
        const reason = `${stdout}\n${stderr}`.trim();
        if (/credentials not found/i.test(reason)) return undefined;
        throw new HelperFailed(helper, registry, `ended with ${exitCode}: ${sayable(reason)}`);
    }
    const answer = Answer.safeParse(jsonIn(stdout));
    if (!answer.success) throw new HelperFailed(helper, registry, "did not answer as a credential helper does");
    const { Username: username, Secret: secret } = answer.data;
    // What people see as a login by browser is a token under this name.
    if (username === "<token>") return { identitytoken: secret, serveraddress: registry };
    return username === "" && secret === "" ? undefined : { username, password: secret, serveraddress: registry };
}

interface Ended {
    /** -1 where a signal or the clock ended it. */
    readonly exitCode: number;
    readonly stdout: string;
    readonly stderr: string;
}

/** Milliseconds. Some ask the user to unlock something. */
const patienceMs = 60_000;

function run(helper: string, input: string, around: Surroundings): Promise<Ended> {
    return new Promise((resolve, reject) => {
        const child = spawn(helper, ["get"], { env: around.env, stdio: "pipe", windowsHide: true });
        // Not spawn's own clock, which goes on running where the program is not there.
        const clock = setTimeout(() => child.kill(), patienceMs).unref();
        const said = { stdout: "", stderr: "" };
        for (const stream of ["stdout", "stderr"] as const) {
            child[stream].setEncoding("utf8").on("data", (text: string) => {
                said[stream] += text;
            });
        }
        child.on("error", reject);
        child.on("close", (code) => {
            clearTimeout(clock);
            resolve({ exitCode: code ?? -1, ...said });
        });
        // One that ends without reading is judged by its exit code.
        child.stdin.on("error", () => {});
        child.stdin.end(input);
    });
}

/** Whatever looks like an answer is not repeated: it may hold the secret. */
function sayable(reason: string): string {
    return /[{}]/.test(reason) ? "it gave no plain reason" : reason.slice(0, 300) || "it gave no reason";
}

function jsonIn(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
