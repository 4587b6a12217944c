import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Subject } from "./engines";

const run = promisify(execFile);
const folder = join(__dirname, "..", "standins");
const label = "standin.sources";

/** Builds the stand-in image that a subject runs on, unless it is there and made from the sources of now; nothing for a real engine. */
export async function standInReady(subject: Subject): Promise<void> {
    const image = subject.args.image;
    if (subject.proof !== "stand-in" || typeof image !== "string") return;
    const sources = await digest(subject.family);
    if ((await inspected(image, `{{index .Config.Labels "${label}"}}`)) === sources) return;
    const base = (await inspected("devdb/debian:trixie", "{{.Id}}")) === undefined ? "debian:trixie" : "devdb/debian:trixie";
    const options = ["--build-arg", `BASE=${base}`, "--label", `${label}=${sources}`];
    const former = await inspected(image, "{{.Id}}");
    const command = ["build", "--tag", image, ...options, "--file", join(folder, subject.family, "Dockerfile"), folder];
    await run("docker", command, { env: { ...process.env, DOCKER_BUILDKIT: "0" }, maxBuffer: 64 * 1024 ** 2 });
    // Unless something runs on it.
    if (former !== undefined) await removed(former);
}

async function removed(image: string): Promise<void> {
    await run("docker", ["image", "rm", image]).catch(() => undefined);
}

/** Of what such an image is made from: the engine's own folder and the common one. */
async function digest(family: string): Promise<string> {
    const hash = createHash("sha256");
    for (const part of ["common", family]) {
        const entries = await readdir(join(folder, part), { recursive: true, withFileTypes: true });
        const paths = entries
            .filter((entry) => entry.isFile() && !/__pycache__|\.pyc$/.test(join(entry.parentPath, entry.name)))
            .map((entry) => join(entry.parentPath, entry.name))
            .sort();
        for (const path of paths) hash.update(`${path.slice(folder.length)}\0`).update(await readFile(path));
    }
    return hash.digest("hex");
}

async function inspected(image: string, format: string): Promise<string | undefined> {
    return run("docker", ["image", "inspect", "--format", format, image]).then(
        ({ stdout }) => stdout.trim(),
        () => undefined,
    );
}
