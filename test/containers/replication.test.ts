import assert from "node:assert/strict";
import { ask } from "../support/ask";
import { daemon } from "../support/daemon";
import { families, type Subject } from "../support/engines";
import { type Driver, driver, stack } from "../support/instance";
import { until } from "../support/under-way";

const network = `devdb-test-${stack}-replication`;

for (const subject of families.filter(({ family }) => family === "postgres"))
    describe(`instances of ${subject.title} from one layer`, () => replicated(subject));

function replicated(subject: Subject): void {
    const base = { ...subject.args, durability: "fast", networks: [network] };
    const publisher = driver("publisher");
    const [one, other, plain] = [driver("subscriber"), driver("subscriber"), driver("subscriber")];
    const subscribers = [one, other, plain];
    const url = (db: Driver) => db.text("connectionString");
    const subscribe = (db: Driver) =>
        ask(
            url(db),
            `CREATE SUBSCRIPTION news CONNECTION 'host=${publisher.text("identifier")} user=postgres dbname=postgres password=${publisher.text("password")}'
             PUBLICATION news WITH (slot_name = '${db.name.replace("-", "_")}')`,
        );
    const write = (value: number) => ask(url(publisher), `INSERT INTO items VALUES (${value})`);
    /** Until the first copy of a table is done. */
    const copied = (db: Driver) =>
        until(async () => (await ask(url(db), "SELECT srsubstate::text FROM pg_subscription_rel")).join() === "r");
    const has = (db: Driver, rows: number) => until(async () => (await ask(url(db), "SELECT count(*)::int FROM items"))[0]?.[0] === rows);

    before(async () => {
        await daemon.createNetwork({ Name: network, CheckDuplicate: true });
        await publisher.up({ ...base, parameters: { wal_level: "logical" } });
        await Promise.all(subscribers.map((db) => db.up({ ...base, priming: db !== plain })));
        await ask(url(publisher), "CREATE TABLE items AS SELECT i AS id FROM generate_series(1, 1000) i");
        await ask(url(publisher), "ALTER TABLE items ADD PRIMARY KEY (id)");
        await ask(url(publisher), "CREATE PUBLICATION news FOR TABLE items");
        for (const db of subscribers) await ask(url(db), "CREATE TABLE items (id int PRIMARY KEY)");
    });
    after(async () => {
        for (const db of [publisher, ...subscribers]) if (db.exists) await db.destroy();
        await daemon.getNetwork(network).remove();
    });

    it("have its system identifier, and replication slots of their own under one name", async () => {
        const identifiers = await Promise.all(
            [publisher, ...subscribers].map((db) => ask(url(db), "SELECT system_identifier::text FROM pg_control_system()")),
        );
        const [[first], [second], [third], [fourth]] = identifiers.map(([row]) => row ?? []) as [[string], [string], [string], [string]];
        assert.deepEqual([second, third], [first, first]);
        assert.notEqual(fourth, first);
        for (const db of [one, other]) await ask(url(db), "SELECT pg_create_physical_replication_slot('follower', true)");
        await ask(url(one), "SELECT pg_drop_replication_slot('follower')");
        assert.deepEqual(await ask(url(other), "SELECT slot_name::text FROM pg_replication_slots"), [["follower"]]);
    });

    it("all get every row of one publisher, those of the layer one after the other and one without at any time", async () => {
        await Promise.all([subscribe(one), subscribe(plain)]);
        await write(1001);
        await Promise.all([copied(one), copied(plain)]);
        await subscribe(other);
        await write(1002);
        await copied(other);
        await write(1003);
        for (const db of subscribers) await has(db, 1003);
    });
}
