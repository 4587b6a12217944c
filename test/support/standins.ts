import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Subject } from "./engines";

const run = promisify(execFile);
const folder = join(__dirname, "..", "standins");

/** Builds the stand-in image that a subject runs on, unless it is there; nothing for a real engine. */
export async function standInReady(subject: Subject): Promise<void> {
    const image = subject.args.image;
    if (subject.proof !== "stand-in" || typeof image !== "string") return;
    if (await exists(image)) return;
    const base = (await exists("devdb/debian:trixie")) ? "devdb/debian:trixie" : "debian:trixie";
    const command = ["build", "--tag", image, "--build-arg", `BASE=${base}`, "--file", join(folder, subject.family, "Dockerfile"), folder];
    await run("docker", command, { env: { ...process.env, DOCKER_BUILDKIT: "0" }, maxBuffer: 64 * 1024 ** 2 });
}

async function exists(image: string): Promise<boolean> {
    return run("docker", ["image", "inspect", image]).then(
        () => true,
        () => false,
    );
}
