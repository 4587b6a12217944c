import assert from "node:assert/strict";
import { engineNamed } from "../../provider/engines";
import { failed } from "../../provider/lifecycle/take";

describe("a tool that failed", () => {
    const words = (family: string, text: string) => failed(engineNamed(family)!, ["pg_dump"], 1, text).message;

    it("is told with its last words, without a hash and without whole rows", () => {
        assert.equal(words("postgres", "one\ntwo"), "PostgreSQL's pg_dump ended with 1: one\ntwo");
        assert.doesNotMatch(words("postgres", "LINE 1: ALTER ROLE a PASSWORD 'SCRAM-SHA-256$4096:abc$def:ghi'"), /abc|def/);
        assert.doesNotMatch(words("mysql", `CREATE USER a IDENTIFIED WITH 'x' AS 0x${"24".repeat(70)} REQUIRE`), /2424/);
        assert.doesNotMatch(words("mariadb", `CREATE USER a IDENTIFIED BY PASSWORD '*${"AB".repeat(20)}'`), /ABAB/);
        assert.doesNotMatch(words("mariadb", "CREATE USER a IDENTIFIED VIA ed25519 USING 'ZIgUREUg5PVgQ6LskhXmO'"), /ZIgU/);
        assert.ok(words("mariadb", `INSERT INTO t VALUES ('${"x".repeat(10_000)}')`).length < 400);
        assert.match(
            failed(engineNamed("postgres")!, ["pg_dump"], 137, "").message,
            /ended with 137, which means that it was killed \(signal 9\)$/,
        );
    });
});
