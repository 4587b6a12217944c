import * as pulumi from "@pulumi/pulumi";
import * as devdb from "pulumi-devdb";

/** Counted up by hand: each change takes the snapshot anew, and makes the copy from it. */
const round = new pulumi.Config().get("round") ?? "1";

const orders = new devdb.Instance("orders", {
    engine: "postgres",
    engineVersion: "17",
    dbName: "orders",
    username: "app",
    seeds: [
        { name: "schema", file: "./schema.sql" },
        { name: "items", sql: "INSERT INTO items (name) VALUES ('tea'), ('cups')" },
    ],
});

const saved = new devdb.Snapshot("saved", { dbInstanceIdentifier: orders.id, method: "logical", triggers: [round] });

const copy = new devdb.Instance("copy", { engine: "postgres", engineVersion: "17", snapshotIdentifier: saved.id });

const session = (db: devdb.Instance) => pulumi.interpolate`docker exec -it ${db.identifier} psql -U ${db.username} ${db.dbName}`;

export const connect = session(orders);
export const connectToCopy = session(copy);
export const snapshot = saved.path;
