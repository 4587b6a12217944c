import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { createConnection } from "mysql2/promise";
import { engineNamed } from "../../provider/engines";
import { copyOf } from "../../provider/lifecycle/restore";
import { takeSnapshot } from "../../provider/lifecycle/snapshot";
import { docker as connect } from "../../provider/runtimes/docker";
import { parseManifest } from "../../provider/snapshots/manifest";
import { snapshot as entry } from "../../provider/v1";
import { ask } from "../support/ask";
import { leftOf } from "../support/daemon";
import { docker } from "../support/docker";
import { families, type Subject } from "../support/engines";
import { driver, stack } from "../support/instance";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { running, until } from "../support/under-way";

const tools: Readonly<Record<string, string>> = { mysql: "mysqldump", mariadb: "mariadb-dump" };
/** Rows enough for a restore to take a second or more. */
const noise =
    "CREATE TABLE noise AS WITH RECURSIVE one AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM one WHERE i < 500) SELECT a.i, RPAD(a.i * b.i, 600, 'x') AS text FROM one a, one b WHERE b.i <= 60";

for (const subject of families)
    if (tools[subject.family])
        describe(`a dump of ${subject.title}, compressed in its container`, () => packed(subject, tools[subject.family]!));

function packed(subject: Subject, tool: string): void {
    const args = { ...subject.args, durability: "fast", dbName: "orders" };
    const client = subject.family;
    const source = driver(`packed-${subject.family}`);
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let of: { readonly dbInstanceIdentifier: string };
    const identifier = () => source.text("identifier");
    /** Holds a lock that a dump waits for, so that it is under way for as long as the work takes. */
    const held = async (work: () => Promise<void>) => {
        const connection = await createConnection({ uri: source.text("connectionString") });
        connection.on("error", () => undefined);
        await connection.query("LOCK TABLES kept WRITE");
        try {
            await work();
        } finally {
            connection.destroy();
        }
    };

    before(async () => {
        directory = await ownDirectory();
        await source.up(args);
        of = { dbInstanceIdentifier: identifier() };
        await ask(source.text("connectionString"), "CREATE TABLE kept AS SELECT 7 AS value");
    });
    after(async () => {
        await source.destroy();
        await directory.remove();
    });

    for (const [program, code] of [
        [tool, `${tool} ended with 137, which means that it was killed \\(signal 9\\)`],
        ["gzip", `${tool} ended with 137`],
    ] as const)
        it(`is none where ${program} is killed`, async () => {
            await held(async () => {
                const failed = assert.rejects(snapshotDriver(directory.path).up(of), new RegExp(code));
                await until(async () => (await running(identifier(), program)).length > 0);
                await docker(
                    "exec",
                    "--user=root",
                    identifier(),
                    "sh",
                    "-c",
                    `kill -9 ${(await running(identifier(), program)).join(" ")}`,
                );
                // Without a reader the tool ends at its next word, which the lock holds back.
                if (program === "gzip")
                    await docker("exec", "--user=root", identifier(), "sh", "-c", `kill ${(await running(identifier(), tool)).join(" ")}`);
                await failed;
            });
            assert.deepEqual(await readdir(directory.path), []);
        });

    it("ends in the container too at an interrupt", async () => {
        const stop = new AbortController();
        const { inputs } = await entry.check(
            {},
            { ...of, method: "logical", __devdb: { name: "a", project: "b", stack, config: { snapshotDirectory: directory.path } } },
        );
        await held(async () => {
            const failed = assert.rejects(takeSnapshot(inputs, { progress: () => undefined, signal: stop.signal }));
            await until(async () => (await running(identifier(), tool)).length > 0);
            stop.abort(new Error("the run was interrupted"));
            await failed;
            await until(async () => (await running(identifier(), tool)).length + (await running(identifier(), "gzip")).length === 0);
        });
        assert.deepEqual(await readdir(directory.path), []);
    });

    it("is none where the source is killed, which has its rows when it is back", async () => {
        await held(async () => {
            const failed = assert.rejects(snapshotDriver(directory.path).up(of));
            await until(async () => (await running(identifier(), tool)).length > 0);
            await docker("kill", identifier());
            await failed;
        });
        assert.deepEqual(await readdir(directory.path), []);
        await assert.rejects(
            snapshotDriver(directory.path).up(of),
            /dbInstanceIdentifier: \S+ is stopped on the daemon .*; start it first/,
        );
        await source.up(args);
        assert.deepEqual(await ask(source.text("connectionString"), "SELECT value FROM kept"), [[7]]);
    });

    it("leaves nothing of a copy that is stopped meanwhile, and makes it afterwards", async () => {
        const taken = snapshotDriver(directory.path);
        const copy = driver(`packed-${subject.family}`);
        const unfinished = `devdb-test-${stack}-${copy.name}.new`;
        await ask(source.text("connectionString"), noise);
        try {
            await taken.up(of);
            let stopping: Promise<unknown> | undefined;
            const stopped = async () => {
                await until(async () => (await running(unfinished, client)).length > 0);
                await docker("stop", "--time", "1", unfinished);
            };
            copy.conduct = {
                progress: (text) => {
                    if (text.startsWith("restoring orders")) stopping ??= stopped();
                },
            };
            const wish = { ...args, snapshotIdentifier: String(taken.outputs.path) };
            await assert.rejects(copy.up(wish), new RegExp(`${client} ended with|is not running|no such exec|stopped`, "i"));
            await stopping;
            copy.conduct = undefined;
            assert.deepEqual(await leftOf(`devdb-test-${stack}-${copy.name}`), []);
            await copy.up(wish);
            const question = "SELECT value, (SELECT COUNT(*) FROM noise) FROM kept";
            assert.deepEqual(await ask(copy.text("connectionString"), question), [[7, 30_000]]);
        } finally {
            if (copy.exists) await copy.destroy();
            if (taken.exists) await taken.destroy();
            await ask(source.text("connectionString"), "DROP TABLE noise");
        }
    });

    it("goes back as it is, and no part of it is taken for all there is", async () => {
        const taken = snapshotDriver(directory.path);
        const copy = driver(`packed-${subject.family}`);
        try {
            await taken.up(of);
            const path = String(taken.outputs.path);
            await copy.up({ ...subject.args, durability: "fast", snapshotIdentifier: path });
            assert.deepEqual(await ask(copy.text("connectionString"), "SELECT value FROM kept"), [[7]]);

            const manifest = parseManifest(await readFile(path, "utf8"), path);
            const [database] = manifest.databases;
            const { dump } = engineNamed(subject.family)!;
            assert.ok(database && dump?.kind === "streams");
            const [{ packed: command, user }] = dump.restore.database(
                copyOf(manifest, { username: "root", dbName: "orders" }, undefined),
                database,
            );
            assert.ok(command && user !== undefined);
            const stored = await readFile(join(dirname(path), database.file.name));
            const runtime = await connect({});
            const read = (stdin: Buffer) =>
                runtime.exec(identifier(), { command, user, stdin: Readable.from([stdin], { objectMode: false }) });
            assert.equal((await read(stored)).exitCode, 0);
            // Its last bytes are a checksum: the client has all that it could read by then, and ends well.
            assert.notEqual((await read(stored.subarray(0, -4))).exitCode, 0);
            const wrong = await read(gzipSync("SELECT nothing FROM nowhere;"));
            assert.notEqual(wrong.exitCode, 0);
            assert.match(wrong.stderr, /nowhere/);
        } finally {
            if (copy.exists) await copy.destroy();
            if (taken.exists) await taken.destroy();
        }
    });
}
