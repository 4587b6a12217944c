import assert from "node:assert/strict";
import { sqlserver } from "../../provider/engines/sqlserver";

const login = { username: "o'app]", dbName: "or'de]rs", password: "it's $(secret)" };
const start = { version: "2022", account: sqlserver.defaults, bootstrap: "Throw4way", place: { directory: sqlserver.data.mount } };

describe("SQL Server", () => {
    it("says the year first, as its tags do", () => {
        const said =
            "Microsoft SQL Server 2022 (RTM-CU17) (KB5048038) - 16.0.4175.1 (X64) \n\tNov 13 2024 01:14:37 \n\tDeveloper Edition (64-bit)";
        assert.equal(sqlserver.versionOf(said), "2022 (16.0.4175.1)");
        assert.equal(sqlserver.versions.major("2022 (16.0.4175.1)"), "2022");
        assert.equal(sqlserver.versions.reported?.("2022-CU26-ubuntu-22.04"), "2022");
    });

    it("has tags for lines and for what the registry calls a version", () => {
        assert.equal(sqlserver.image.tag("2019", "sqlserver"), "2019-latest");
        assert.equal(sqlserver.image.tag("2022-CU26-ubuntu-22.04", "sqlserver"), "2022-CU26-ubuntu-22.04");
    });

    it("runs the edition that the engine's name means", () => {
        const editionOf = (name: string) => sqlserver.container({ ...start, name }).environment.MSSQL_PID;
        assert.deepEqual(sqlserver.names.map(editionOf), ["Developer", "Standard", "Express", "Web", "Developer"]);
    });

    it("leaves a fifth of the container's memory to the rest", () => {
        const { environment } = sqlserver.container({ ...start, name: "sqlserver", memory: 4 * 1024 ** 3 });
        assert.equal(environment.MSSQL_MEMORY_LIMIT_MB, "3276");
        assert.ok(!("MSSQL_MEMORY_LIMIT_MB" in sqlserver.container({ ...start, name: "sqlserver" }).environment));
    });

    it("quotes names and literals in its own way", () => {
        const { stdin } = sqlserver.account(login, { fast: false });
        assert.ok(
            stdin.includes("WHERE name = N'o''app]') CREATE LOGIN [o'app]]] WITH PASSWORD = N'it''s $(secret)', CHECK_POLICY = OFF;"),
        );
        assert.ok(stdin.includes("IF DB_ID(N'or''de]rs') IS NULL CREATE DATABASE [or'de]]rs];"));
        assert.ok(stdin.endsWith("GO\n"));
    });

    it("ends the password policy before it sets a password that the policy would refuse", () => {
        const { stdin } = sqlserver.account({ username: "sa", password: "simple" }, { fast: false });
        assert.deepEqual(stdin.split("\n"), [
            "ALTER LOGIN [sa] WITH CHECK_POLICY = OFF;",
            "ALTER LOGIN [sa] WITH PASSWORD = N'simple';",
            "ALTER LOGIN [sa] ENABLE;",
            "GO",
            "",
        ]);
    });

    it("disables sa where another is the master user", () => {
        assert.ok(sqlserver.account(login, { fast: false }).stdin.includes("ALTER LOGIN [sa] DISABLE;"));
    });

    it("takes back what fast has set, and nothing else", () => {
        const statements = (fast: boolean) =>
            sqlserver
                .account(login, { fast })
                .stdin.split("\n")
                .filter((line) => line.includes("DURABILITY"));
        assert.match(statements(true).join(), /^IF NOT EXISTS .* SET DELAYED_DURABILITY = FORCED;$/);
        assert.match(statements(false).join(), /^IF EXISTS .* = 'FORCED'\) ALTER DATABASE .* SET DELAYED_DURABILITY = DISABLED;$/);
    });

    it("substitutes nothing in what it is given", () => {
        for (const { command } of [sqlserver.innerLogin(login), sqlserver.account(login, { fast: false })])
            assert.match(command[2] ?? "", / -x /);
    });

    it("groups parameters by section", () => {
        const settings = { "memory.memorylimitmb": "2048", "sqlagent.enabled": "true", "memory.other": "1" };
        const file = sqlserver.parameters?.(settings, start.place);
        assert.equal(file?.path, "/var/opt/mssql/mssql.conf");
        assert.equal(file?.content, "[memory]\nmemorylimitmb = 2048\nother = 1\n[sqlagent]\nenabled = true\n");
        assert.equal(sqlserver.parameters?.({}, start.place).content, "");
    });

    it("tells a wrong account from a server that starts", () => {
        const { refusal } = sqlserver.client;
        const driver = "Sqlcmd: Error: Microsoft ODBC Driver 18 for SQL Server : ";
        assert.equal(refusal(`${driver}Login failed for user 'sa'..`), "account");
        assert.equal(refusal(`${driver}Cannot open database "orders" requested by the login. The login failed..`), "account");
        assert.equal(
            refusal(`${driver}Login failed for user 'sa'. Reason: Server is in script upgrade mode. Only administrator can connect..`),
            "starting",
        );
        assert.equal(refusal(`${driver}Login timeout expired.`), "starting");
        assert.equal(refusal(`${driver}Login failed for user 'sa'..\nno administrator can log in yet`), "starting");
        assert.equal(refusal("Msg 102, Level 15, State 1, Server orders, Line 1\nIncorrect syntax near 'x'."), "fatal");
    });

    it("refuses names that would be a domain's, or are its own", () => {
        for (const username of ["DOMAIN\\me", "devdb", "##x##"])
            assert.equal(sqlserver.faults({ username })[0]?.property, "username", username);
        for (const dbName of ["master", "tempdb", "d".repeat(124)])
            assert.equal(sqlserver.faults({ dbName })[0]?.property, "dbName", dbName);
    });

    it("writes a URL that takes its own certificate", () => {
        assert.equal(
            sqlserver.url({ username: "sa", password: "a/b@c" }, { host: "127.0.0.1", port: 1433 }),
            "mssql://sa:a%2Fb%40c@127.0.0.1:1433/master?encrypt=true&trustServerCertificate=true",
        );
    });
});
