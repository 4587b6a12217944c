import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { engineNamed } from "../../provider/engines";
import type { Account, Copy, FiledDump, Settings } from "../../provider/engines/engine";

const execute = promisify(execFile);

const dumpOf = (family: string) => engineNamed(family)!.dump as FiledDump;

interface Wish {
    readonly source?: Partial<Account>;
    readonly target?: Partial<Account>;
    readonly users?: readonly string[];
    readonly databases: Readonly<Record<string, Settings>>;
}

function copy({ source, target, users = [], databases }: Wish): Copy {
    const account = { username: "app", dbName: "orders", ...source };
    return {
        source: {
            version: "1",
            account,
            users,
            databases: Object.entries(databases).map(([name, settings]) => ({ name, settings, extensions: [] })),
            settings: {},
        },
        target: { ...account, ...target },
    };
}

const faults = (family: string, wish: Wish) =>
    dumpOf(family)
        .restore.faults(copy(wish))
        .map(({ property }) => property);
const restored = (family: string, wish: Wish, name: string, file: string) => {
    const whole = copy(wish);
    return dumpOf(family).restore.database(whole, whole.source.databases.find((each) => each.name === name)!, { folder: "/f", file });
};

describe("SQL Server: a dump and its way back", () => {
    const databases = { Orders: { owner: "APP" }, other: { owner: "bob" }, lost: { owner: "gone" } };
    const rows = (...lines: readonly (readonly string[])[]) => lines.map((line) => line.join("\t")).join("\r\n");
    const globals = rows(
        ["login", "app", "0x01", "0x0200AA", "0", "Orders"],
        ["login", "bob's", "0x02", "0x0200BB", "0", "other"],
        ["login", "gone", "0x03", "0x0200CC", "1", "master"],
        ["role", "sysadmin", "sa"],
        ["role", "dbcreator", "bob's"],
        ["grant", "VIEW SERVER STATE", "app"],
    );

    it("is told by databases with their owners, logins and version", () => {
        const told = dumpOf("sqlserver").surveyed(
            `${rows(["database", "orders", "app"], ["database", "odd name", ""], ["login", "app"])}\r\nMicrosoft SQL Server 2022 (RTM)\n\tJan 1`,
        );
        assert.deepEqual(told.databases, [
            { name: "orders", settings: { owner: "app" } },
            { name: "odd name", settings: { owner: "" } },
        ]);
        assert.deepEqual(told.users, ["app"]);
        assert.match(told.version, /^Microsoft SQL Server 2022 \(RTM\)\n\tJan 1$/);
    });

    it("gives the source's SID to the copy's login, which is no more anyone else's, and lets no other log in", () => {
        const sql = (target: Partial<Account>) =>
            dumpOf("sqlserver").restore.begin!(copy({ databases, target }), globals).stdin.split("\n");
        const made = sql({ username: "new" });
        assert.ok(made.includes("DROP LOGIN [new];"));
        assert.ok(
            made.some((line) => /^CREATE LOGIN \[new\] WITH PASSWORD = 0x02000+ HASHED, SID = 0x01, CHECK_POLICY = OFF;$/.test(line)),
        );
        assert.ok(!made.join().includes("0x0200AA"), "its old password is no way in, not for a moment");
        const bob = made.filter((line) => line.includes("LOGIN [bob's]"));
        assert.deepEqual(bob.slice(1), ["ALTER LOGIN [bob's] DISABLE;", "ALTER LOGIN [bob's] WITH PASSWORD = 0x0200BB HASHED;"]);
        assert.match(bob[0] ?? "", /^CREATE LOGIN \[bob's\] WITH PASSWORD = 0x02000+ HASHED, SID = 0x02/);
        assert.ok(made.includes("ALTER SERVER ROLE [dbcreator] ADD MEMBER [bob's];"));
        assert.ok(made.includes("GRANT VIEW SERVER STATE TO [new];"));
        assert.ok(!made.some((line) => line.includes("sysadmin")), "sa has its role already");
        assert.ok(!sql({ username: "sa" }).some((line) => /\[sa\]|\[app\]/.test(line)), "sa is every server's own");
    });

    it("lets those log in at the end who could", () => {
        const { stdin } = dumpOf("sqlserver").restore.logins(copy({ databases }), globals);
        assert.deepEqual(stdin.match(/ALTER .*/g), ["ALTER LOGIN [bob's] ENABLE;"]);
    });

    it("leaves a database's name as it is written, where the argument differs in its case only", () => {
        const wish = { databases, source: { dbName: "orders" }, target: { dbName: "ORDERS" } };
        assert.equal(restored("sqlserver", wish, "Orders", "x").command.at(-2), "[Orders]");
    });

    it("restores each database beside files of its own name, owned by whoever is there", () => {
        const wish = { databases, users: ["app", "bob"], target: { username: "new", dbName: "shop" } };
        const own = restored("sqlserver", wish, "Orders", "database.bak");
        assert.deepEqual(own.command.slice(-3), ["/f/database.bak", "[shop]", "/var/opt/mssql/data/shop"]);
        assert.match(own.stdin, /^ALTER AUTHORIZATION ON DATABASE::\[shop\] TO \[new\];/);
        assert.match(restored("sqlserver", wish, "other", "x").stdin, /DATABASE::\[other\] TO \[bob\];/);
        assert.doesNotMatch(restored("sqlserver", wish, "lost", "x").stdin, /AUTHORIZATION/);
        const { stdin = "" } = dumpOf("sqlserver").restore.grants?.(copy(wish), globals) ?? {};
        assert.match(stdin, /ALTER LOGIN \[bob's\] WITH DEFAULT_DATABASE = \[other\];/);
        assert.doesNotMatch(stdin, /\[app\]|\[new\]/);
    });

    it("refuses names that others have, whatever their case", () => {
        const users = ["app", "Bob"];
        assert.deepEqual(faults("sqlserver", { databases, users }), []);
        assert.deepEqual(faults("sqlserver", { databases, users, target: { username: "BOB" } }), ["username"]);
        assert.deepEqual(faults("sqlserver", { databases, users, target: { username: "sa", dbName: "ORDERS" } }), []);
        assert.deepEqual(faults("sqlserver", { databases, users, target: { dbName: "OTHER" } }), ["dbName"]);
    });
});

describe("Oracle: a dump and its way back", () => {
    const databases = { ORDERS: { users: '["APP","BOB"]' }, OTHER: { users: '["EVE"]' } };

    it("is told by pluggable databases that have users, without those of jobs that were killed", () => {
        const told = dumpOf("oracle").surveyed(
            "version 23.26.0.0.0\ndatabase EMPTY\nuser DEVDB_0A1B2C3D\ndatabase ORDERS\nuser APP  \nuser odd one\nuser DEVDB_ME\ndatabase OTHER\nuser APP\n",
        );
        assert.equal(told.version, "23.26.0.0.0");
        assert.deepEqual(told.users, ["APP", "odd one", "DEVDB_ME"]);
        assert.deepEqual(told.databases, [
            { name: "ORDERS", settings: { users: '["APP","odd one","DEVDB_ME"]' } },
            { name: "OTHER", settings: { users: '["APP"]' } },
        ]);
    });

    it("exports all users but those of jobs that were killed", async () => {
        const path = await mkdtemp(join(tmpdir(), "devdb-oracle-"));
        const program = async (name: string, text: string) => {
            await writeFile(join(path, name), `#!/bin/sh\n${text}\n`);
            await chmod(join(path, name), 0o755);
        };
        try {
            await program(
                "sqlplus",
                'grep -q username && printf "user APP\\nuser DEVDB_0A1B2C3D\\nuser odd one\\nuser DEVDB_MINE\\n"; exit 0',
            );
            await program("expdp", 'cat "$(printf %s "$1" | cut -d= -f2)"');
            const [shell = "", ...args] = dumpOf("oracle").database("ORDERS", "/data/devdb-dump-0a1b2c3d").command;
            const { stdout } = await execute(shell, args, { env: { ...process.env, PATH: `${path}:${process.env.PATH}` } });
            assert.match(stdout, /^schemas="APP","odd one","DEVDB_MINE"$/m);
            assert.match(stdout, /^userid=DEVDB_0A1B2C3D\/"p[0-9a-f]{32}"@\/\/localhost:1521\/ORDERS$/m);
        } finally {
            await rm(path, { recursive: true });
        }
    });

    it("maps the master user's schema in its own database only", () => {
        const wish = { databases, target: { username: "new", dbName: "shop" } };
        const own = restored("oracle", wish, "ORDERS", "dump.dmp");
        assert.deepEqual(own.command.slice(-4), ["SHOP", "/f", "dump.dmp", '"APP":"NEW"']);
        const other = restored("oracle", wish, "OTHER", "dump.dmp");
        assert.deepEqual(other.command.slice(-3), ["OTHER", "/f", "dump.dmp"]);
        assert.deepEqual(restored("oracle", { databases }, "ORDERS", "dump.dmp").command.slice(-3), ["ORDERS", "/f", "dump.dmp"]);
    });

    const written = (user: string, rest = "") =>
        `\n   CREATE USER "${user}" IDENTIFIED BY VALUES 'S:AB;T:CD'\n      DEFAULT COLLATION "USING_NLS_COMP"\n      TEMPORARY TABLESPACE "TEMP"${rest}   \n`;
    const globals = [
        "database EMPTY\ndatabase ORDERS",
        written("APP"),
        written("BOB", '\n      PROFILE "ACCOUNT LOCK"'),
        written("DEVDB_0A1B2C3D"),
        written("GONE", "\n      PASSWORD EXPIRE\n      ACCOUNT LOCK"),
        "database OTHER",
        written("APP"),
    ].join("\n");

    it("makes the other users first, locked and with their hashes, each in its own database", () => {
        const wish = copy({ databases, target: { username: "new", dbName: "shop" } });
        const { command, stdin } = dumpOf("oracle").restore.begin!(wish, globals);
        assert.deepEqual(command.slice(-3), ["users", "SHOP", "OTHER"]);
        const made = `IDENTIFIED BY VALUES 'S:AB;T:CD' DEFAULT COLLATION "USING_NLS_COMP" TEMPORARY TABLESPACE "TEMP"`;
        assert.deepEqual(stdin.match(/^(ALTER SESSION|CREATE).*$/gm), [
            'ALTER SESSION SET CONTAINER = "SHOP";',
            `CREATE USER "BOB" ${made} PROFILE "ACCOUNT LOCK" ACCOUNT LOCK;`,
            `CREATE USER "GONE" ${made} PASSWORD EXPIRE ACCOUNT LOCK;`,
            'ALTER SESSION SET CONTAINER = "OTHER";',
            `CREATE USER "APP" ${made} ACCOUNT LOCK;`,
        ]);
    });

    it("lets those log in at the end who could", () => {
        const { stdin } = dumpOf("oracle").restore.logins(copy({ databases }), globals);
        assert.deepEqual(stdin.match(/^ALTER.*$/gm), [
            'ALTER SESSION SET CONTAINER = "ORDERS";',
            'ALTER USER "BOB" ACCOUNT UNLOCK;',
            'ALTER SESSION SET CONTAINER = "OTHER";',
            'ALTER USER "APP" ACCOUNT UNLOCK;',
        ]);
    });

    it("refuses SYSTEM, whose schema Data Pump leaves out, and names that others have", () => {
        assert.equal(dumpOf("oracle").undumpable?.({ username: "System" })?.property, "username");
        assert.equal(dumpOf("oracle").undumpable?.({ username: "app" }), undefined);
        assert.deepEqual(faults("oracle", { databases }), []);
        assert.deepEqual(faults("oracle", { databases, target: { username: "system" } }), ["username"]);
        assert.deepEqual(faults("oracle", { databases, target: { username: "bob" } }), ["username"]);
        assert.deepEqual(faults("oracle", { databases, target: { username: "eve" } }), []);
        assert.deepEqual(faults("oracle", { databases, target: { dbName: "other" } }), ["dbName"]);
    });
});

describe("Db2: a dump and its way back", () => {
    const databases = { ORDERS: {}, OTHER: {} };

    it("is told by the directory of databases", () => {
        const told = dumpOf("db2").surveyed(
            'DB21085I  This uses "DB2 v11.5.9.0"\n Database alias                       = ORDERS\n Database name = X\n Database alias   = OTHER  \n',
        );
        assert.deepEqual(
            told.databases.map(({ name }) => name),
            ["ORDERS", "OTHER"],
        );
        assert.equal(told.version, "11.5.9.0");
    });

    it("restores the backup of that time, into the copy's name where it is the instance's own", () => {
        const wish = { databases, target: { username: "new", dbName: "shop" } };
        const file = "ORDERS.0.db2inst1.DBPART000.20260101120000.001";
        assert.equal(
            restored("db2", wish, "ORDERS", file).stdin,
            "RESTORE DATABASE ORDERS FROM '/f' TAKEN AT 20260101120000 INTO shop WITHOUT PROMPTING;\n",
        );
        assert.match(restored("db2", wish, "OTHER", file).stdin, / INTO OTHER /);
        assert.match(dumpOf("db2").restore.begin!(copy(wish), "").stdin, /^DEACTIVATE DATABASE shop;\nDROP DATABASE shop;\n$/);
        const { stdin = "" } = dumpOf("db2").restore.end?.(copy(wish)) ?? {};
        assert.equal(stdin.match(/UNQUIESCE DATABASE;/g)?.length, 2);
        assert.equal(stdin.match(/FROM USER app;/g)?.length, 1);
        const same = dumpOf("db2").restore.end?.(copy({ databases }));
        assert.doesNotMatch(same?.stdin ?? "", /REVOKE/);
    });

    it("refuses a name that another database has", () => {
        assert.deepEqual(faults("db2", { databases, target: { dbName: "other" } }), ["dbName"]);
        assert.deepEqual(faults("db2", { databases, target: { dbName: "ORDERS" } }), []);
        assert.deepEqual(faults("db2", { databases: { OTHER: {} }, target: { dbName: "other" } }), []);
    });
});

describe("the scripts of a dump and of its way back", () => {
    for (const family of ["sqlserver", "oracle", "db2"])
        it(`of ${family} are shell that parses`, () => {
            const { survey, tool, globals, database, restore } = dumpOf(family);
            const whole = copy({ databases: { ORDERS: { users: "[]" } } });
            const [first] = whole.source.databases;
            const scripts = [
                ...[survey, tool, globals, database("ORDERS", "/f"), restore.database(whole, first!, { folder: "/f", file: "x" })],
                ...[restore.begin?.(whole, ""), restore.grants?.(whole, ""), restore.end?.(whole), restore.logins(whole, "")],
            ];
            for (const [shell = "", flag, text = ""] of scripts.map((script) => script?.command ?? []))
                if (flag === "-c") execFileSync(shell, ["-n"], { input: text });
        });
});
