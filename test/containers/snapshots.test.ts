import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ask } from "../support/ask";
import { leftOf } from "../support/daemon";
import { families, type Subject, subjects } from "../support/engines";
import { altered, answersOf, fill, ofAnyVersion } from "../support/filled";
import { driver, stack } from "../support/instance";
import { ready } from "../support/ready";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { mariadbZoo, mysqlZoo, postgresZoo, type Zoo } from "../support/zoo";

const zoos: Readonly<Record<string, Zoo>> = { postgres: postgresZoo, mysql: mysqlZoo, mariadb: mariadbZoo };

for (const subject of subjects) {
    const zoo = zoos[subject.family];
    if (zoo) describe(`a snapshot of ${subject.title}`, () => faithful(subject, zoo));
}

for (const [family, zoo] of Object.entries(zoos)) {
    const version = ({ args }: Subject) => Number.parseFloat(String(args.engineVersion));
    const lines = subjects.filter((subject) => subject.family === family).sort((one, other) => version(one) - version(other));
    const [oldest, newest] = [lines[0], lines.at(-1)];
    if (oldest && newest && oldest !== newest)
        describe(`a snapshot of ${oldest.title} for ${newest.title}`, () => across(oldest, newest, zoo));
}

for (const subject of families.filter(({ family }) => family === "mysql" || family === "mariadb")) {
    describe(`a snapshot of ${subject.title} without a database of its own`, () => withoutOwn(subject));
}

function across(oldest: Subject, newest: Subject, zoo: Zoo): void {
    const [source, copy] = [driver("across"), driver("across")];
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    before(async function () {
        await ready(this, oldest, newest);
        directory = await ownDirectory();
    });
    after(async () => {
        for (const db of [source, copy]) if (db.exists) await db.destroy();
        await directory?.remove();
    });

    it("is read by the newer one, whole; the other way round is refused before anything is made", async function () {
        this.timeout(300_000);
        await source.up({ ...oldest.args, durability: "fast", username: zoo.username, dbName: zoo.dbName });
        await fill(source, zoo);
        const answers = await answersOf(source, zoo);
        const taken = snapshotDriver(directory.path);
        await taken.up({ dbInstanceIdentifier: source.text("identifier") });
        await copy.up({ ...newest.args, durability: "fast", snapshotIdentifier: String(taken.outputs.path) });
        assert.deepEqual(ofAnyVersion(await answersOf(copy, zoo), zoo), ofAnyVersion(answers, zoo));
        const back = snapshotDriver(directory.path);
        await back.up({ dbInstanceIdentifier: copy.text("identifier") });
        await assert.rejects(
            driver("back").up({ ...oldest.args, snapshotIdentifier: String(back.outputs.path) }),
            /engineVersion: is \S+, and the snapshot \S+ is of .*, which an older server cannot read/,
        );
    });
}

function withoutOwn(subject: Subject): void {
    it("gives a copy the one that it names, with what is in it, and root's objects to its user", async () => {
        const [source, copy] = [driver("plain"), driver("plain")];
        const directory = await ownDirectory();
        const taken = snapshotDriver(directory.path);
        try {
            await source.up({ ...subject.args, durability: "fast" });
            const url = source.text("connectionString");
            await ask(url, "CREATE DATABASE orders CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
            await ask(url, "CREATE TABLE orders.kept AS SELECT 7 AS value");
            await ask(url, "CREATE VIEW orders.seen AS SELECT value FROM orders.kept");
            await taken.up({ dbInstanceIdentifier: source.text("identifier") });
            assert.equal(taken.outputs.dbName, undefined);
            const snapshotIdentifier = String(taken.outputs.path);
            await copy.up({ ...subject.args, durability: "fast", username: "app", dbName: "orders", snapshotIdentifier });
            assert.deepEqual(
                await ask(
                    copy.text("connectionString"),
                    "SELECT value, @@collation_database, (SELECT definer FROM information_schema.views WHERE table_name = 'seen') FROM seen",
                ),
                [[7, "utf8mb4_bin", "app@%"]],
            );
            await assert.rejects(ask(altered(copy.text("connectionString"), { username: "root" }), "SELECT 1"));
        } finally {
            for (const db of [source, copy]) if (db.exists) await db.destroy();
            await directory.remove();
        }
    });
}

function faithful(subject: Subject, zoo: Zoo): void {
    const base = { ...subject.args, durability: "fast" };
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    const source = driver("zoo");
    let copies: ReturnType<typeof driver>[] = [];
    let taken: ReturnType<typeof snapshotDriver>;
    let canonical: readonly string[];
    let answers: readonly unknown[];
    const copyOf = async (args: Readonly<Record<string, unknown>>) => {
        const copy = driver("copy", { config: { snapshotDirectory: directory.path } });
        copies.push(copy);
        await copy.up({ ...base, snapshotIdentifier: taken.id, ...args });
        return copy;
    };

    before(async function () {
        await ready(this, subject);
        directory = await ownDirectory();
        taken = snapshotDriver(directory.path);
        await source.up({ ...base, username: zoo.username, dbName: zoo.dbName });
        await fill(source, zoo);
        answers = await answersOf(source, zoo);
        canonical = await zoo.canonical(source);
        await taken.up({ dbInstanceIdentifier: source.text("identifier") });
    });
    afterEach(async () => {
        for (const copy of copies) if (copy.exists) await copy.destroy();
        copies = [];
    });
    after(async () => {
        if (source.exists) await source.destroy();
        await directory?.remove();
        assert.deepEqual(await leftOf(`devdb-test-${stack}-copy`), []);
    });

    it("is a directory that only the user can read, without a hash or a password outside of the globals", async () => {
        const path = String(taken.outputs.path);
        const folder = dirname(path);
        assert.equal(folder, join(directory.path, taken.id));
        assert.equal((await stat(folder)).mode & 0o777, 0o700);
        for (const name of await readdir(folder)) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
        const manifest = await readFile(path, "utf8");
        assert.doesNotMatch(manifest, /SCRAM|let me in|\*[0-9A-F]{40}|0x244124/);
        assert.ok(!manifest.includes(source.text("password")));
        assert.equal(taken.outputs.method, "logical");
        assert.equal(taken.outputs.engineVersion, source.text("engineVersionActual"));
        assert.match(String(taken.outputs.tool), /dump/);
        assert.ok(Number(taken.outputs.sizeBytes) > 1000);
    });

    it("leaves the source as it was", async () => assert.deepEqual(await zoo.canonical(source), canonical));

    it("comes back under the source's names with everything in it", async function () {
        this.timeout(300_000);
        const copy = await copyOf({});
        assert.deepEqual([copy.text("username"), copy.text("dbName")], [zoo.username, zoo.dbName]);
        assert.deepEqual(await zoo.canonical(copy), canonical);
        assert.deepEqual(await answersOf(copy, zoo), answers);
    });

    it("is in copies of an image with everything in it too", async function () {
        this.timeout(300_000);
        const renames = subject.family === "postgres";
        const [layer, url] = [snapshotDriver(directory.path), source.text("connectionString")];
        const args = { dbInstanceIdentifier: source.text("identifier"), method: "image" };
        // Its rows would be lost, and are not lost in silence.
        for (const statement of renames ? [] : ["CREATE TABLE quick (a int) ENGINE = MEMORY", "INSERT INTO quick VALUES (7)"])
            await ask(url, statement);
        await assert.rejects(layer.up(args), /method: cannot be "image": it would leave out the rows of .*quick.*"logical"/);
        await ask(url, renames ? "ALTER TABLE quick SET LOGGED" : "DROP TABLE quick");
        try {
            await layer.up(args);
            const [all, same] = [await zoo.canonical(source), await copyOf({ snapshotIdentifier: layer.id })];
            assert.deepEqual(await zoo.canonical(same), all);
            assert.deepEqual(await answersOf(same, zoo), answers);
            if (!renames) return;
            const other = await copyOf({ snapshotIdentifier: layer.id, username: "k2 \"e'r é", dbName: "m_2 é" });
            assert.deepEqual(await zoo.canonical(other), all);
        } finally {
            if (renames) await ask(url, "ALTER TABLE quick SET UNLOGGED");
            if (layer.exists) await layer.destroy();
        }
    });

    it("comes back under other names: the master user's objects are the new one's, who may drop them; other users cannot log in", async function () {
        this.timeout(300_000);
        const copy = await copyOf({ username: "k2 \"e'r é", dbName: "m_2 é" });
        assert.deepEqual(await zoo.canonical(copy), canonical);
        const url = copy.text("connectionString");
        await ask(url, "ALTER TABLE animals ADD extra int");
        await ask(url, subject.family === "postgres" ? "DROP TABLE animals CASCADE" : "DROP TABLE animals");
        await ask(source.text("connectionString"), "SELECT 1");
        await ask(altered(source.text("connectionString"), zoo.other), "SELECT 1");
        await assert.rejects(ask(altered(url, zoo.other), "SELECT 1"), /not permitted to log in|locked/);
        await assert.rejects(ask(altered(url, { username: zoo.username, password: source.text("password") }), "SELECT 1"));
    });
}
