import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { leftOf } from "../support/daemon";
import { families } from "../support/engines";
import { type InnerClient, inContainer, innerClients } from "../support/inner-client";
import { driver, stack } from "../support/instance";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { standInReady } from "../support/standins";

const run = promisify(execFile);

for (const subject of families) {
    const client = innerClients[subject.family];
    if (!client) continue;
    describe(`a snapshot of ${subject.title}`, function () {
        this.timeout(300_000);
        let directory: Awaited<ReturnType<typeof ownDirectory>>;
        const source = driver("files");
        const copies = [driver("copy"), driver("copy")] as const;
        let taken: ReturnType<typeof snapshotDriver>;
        const asks = (db: typeof source, who: InnerClient["other"] | undefined, sql: string) =>
            client.ask(
                db.text("identifier"),
                {
                    username: who?.username ?? db.text("username"),
                    password: who?.password ?? db.text("password"),
                    dbName: db.text("dbName"),
                },
                sql,
            );

        before(async () => {
            await standInReady(subject);
            directory = await ownDirectory();
            taken = snapshotDriver(directory.path);
            await source.up({ ...subject.args, username: "app", dbName: "orders" });
            if (client.prepared !== undefined) await inContainer(source.text("identifier"), ["sh", "-c", client.prepared], "", "root");
            for (const sql of client.statements) await asks(source, undefined, sql);
            assert.match(await asks(source, undefined, client.question("app")), /kept before/);
            await taken.up({ dbInstanceIdentifier: source.text("identifier") });
        });
        after(async () => {
            for (const db of [source, ...copies]) if (db.exists) await db.destroy();
            await directory.remove();
            assert.deepEqual(await leftOf(`devdb-test-${stack}-copy`), []);
        });

        const folders = async (name: string) =>
            (
                await run("docker", [
                    "exec",
                    "--user",
                    "root",
                    name,
                    "sh",
                    "-c",
                    `ls -d ${client.place}/devdb-dump-* /tmp/* 2>/dev/null; true`,
                ])
            ).stdout;

        it("leaves the source as it was, in use and without a file more", async () => {
            assert.match(await asks(source, undefined, client.question("app")), /kept before/);
            await asks(source, undefined, client.more);
            assert.equal(await folders(source.text("identifier")), "");
            await asks(source, client.other, client.greeting);
        });

        it("comes back under other names with its rows; other users cannot log in", async () => {
            const [copy] = copies;
            await copy.up({ ...subject.args, username: "app2", dbName: "shop", snapshotIdentifier: String(taken.outputs.path) });
            const answer = await asks(copy, undefined, client.question("app2"));
            assert.match(answer, /kept before/);
            assert.doesNotMatch(answer, /written after/);
            await asks(copy, undefined, client.changes("app2"));
            assert.equal(await folders(copy.text("identifier")), "");
            await assert.rejects(asks(copy, client.other, client.greeting));
            await assert.rejects(asks(copy, { username: "app", password: source.text("password") }, client.greeting));
            assert.match(await asks(source, undefined, client.question("app")), /written after/);
        });

        it("is refused before anything is made where the server is older, and where a file was changed", async () => {
            const [, copy] = copies;
            const args = { ...subject.args, username: "app2", dbName: "shop", snapshotIdentifier: String(taken.outputs.path) };
            if (client.older !== undefined)
                await assert.rejects(
                    copy.up({ ...args, engineVersion: client.older }),
                    /engineVersion: is \S+, and the snapshot .* older server/,
                );
            const folder = dirname(String(taken.outputs.path));
            const [file = ""] = (await readdir(folder)).filter((name) => name.startsWith("database-1"));
            await appendFile(join(folder, file), "x");
            await assert.rejects(copy.up(args), /snapshotIdentifier: snapshot \S+ is damaged/);
            assert.deepEqual(await leftOf(`devdb-test-${stack}-${copy.name}`), []);
        });
    });
}
