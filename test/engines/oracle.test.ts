import assert from "node:assert/strict";
import { oracle } from "../../provider/engines/oracle";

const place = { directory: oracle.data.mount };

describe("Oracle Database Free", () => {
    it("starts from the image that brings its data files", () => {
        assert.equal(oracle.image.tag("23", "oracle"), "23-slim-faststart");
        assert.equal(oracle.image.tag("23.26.0", "oracle"), "23.26.0-slim-faststart");
        assert.equal(oracle.data.filled, true);
        assert.equal(oracle.versionOf("23.26.0.0.0"), "23.26.0.0.0");
    });

    it("gives SYSTEM its password where it is known everywhere", () => {
        const { stdin, command } = oracle.account({ username: "system", dbName: "FREEPDB1", password: "it's & secret" }, { fast: false });
        assert.ok(stdin.includes('ALTER USER "SYSTEM" IDENTIFIED BY "it\'s & secret" ACCOUNT UNLOCK;'));
        assert.ok(!stdin.includes("SET CONTAINER"));
        assert.ok(stdin.indexOf("SET DEFINE OFF") < stdin.indexOf("IDENTIFIED"));
        assert.equal(command.at(-1), "FREEPDB1");
    });

    it("makes any other user in the pluggable database, in upper case as drivers ask for it", () => {
        const { stdin, command } = oracle.account({ username: "app", dbName: "orders", password: "secret" }, { fast: false });
        assert.deepEqual(stdin.split("\n").slice(-6), [
            'ALTER SESSION SET CONTAINER = "ORDERS";',
            'CREATE USER IF NOT EXISTS "APP" IDENTIFIED BY "secret";',
            'GRANT DBA, UNLIMITED TABLESPACE TO "APP";',
            'ALTER USER "APP" IDENTIFIED BY "secret" ACCOUNT UNLOCK;',
            "EXIT",
            "",
        ]);
        assert.equal(command.at(-1), "ORDERS");
    });

    it("waits until the image has set its own password", () => {
        for (const script of [
            oracle.account({ username: "system", password: "x" }, { fast: false }),
            oracle.innerLogin({ username: "system", password: "x" }),
        ]) {
            assert.match(script.command[2] ?? "", /^healthcheck\.sh /);
        }
    });

    it("logs in by a statement on standard input", () => {
        const { stdin } = oracle.innerLogin({ username: "app", dbName: "orders", password: "p@ss/w:rd" });
        assert.ok(stdin.includes('CONNECT "APP"/"p@ss/w:rd"@//localhost:1521/orders\n'));
    });

    it("sets parameters at every start, in memory", () => {
        const { content, path } = oracle.parameters?.({ open_cursors: "500", nls_date_format: "YYYY-MM-DD 'x'" }, place) ?? {
            content: "",
            path: "",
        };
        assert.match(path, /^\/container-entrypoint-startdb\.d\//);
        assert.ok(content.startsWith("WHENEVER SQLERROR EXIT FAILURE\n"));
        assert.ok(content.includes("ALTER SYSTEM SET open_cursors = 500 SCOPE = MEMORY;\n"));
        assert.ok(content.includes("ALTER SYSTEM SET nls_date_format = 'YYYY-MM-DD ''x''' SCOPE = MEMORY;\n"));
    });

    it("refuses what its statements cannot say, and its own users", () => {
        assert.equal(oracle.faults({ password: 'a"b' })[0]?.property, "password");
        for (const username of ["sys", "SYSBACKUP", "xdb", "my user", "1a"])
            assert.equal(oracle.faults({ username })[0]?.property, "username", username);
        for (const dbName of ["free", "my-db", "d".repeat(31)]) assert.equal(oracle.faults({ dbName })[0]?.property, "dbName", dbName);
        assert.deepEqual(oracle.faults({ username: "SYSTEM" }), []);
    });

    it("tells a wrong account from a server that starts", () => {
        const { refusal } = oracle.client;
        assert.equal(refusal("ERROR:\nORA-01017: invalid credential or not authorized; logon denied"), "account");
        assert.equal(refusal("ORA-12514: Cannot connect to database. Service orders is not registered with the listener"), "account");
        assert.equal(refusal("ORA-12541: Cannot connect. No listener"), "starting");
        assert.equal(refusal("ORA-01033: ORACLE initialization or shutdown in progress"), "starting");
        assert.equal(refusal("ORA-01034: ORACLE not available"), "starting");
        assert.equal(refusal("the container is still starting"), "starting");
        assert.equal(refusal("ORA-28003: password verification for the specified password failed"), "fatal");
    });

    it("offers no faster way that would be less safe", () => {
        assert.equal(oracle.fast, undefined);
    });
});
