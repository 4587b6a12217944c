import assert from "node:assert/strict";
import { ask } from "../support/ask";
import { containerId, daemon } from "../support/daemon";
import { docker } from "../support/docker";
import { plain, type Subject, subjects } from "../support/engines";
import { type Driver, driver, stack } from "../support/instance";
import { ownDirectory, snapshotDriver } from "../support/snapshot";
import { until } from "../support/under-way";

for (const subject of subjects.filter(({ family }) => family === "postgres"))
    describe(`instances of ${subject.title} from one layer`, () => identified(subject));
if (plain) describe("subscribers from one layer", () => replicated(plain as Subject));

const url = (db: Driver) => db.text("connectionString");

async function identifierOf(db: Driver): Promise<string> {
    const [[identifier] = []] = await ask(url(db), "SELECT system_identifier::text FROM pg_control_system()");
    return String(identifier);
}

function identified(subject: Subject): void {
    const base = { ...subject.args, durability: "fast" };
    const made: Driver[] = [];
    const make = async (args: Readonly<Record<string, unknown>> = {}) => {
        const db = driver("identifier", { config: { snapshotDirectory: directory.path } });
        made.push(db);
        await db.up({ ...base, ...args });
        return db;
    };
    let directory: Awaited<ReturnType<typeof ownDirectory>>;
    let snapshot: ReturnType<typeof snapshotDriver>;
    const answers = (db: Driver) =>
        until(() =>
            ask(url(db), "SELECT 1").then(
                () => true,
                () => false,
            ),
        );
    /** Also the control file's own checksum is right. */
    const sound = async (db: Driver) => {
        const said = await docker("exec", "-u", "postgres", db.text("identifier"), "sh", "-c", "pg_controldata 2>&1");
        assert.doesNotMatch(said, /checksum does not match|warning/i);
        assert.equal(/^Database system identifier: +(\d+)$/m.exec(said)?.[1], await identifierOf(db));
    };

    before(async () => {
        directory = await ownDirectory();
        snapshot = snapshotDriver(directory.path);
    });
    after(async () => {
        for (const db of made) if (db.exists) await db.destroy();
        if (snapshot.exists) await snapshot.destroy();
        await directory.remove();
    });

    it("have system identifiers of their own, and so have a copy, its copy and data in a volume", async () => {
        const one = await make();
        await Promise.all([make(), make({ username: "app", dbName: "orders" }), make({ storage: "volume" })]);
        await snapshot.up({ dbInstanceIdentifier: one.text("identifier"), method: "image" });
        const [copy] = await Promise.all([{}, {}, { storage: "volume" }].map((args) => make({ snapshotIdentifier: snapshot.id, ...args })));
        const further = snapshotDriver(directory.path);
        try {
            await further.up({ dbInstanceIdentifier: copy?.text("identifier"), method: "image" });
            const last = await make({ snapshotIdentifier: further.id });
            const identifiers = await Promise.all(made.map(identifierOf));
            assert.equal(new Set(identifiers).size, made.length, identifiers.join());
            for (const db of made) await sound(db);
            await last.destroy();
        } finally {
            if (further.exists) await further.destroy();
        }
    });

    it("keep them through a restart and a recreate", async () => {
        const kept = made.filter(({ exists }) => exists);
        const identifiers = await Promise.all(kept.map(identifierOf));
        await docker("restart", ...kept.map((db) => db.text("identifier")));
        await Promise.all(kept.map(answers));
        assert.deepEqual(await Promise.all(kept.map(identifierOf)), identifiers);
        const [primed, , , volume, copy] = kept;
        for (const [db, args] of [
            [primed, {}],
            [volume, { storage: "volume" }],
            [copy, { snapshotIdentifier: snapshot.id }],
        ] as const) {
            assert.ok(db);
            const before = [await containerId(db), await identifierOf(db)];
            await db.up({ ...base, ...args, environment: { SOME: "thing" } });
            assert.notEqual(await containerId(db), before[0]);
            assert.equal(await identifierOf(db), before[1]);
            await sound(db);
        }
    });

    it("have replication slots of their own under one name", async () => {
        const [one, other] = made as [Driver, Driver];
        for (const db of [one, other]) await ask(url(db), "SELECT pg_create_physical_replication_slot('follower', true)");
        await ask(url(one), "SELECT pg_drop_replication_slot('follower')");
        assert.deepEqual(await ask(url(other), "SELECT slot_name::text FROM pg_replication_slots"), [["follower"]]);
    });
}

function replicated(subject: Subject): void {
    const network = `devdb-test-${stack}-replication`;
    const base = { ...subject.args, durability: "fast", networks: [network] };
    const [publisher, one, other] = [driver("publisher"), driver("subscriber"), driver("subscriber")];
    const subscribers = [one, other];
    const rows = 100_000;
    const subscribe = (db: Driver) =>
        ask(
            url(db),
            `CREATE SUBSCRIPTION news CONNECTION 'host=${publisher.text("identifier")} user=postgres dbname=postgres password=${publisher.text("password")}'
             PUBLICATION news WITH (slot_name = '${db.name.replace("-", "_")}')`,
        );
    const tables = ["items", "others", "thirds"];

    before(async () => {
        await daemon.createNetwork({ Name: network, CheckDuplicate: true });
        await publisher.up({ ...base, parameters: { wal_level: "logical" } });
        await Promise.all(subscribers.map((db) => db.up(base)));
        for (const table of tables) {
            await ask(url(publisher), `CREATE TABLE ${table} AS SELECT i AS id FROM generate_series(1, ${rows}) i`);
            await ask(url(publisher), `ALTER TABLE ${table} ADD PRIMARY KEY (id)`);
            for (const db of subscribers) await ask(url(db), `CREATE TABLE ${table} (id int PRIMARY KEY)`);
        }
        await ask(url(publisher), `CREATE PUBLICATION news FOR TABLE ${tables.join(", ")}`);
    });
    after(async () => {
        for (const db of [publisher, ...subscribers]) if (db.exists) await db.destroy();
        await daemon.getNetwork(network).remove();
    });

    it("all get every row, though all copy the same tables of one publisher at once, and it is written to meanwhile", async () => {
        let written = rows;
        const write = async () => {
            written += 1;
            for (const table of tables) await ask(url(publisher), `INSERT INTO ${table} VALUES (${written})`);
        };
        let subscribed = false;
        const writing = (async () => {
            while (!subscribed) await write();
            for (let count = 0; count < 50; count += 1) await write();
        })();
        await Promise.all(subscribers.map(subscribe));
        subscribed = true;
        await writing;
        const counts = `SELECT ${tables.map((table) => `(SELECT count(*)::int FROM ${table})`).join(", ")}`;
        for (const db of subscribers) await until(async () => ((await ask(url(db), counts))[0] ?? []).every((count) => count === written));
        // Nor had one that waited for the other's slot, or lost its own, to try again.
        for (const db of subscribers)
            assert.deepEqual(await ask(url(db), "SELECT sync_error_count::int FROM pg_stat_subscription_stats"), [[0]]);
    });
}
