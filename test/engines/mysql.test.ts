import assert from "node:assert/strict";
import fc from "fast-check";
import { mariadb } from "../../provider/engines/mariadb";
import { mysql } from "../../provider/engines/mysql";
import { optionFile } from "../../provider/engines/mysql-account";
import { passwords } from "./secrets";

const login = { username: "o'app", dbName: "or`ders", password: "it's \\ secret" };

for (const engine of [mysql, mariadb]) {
    describe(engine.title, () => {
        it("makes the user and the database under any sql_mode", () => {
            const { stdin } = engine.account(login, { fast: false });
            const [first, ...rest] = stdin.trimEnd().split("\n");
            assert.equal(first, "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES';");
            assert.deepEqual(rest, [
                "CREATE DATABASE IF NOT EXISTS `or``ders`;",
                "SET SESSION sql_log_bin = 0, SESSION sql_log_off = 1;",
                "CREATE USER IF NOT EXISTS 'o''app'@'%' IDENTIFIED BY 'it''s \\ secret';",
                "ALTER USER 'o''app'@'%' IDENTIFIED BY 'it''s \\ secret' ACCOUNT UNLOCK;",
                "GRANT ALL PRIVILEGES ON *.* TO 'o''app'@'%' WITH GRANT OPTION;",
            ]);
        });

        it("leaves root@localhost to the administrator when root is the master user", () => {
            const { stdin } = engine.account({ username: "root", password: "secret" }, { fast: false });
            assert.ok(stdin.includes("'root'@'%'") && !stdin.includes("localhost") && !stdin.includes("CREATE DATABASE"));
        });

        it("asks for the password before any other option of the client", () => {
            const { command, stdin } = engine.innerLogin(login);
            assert.match(command[2] ?? "", /"\$client" --defaults-extra-file=\/dev\/stdin/);
            assert.equal(stdin, '[client]\npassword = "it\'s \\\\ secret"\n');
            assert.ok(command.includes("--user=o'app") && command.includes("--database=or`ders"));
            assert.ok(!engine.innerLogin({ username: "root", password: "x" }).command.some((word) => word.startsWith("--database")));
        });

        it("keeps both forms of the throw-away password beside the data, so that they agree for good", () => {
            const start = { name: engine.family, version: engine.versions.default, account: engine.defaults, bootstrap: "Throw4way" };
            const plan = engine.container({ ...start, place: { directory: "/var/lib/devdb" } });
            assert.deepEqual(
                plan.files.map(({ path, once }) => [path, once]),
                [
                    ["/var/lib/devdb/bootstrap", true],
                    ["/var/lib/devdb/client.cnf", true],
                ],
            );
            assert.ok(Object.values(plan.environment).includes("/var/lib/devdb/bootstrap"));
            assert.deepEqual(plan.command?.slice(1), ["--datadir=/var/lib/devdb/data"]);
        });

        it("is started plainly with what its data directory is made by, and in a cluster", () => {
            const unfit = (settings: Readonly<Record<string, string>>) => engine.priming?.unfit({ settings, environment: {} });
            for (const name of ["innodb_page_size", "lower-case-table-names", "wsrep_on"]) assert.equal(unfit({ [name]: "1" }), true, name);
            assert.equal(unfit({ innodb_buffer_pool_size: "64M" }), false);
        });

        it("refuses names that the server would change silently", () => {
            for (const username of ["a ", " a", "😀", "mysql.sys", "x".repeat(200)]) {
                assert.equal(engine.faults({ username })[0]?.property, "username", username);
            }
            for (const dbName of ["a ", "😀", "mysql", "SYS", "#mysql50#a", "d".repeat(65)]) {
                assert.equal(engine.faults({ dbName })[0]?.property, "dbName", dbName);
            }
            assert.deepEqual(engine.faults({ username: "ünï 'x", dbName: "漢字/\\." }), []);
        });

        it("refuses passwords that cannot be sent without TLS", () => {
            assert.deepEqual(engine.faults({ password: "p".repeat(213) }), []);
            assert.equal(engine.faults({ password: "p".repeat(214) })[0]?.property, "password");
        });

        it("lets the program skip the time zones, and nothing that makes accounts", () => {
            assert.ok(!engine.ownsVariable("MYSQL_INITDB_SKIP_TZINFO") || engine === mariadb);
            for (const name of ["MYSQL_USER", "MYSQL_ROOT_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"])
                assert.ok(engine.ownsVariable(name), name);
        });

        it("tells a wrong account from a server that starts", () => {
            const { refusal } = engine.client;
            for (const code of ["ER_ACCESS_DENIED_ERROR", "ER_BAD_DB_ERROR", "ER_HOST_NOT_PRIVILEGED"])
                assert.equal(refusal(code), "account");
            for (const code of ["PROTOCOL_CONNECTION_LOST", "ER_SERVER_SHUTDOWN", "ER_CON_COUNT_ERROR"])
                assert.equal(refusal(code), "starting");
        });

        it("writes a URL for its drivers", () => {
            const at = { host: "127.0.0.1", port: 3306 };
            assert.equal(
                engine.url({ username: "app", dbName: "orders", password: "a/b@c" }, at),
                "mysql://app:a%2Fb%40c@127.0.0.1:3306/orders",
            );
            assert.equal(engine.url({ username: "root", password: "x" }, at), "mysql://root:x@127.0.0.1:3306/");
        });
    });
}

describe("option files", () => {
    it("are read back as the clients read them", () => {
        fc.assert(
            fc.property(passwords, (value) => {
                const [section, line = ""] = optionFile("client", { password: value }).split("\n");
                assert.equal(section, "[client]");
                assert.equal(readValue(line), value);
            }),
        );
    });
});

/** As my_default.cc does it: cut a comment outside quotes, then the quotes, then the escapes. */
function readValue(line: string): string {
    const text = line.slice(line.indexOf("=") + 1).trim();
    assert.match(text, /^"(?:[^"\\]|\\.)*"$/u);
    return text.slice(1, -1).replaceAll(/\\(["\\])/g, "$1");
}

describe("versions of MySQL and MariaDB", () => {
    it("are read out of what the servers print", () => {
        assert.equal(mysql.versionOf("9.7.4-2"), "9.7.4");
        assert.equal(mariadb.versionOf("11.8.6-MariaDB-0+deb13u1 from Debian"), "11.8.6");
        assert.equal(mysql.versions.major("8.4.10"), "8.4");
        assert.equal(mariadb.versions.major("10.11.18"), "10.11");
    });
});
