import { spawn } from "node:child_process";

/** Builds an image from a Dockerfile's text, as `docker build -` does. */
export function derivedImage(tag: string, dockerfile: string): Promise<void> {
    return new Promise((resolve, reject) => {
        const child = spawn("docker", ["build", "--quiet", "--force-rm", "--tag", tag, "-"], {
            env: { ...process.env, DOCKER_BUILDKIT: "0" },
        });
        let words = "";
        child.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
        child.on("error", reject);
        child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(words))));
        child.stdin.end(dockerfile);
    });
}
