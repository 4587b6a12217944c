import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { ask } from "../support/ask";
import { docker } from "../support/docker";
import { families } from "../support/engines";
import { holdPort } from "../support/port";
import { databases, type Program, project, type Run, type Stack } from "../support/stack";

const execute = promisify(execFile);

/** Makes a user beside the master. */
const robot = {
    postgres: (password: string) => `CREATE ROLE robot LOGIN PASSWORD '${password}'`,
    mysql: (password: string) => `CREATE USER robot IDENTIFIED BY '${password}'`,
    mariadb: (password: string) => `CREATE USER robot IDENTIFIED BY '${password}'`,
} as const;
const isNamed = (family: string): family is keyof typeof robot => family in robot;

/** What is as good as a password to who has time: PostgreSQL's, MariaDB's, and MySQL's in both of its forms. */
const hash = /SCRAM-SHA-256\$\d+:|\*[0-9A-F]{40}|\$A\$005\$|0x244124303035/;

describe("a password", () => {
    const shop = project();
    /** What no way of quoting alters, amid what every one does. */
    const core = [1, 2, 3].map(() => `K${randomBytes(9).toString("hex")}`);
    const passwords = core.map((each) => `it's "${each}" $HOME %41 \\ {ü} 😀`);
    /** What a seed gives to a user of its own. */
    const seeded = `S${randomBytes(9).toString("hex")}`;
    const engines = families.flatMap(({ family }) => (isNamed(family) ? [family] : []));
    const names = ["given", "generated", ...engines.flatMap((engine) => [`${engine}-source`, `${engine}-copy`])];
    const container = (name: string) => `${shop.name}-dev-${name}`;
    const runs: Run[] = [];
    const began = new Date();
    let stack: Stack;
    let generated: string;
    let commands: string;
    let found: Readonly<Record<string, string>>;

    before(async function () {
        this.timeout(300_000);
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
        // A secret seed, a snapshot and a copy of each; then the source is carried over, and both get another password.
        const copied =
            (storage: "container" | "volume", password: string): Program =>
            (imports) => {
                databases({ ...args, given })(imports);
                const { devdb, pulumi } = imports;
                for (const engine of engines) {
                    const seeds = [{ name: "robot", sql: pulumi.secret(robot[engine](seeded)) }];
                    const [own, names] = [{ engine, durability: "fast", password } as const, { username: "app", dbName: "orders" }];
                    const source = new devdb.Instance(`${engine}-source`, { ...own, ...names, storage, seeds });
                    const saved = new devdb.Snapshot(`${engine}-saved`, { dbInstanceIdentifier: source.id, method: "logical" });
                    new devdb.Instance(`${engine}-copy`, { ...own, username: "other", snapshotIdentifier: saved.id });
                }
            };
        await keep(stack.up(copied("container", passwords[2] ?? ""), { flags: ["--diff"] }));
        await keep(stack.up(copied("volume", passwords[0] ?? ""), { flags: ["--diff"] }));
        commands = watch.stop();
        found = await places();
    });

    it("is in none of the places where others look", () => {
        for (const [place, text] of Object.entries(found)) {
            assert.notEqual(text, "", `${place} was not looked at`);
            for (const secret of [...core, seeded, generated]) assert.equal(around(text, secret), undefined, `a password is in ${place}`);
            const [hashed] = hash.exec(text) ?? [];
            assert.equal(hashed && around(text, hashed), undefined, `the hash of a password is in ${place}`);
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
        const each = async (work: (name: string) => Promise<string>) =>
            (await Promise.all(names.map((name) => work(container(name))))).join("\n");
        const images = await Promise.all(names.map((name) => stack.output(name, "image")));
        const until = ["--since", began.toISOString(), "--until", new Date().toISOString()];
        return {
            "what the CLI printed": runs.map((run) => run.text).join("\n"),
            "the engine's events": runs.map((run) => run.events).join("\n"),
            "the exported state": await stack.exported(),
            "the back end with its history, and Pulumi's home": await filesOf(shop.folder),
            "docker inspect": await each((name) => docker("inspect", name)),
            "docker logs": await each(logs),
            "the containers' files": await each((name) => lookInside(name, [...core, seeded, generated])),
            "the images": [
                ...(await Promise.all(images.map((image) => docker("history", "--no-trunc", image)))),
                await docker("image", "inspect", ...images),
            ].join("\n"),
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

/** The lines of a container's files that have one of the secrets in them, and how many files were looked at. Hashes are in them, where the server keeps them. */
async function lookInside(container: string, secrets: readonly string[]): Promise<string> {
    const script =
        "cd /; for place in etc/devdb var/lib/devdb tmp run; do grep -raF -f /tmp/.secrets --exclude=.secrets $place; find $place -type f | wc -l; done";
    const child = execute(
        "docker",
        ["exec", "-i", "--user=root", container, "sh", "-c", `cat >/tmp/.secrets; ${script}; rm /tmp/.secrets`],
        {
            maxBuffer: 64 * 1024 ** 2,
            encoding: "latin1",
        },
    );
    child.child.stdin?.end(secrets.map((secret) => `${secret}\n`).join(""));
    return (await child).stdout;
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
