import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { gzipSync } from "node:zlib";
import { ask } from "../support/ask";
import { leftOf } from "../support/daemon";
import { families, type Subject, subjects } from "../support/engines";
import { altered, fill } from "../support/filled";
import { type Driver, driver, stack } from "../support/instance";
import { ready } from "../support/ready";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { mariadbZoo, mysqlZoo, postgresZoo, type Zoo } from "../support/zoo";

/** What a user's own command writes, into a file whose name tells nothing. */
async function written(db: Driver, path: string, command: readonly string[]): Promise<string> {
    const child = spawn("docker", ["exec", "--user", "root", db.text("identifier"), ...command], { stdio: ["ignore", "pipe", "inherit"] });
    const code = new Promise<number | null>((resolve) => child.once("close", resolve));
    await pipeline(child.stdout, createWriteStream(path));
    assert.equal(await code, 0, command.join(" "));
    return path;
}

async function gzipped(path: string): Promise<string> {
    await writeFile(`${path}.some`, gzipSync(await readFile(path)));
    return `${path}.some`;
}

interface Bench {
    readonly source: Driver;
    readonly folder: () => string;
    /** A copy from a dump. */
    readonly copyOf: (file: string, args?: Readonly<Record<string, unknown>>) => Promise<Driver>;
    readonly refused: (file: string) => Promise<string>;
}

/** A filled source, and what is made of its dumps. */
function bench(subject: Subject, zoo: Zoo): Bench {
    const source = driver("brought");
    let made: Driver[] = [];
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    const base = { ...subject.args, durability: "fast" };
    before(async function () {
        await ready(this, subject);
        directory = await ownDirectory();
        await mkdir(join(directory.path, "files"));
        await source.up({ ...base, username: zoo.username, dbName: zoo.dbName });
        await fill(source, zoo);
    });
    afterEach(async () => {
        for (const db of made) if (db.exists) await db.destroy();
        made = [];
    });
    after(async () => {
        if (source.exists) await source.destroy();
        await directory?.remove();
        assert.deepEqual(await leftOf(`devdb-test-${stack}-brought`), []);
    });
    const stored = () => join(directory.path, "stored");
    return {
        source,
        folder: () => join(directory.path, "files"),
        copyOf: async (file, args = {}) => {
            const taken = snapshotDriver(stored());
            await taken.up({ file });
            const db = driver("brought");
            made.push(db);
            await db.up({ ...base, ...args, snapshotIdentifier: String(taken.outputs.path) });
            return db;
        },
        refused: async (file) => {
            const before = await readdir(stored()).catch(() => []);
            let words = "";
            await assert.rejects(snapshotDriver(stored()).up({ file }), (error: Error) => {
                words = error.message;
                return true;
            });
            assert.deepEqual(await readdir(stored()).catch(() => []), before);
            return words;
        },
    };
}

for (const subject of subjects.filter(({ family }) => family === "postgres")) {
    describe(`a dump of ${subject.title} that a user brings along`, function () {
        this.timeout(300_000);
        const { source, folder, copyOf, refused } = bench(subject, postgresZoo);
        const questions = postgresZoo.questions.filter((question) => /FROM animals|pg_largeobject GROUP|last_value/.test(question));
        const dump = (name: string, ...options: readonly string[]) =>
            written(source, join(folder(), name), ["pg_dump", "-U", "postgres", ...options, postgresZoo.dbName]);
        const same = async (copy: Driver) => {
            for (const question of questions)
                assert.deepEqual(
                    await ask(copy.text("connectionString"), question),
                    await ask(source.text("connectionString"), question),
                    question,
                );
        };
        /** Owners that are not the master, and roles that are not the server's own. */
        const strangers = async (copy: Driver) => {
            const url = copy.text("connectionString");
            const owners = await ask(
                url,
                `SELECT DISTINCT owner::regrole::text FROM (SELECT relowner FROM pg_class WHERE oid >= 16384 UNION SELECT proowner FROM pg_proc WHERE oid >= 16384 AND proname !~ '^span'
                 UNION SELECT typowner FROM pg_type WHERE oid >= 16384 UNION SELECT nspowner FROM pg_namespace WHERE oid >= 16384 UNION SELECT evtowner FROM pg_event_trigger
                 UNION SELECT lomowner FROM pg_largeobject_metadata UNION SELECT extowner FROM pg_extension WHERE extname <> 'plpgsql'
                 UNION SELECT datdba FROM pg_database WHERE datname = current_database()) AS owned (owner)`,
            );
            const roles = await ask(url, "SELECT rolname, rolcanlogin, rolsuper FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1");
            return { owners: owners.flat(), roles };
        };

        it("in the custom format comes back as the master user's, whatever the names", async () => {
            const copy = await copyOf(await gzipped(await dump("one", "--format=custom")), { username: "app", dbName: "shop" });
            await same(copy);
            assert.deepEqual(await strangers(copy), {
                owners: ["app"],
                roles: [
                    ["app", true, true],
                    ["guide", false, false],
                    ["postgres", true, true],
                    ["visitor", false, false],
                    ["zookeeper", false, false],
                ],
            });
            const may =
                "SELECT has_column_privilege('visitor', 'animals', 'name', 'SELECT'), has_function_privilege('visitor', 'secret()', 'EXECUTE')";
            assert.deepEqual(await ask(copy.text("connectionString"), may), [[true, true]]);
            await ask(copy.text("connectionString"), "DROP TABLE animals CASCADE");
        });

        it("in plain text does too, with owners that are not here, and a database that it makes itself", async () => {
            const plain = await dump("two");
            const whole = await gzipped(await dump("three", "--create", "--clean", "--if-exists"));
            for (const file of [plain, whole]) {
                const copy = await copyOf(file, { username: "app", dbName: "postgres" });
                await same(copy);
                const { owners, roles } = await strangers(copy);
                assert.deepEqual(owners, ["app"]);
                assert.ok(
                    !roles.some(([role, login, power]) => !/^(app|postgres)$/.test(String(role)) && (login || power)),
                    JSON.stringify(roles),
                );
                await copy.up({
                    ...subject.args,
                    durability: "fast",
                    username: "app",
                    dbName: "postgres",
                    password: "another",
                    snapshotIdentifier: String(copy.outputs.snapshotIdentifier),
                });
            }
            const copy = await copyOf(whole);
            assert.deepEqual([copy.text("username"), copy.text("dbName")], ["postgres", postgresZoo.dbName]);
            assert.deepEqual((await strangers(copy)).owners, ["postgres"]);
        });

        it("of the role and the database `postgres` comes under other names", async () => {
            const url = altered(source.text("connectionString"), { database: "postgres" });
            await ask(url, "CREATE TABLE kept AS SELECT 7 AS value; ALTER TABLE kept OWNER TO postgres; GRANT SELECT ON kept TO visitor");
            const path = join(folder(), "four");
            await written(source, path, ["pg_dump", "-U", "postgres", "--create", "postgres"]);
            const copy = await copyOf(path, { username: "app", dbName: "shop" });
            assert.deepEqual(
                await ask(copy.text("connectionString"), "SELECT value, tableowner FROM kept, pg_tables WHERE tablename = 'kept'"),
                [[7, "app"]],
            );
            await ask(altered(copy.text("connectionString"), { database: "postgres" }), "SELECT 1");
            assert.deepEqual((await strangers(copy)).roles.at(-2), ["postgres", true, true]);
        });

        it("is refused where it is cut off, and leaves nothing", async () => {
            for (const [name, options] of [
                ["five", ["--format=custom"]],
                ["six", []],
            ] as const) {
                const whole = await readFile(await dump(name, ...options));
                const cut = join(folder(), `${name}-cut`);
                for (const part of [0.3, 0.999]) {
                    await writeFile(cut, whole.subarray(0, Math.floor(whole.length * part)));
                    assert.match(await refused(cut), /^file: \S+-cut is cut off: /);
                }
                await writeFile(cut, gzipSync(whole).subarray(0, -2000));
                assert.match(await refused(cut), /^file: \S+-cut is cut off or damaged: unexpected end of file/);
            }
            assert.match(
                await refused(await written(source, join(folder(), "seven"), ["pg_dumpall", "-U", "postgres"])),
                /a whole PostgreSQL cluster, by pg_dumpall; dump each database by itself/,
            );
            assert.match(
                await refused(await dump("eight", "--format=tar")),
                /is a tar archive by pg_dump \(make it with --format=custom\)/,
            );
        });
    });
}

for (const subject of families.filter(({ family }) => family === "mysql" || family === "mariadb")) {
    const mysql = subject.family === "mysql";
    const zoo = mysql ? mysqlZoo : mariadbZoo;
    describe(`a dump of ${subject.title} that a user brings along`, function () {
        this.timeout(300_000);
        const { source, folder, copyOf, refused } = bench(subject, zoo);
        const program = [mysql ? "mysqldump" : "mariadb-dump", "--defaults-extra-file=/var/lib/devdb/client.cnf"];
        const dump = (name: string, ...options: readonly string[]) =>
            written(source, join(folder(), name), [
                ...program,
                "--default-character-set=utf8mb4",
                "--single-transaction",
                "--routines",
                "--events",
                ...options,
            ]);
        const questions = zoo.questions.filter((question) => /FROM animals|FROM log/.test(question));
        const same = async (copy: Driver) => {
            const url = copy.text("connectionString");
            for (const question of questions)
                assert.deepEqual(await ask(url, question), await ask(source.text("connectionString"), question), question);
            assert.deepEqual(
                await ask(
                    url,
                    "SELECT COUNT(*) > 0, MIN(definer), MAX(definer) FROM information_schema.routines WHERE routine_schema = DATABASE()",
                ),
                [[1, "app@%", "app@%"]],
            );
            assert.deepEqual(await ask(url, "SELECT DISTINCT definer FROM information_schema.views WHERE table_schema = DATABASE()"), [
                ["app@%"],
            ]);
            assert.deepEqual(await ask(url, "SELECT definer FROM information_schema.triggers WHERE trigger_schema = DATABASE() LIMIT 1"), [
                ["app@%"],
            ]);
            assert.deepEqual(await ask(url, "SELECT definer, event_name FROM information_schema.events WHERE event_schema = DATABASE()"), [
                ["app@%", "nightly"],
            ]);
            assert.deepEqual(
                await ask(url, "SELECT name FROM above ORDER BY name"),
                await ask(source.text("connectionString"), "SELECT name FROM above ORDER BY name"),
            );
            await ask(url, "CALL visit()");
            await ask(url, "CALL feed(1)");
        };

        before(async () => {
            // Looks into a database that does not come along.
            await ask(source.text("connectionString"), "DROP VIEW across");
        });

        it("comes back as the master user's, with every definer, under other names or its own", async () => {
            const plain = await gzipped(await dump("one", zoo.dbName));
            const copy = await copyOf(plain, { username: "app", dbName: "shop" });
            await same(copy);
        });

        it("makes its database under another name, with its collation", async () => {
            await ask(source.text("connectionString"), `ALTER DATABASE ${zoo.dbName} CHARACTER SET latin1 COLLATE latin1_german1_ci`);
            const whole = await dump(
                "two",
                ...(mysql ? ["--set-gtid-purged=COMMENTED"] : []),
                "--add-drop-database",
                "--databases",
                zoo.dbName,
            );
            const copy = await copyOf(whole, { username: "app", dbName: "shop" });
            await same(copy);
            assert.deepEqual(await ask(copy.text("connectionString"), "SELECT @@collation_database"), [["latin1_german1_ci"]]);
            assert.deepEqual(
                await ask(
                    copy.text("connectionString"),
                    `SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = '${zoo.dbName}'`,
                ),
                [[0]],
            );
        });

        it("is refused where it is cut off, or of several databases", async () => {
            const whole = await readFile(join(folder(), "two"));
            const cut = join(folder(), "cut");
            await writeFile(cut, whole.subarray(0, Math.floor(whole.length / 2)));
            assert.match(await refused(cut), /is cut off: a dump of mysqldump or mariadb-dump ends with "-- Dump completed"/);
            assert.match(
                await refused(await dump("three", "--databases", zoo.dbName, "empty_db")),
                /is a dump of several databases \(zoo_main, empty_db\)/,
            );
        });
    });
}
