import * as pulumi from "@pulumi/pulumi";
import * as devdb from "pulumi-devdb";

const config = new pulumi.Config();
const workers = config.getNumber("workers") ?? 10;
/** Counted up by hand when the rows in `golden` have changed: the snapshot is taken anew, and the copies are made from it. */
const round = config.get("round") ?? "1";

const golden = new devdb.Instance("golden", { engine: "postgres", engineVersion: "17", dbName: "shop", username: "app" });

const rows = new devdb.Snapshot("rows", { dbInstanceIdentifier: golden.id, method: "image", triggers: [round] });

const copies = Array.from(
    { length: workers },
    (_, worker) =>
        new devdb.Instance(`worker-${worker + 1}`, {
            engine: "postgres",
            engineVersion: "17",
            snapshotIdentifier: rows.id,
            durability: "fast",
        }),
);

/** What worker n connects to: `JSON.parse(process.env.DATABASES)[n]`. */
export const databases = copies.map((copy) => copy.connectionString);
export const connect = pulumi.interpolate`docker exec -it ${golden.identifier} psql -U ${golden.username} ${golden.dbName}`;
export const snapshot = rows.image;
