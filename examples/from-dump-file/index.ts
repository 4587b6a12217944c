import * as pulumi from "@pulumi/pulumi";
import * as devdb from "pulumi-devdb";

/** A dump that you have: by `pg_dump`, in its custom format or as plain text, gzipped or not. */
const file = new pulumi.Config().get("dump") ?? "./shop.sql";

const production = new devdb.Snapshot("production", { file });

const shop = new devdb.Instance("shop", {
    engine: "postgres",
    engineVersion: "17",
    snapshotIdentifier: production.id,
    dbName: "shop",
    username: "app",
});

export const connect = pulumi.interpolate`docker exec -it ${shop.identifier} psql -U ${shop.username} ${shop.dbName}`;
export const url = shop.connectionString;
export const tool = production.tool;
