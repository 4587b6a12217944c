import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { docker, dockerBuild, imageSays } from "./docker";
import type { Subject } from "./engines";

const folder = join(__dirname, "..", "standins");
const label = "standin.sources";

/** What stands in for a newer release than the subjects run on. */
export const newerStandIns: Readonly<
    Record<string, { readonly engineVersion: string; readonly image: string; readonly argument: string }>
> = {
    sqlserver: { engineVersion: "2025", image: "devdb/standin-sqlserver:2025", argument: "YEAR=2025" },
    db2: { engineVersion: "12.1", image: "devdb/standin-db2:12.1", argument: "LEVEL=12.1.5.0" },
};

/** Builds the stand-in image that a subject runs on, or this one, unless it is there and made from the sources of now; nothing for a real engine. */
export async function standInReady(subject: Subject, image = subject.args.image): Promise<void> {
    if (subject.proof !== "stand-in" || typeof image !== "string") return;
    const sources = await digest(subject.family);
    if ((await imageSays(image, `{{index .Config.Labels "${label}"}}`)) === sources) return;
    const base = (await imageSays("devdb/debian:trixie", "{{.Id}}")) === undefined ? "debian:trixie" : "devdb/debian:trixie";
    const newer = Object.values(newerStandIns).find((each) => each.image === image);
    const given = [`BASE=${base}`, ...(newer ? [newer.argument] : [])].flatMap((argument) => ["--build-arg", argument]);
    const former = await imageSays(image, "{{.Id}}");
    const options = ["--label", `${label}=${sources}`, ...given];
    await dockerBuild("--tag", image, ...options, "--file", join(folder, subject.family, "Dockerfile"), folder);
    // Unless something runs on it.
    if (former !== undefined) await docker("image", "rm", former).catch(() => undefined);
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
