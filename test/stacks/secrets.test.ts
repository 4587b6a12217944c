import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { ask } from "../support/ask";
import { docker } from "../support/docker";
import { holdPort } from "../support/port";
import { databases, project, type Run, type Stack } from "../support/stack";

const execute = promisify(execFile);

describe("a password", () => {
    const shop = project();
    /** What no way of quoting alters, amid what every one does. */
    const core = [1, 2].map(() => `K${randomBytes(9).toString("hex")}`);
    const passwords = core.map((each) => `it's "${each}" $HOME %41 \\ {ü} 😀`);
    const container = (name: string) => `${shop.name}-dev-${name}`;
    const runs: Run[] = [];
    const began = new Date();
    let stack: Stack;
    let generated: string;
    let commands: string;
    let found: Readonly<Record<string, string>>;

    before(async () => {
        stack = await shop.stack("dev");
        const watch = watchProcesses();
        const args = { given: { password: passwords[0] ?? "" }, generated: {} };
        const keep = async (run: Promise<Run>) => runs.push(await run);
        await keep(stack.up(databases(args), { flags: ["--diff"] }));
        generated = await stack.output("generated", "password");
        for (const name of ["given", "generated"])
            assert.deepEqual(await ask(await stack.output(name, "connectionString"), "SELECT 1"), [[1]]);
        const given = { password: passwords[1] ?? "" };
        await keep(stack.preview(databases({ ...args, given }), { flags: ["--diff"] }));
        await keep(stack.up(databases({ ...args, given }), { flags: ["--diff"] }));
        await keep(stack.refresh());
        const held = await holdPort();
        const port = (held.address() as { readonly port: number }).port;
        await keep(stack.fails("up", databases({ given, generated: { parameters: { work_mem: "rubbish" } } })));
        await keep(stack.fails("up", databases({ ...args, given: { ...given, parameters: { work_mem: "rubbish" } } })));
        await keep(stack.fails("up", databases({ ...args, given, refused: { ...given, parameters: { work_mem: "rubbish" } } })));
        await keep(stack.fails("up", databases({ ...args, given, taken: { ...given, port } })));
        await keep(stack.fails("up", databases({ ...args, given: { password: passwords[0] ?? "", port } })));
        await keep(stack.fails("up", databases({ ...args, given: { ...given, environment: { POSTGRES_PASSWORD: passwords[1] ?? "" } } })));
        await new Promise((closed) => held.close(closed));
        commands = watch.stop();
        found = await places();
    });

    it("is in none of the places where others look", () => {
        for (const [place, text] of Object.entries(found)) {
            assert.notEqual(text, "", `${place} was not looked at`);
            for (const secret of [...core, generated]) assert.equal(around(text, secret), undefined, `a password is in ${place}`);
        }
    });

    it("is in nothing that the failed runs said, and these say why they failed", () => {
        const failed = runs.filter((run) => run.failed).map((run) => run.text);
        assert.equal(failed.length, 6);
        for (const text of failed.slice(0, 3)) assert.match(text, /invalid value for parameter "work_mem": "rubbish"/);
        for (const text of failed.slice(3, 5)) assert.match(text, /host port \d+ is taken/);
        assert.match(failed[5] ?? "", /environment: POSTGRES_PASSWORD/);
    });

    it("is there where its owner asks for it", async () => {
        const shown = await stack.cli("stack", "export", "--show-secrets");
        for (const secret of [core[1] ?? "", generated]) assert.ok(shown.includes(secret));
        for (const name of ["given", "generated"])
            assert.deepEqual(await ask(await stack.output(name, "connectionString"), "SELECT 1"), [[1]]);
    });

    async function places(): Promise<Readonly<Record<string, string>>> {
        const both = (...command: readonly string[]) =>
            Promise.all(["given", "generated"].map((name) => docker(...command, container(name))));
        const image = await stack.output("given", "image");
        const disk = ["given", "generated"].map(async (name) => {
            const script =
                'docker cp "$1:/etc/devdb" - && docker cp "$1:/var/lib/devdb" - && docker cp "$1:/tmp" - && docker cp "$1:/run" -';
            const { stdout } = await execute("sh", ["-c", script, "sh", container(name)], { maxBuffer: 1024 ** 3, encoding: "latin1" });
            return stdout;
        });
        const until = ["--since", began.toISOString(), "--until", new Date().toISOString()];
        return {
            "what the CLI printed": runs.map((run) => run.text).join("\n"),
            "the engine's events": runs.map((run) => run.events).join("\n"),
            "the exported state": await stack.exported(),
            "the back end with its history, and Pulumi's home": await filesOf(shop.folder),
            "docker inspect": (await both("inspect")).join("\n"),
            "docker logs": (await Promise.all(["given", "generated"].map((name) => logs(container(name))))).join("\n"),
            "the containers' files": (await Promise.all(disk)).join("\n"),
            "the image": [await docker("history", "--no-trunc", image), await docker("image", "inspect", image)].join("\n"),
            "the daemon's events, with the commands run inside": await docker(
                "events",
                "--filter",
                `label=devdb.project=${shop.name}`,
                ...until,
            ),
            "the processes of this machine": commands,
        };
    }
});

/** What stands about a secret in a text, with the secret itself taken out; `undefined` where it is not in it. */
function around(text: string, secret: string): string | undefined {
    const at = text.indexOf(secret);
    return at < 0
        ? undefined
        : `…${text.slice(Math.max(0, at - 300), at)}<here>${text.slice(at + secret.length, at + secret.length + 300)}…`;
}

async function logs(container: string): Promise<string> {
    const { stdout, stderr } = await execute("docker", ["logs", container], { maxBuffer: 64 * 1024 ** 2 });
    return stdout + stderr;
}

async function filesOf(folder: string): Promise<string> {
    const { stdout } = await execute("grep", ["-r", "", folder], { maxBuffer: 1024 ** 3, encoding: "latin1" });
    return stdout;
}

/** Every command line that this machine's processes had, those in containers among them; and their environments. */
function watchProcesses(): { readonly stop: () => string } {
    const seen = new Set<string>();
    const look = () => {
        for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
            for (const file of ["cmdline", "environ"]) {
                try {
                    seen.add(readFileSync(`/proc/${pid}/${file}`, "utf8"));
                } catch {
                    // It ended between the two looks, or belongs to somebody else.
                }
            }
        }
    };
    const timer = setInterval(look, 25);
    return {
        stop: () => {
            clearInterval(timer);
            return [...seen].join("\n").replaceAll("\0", " ");
        },
    };
}
