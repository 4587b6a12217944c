import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { alone } from "./alone";

const execute = promisify(execFile);
const root = join(__dirname, "..", "..");
const prefix = "pulumi-devdb-stranger-";
/** What a stranger installs beside the package. */
const beside = ["@pulumi/pulumi@3.248.0", "typescript@~5.9"];
const dayMs = 24 * 60 * 60 * 1000;

/** A folder far from this one in which the packed tarball was installed, as in a stranger's project. */
export interface Stranger {
    readonly folder: string;
    /** The installed package, not the sources here. */
    readonly devdb: typeof import("../../provider/index");
    /** The copy of Pulumi that the installed package uses: two copies in one program do not know each other. */
    readonly pulumi: typeof import("@pulumi/pulumi");
    readonly require: NodeJS.Require;
}

let made: Promise<Stranger> | undefined;

/** Packed and installed once per content of the tarball, whatever number of processes ask for it. */
export function stranger(): Promise<Stranger> {
    made ??= make();
    return made;
}

async function make(): Promise<Stranger> {
    const packing = await mkdtemp(join(tmpdir(), "pulumi-devdb-pack-"));
    try {
        // Without scripts: `npm test` has built before, and two builds at once would tread on each other.
        await execute("npm", ["pack", "--ignore-scripts", "--pack-destination", packing], { cwd: root });
        const [name = ""] = await readdir(packing);
        const tarball = join(packing, name);
        const hash = createHash("sha256")
            .update(await readFile(tarball))
            .update(beside.join(" "))
            .digest("hex")
            .slice(0, 12);
        const folder = join(tmpdir(), `${prefix}${hash}`);
        await alone(`${folder}.lock`, async () => {
            if (!(await isReady(folder))) await install(folder, tarball);
            await utimes(marker(folder), new Date(), new Date());
        });
        await removeOld();
        return installed(folder);
    } finally {
        await rm(packing, { recursive: true, force: true });
    }
}

async function install(folder: string, tarball: string): Promise<void> {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    await writeFile(join(folder, "package.json"), JSON.stringify({ name: "stranger", private: true }));
    await execute("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", tarball, ...beside], { cwd: folder });
    await writeFile(marker(folder), "");
}

export function installed(folder: string): Stranger {
    const require = createRequire(join(folder, "package.json"));
    const devdb: Stranger["devdb"] = require("pulumi-devdb");
    const pulumi: Stranger["pulumi"] = require("@pulumi/pulumi");
    return { folder, devdb, pulumi, require };
}

const marker = (folder: string) => join(folder, "ready");

async function isReady(folder: string): Promise<boolean> {
    return (await stat(marker(folder)).catch(() => undefined)) !== undefined;
}

/** What earlier runs left for the next one, and none has used for a day. */
async function removeOld(): Promise<void> {
    for (const name of (await readdir(tmpdir())).filter((each) => each.startsWith(prefix) && !each.endsWith(".lock"))) {
        const used = await stat(marker(join(tmpdir(), name))).catch(() => undefined);
        if (used && Date.now() - used.mtimeMs > dayMs) await rm(join(tmpdir(), name), { recursive: true, force: true });
    }
}
