import * as devdb from "pulumi-devdb";

const orders = new devdb.Instance("orders", { engine: "postgres", engineVersion: "17", dbName: "orders", username: "app" });

export const endpoint = orders.endpoint;
export const url = orders.connectionString;
