import assert from "node:assert/strict";
import { ask } from "../support/ask";
import { families, type Subject } from "../support/engines";
import { driver } from "../support/instance";
import { ownDirectory, snapshotDriver } from "../support/snapshot";

/** Rows of 4 kB that no compression makes much smaller, in all more than 200 MB. */
const rows = 52_000;
const wide: Readonly<Record<string, readonly string[]>> = {
    postgres: [
        "CREATE EXTENSION pgcrypto",
        "CREATE TABLE wide (i int, text text STORAGE EXTERNAL)",
        `INSERT INTO wide SELECT i, (SELECT string_agg(encode(gen_random_bytes(1020), 'base64'), '') FROM generate_series(1, 3) WHERE i > 0) FROM generate_series(1, ${rows}) i`,
    ],
    mariadb: [
        "CREATE TABLE wide (i int, text text CHARACTER SET ascii)",
        `INSERT INTO wide SELECT seq, CONCAT(TO_BASE64(RANDOM_BYTES(1020)), TO_BASE64(RANDOM_BYTES(1020)), TO_BASE64(RANDOM_BYTES(1020))) FROM seq_1_to_${rows}`,
    ],
};
const sums: Readonly<Record<string, string>> = {
    postgres: "SELECT count(*)::int, sum(hashtext(text))::text FROM wide",
    mariadb: "SELECT COUNT(*), CAST(SUM(CRC32(text)) AS CHAR) FROM wide",
};

for (const subject of families)
    if (wide[subject.family]) describe(`a great snapshot of ${subject.title}`, () => flows(subject, wide[subject.family] ?? []));

function flows(subject: Subject, statements: readonly string[]): void {
    it("flows: the provider grows by less than 60 MB for a dump of more than 150, also where names in it change", async function () {
        this.timeout(240_000);
        const base = { ...subject.args, durability: "fast" };
        const directory = await ownDirectory();
        const [source, copy, taken] = [driver("great"), driver("great"), snapshotDriver(directory.path)];
        try {
            await source.up({ ...base, username: "app", dbName: "orders" });
            const url = source.text("connectionString");
            for (const statement of statements) await ask(url, statement);
            const question = sums[subject.family] ?? "";
            const [sum] = await ask(url, question);
            assert.equal(sum?.[0], rows);
            const grown = watchMemory();
            await taken.up({ dbInstanceIdentifier: source.text("identifier") });
            assert.ok(Number(taken.outputs.sizeBytes) > 150_000_000, `${String(taken.outputs.sizeBytes)} bytes are too few to tell`);
            // Under another name MariaDB's is unpacked and changed by this process.
            await copy.up({ ...base, username: "other", snapshotIdentifier: String(taken.outputs.path) });
            const megabytes = grown() / 1024 ** 2;
            assert.deepEqual(await ask(copy.text("connectionString"), question), [sum]);
            assert.ok(megabytes < 60, `${Math.round(megabytes)} MiB`);
        } finally {
            for (const db of [source, copy]) if (db.exists) await db.destroy();
            await directory.remove();
        }
    });
}

/** Looks at this process's memory until it is asked by how much that grew at most. */
function watchMemory(): () => number {
    const start = process.memoryUsage().rss;
    let most = start;
    const timer = setInterval(() => {
        most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    timer.unref();
    return () => {
        clearInterval(timer);
        return most - start;
    };
}
