import assert from "node:assert/strict";
import { engineNamed, engines } from "../../provider/engines";
import type { Copy, StreamedDump, Surveyed } from "../../provider/engines/engine";

const dumpOf = (family: string): StreamedDump => {
    const { dump } = engineNamed(family)!;
    assert.equal(dump?.kind, "streams");
    return dump as StreamedDump;
};

const copy = (change: Partial<Copy["source"]> = {}, target = { username: "new", dbName: "shop" }): Copy => ({
    source: {
        version: "17.5",
        account: { username: "old", dbName: "orders" },
        users: ["old", "bob"],
        databases: ["orders", "other"].map((name) => ({ name, settings: {}, extensions: [] })),
        settings: { bootstrap: "postgres" },
        ...change,
    },
    target,
    version: "17",
});

describe("what a dump runs", () => {
    for (const { dump, title, names } of engines) {
        if (dump?.kind !== "streams") continue;
        it(`has no pipe that could hide a failure, and no secret among its arguments: ${title}`, () => {
            const scripts = [
                dump.tool,
                dump.survey,
                dump.globals,
                dump.database("a"),
                dump.restore.begin(copy(), ""),
                dump.restore.end(copy()),
            ];
            for (const { command } of scripts) {
                // Before a pipe, a program's end must go another way.
                const told = command.join("\n").replaceAll("||", "").replaceAll('echo "$?" >&3; } | gzip -1', "");
                assert.doesNotMatch(told, /[^|\w]\|[^|]/);
                for (const argument of command) assert.doesNotMatch(argument, /^(--password=|-p.)/);
            }
            assert.ok(names.length > 0);
        });
    }
});

for (const family of ["mysql", "mariadb"]) {
    describe(`${family}: a dump on its way back`, () => {
        const rewritten = (text: string, wish = copy()) => {
            const [intake] = dumpOf(family).restore.database(wish, wish.source.databases[0]!);
            const rewrite = intake.rewrite!();
            const lines = text.split(/(?<=\n)/).map((line) => rewrite(Buffer.from(line).toString("latin1")));
            const of = (when: "now" | "later") =>
                Buffer.from(
                    lines
                        .filter((line) => line.when === when)
                        .map((line) => line.text)
                        .join(""),
                    "latin1",
                ).toString();
            return { now: of("now"), later: intake.later!(of("later")).stdin };
        };
        const mark = "DEFINER=`old`@`%`";

        it("gives programs of the master user to the copy's, and only where they are made", () => {
            const programs = [
                "DELIMITER ;;\n",
                `CREATE ${mark} PROCEDURE \`p\`()\n`,
                "BEGIN\n",
                `CREATE ${mark} PROCEDURE in its text;\n`,
                "END ;;\n",
                "DELIMITER ;\n",
                "DELIMITER ;;\n",
                `/*!50003 CREATE*/ /*!50017 ${mark}*/ /*!50003 TRIGGER t */;;\n`,
                "/*!50003 SET sql_mode = '' */ ;;\n",
                `/*!50106 CREATE*/ /*!50117 ${mark}*/ /*!50106 EVENT \`e\` ON SCHEDULE */ ;;\n`,
                "CREATE DEFINER=`old`@`localhost` FUNCTION `f`() ;;\n",
                "CREATE DEFINER=`older`@`%` FUNCTION `f`() ;;\n",
                "DELIMITER ;\n",
                `INSERT INTO \`t\` VALUES ('CREATE ${mark}');\n`,
                `CREATE ${mark} outside of where programs are\n`,
            ];
            const changed = [1, 7, 9];
            const expected = programs.map((line, index) => (changed.includes(index) ? line.replace("`old`", "`new`") : line));
            assert.equal(rewritten(programs.join("")).now, expected.join(""));
        });

        it("keeps views for later, with their definers and their own database, and stand-ins for now", () => {
            const standIn =
                "/*!50001 DROP VIEW IF EXISTS `v`*/;\nSET character_set_client = utf8mb4;\n/*!50001 CREATE VIEW `v` AS SELECT \n 1 AS `a`*/;\n";
            const head =
                "/*!50001 DROP VIEW IF EXISTS `v`*/;\n/*!50001 SET character_set_client = utf8mb4 */;\n/*!50001 CREATE ALGORITHM=UNDEFINED */\n";
            const view = (definer: string, db: string) =>
                `/*!50013 DEFINER=\`${definer}\`@\`%\` SQL SECURITY DEFINER */\n/*!50001 VIEW \`v\` AS select \`orders\`.\`id\` AS \`id\`,\`${db}\`.\`f\`(1) AS \`é\`,'from \`orders\`.\`t\`' AS \`x\`,\`${db}\`.\`t\`.\`c\` AS \`c\` from ((\`${db}\`.\`orders\` join \`${db}\`.\`t\` \`orders\`) join \`other\`.\`orders\`) */\n/*!50002 WITH LOCAL CHECK OPTION */;\n`;
            const tail = "/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;\n";
            const { now, later } = rewritten(standIn + head + view("old", "orders") + tail);
            assert.equal(now, standIn + tail);
            assert.equal(later.trim(), (head + view("new", "shop")).trim());
        });

        it("keeps a view in one line for later too", () => {
            const view = (definer: string, db: string) =>
                `/*!50001 DROP VIEW IF EXISTS \`v\`*/;\n/*!50001 CREATE ALGORITHM=UNDEFINED DEFINER=\`${definer}\`@\`%\` SQL SECURITY DEFINER VIEW \`v\` AS select \`${db}\`.\`t\`.\`c\` AS \`c\`,'DEFINER=\`old\`@\`%\`' AS \`x\` from \`${db}\`.\`t\` */;\n`;
            const { now, later } = rewritten(view("old", "orders"));
            assert.equal(now, "");
            assert.equal(later.trim(), view("new", "shop").trim());
        });

        it("changes a foreign key into the master database, and nothing that only looks like one", () => {
            const table = (db: string) =>
                `CREATE TABLE \`t\` (\n  \`a\` int COMMENT 'REFERENCES \`orders\`.',\n  CONSTRAINT \`x\` FOREIGN KEY (\`a\`) REFERENCES \`${db}\`.\`p\` (\`id\`)\n);\n`;
            assert.equal(rewritten(table("orders")).now, table("shop"));
        });

        it("has its rows passed on unseen, and no statement of a program that only looks like them", () => {
            const rewrite = dumpOf(family).restore.database(copy(), copy().source.databases[0]!)[0].rewrite!();
            const insert = "INSERT INTO `t` VALUES\n";
            assert.equal(rewrite(insert).through, ";\n");
            for (const line of ["DELIMITER ;;\n", "CREATE PROCEDURE `p`()\n"]) rewrite(line);
            assert.equal(rewrite(insert).through, undefined);
        });

        it("is read as it was packed where nothing in it changes, and only there", () => {
            const whole = (change: Partial<Copy["source"]>, target: { readonly username: string; readonly dbName: string }) => {
                const wish = copy({ databases: [{ name: "orders", settings: {}, extensions: [] }], ...change }, target);
                const [intake] = dumpOf(family).restore.database(wish, wish.source.databases[0]!);
                assert.notEqual(intake.packed === undefined, intake.rewrite === undefined);
                return intake.packed !== undefined;
            };
            const same = { username: "old", dbName: "orders" };
            assert.ok(whole({}, same));
            assert.ok(whole({ account: { username: "old" } }, same), "which is no database of the master user's");
            assert.ok(!whole({}, { ...same, username: "new" }));
            assert.ok(!whole({}, { ...same, dbName: "shop" }));
            assert.ok(!whole({ settings: { brought: "sql" } }, same));
            assert.ok(!whole({ databases: copy().source.databases }, same), "since a view may look into the other");
        });

        it("makes accounts that cannot log in, and grants for them once there are tables", () => {
            const text = [
                "CREATE USER `old`@`%` IDENTIFIED BY PASSWORD '*AB'",
                "GRANT ALL PRIVILEGES ON *.* TO `old`@`%` WITH GRANT OPTION",
                "GRANT `reader`@`%` TO `old`@`%`",
                "CREATE USER `bob`@`%` IDENTIFIED WITH 'x' AS 0x00 DEFAULT ROLE `reader`@`%` REQUIRE NONE",
                "GRANT SELECT ON `orders`.* TO `bob`@`%`",
                "GRANT SELECT (`orders`) ON `orders`.`orders` TO `bob`@`%`",
                "GRANT SELECT ON `order_`.* TO `bob`@`%`",
            ];
            const { begin, grants } = dumpOf(family).restore;
            const lines = (stdin: string) => stdin.split("\n").slice(1, -1);
            const again = [...text, "CREATE USER `shut`@`%` IDENTIFIED BY PASSWORD '' ACCOUNT LOCK COMMENT ' ACCOUNT UNLOCK'"];
            assert.deepEqual(lines(dumpOf(family).restore.logins(copy(), again.join("\n")).stdin), [
                "ALTER USER `bob`@`%` ACCOUNT UNLOCK;",
            ]);
            assert.deepEqual(lines(begin(copy(), text.join("\n")).stdin).slice(-2), [
                "CREATE USER `bob`@`%` IDENTIFIED WITH 'x' AS 0x00 REQUIRE NONE;",
                "ALTER USER `bob`@`%` ACCOUNT LOCK;",
            ]);
            assert.deepEqual(lines(grants!(copy(), text.join("\n")).stdin), [
                "GRANT `reader`@`%` TO `new`@`%`;",
                "GRANT SELECT ON `shop`.* TO `bob`@`%`;",
                "GRANT SELECT (`orders`) ON `shop`.`orders` TO `bob`@`%`;",
                "GRANT SELECT ON `order_`.* TO `bob`@`%`;",
                "SET DEFAULT ROLE `reader`@`%` TO `bob`@`%`;",
            ]);
        });
    });
}

describe("postgres: a database on its way back", () => {
    const read = (settings: Surveyed["settings"]) =>
        dumpOf("postgres")
            .restore.database(copy(), { name: "o'dd", settings, extensions: [] })
            .map(({ command }) => command);

    it("is made first, and then filled in one transaction, unless that would need more locks than there are", () => {
        const [made, filled] = read({ objects: "3000" });
        assert.ok(made?.includes("--create") && made.includes("--dbname=dbname='template1'"));
        assert.ok(filled?.includes("--single-transaction") && filled.includes("--dbname=dbname='o\\'dd'"));
        for (const settings of [{ objects: "3001" }, {}]) assert.ok(!read(settings)[1]?.includes("--single-transaction"));
        for (const command of [made, filled]) assert.ok(command?.includes("--exit-on-error") && command.includes("--role=old"));
    });
});

describe("postgres: what everybody may do in a new database", () => {
    const granted = (version: string) =>
        dumpOf("postgres")
            .restore.database(copy({ version }), { name: "orders", settings: {}, extensions: [] })
            .map(({ command }) => command.includes("GRANT CREATE ON SCHEMA public TO PUBLIC"));

    it("is what the source's version gave them, before anything is in it", () => {
        assert.deepEqual(granted("14.23"), [false, true]);
        assert.deepEqual(granted("15.1"), [false, false]);
    });
});

describe("postgres: what is counted in the end", () => {
    const counted = (wish: Copy) => dumpOf("postgres").restore.end(wish).command.slice(6);

    it("is what was restored, by the names that it has then", () => {
        assert.deepEqual(counted(copy()), ["dbname='shop'", "dbname='other'"]);
        assert.deepEqual(counted(copy({ settings: { brought: "custom" } })), ["dbname='shop'"]);
    });
});

describe("postgres: roles on their way back", () => {
    const roles = (wish: Copy, ...lines: readonly string[]) => dumpOf("postgres").restore.begin(wish, lines.join("\n")).stdin;
    const made = (role: string) => [
        `CREATE ROLE "${role}";`,
        `ALTER ROLE "${role}" WITH SUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$1:a=$b=:c=' VALID UNTIL '2020-01-01';`,
    ];

    it("are made, but for the bootstrap role, whose name in a comment counts for nothing", () => {
        const comment = `COMMENT ON ROLE "bob" IS 'it''s
CREATE ROLE "postgres";
\\restrict this';`;
        const text = roles(copy(), "\\restrict abc", ...made("postgres"), ...made("old"), ...made("bob"), comment, "\\unrestrict abc");
        assert.ok(text.includes(comment));
        assert.equal(text.split('CREATE ROLE "postgres";').length, 2);
        assert.doesNotMatch(text, /abc|ALTER ROLE "postgres"/);
        assert.match(text, /ALTER ROLE "old" WITH SUPERUSER LOGIN;/);
        assert.match(text, /ALTER ROLE "bob" WITH SUPERUSER LOGIN PASSWORD 'SCRAM.*\n/);
        assert.match(text, /ALTER ROLE "bob" WITH NOLOGIN;\nCOMMIT;/);
    });

    it("can log in again at the end, those that could", () => {
        const wish = copy({ users: ["postgres", "old", "bob", 'od"d', "group"] });
        const group = ['CREATE ROLE "group";', `ALTER ROLE "group" WITH NOSUPERUSER NOLOGIN PASSWORD ' LOGIN ';`];
        const text = [...made("postgres"), ...made("old"), ...made("bob"), ...made('od""d'), ...group].join("\n");
        const { stdin } = dumpOf("postgres").restore.logins(wish, text);
        assert.deepEqual(stdin.match(/ALTER ROLE.*/g), ['ALTER ROLE "bob" WITH LOGIN;', 'ALTER ROLE "od""d" WITH LOGIN;']);
    });

    it("let the master user be an ordinary role where it was the bootstrap role, and keep who granted what", () => {
        const wish = copy({ account: { username: "postgres", dbName: "orders" }, users: ["postgres", "bob"] });
        const text = roles(
            wish,
            ...made("postgres"),
            'GRANT "a" TO "bob" WITH INHERIT TRUE GRANTED BY "postgres";',
            'GRANT "a" TO "c" GRANTED BY "bob";',
        );
        assert.match(text, /CREATE ROLE "postgres";\nALTER ROLE "postgres" WITH SUPERUSER LOGIN;/);
        assert.match(text, /GRANT "a" TO "bob" WITH INHERIT TRUE GRANTED BY "devdb_bootstrap";\nGRANT "a" TO "c" GRANTED BY "bob";/);
    });

    it("have no grantors where the source did not keep them, and the copy asks that they may", () => {
        const grant = 'GRANT "a" TO "bob" GRANTED BY "old";';
        assert.match(roles({ ...copy({ version: "15.3" }), version: "17" }, grant), /GRANT "a" TO "bob";/);
        assert.ok(roles({ ...copy({ version: "15.3" }), version: "15" }, grant).includes(grant));
    });
});
