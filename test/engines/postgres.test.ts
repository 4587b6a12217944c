import assert from "node:assert/strict";
import { postgres } from "../../provider/engines/postgres";
import { vacancies } from "./postgres-layers";

const login = { username: "o'app", dbName: "or'ders", password: "it's \\ secret" };
const place = { directory: postgres.data.mount };

describe("PostgreSQL", () => {
    it("reads the version out of what the server and the client print", () => {
        assert.equal(postgres.versionOf("17.11 (Debian 17.11-0+deb13u1)"), "17.11");
        assert.equal(postgres.versionOf("18beta1"), "18");
        assert.equal(postgres.versions.major("17.5"), "17");
    });

    it("names user, password and database in literals that format() quotes", () => {
        const { stdin, user } = postgres.account(login, { fast: false });
        assert.equal(user, "postgres");
        assert.ok(stdin.includes("format('CREATE ROLE %I LOGIN', 'o''app')"));
        assert.ok(stdin.includes("format('CREATE DATABASE %I OWNER %I', 'or''ders', 'o''app')"));
        assert.ok(stdin.indexOf("log_statement") < stdin.indexOf("PASSWORD"));
    });

    it("writes a fresh layer's account into its files, as what the server would store of the password", () => {
        const known = `vacancy ${vacancies["17"]}`;
        const start = { name: "postgres", version: "17", account: login, bootstrap: "random", place, known };
        const files = postgres.priming?.start(start, login).stdin?.({}) ?? [];
        assert.ok(typeof files !== "string");
        assert.equal(files[0]?.path, "/var/lib/devdb/data/global/1260");
        assert.match(String(files[0]?.content.toString("latin1")), /SCRAM-SHA-256\$4096:[^A]/);
        for (const { content } of files) assert.ok(!content.includes("secret"));
    });

    it("leaves the account to whoever finds it missing, where the layer has no known place for it", () => {
        const start = { name: "postgres", version: "17", account: login, bootstrap: "random", place };
        const plan = postgres.priming?.start(start, login);
        assert.equal(plan?.stdin, undefined);
        assert.equal(plan?.makesAccount, "before it answers");
    });

    it("takes the password away from the bootstrap role unless it is the master user", () => {
        assert.ok(postgres.account(login, { fast: false }).stdin.includes("ALTER ROLE postgres PASSWORD NULL"));
        assert.ok(!postgres.account({ ...login, username: "postgres" }, { fast: false }).stdin.includes("PASSWORD NULL"));
    });

    it("puts parameters behind the server's own file", () => {
        const { content } = postgres.parameters?.({ search_path: "it's\\x" }, place) ?? { content: "" };
        assert.equal(content, "include_if_exists = '/var/lib/devdb/data/postgresql.conf'\nsearch_path = 'it''s\\\\x'\n");
    });

    it("keeps names that the server would cut or that it owns", () => {
        assert.equal(postgres.faults({ dbName: "d".repeat(64) })[0]?.property, "dbName");
        assert.equal(postgres.faults({ username: "pg_app" })[0]?.property, "username");
        assert.equal(postgres.faults({ dbName: "template1" })[0]?.property, "dbName");
    });

    it("tells a wrong account from a server that starts", () => {
        const { refusal } = postgres.client;
        assert.deepEqual(["28P01", "3D000", "57P03", "ECONNREFUSED"].map(refusal), ["account", "account", "starting", "starting"]);
    });

    it("hands out the password that it sets, in the one form that all clients leave as it is", () => {
        const given = { ...login, password: "a\u00a0b\u00ad\ufb01" };
        assert.equal(postgres.innerLogin(given).stdin, "a bfi\n");
        assert.ok(postgres.account(given, { fast: false }).stdin.includes("'a bfi'"));
        assert.equal(new URL(postgres.url(given, { host: "127.0.0.1", port: 5432 })).password, "a%20bfi");
    });

    it("writes a URL for its drivers", () => {
        assert.equal(
            postgres.url({ username: "app", dbName: "orders", password: "a/b@c" }, { host: "127.0.0.1", port: 5432 }),
            "postgresql://app:a%2Fb%40c@127.0.0.1:5432/orders",
        );
    });
});
