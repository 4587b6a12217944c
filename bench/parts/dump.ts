import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ask } from "../../test/support/ask";
import { altered } from "../../test/support/filled";
import type { Bench, Present } from "../bench";
import { daemon, insideOf } from "../docker";
import { folder, mark, newName, project } from "../mark";
import { type ProviderProcess, providerProcess } from "../provider-process";
import { login } from "../subjects";
import { calmly } from "../timed";
import { inputsOf } from "../ways/hook";

export const ourDump = "our Snapshot, and an Instance from it";
export const byHand = "the engine's own tools, by hand in the container";

/** Half a kilobyte each: what is loaded is a gigabyte, or as many as the environment says. */
const rows = 2_000_000 * Number(process.env.DEVDB_BENCH_GIGABYTES ?? 1);

/** Both kinds of our resources, as they lie in a state. */
const ours = `exports.handler = () => {
    const { instance, snapshot } = require("pulumi-devdb/provider/v1");
    const kind = (props) => ("dbInstanceIdentifier" in props ? snapshot : instance);
    return { create: (inputs) => kind(inputs).create(inputs), delete: (id, props) => kind(props).delete(id, props) };
};`;

interface Tools {
    readonly fill: readonly string[];
    /** Shell, with `/tmp/hand` as the file; compression as ours is where Node has no zstd. */
    readonly dump: string;
    readonly restore: string;
}

/** Five hashes of a row's number and those after it. */
const hashes = (one: (more: number) => string) => [0, 1, 2, 3, 4].map(one);
const thousand = "(WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999) SELECT i FROM n)";
const mysqlFill = [
    "CREATE TABLE wide (id bigint PRIMARY KEY, groups_of int, filler varchar(600), KEY (groups_of)) CHARACTER SET latin1",
    ...Array.from(
        { length: rows / 1_000_000 },
        (_, million) =>
            `INSERT INTO wide SELECT id, id % 1000, REPEAT(CONCAT(${hashes((more) => `LEFT(SHA2(id + ${more}, 256), 32)`)}), 3) FROM (SELECT ${million} * 1000000 + a.i * 1000 + b.i AS id FROM ${thousand} a, ${thousand} b) numbers`,
    ),
];
const mysqlTools = (client: string, dump: string, options: string): Tools => {
    const admin = "--defaults-extra-file=/var/lib/devdb/client.cnf";
    return {
        fill: mysqlFill,
        dump: `set -o pipefail; ${dump} ${admin} ${options} --single-transaction --quick --hex-blob --no-tablespaces --skip-comments ${login.database} | gzip -1 > /tmp/hand`,
        restore: `set -o pipefail; ${client} ${admin} ${options.replace("--set-gtid-purged=OFF", "")} -e 'CREATE DATABASE hand' && gunzip -c /tmp/hand | ${client} ${admin} ${options.replace("--set-gtid-purged=OFF", "")} --binary-mode --max-allowed-packet=1G hand`,
    };
};

const tools: Readonly<Record<string, Tools>> = {
    postgres: {
        fill: [
            "CREATE TABLE wide (id bigint PRIMARY KEY, groups_of int, filler text)",
            `INSERT INTO wide SELECT id, id % 1000, repeat(${hashes((more) => `md5((id + ${more})::text)`).join(" || ")}, 3) FROM generate_series(0, ${rows - 1}) id`,
            "CREATE INDEX ON wide (groups_of)",
            // Else the server does so by itself while something is measured.
            "VACUUM ANALYZE wide",
        ],
        dump: `pg_dump -U postgres -Fc -Z1 -f /tmp/hand ${login.database}`,
        restore: "createdb -U postgres hand && pg_restore -U postgres --exit-on-error --single-transaction -d hand /tmp/hand",
    },
    mysql: mysqlTools("mysql", "mysqldump", "--set-gtid-purged=OFF"),
    mariadb: mysqlTools("mariadb", "mariadb-dump", "--skip-ssl-verify-server-cert"),
};

/** A dump of a gigabyte and the way back, beside the same by hand: in minutes, so that a third of the rounds is done. */
export async function dump(bench: Bench): Promise<void> {
    for (const subject of bench.subjects) {
        const child = await providerProcess(ours);
        try {
            await measure(bench, subject, child);
        } finally {
            child.end();
        }
    }
}

async function measure(bench: Bench, subject: Present, child: ProviderProcess): Promise<void> {
    const hand = tools[subject.family];
    if (!hand) return;
    const source = await child.create(await inputsOf(subject));
    const { connectionString: url, identifier, containerId } = source.outs;
    bench.say(`${subject.title}: filling ${rows / 2_000_000} GB`);
    for (const statement of hand.fill) await ask(String(url), statement);
    const container = daemon.getContainer(String(containerId));
    const directory = join(folder, "dumps");
    const rounds = Math.ceil(bench.runs / 3);
    // Whoever reads first waits for the disk, which is to be nobody's loss.
    await insideOf(container, hand.dump);
    for (let round = 1; round <= rounds; round += 1) {
        const note = (way: string, what: string, unit: "ms" | "MB", value: number) => {
            bench.say(`${subject.title}, round ${round} of ${rounds}: ${way}: ${what} ${Math.round(value)} ${unit}`);
            bench.note({ part: "dump", subject: subject.title, way, what }, unit, value);
        };
        const idle = await child.memory();
        await child.forgetPeak();
        const [dumping, taken] = await calmly(() =>
            child.create({ dbInstanceIdentifier: identifier, directory, method: "logical", triggers: [], tags: {}, __devdb: context() }),
        );
        note(ourDump, "dump", "ms", dumping);
        note(ourDump, "dump memory", "MB", (await child.peak()) - idle);
        note(byHand, "dump", "ms", (await calmly(() => insideOf(container, hand.dump)))[0]);

        const before = await child.memory();
        await child.forgetPeak();
        const inputs = await inputsOf(subject, { snapshotIdentifier: String(taken.outs.path) });
        const [restoring, copy] = await calmly(() => child.create(inputs));
        note(ourDump, "restore", "ms", restoring);
        note(ourDump, "restore memory", "MB", (await child.peak()) - before);
        const [[count] = []] = await ask(String(copy.outs.connectionString), "SELECT count(*) FROM wide");
        if (Number(count) !== rows) throw new Error(`${String(count)} of ${rows} rows came back`);
        await copy.remove();
        note(byHand, "restore", "ms", (await calmly(() => insideOf(container, hand.restore)))[0]);
        await ask(altered(String(url), { database: subject.family === "postgres" ? "postgres" : login.database }), "DROP DATABASE hand");
        await taken.remove();
    }
    await source.remove();
    await rm(directory, { recursive: true, force: true });
}

function context() {
    return { name: newName(), project, stack: mark, organization: "organization", urn: "", config: {}, given: [] };
}
