import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { findEndpoint } from "../../provider/runtimes/docker-host";
import { ask } from "./ask";
import { daemon } from "./daemon";
import { type Driver, driver } from "./instance";

type Properties = Readonly<Record<string, unknown>>;

/** One thing for the process inside to do with one of its instances. */
export interface Errand {
    readonly db: string;
    readonly does: "up" | "refresh" | "destroy" | "ask";
    readonly args?: Properties;
    /** `devdb:*`, as of the first errand for this instance. */
    readonly config?: Properties;
    readonly sql?: string;
}

export interface Report {
    /** What went wrong. */
    readonly error?: string;
    /** The state afterwards. */
    readonly outputs?: Properties;
    readonly said?: readonly string[];
    readonly rows?: readonly (readonly unknown[])[];
}

/** The provider in a container of its own, with the daemon's socket mounted: as in a CI job, or in a container for development. */
export interface Inside {
    /** Does it, and answers with the outputs; throws what the provider threw. */
    readonly run: (errand: Errand) => Promise<Report>;
    /** The daemon's host, as that container sees it. */
    readonly gateway: string;
    readonly close: () => Promise<void>;
}

const root = join(__dirname, "..", "..");

/** `undefined` where the daemon here has no socket to mount, or is not on this machine. */
export async function startInside(name: string): Promise<Inside | undefined> {
    const { url } = await findEndpoint({});
    if (!url.startsWith("unix://") || process.platform !== "linux") return undefined;
    const image = await firstOf("devdb/debian:trixie", "debian:trixie", "debian:trixie-slim");
    const mounts = [
        `${url.slice("unix://".length)}:/var/run/docker.sock`,
        `${root}:/checkout:ro`,
        `${process.execPath}:/usr/local/bin/node:ro`,
    ];
    const child = spawn("docker", [
        ...["run", "--rm", "--interactive", "--name", name, "--workdir", "/checkout", "--add-host", "the-daemon.example:host-gateway"],
        ...mounts.flatMap((mount) => ["--volume", mount]),
        ...[image, "node", "--import", "tsx", "test/support/inside.ts"],
    ]);
    const faults: string[] = [];
    child.stderr.on("data", (chunk: Buffer) => faults.push(String(chunk)));
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<Report> => {
        const { value, done } = await answers.next();
        if (done) throw new Error(`the container ended: ${faults.join("")}`);
        return JSON.parse(value) as Report;
    };
    await next();
    const { NetworkSettings } = await daemon.getContainer(name).inspect();
    return {
        gateway: Object.values(NetworkSettings.Networks)[0]?.Gateway ?? "",
        run: async (errand) => {
            child.stdin.write(`${JSON.stringify(errand)}\n`);
            const report = await next();
            if (report.error !== undefined) throw new Error(report.error);
            return report;
        },
        close: () => ended(child),
    };
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<void> {
    if (child.exitCode !== null) return;
    child.stdin.end();
    await once(child, "close");
}

async function firstOf(...images: readonly string[]): Promise<string> {
    for (const image of images) {
        const found = await daemon
            .getImage(image)
            .inspect()
            .catch(() => undefined);
        if (found) return image;
    }
    throw new Error(`none of ${images.join(", ")} is here`);
}

const drivers = new Map<string, Driver>();

async function done({ db: name, does, args = {}, config = {}, sql = "" }: Errand): Promise<Report> {
    const db = drivers.get(name) ?? driver(`inside-${name}`, { config });
    drivers.set(name, db);
    if (does === "up") {
        const said = (await db.up(args))?.said ?? [];
        return { outputs: db.outputs, said };
    }
    if (does === "ask") return { rows: await ask(db.text("connectionString"), sql) };
    if (does === "refresh") await db.refresh();
    else await db.destroy();
    return does === "refresh" ? { outputs: db.outputs } : {};
}

/** The other side: one errand a line, one report a line. */
async function serve(): Promise<void> {
    const say = (report: Report) => process.stdout.write(`${JSON.stringify(report)}\n`);
    say({});
    for await (const line of createInterface({ input: process.stdin })) {
        const errand = JSON.parse(line) as Errand;
        say(await done(errand).catch((error: unknown) => ({ error: error instanceof Error ? error.message : String(error) })));
    }
    // Nothing is left, whatever became of the test.
    for (const db of drivers.values()) await db.destroy().catch(() => undefined);
    process.exit();
}

if (require.main === module) void serve();
