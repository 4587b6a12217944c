import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "../support/ask";
import { containerId, leftOf } from "../support/daemon";
import { families, type Subject } from "../support/engines";
import { altered } from "../support/filled";
import { driver } from "../support/instance";
import { interruptedAt } from "../support/interrupted";
import { ownDirectory } from "../support/snapshot";
import { writer } from "../support/writer";

/** What a server that has it does not take again. */
const refused: Readonly<
    Record<
        string,
        {
            readonly before: readonly string[];
            readonly parameters: Readonly<Record<string, string>>;
            readonly words: RegExp;
            readonly after: readonly string[];
        }
    >
> = {
    mysql: { before: [], parameters: { sql_require_primary_key: "ON" }, words: /without a primary key/, after: [] },
    // The new server is strict, as it is by default.
    mariadb: {
        before: [
            "SET GLOBAL innodb_strict_mode = OFF",
            "CREATE TABLE unlike (a int) ROW_FORMAT = FIXED",
            "SET GLOBAL innodb_strict_mode = ON",
        ],
        parameters: {},
        words: /ROW_FORMAT/,
        after: ["DROP TABLE unlike"],
    },
};

/** PostgreSQL's are in carry.test.ts. Here users are shut out by other means, and a restore is no transaction. */
for (const subject of families.filter(({ family }) => family === "mysql" || family === "mariadb"))
    describe(`a carry of ${subject.title}`, () => carried(subject));

function carried(subject: Subject): void {
    const base = { ...subject.args, durability: "fast", username: "app", dbName: "orders" };
    const next = { ...base, storage: "volume" };
    const visitor = { username: "visitor", password: "let me in" };
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let db: ReturnType<typeof driver>;
    let url: string;
    const rows = async () => (await ask(url, "SELECT value FROM kept ORDER BY 1")).map(([value]) => Number(value));
    const stands = async (id: string) => {
        db.conduct = undefined;
        assert.equal(await containerId(db), id);
        assert.deepEqual(await leftOf(db.text("identifier")), [db.text("identifier")]);
        assert.deepEqual(await rows(), [7]);
        assert.deepEqual(await ask(altered(url, visitor), "SELECT 1"), [[1]]);
        assert.deepEqual((await db.preview(base)).said, []);
        assert.deepEqual(await readdir(directory.path), []);
    };

    before(async () => {
        directory = await ownDirectory();
        db = driver("carried", { config: { snapshotDirectory: directory.path } });
        await db.up(base);
        url = db.text("connectionString");
        await ask(url, "CREATE TABLE kept (value int)");
        await ask(url, "INSERT INTO kept VALUES (7)");
        await ask(url, "CREATE USER visitor IDENTIFIED BY 'let me in'");
        await ask(url, "GRANT ALL ON orders.* TO visitor");
    });
    after(async () => {
        const identifier = db.text("identifier");
        await db.destroy();
        assert.deepEqual(await leftOf(identifier), []);
        await directory.remove();
    });

    for (const moment of ["dumping orders", "restoring orders"])
        it(`takes no client, and leaves the old one running where it is interrupted: ${moment}`, async () => {
            const id = await containerId(db);
            await interruptedAt(db, next, moment, () => [ask(url, "SELECT 1"), ask(altered(url, visitor), "SELECT 1")]);
            await stands(id);
        });

    it("that the restore fails leaves the old one running, and says why", async () => {
        const id = await containerId(db);
        const { before, parameters, words, after } = refused[subject.family] ?? { before: [], parameters: {}, words: /^$/, after: [] };
        for (const statement of before) await ask(url, statement);
        const said: string[] = [];
        db.conduct = { progress: (text) => void said.push(text) };
        await assert.rejects(
            db.up({ ...next, parameters }),
            (error: Error) => words.test(error.message) && /put back as it was/.test(error.message),
        );
        assert.ok(
            said.some((text) => text.startsWith("restoring orders")),
            said.join(),
        );
        await stands(id);
        for (const statement of after) await ask(url, statement);
    });

    it("loses no write that was acknowledged, by whomever", async () => {
        const writers = [writer(url), writer(altered(url, visitor))];
        const awhile = () => sleep(300);
        await awhile();
        const id = await containerId(db);
        await db.up(next);
        assert.notEqual(await containerId(db), id);
        await awhile();
        for (const each of writers) await each.stop();
        const written = [7, ...writers.flatMap(({ acknowledged }) => acknowledged)];
        assert.ok(writers.every(({ acknowledged }) => acknowledged.length > 10));
        const now = await rows();
        assert.deepEqual(
            written.filter((value) => !now.includes(value)),
            [],
        );
    });
}
