import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { engineNamed } from "../../provider/engines";
import { recognised } from "../../provider/lifecycle/dump-file";
import { checkSnapshot } from "../../provider/lifecycle/snapshot-check";
import { snapshotDifference } from "../../provider/lifecycle/snapshot-diff";
import { rewriting } from "../../provider/snapshots/lines";

type Properties = Readonly<Record<string, unknown>>;

const heads = {
    postgres: "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.4\n-- Dumped by pg_dump version 16.2\n\n",
    mysql: "-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n--\n-- Host: localhost    Database: shop\n-- ------\n-- Server version\t8.0.36\n\n",
    mariadb:
        "/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19-11.8.2-MariaDB, for debian-linux-gnu (x86_64)\n--\n-- Host: localhost    Database: shop\n-- ------\n-- Server version\t11.8.2-MariaDB-1\n\n",
};

describe("a file with a dump", () => {
    const folder = mkdtempSync(join(tmpdir(), "devdb-files-"));
    after(() => rmSync(folder, { recursive: true }));
    let count = 0;
    const holding = (content: string | Buffer) => {
        count += 1;
        const path = join(folder, `file-${count}.zip`);
        writeFileSync(path, content);
        return path;
    };

    for (const [family, head] of Object.entries(heads)) {
        it(`is ${family}'s by what is in it, whatever it is called, gzipped or not`, () => {
            assert.equal(recognised(holding(head)).engine.family, family);
            const zipped = recognised(holding(gzipSync(head)));
            assert.deepEqual([zipped.engine.family, zipped.gzipped], [family, true]);
        });
    }

    for (const [what, content, found] of [
        ["nothing", "", /is empty, and no dump of PostgreSQL or MySQL or MariaDB that their own tools write/],
        [
            "statements",
            "CREATE TABLE a (b int);",
            /is a text that begins with "CREATE TABLE a \(b int\);" \(statements of your own are for seeds\)/,
        ],
        ["a ZIP archive", Buffer.from("504b030414000000", "hex"), /is a ZIP archive \(unpack it first\)/],
        ["zstd", Buffer.from("28b52ffd00", "hex"), /is compressed with zstd \(unpack it first\)/],
        ["SQLite", "SQLite format 3\0", /is an SQLite database/],
        ["noise", Buffer.from("00ff00ff00ff00ff00", "hex"), /is a binary file that begins with 00ff00ff00ff00ff/],
        ["gzipped noise", gzipSync(Buffer.from("00ff00ff00ff00ff00", "hex")), /is a binary file/],
        ["what only looks gzipped", Buffer.from("1f8bffffff", "hex"), /is damaged: /],
        ["a cluster", "--\n-- PostgreSQL database cluster dump\n--\n", /a whole PostgreSQL cluster, by pg_dumpall/],
    ] as const)
        it(`is refused where it is none, with what was found: ${what}`, () => {
            const path = holding(content);
            assert.throws(() => recognised(path), found);
            assert.throws(() => recognised(path), new RegExp(`^InstanceError: file: ${path} `));
        });

    it("is refused where it is not there", () =>
        assert.throws(() => recognised(join(folder, "none")), /^InstanceError: file: there is no file \//));

    it("of an archive's format that nobody knows is refused", () => {
        const reader = recognised(holding(Buffer.from("5047444d5001630004080100", "hex"))).reader();
        assert.throws(
            () => reader.take(Buffer.from("5047444d5001630004080100", "hex")),
            /an archive of format 1\.99, and this version reads 1\.12/,
        );
    });

    const context = { name: "prod", project: "shop", stack: "dev" };
    const checked = (args: Properties, olds: Properties = {}) => {
        const { inputs, failures } = checkSnapshot(olds, { ...args, __devdb: context });
        return {
            inputs: JSON.parse(JSON.stringify(inputs)) as Properties,
            reasons: failures.map(({ property, reason }) => `${property}: ${reason}`),
        };
    };

    it("takes the snapshot anew by its content, not by its path, and may go", () => {
        const [one, same, other] = [holding(heads.postgres), holding(heads.postgres), holding(`${heads.postgres}--`)];
        const { inputs } = checked({ file: one });
        assert.deepEqual(snapshotDifference(inputs, checked({ file: same }, inputs).inputs), {
            changes: true,
            replaces: [],
            said: ["in place: file"],
        });
        assert.deepEqual(snapshotDifference(inputs, checked({ file: other }, inputs).inputs).said, ["taken anew: fileSha256"]);
        rmSync(one);
        assert.deepEqual(snapshotDifference(inputs, checked({ file: one }, inputs).inputs).changes, false);
        assert.match(checked({ file: one }).reasons.join(), /^file: there is no file/);
    });

    it("and an instance are not given together, but one of them is", () => {
        const file = holding(heads.postgres);
        assert.match(checked({}).reasons.join(), /^dbInstanceIdentifier: is required: .*; or give file, a dump that you have$/);
        assert.match(
            checked({ file, dbInstanceIdentifier: "a" }).reasons.join(),
            /^file: cannot be given together with dbInstanceIdentifier/,
        );
        assert.deepEqual(checked({ file: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }).reasons, []);
    });
});

describe("a dump that a user brings along, on its way in", () => {
    const copyOf = (settings: Readonly<Record<string, string>>, version: string) => ({
        source: {
            version,
            account: { username: "root", dbName: "shop" },
            users: [],
            databases: [{ name: "shop", settings: {}, extensions: [] }],
            settings,
        },
        target: { username: "app", dbName: "orders" },
    });
    const through = async (family: string, version: string, settings: Readonly<Record<string, string>>, text: string) => {
        const dump = engineNamed(family)?.dump;
        assert.ok(dump?.kind === "streams");
        const copy = copyOf(settings, version);
        const rewrite = dump.restore.database(copy, copy.source.databases[0]!)[0].rewrite;
        assert.ok(rewrite);
        const { stream } = rewriting(rewrite());
        stream.end(text);
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks).toString("utf8");
    };

    it("of MySQL loses what was for its own server", async () => {
        const text = [
            "CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='x';",
            "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'a:1-5,",
            "b:1-7';",
            "/*!40000 DROP DATABASE IF EXISTS `shop`*/;",
            "USE `shop`;",
            "INSERT INTO `t` VALUES ('\\nUSE `shop`;');",
            "/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION' */ ;",
            "DELIMITER ;;",
            "/*!50003 CREATE*/ /*!50017 DEFINER=`o``dd`@`10.%`*/ /*!50003 TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN",
            "USE `shop`; DEFINER=`root`@`localhost`",
            "END */;;",
            "DELIMITER ;",
            "",
        ].join("\n");
        assert.deepEqual(
            (await through("mysql", "5.7.44", { brought: "sql" }, text)).split("\n").filter((line) => line !== ""),
            [
                "INSERT INTO `t` VALUES ('\\nUSE `shop`;');",
                "/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION' */ ;",
                "DELIMITER ;;",
                "/*!50003 CREATE*/ /*!50017 DEFINER=`app`@`%`*/ /*!50003 TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN",
                "USE `shop`; DEFINER=`root`@`localhost`",
                "END */;;",
                "DELIMITER ;",
            ],
        );
    });

    it("of PostgreSQL loses how its database is made, and nothing of its rows", async () => {
        const text = [
            "\\restrict abc123",
            "DROP DATABASE IF EXISTS shop;",
            "CREATE DATABASE shop WITH TEMPLATE = template0;",
            "\\connect shop",
            "\\restrict abc123",
            "COPY public.t (a) FROM stdin;",
            "CREATE DATABASE shop;",
            "\\restrict row",
            "\\.",
            "\\unrestrict abc123",
            "",
        ].join("\n");
        const lines = (await through("postgres", "17", { brought: "plain", creates: "database" }, text)).split("\n");
        assert.deepEqual(
            lines.filter((line) => line !== ""),
            ["\\connect shop", "COPY public.t (a) FROM stdin;", "CREATE DATABASE shop;", "\\restrict row", "\\."],
        );
    });
});
