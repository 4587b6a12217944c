import * as devdb from "pulumi-devdb";

/** What the stack is made of, as a function, so that tests can make one of their own. */
export function orders() {
    const database = new devdb.Instance("orders", { engine: "postgres", engineVersion: "17", dbName: "orders", username: "app" });
    return { endpoint: database.endpoint, url: database.connectionString };
}
