import assert from "node:assert/strict";
import pg from "pg";
import { type TemporaryStack, temporaryStack } from "pulumi-devdb/testing";
import { orders } from "./orders";

describe("the orders database", () => {
    let stack: TemporaryStack<ReturnType<typeof orders>>;
    let client: pg.Client;

    before(async () => {
        stack = await temporaryStack(orders);
        const { url } = await stack.up();
        client = new pg.Client(url);
        await client.connect();
    });

    after(async () => {
        await client?.end();
        await stack?.destroy();
    });

    it("keeps what it is told", async () => {
        await client.query("CREATE TABLE orders (id int PRIMARY KEY, what text)");
        await client.query("INSERT INTO orders VALUES (1, 'tea')");
        const { rows } = await client.query("SELECT what FROM orders WHERE id = 1");
        assert.deepEqual(rows, [{ what: "tea" }]);
    });

    it("refuses a second order of the same number", async () => {
        await assert.rejects(client.query("INSERT INTO orders VALUES (1, 'coffee')"), { code: "23505" });
    });
});
