import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { createConnection } from "mysql2/promise";
import { takeSnapshot } from "../../provider/lifecycle/snapshot";
import { snapshot as entry } from "../../provider/v1";
import { ask } from "../support/ask";
import { docker } from "../support/docker";
import { families, type Subject } from "../support/engines";
import { driver, stack } from "../support/instance";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { running, until } from "../support/under-way";

const tools: Readonly<Record<string, string>> = { mysql: "mysqldump", mariadb: "mariadb-dump" };

for (const subject of families)
    if (tools[subject.family])
        describe(`a dump of ${subject.title}, compressed in its container`, () => packed(subject, tools[subject.family]!));

function packed(subject: Subject, tool: string): void {
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
        await source.up({ ...subject.args, durability: "fast", dbName: "orders" });
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
}
