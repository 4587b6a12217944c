import * as pulumi from "@pulumi/pulumi";
import * as devdb from "pulumi-devdb";

const orders = new devdb.Instance("orders", { engine: "postgres", engineVersion: "17", dbName: "orders", username: "app" });

export const endpoint = orders.endpoint;
export const url = orders.connectionString;
export const connect = pulumi.interpolate`docker exec -it ${orders.identifier} psql -U ${orders.username} ${orders.dbName}`;
