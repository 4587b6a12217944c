import assert from "node:assert/strict";
import { db2 } from "../../provider/engines/db2";

describe("Db2", () => {
    it("has a whole version's tag for each line, as the registry has no other", () => {
        for (const line of db2.versions.lines) assert.match(db2.image.tag(line, "db2"), /^\d+\.\d+\.\d+\.\d+$/);
        assert.equal(db2.image.tag("11.5.8.0", "db2"), "11.5.8.0");
    });

    it("reads the version out of what a connection says", () => {
        const said =
            " Database Connection Information\n\n Database server        = DB2/LINUXX8664 11.5.9.0\n SQL authorization ID   = DB2INST1\n";
        assert.equal(db2.versionOf(said), "11.5.9.0");
        assert.equal(db2.versions.major("11.5.9.0"), "11.5");
    });

    it("has the image make the database that is asked for", () => {
        const start = { name: "db2", version: "11.5", bootstrap: "Throw4way", place: { directory: "/database" } };
        assert.equal(db2.container({ ...start, account: { username: "db2inst1", dbName: "ORDERS" } }).environment.DBNAME, "ORDERS");
        assert.equal(db2.container({ ...start, account: db2.defaults }).environment.DBNAME, "DEVDB");
    });

    it("sets the password by its first line, then speaks as the instance's owner", () => {
        const { stdin, command, user } = db2.account({ username: "db2inst1", dbName: "ORDERS", password: "p:w $x" }, { fast: false });
        assert.equal(stdin, "p:w $x\nCONNECT TO ORDERS;\nCONNECT RESET;\n");
        assert.equal(user, "root");
        assert.match(command[2] ?? "", /chpasswd[\s\S]*su - db2inst1/);
    });

    it("lets another user rule the database", () => {
        const { stdin, command } = db2.account({ username: "app", dbName: "ORDERS", password: "x" }, { fast: false });
        assert.ok(stdin.includes("GRANT DBADM, SECADM, DATAACCESS, ACCESSCTRL ON DATABASE TO USER app;\n"));
        assert.equal(command.at(-1), "app");
    });

    it("logs in by a statement on standard input", () => {
        const { stdin } = db2.innerLogin({ username: "app", dbName: "ORDERS", password: "!x y" });
        assert.equal(stdin, "CONNECT TO ORDERS USER app USING '!x y';\nSELECT 1 FROM SYSIBM.SYSDUMMY1;\n");
    });

    it("refuses names and passwords that Db2 or its system cannot keep", () => {
        for (const username of ["App", "root", "sysadm", "db2fenc1", "my app"])
            assert.equal(db2.faults({ username })[0]?.property, "username", username);
        for (const dbName of ["toolongname", "1db", "SYSDB", "my_db"]) assert.equal(db2.faults({ dbName })[0]?.property, "dbName", dbName);
        for (const password of ["it's", 'a"b', "blank at the end ", "ünï"]) assert.equal(db2.faults({ password })[0]?.property, "password");
    });

    it("tells a wrong account from a server that starts", () => {
        const { refusal } = db2.client;
        assert.equal(refusal('SQL30082N  Security processing failed with reason "24" ("USERNAME AND/OR PASSWORD INVALID").'), "account");
        assert.equal(refusal("SQL1032N  No start database manager command was issued."), "starting");
        assert.equal(refusal('SQL1013N  The database alias name or database name "ORDERS" could not be found.'), "starting");
        assert.equal(refusal("su: user db2inst1 does not exist"), "starting");
        assert.equal(refusal("user root belongs to the image"), "fatal");
    });
});
