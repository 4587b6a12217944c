import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { access, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { thisRun } from "../../provider/lifecycle/maker";
import { draft } from "../../provider/snapshots/store";
import { docker } from "../support/docker";
import { plain } from "../support/engines";
import { leftovers, removeLeftovers } from "../support/leftovers";
import { type NarrowDaemon, narrowDaemon } from "../support/narrow-daemon";
import { storedSnapshot } from "../support/stored";

const root = join(__dirname, "..", "..");

interface Ran {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

describe("devdb", () => {
    const project = `t${randomBytes(4).toString("hex")}`;
    let narrow: NarrowDaemon;
    let folder: string;
    const devdb = (...words: readonly string[]) =>
        run("node", [join(root, "dist", "cli", "devdb.js"), ...words, "--host", narrow.host, "--snapshots", join(folder, "snapshots")]);
    const json = async (...words: readonly string[]) => JSON.parse((await devdb(...words, "--json")).stdout);
    const abandon = (name: string, args: object) =>
        start("node", ["--import=tsx", join(__dirname, "abandon.ts"), project, name, JSON.stringify({ ...plain?.args, ...args })]);
    const names = (things: readonly { readonly name: string }[]) => things.map(({ name }) => name).sort();

    before(async function () {
        if (!plain) this.skip();
        narrow = await narrowDaemon(project);
        folder = await mkdtemp(join(tmpdir(), "devdb-cli-"));
    });

    after(async () => {
        await removeLeftovers(project);
        await narrow?.close();
        if (folder) await rm(folder, { recursive: true, force: true });
    });

    it("says that nothing is there", async () => {
        const { code, stdout } = await devdb("list");
        assert.equal(code, 0);
        assert.match(stdout, /^Docker on .+\n\nNothing of pulumi-devdb is there\.\n$/);
        assert.deepEqual((await json("list")).things, []);
        const swept = await devdb("gc");
        assert.equal(swept.code, 0);
        assert.match(swept.stdout, /Nothing to remove\./);
    });

    it("says in one line, without a stack trace, what is wrong", async () => {
        const nowhere = await run("node", [join(root, "dist", "cli", "devdb.js"), "list", "--host", "unix:///nowhere.sock"]);
        assert.equal(nowhere.code, 1);
        assert.match(nowhere.stderr, /^devdb: No container engine answers\. [^\n]*nowhere\.sock[^\n]*\n$/);
        const file = await devdb("gc", "--state", join(folder, "none.json"));
        assert.equal(file.code, 1);
        assert.match(file.stderr, /^devdb: --state [^\n]+ cannot be read: there is no such file\n$/);
        const alone = await devdb("gc", "--all-stacks");
        assert.match(alone.stderr, /^devdb: --all-stacks says that the --state files are all there are, and there is none\n$/);
    });

    it("lists snapshots, final ones and those that no state has too, and removes only what is half of one", async () => {
        const directory = join(folder, "snapshots");
        await storedSnapshot(directory, { id: "shop-dev-orders-final", final: true });
        await storedSnapshot(directory, { id: "owned" });
        await storedSnapshot(directory, { id: "strange" });
        await writeFile(join(directory, "strange", "manifest.json"), '{"format":99}');
        const half = await draft(directory, "half", { run: `${hostname()} 999999 1`, isDead: () => false });
        await half.add("globals", async (into) => void into.end("half"));
        const alive = await draft(directory, "alive", { run: thisRun(), isDead: () => false });
        const state = join(folder, "snapshots.json");
        const urn = "urn:pulumi:dev::shop::pulumi-nodejs:dynamic/devdb:Snapshot::saved";
        const resources = [{ urn, type: "pulumi-nodejs:dynamic/devdb:Snapshot", id: "owned" }];
        await writeFile(state, JSON.stringify({ version: 3, deployment: { resources } }));

        assert.match(
            (await devdb("list")).stdout,
            /^snapshot {2}shop-dev-orders-final +postgres +stored +shop\/dev orders .* 1 MB +final: never removed$/m,
        );
        assert.deepEqual(names((await json("list")).things), ["owned", "shop-dev-orders-final", "strange"]);
        const alone = await json("gc");
        assert.deepEqual(names(alone.snapshots), ["shop-dev-orders-final"]);
        const judged = await devdb("gc", "--state", state, "--yes");
        assert.equal(judged.code, 0);
        assert.match(judged.stdout, /Half-written snapshots in \S+, whose makers are dead, to be removed: 1 \(1 MB\)/);
        assert.match(
            judged.stdout,
            /which are never removed here:\nNAME .*\nshop-dev-orders-final .*the final snapshot.*\nstrange .*cannot be read/,
        );
        assert.doesNotMatch(judged.stdout, /^owned/m);
        await alive.discard();
        assert.deepEqual((await readdir(directory)).sort(), ["owned", "shop-dev-orders-final", "strange"]);
        assert.deepEqual(names((await json("gc", "--state", state)).halfWritten), []);
        await rm(directory, { recursive: true });
    });

    describe("after a create that was killed", () => {
        const [container, volume] = [`${project}-dev-killed.new`, `${project}-dev-killed`];

        before(async () => {
            // Without priming there is time: its server initialises itself first. One that is not running yet would go with the request that makes it.
            const { process: child, ran } = abandon("killed", { storage: "volume", priming: false });
            while ((await docker("ps", "-q", "--filter", `name=^${container}$`)) === "") {
                if (child.exitCode !== null) throw new Error((await ran).stderr);
                await sleep(20);
            }
            child.kill("SIGKILL");
            await ran;
        });

        it("lists what is unfinished, whose it is, and that its maker is dead", async () => {
            const { stdout } = await devdb("list");
            assert.match(stdout, /^KIND +NAME +ENGINE +STATE +OWNER +SINCE +NOTE$/m);
            assert.match(
                stdout,
                new RegExp(
                    `^container  ${container} +postgres +\\w+ +${project}/dev killed +[\\d-]+ [\\d:]+ +unfinished: its maker is dead$`,
                    "m",
                ),
            );
            const { things } = await json("list");
            const [found] = things.filter(({ kind }: { kind: string }) => kind === "container");
            assert.equal(found.stage, "unfinished");
            assert.equal(found.maker.state, "dead");
            assert.deepEqual([found.project, found.stack, found.resource], [project, "dev", "killed"]);
        });

        it("removes nothing without a yes, and says so by its exit code", async () => {
            const { code, stdout, stderr } = await devdb("gc");
            assert.equal(code, 2);
            assert.match(stdout, new RegExp(`${container}.+unfinished, and its maker is dead`));
            assert.equal(stderr, "devdb: nothing was removed; --yes removes it without asking\n");
            assert.equal((await devdb("gc", "--dry-run", "--yes")).code, 0);
            const planned = await json("gc");
            assert.deepEqual(names(planned.remove), [volume, container]);
            assert.equal(planned.remove[0].outcome, "planned");
            assert.equal((await leftovers(project)).length, 2);
        });

        it("asks at a terminal", async function () {
            if (process.platform !== "linux" || (await run("script", ["--version"])).code !== 0) {
                this.test!.title += " (skipped: there is no script(1) to make a terminal with)";
                this.skip();
            }
            const command = `node ${join(root, "dist", "cli", "devdb.js")} gc --host ${narrow.host}`;
            const answer = await run("script", ["-qec", command, "/dev/null"], "n\n");
            assert.match(answer.stdout, /Remove these 2\? \[y\/N\]/);
            assert.equal(answer.code, 2);
            assert.equal((await leftovers(project)).length, 2);
        });

        it("removes it, and the volume made for it", async () => {
            const { code, stdout } = await devdb("gc", "--yes");
            assert.equal(code, 0);
            assert.match(stdout, new RegExp(`^removed container ${container}$`, "m"));
            assert.match(stdout, new RegExp(`^removed volume ${volume}$`, "m"));
            assert.deepEqual(await leftovers(project), []);
        });
    });

    describe("for an instance that no state knows", () => {
        const identifier = `${project}-dev-lost`;
        const volume = `${project}-mine`;
        let made: { readonly id: string; readonly outputs: Readonly<Record<string, unknown>> };
        let origin: string;
        let image: string;

        before(async () => {
            const { stdout, stderr, code } = await abandon("lost", { storage: "volume", volumeName: volume }).ran;
            assert.equal(code, 0, stderr);
            made = JSON.parse(stdout);
            [origin, image] = (await docker("inspect", "--format", '{{index .Config.Labels "devdb.origin"}} {{.Image}}', identifier)).split(
                " ",
            ) as [string, string];
        });

        it("lists it, and the volume as the user's own", async () => {
            const { stdout } = await devdb("list");
            assert.match(stdout, new RegExp(`^container  ${identifier} +postgres +running`, "m"));
            assert.match(stdout, new RegExp(`^volume +${volume} +postgres +in use .+yours: never removed$`, "m"));
        });

        it("touches nothing finished without states", async () => {
            const { code, stdout } = await devdb("gc", "--yes");
            assert.equal(code, 0);
            assert.match(stdout, /Nothing to remove\./);
        });

        it("keeps it where a state has it, and does not judge it by another stack's", async () => {
            const urn = (stack: string) => `urn:pulumi:${stack}::${project}::pulumi-nodejs:dynamic/devdb:Instance::lost`;
            const type = "pulumi-nodejs:dynamic/devdb:Instance";
            const state = async (name: string, resources: readonly object[]) => {
                const file = join(folder, `${name}.json`);
                await writeFile(
                    file,
                    JSON.stringify({ version: 3, deployment: { manifest: { time: new Date().toISOString() }, resources } }),
                );
                return file;
            };
            const having = await state("having", [{ urn: urn("dev"), type, id: made.id, outputs: made.outputs }]);
            assert.deepEqual((await json("gc", "--yes", "--state", having)).remove, []);
            const other = await state("other", [{ urn: urn("prod"), type, id: "another" }]);
            const judged = await json("gc", "--yes", "--state", other);
            assert.deepEqual(judged.remove, []);
            assert.deepEqual(names(judged.unjudged), [identifier]);
            const { stdout } = await devdb("gc", "--yes", "--state", other);
            assert.match(stdout, new RegExp(`^${project}/dev@${origin} +1$`, "m"));
        });

        it("removes it where its stack is gone, after a clean stop, and keeps the volume", async () => {
            const { code, stdout } = await devdb("gc", "--yes", "--stack", `${project}/dev@${origin}`);
            assert.equal(code, 0);
            assert.match(stdout, new RegExp(`^removed container ${identifier}$`, "m"));
            assert.deepEqual(await leftovers(project), [`volume ${volume}`]);
            const look = 'export PATH="$PATH:$(echo /usr/lib/postgresql/*/bin)"; pg_controldata /kept/data';
            const control = await docker("run", "--rm", "-v", `${volume}:/kept`, "--entrypoint", "sh", image, "-c", look);
            assert.match(control, /cluster state: +shut down\n/);
        });
    });

    it("removes an image of ours whose name a later build took", async () => {
        const labels = { managed: "true", role: "image", engine: "postgres", project };
        const changes = Object.entries(labels).flatMap(([name, value]) => ["--change", `LABEL devdb.${name}=${value}`]);
        const { stdout, stderr } = await run("docker", ["import", ...changes, "-"], Buffer.alloc(1024).toString());
        const id = stdout.trim();
        assert.match(id, /^sha256:/, stderr);
        assert.match((await devdb("list")).stdout, /^image +sha256:\S+ +postgres +unused .+superseded by a later build$/m);
        assert.equal((await devdb("gc", "--yes")).code, 0);
        await assert.rejects(docker("image", "inspect", id));
    });

    it("is a program of its own once built", async () => {
        await access(join(root, "dist", "cli", "devdb.js"));
        const { stdout } = await run("node", [join(root, "dist", "cli", "devdb.js"), "--version"]);
        assert.match(stdout, /^\d+\.\d+\.\d+/);
    });
});

function run(command: string, words: readonly string[], input = ""): Promise<Ran> {
    return start(command, words, input).ran;
}

function start(command: string, words: readonly string[], input = ""): { readonly process: ChildProcess; readonly ran: Promise<Ran> } {
    const child = spawn(command, words, { cwd: root });
    const code = new Promise<number>((resolve) => {
        child.once("error", () => resolve(127));
        child.once("close", (status) => resolve(status ?? 1));
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const ran = Promise.all([code, text(child.stdout), text(child.stderr)]).then(([status, stdout, stderr]) => ({
        code: status,
        stdout,
        stderr,
    }));
    return { process: child, ran };
}
