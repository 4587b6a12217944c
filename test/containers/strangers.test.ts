import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ask } from "../support/ask";
import { docker } from "../support/docker";
import { families, type Subject, subjects } from "../support/engines";
import { altered } from "../support/filled";
import { generated } from "../support/generated";
import { driver } from "../support/instance";
import { postgresDigests, postgresObjects } from "../support/postgres-objects";
import { ready } from "../support/ready";
import { mysqlRental, mysqlRentalQuestions, postgresRental, postgresRentalQuestions } from "../support/rental";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { mariadbZoo, mysqlZoo, postgresZoo } from "../support/zoo";

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
const tables = Number(process.env.TABLES ?? 40);
const execute = promisify(execFile);

/** What of a family is restored and compared: statements and questions by database, and a digest of every table in one. */
interface Strangers {
    readonly databases: Readonly<Record<string, { readonly statements: readonly string[]; readonly questions: readonly string[] }>>;
    readonly digests: (url: string) => Promise<readonly (readonly unknown[])[]>;
    readonly canonical: typeof postgresZoo.canonical;
}

const mysqlStrangers = (family: string): Strangers => ({
    databases: {
        rental: { statements: mysqlRental, questions: mysqlRentalQuestions },
        odd: { statements: generated(family, seed, tables).statements, questions: [] },
    },
    digests: async (url) => {
        const columns = await ask(
            url,
            "SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY BINARY table_name, ordinal_position",
        );
        const quoted = (name: unknown) => `\`${String(name).replaceAll("`", "``")}\``;
        const names = [...new Set(columns.map(([table]) => table))];
        const counted = names.map((name) => {
            const values = columns.filter(([table]) => table === name).map(([, column, type]) => exactly(quoted(column), String(type)));
            return `SELECT COUNT(*), BIT_XOR(CAST(CONV(LEFT(SHA2(CONCAT_WS('|', ${values.join(", ")}), 256), 15), 16, 10) AS UNSIGNED)) FROM ${quoted(name)}`;
        });
        const sums = await ask(url, counted.join(" UNION ALL "));
        return names.map((name, index) => [name, ...(sums[index] ?? [])]);
    },
    canonical: family === "mysql" ? mysqlZoo.canonical : mariadbZoo.canonical,
});

const strangers: Readonly<Record<string, Strangers>> = {
    postgres: {
        databases: {
            objects: {
                statements: postgresObjects,
                questions: ["SELECT kinds.standard(4), kinds.any_of(ARRAY[1, 2])", "SELECT last_value, is_called FROM kinds.tiny"],
            },
            rental: { statements: postgresRental, questions: postgresRentalQuestions },
            odd: { statements: generated("postgres", seed, tables).statements, questions: [] },
        },
        digests: (url) => ask(url, postgresDigests),
        canonical: postgresZoo.canonical,
    },
    mysql: mysqlStrangers("mysql"),
    mariadb: mysqlStrangers("mariadb"),
};

/** A column's value as text that tells null from empty: every bit of it, but of a FLOAT, which the servers' own tools write with six digits. */
function exactly(column: string, type: string): string {
    if (/char|text|blob|binary|enum|set|json/.test(type)) return `IFNULL(HEX(${column}), 'null')`;
    if (/geometry|point|polygon/.test(type)) return `IFNULL(HEX(ST_AsBinary(${column})), 'null')`;
    return `IFNULL(${column} ${type === "bit" ? "+ 0" : ""}, 'null')`;
}

for (const subject of process.env.ALL_VERSIONS ? subjects : families) {
    const those = strangers[subject.family];
    if (those) describe(`databases that nobody here wrote, of ${subject.title} (SEED=${seed})`, () => restored(subject, those));
}

function restored(subject: Subject, { databases, digests, canonical }: Strangers): void {
    it("come back with every object and every value", async function () {
        await ready(this, subject);
        const directory = await ownDirectory();
        const [source, copy] = [driver("strange"), driver("strange")];
        const taken = snapshotDriver(directory.path);
        const on = (db: typeof source, database: string) => altered(db.text("connectionString"), { database });
        const seen = async (db: typeof source) => {
            const all: unknown[] = [];
            for (const [database, { questions }] of Object.entries(databases)) {
                all.push([database, await digests(on(db, database))]);
                for (const question of questions) all.push([question, await ask(on(db, database), question)]);
            }
            return all;
        };
        try {
            await source.up({ ...subject.args, durability: "fast", username: "app", dbName: "main" });
            for (const [database, { statements }] of Object.entries(databases)) {
                await ask(source.text("connectionString"), `CREATE DATABASE ${database}`);
                for (const statement of statements)
                    await ask(on(source, database), statement).catch((error: unknown) => {
                        throw new Error(`${database}: ${statement.slice(0, 2000)}: ${String(error)}`);
                    });
            }
            await taken.up({ dbInstanceIdentifier: source.text("identifier") });
            await copy.up({ ...subject.args, durability: "fast", snapshotIdentifier: String(taken.outputs.path) });
            assert.deepEqual(await canonical(copy), await canonical(source));
            assert.deepEqual(await seen(copy), await seen(source));
        } finally {
            for (const db of [source, copy]) if (db.exists) await db.destroy();
            await directory.remove();
        }
    });
}

if (families.some(({ family }) => family === "postgres"))
    describe("a bank that goes on working while it is dumped", () => {
        it("has balances in its copy that are those of the transfers in it", async function () {
            this.timeout(300_000);
            const directory = await ownDirectory();
            const [source, copy] = [driver("bank"), driver("bank")];
            const taken = snapshotDriver(directory.path);
            const sums = async (db: typeof source) =>
                ask(
                    db.text("connectionString"),
                    `SELECT (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(bbalance) FROM pgbench_branches), (SELECT sum(tbalance) FROM pgbench_tellers),
                     (SELECT sum(delta) FROM pgbench_history), (SELECT count(*) FROM pgbench_history), (SELECT count(*) FROM pgbench_accounts)`,
                );
            try {
                const args = { engine: "postgres", engineVersion: "17", durability: "fast" };
                await source.up({ ...args, username: "app", dbName: "bank" });
                const inside = (...command: readonly string[]) => ["exec", "--user", "postgres", source.text("identifier"), ...command];
                const scale = Number(process.env.SCALE ?? 2);
                await docker(...inside("pgbench", "--initialize", "--quiet", `--scale=${scale}`, "bank"));
                const working = execute("docker", inside("pgbench", "--client=4", "--jobs=2", "--time=600", "--no-vacuum", "bank")).catch(
                    () => undefined,
                );
                const written = async () =>
                    Number((await ask(source.text("connectionString"), "SELECT count(*)::int FROM pgbench_history"))[0]?.[0]);
                while ((await written()) === 0);
                await taken.up({ dbInstanceIdentifier: source.text("identifier") });
                const since = await written();
                await ask(
                    source.text("connectionString"),
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgbench'",
                );
                await working;
                await copy.up({ ...args, snapshotIdentifier: String(taken.outputs.path) });
                const [[accounts, branches, tellers, history, transfers, all] = []] = await sums(copy);
                assert.deepEqual([branches, tellers, history], [accounts, accounts, accounts]);
                assert.equal(Number(all), scale * 100_000);
                const planned = "SELECT count(DISTINCT tablename)::int FROM pg_stats WHERE tablename LIKE 'pgbench%'";
                assert.deepEqual(await ask(copy.text("connectionString"), planned), [[4]], "plans are right from the first query");
                assert.ok(Number(transfers) > 0 && Number(transfers) < since, `${String(transfers)} of ${since}`);
            } finally {
                for (const db of [source, copy]) if (db.exists) await db.destroy();
                await directory.remove();
            }
        });
    });
