import { docker } from "./docker";
import type { Driver } from "./instance";

/** One of each kind of object that a family's servers have, and how to read all of it back in one form. */
export interface Zoo {
    readonly username: string;
    readonly dbName: string;
    /** Statements as the master user, in its database unless another one is named. */
    readonly statements: readonly (string | { readonly database: string; readonly sql: string })[];
    /** Every database, what is in it, and every user but the server's own; with the names of master user and database taken out. */
    readonly canonical: (db: Driver) => Promise<readonly string[]>;
    /** Questions that a dump does not answer, in the master database. */
    readonly questions: readonly string[];
    /** A user beside the master, and its password. */
    readonly other: { readonly username: string; readonly password: string };
}

const ordinaryRoles = "(SELECT oid, rolname FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^pg_') r";

export const postgresZoo: Zoo = {
    username: "zookeeper",
    dbName: "zoo_main",
    other: { username: "visitor", password: "let me in" },
    statements: [
        `CREATE ROLE "odd ""role's" NOLOGIN; CREATE ROLE visitor LOGIN PASSWORD 'let me in' CONNECTION LIMIT 5; CREATE ROLE guide CREATEROLE;
         GRANT guide TO visitor WITH ADMIN OPTION; GRANT "odd ""role's" TO guide; GRANT "odd ""role's" TO zookeeper;
         COMMENT ON ROLE guide IS 'shows
CREATE ROLE "postgres";
the way'; ALTER ROLE visitor SET work_mem = '7MB'; ALTER ROLE guide SET search_path = "$user", 'a b', public`,
        'CREATE SCHEMA "odd ""schema\'s. é🦊" AUTHORIZATION guide',
        `CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);
         CREATE TYPE pair AS (a int, b text); CREATE TYPE span AS RANGE (subtype = float8);
         DO $$ BEGIN CREATE COLLATION german (provider = icu, locale = 'de-DE');
         EXCEPTION WHEN feature_not_supported THEN CREATE COLLATION german (locale = 'C'); /* a server that was built without ICU */ END $$`,
        `CREATE TABLE animals (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE german NOT NULL, mood mood DEFAULT 'sad', legs positive,
         twice int GENERATED ALWAYS AS (legs * 2) STORED, raw bytea, tags text[], doc jsonb, many pair, "odd ""column" text, CONSTRAINT "fits ""x" CHECK (legs < 1000));
         INSERT INTO animals (name, legs, raw, tags, doc, many, "odd ""column") VALUES
           ('fox 🦊', 4, '\\x0001ff0a0d5c27', '{a,"b c",NULL}', '{"a": "\\u00e9"}', '(1,"x,y")', E'tab\\there\\\\N\\nline'),
           ('', 2, '', '{}', NULL, NULL, NULL), (repeat('x', 3000000), 8, decode(repeat('00ff', 1000000), 'hex'), NULL, NULL, NULL, '\\.');
         ALTER TABLE animals OWNER TO guide; GRANT SELECT (name), UPDATE (mood) ON animals TO visitor; GRANT ALL ON animals TO zookeeper WITH GRANT OPTION;
         COMMENT ON COLUMN animals.name IS 'it''s -- a name'; CREATE INDEX ON animals (left(lower(name), 20)) WHERE legs > 2; CREATE STATISTICS both_of ON name, legs FROM animals`,
        `CREATE TABLE visits (day date NOT NULL, who int REFERENCES animals) PARTITION BY RANGE (day);
         CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01'); CREATE TABLE visits_rest PARTITION OF visits DEFAULT;
         INSERT INTO visits VALUES ('2025-03-04', 1), ('2030-01-01', 2); CREATE TABLE empty_one (); CREATE TABLE child (more int) INHERITS (animals);
         CREATE UNLOGGED TABLE quick (a int); INSERT INTO quick VALUES (7)`,
        "CREATE SEQUENCE tickets START 100 INCREMENT 5; SELECT nextval('tickets'), nextval('tickets'); CREATE TABLE sold (n bigint DEFAULT nextval('tickets'))",
        `CREATE FUNCTION secret() RETURNS text LANGUAGE sql SECURITY DEFINER SET search_path = public AS $x$ SELECT current_user::text || ' zookeeper' $x$;
         CREATE PROCEDURE feed(n int) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO sold VALUES (n); END $$; CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int, initcond = '0');
         CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER note BEFORE INSERT ON animals FOR EACH ROW EXECUTE FUNCTION noted();
         REVOKE EXECUTE ON FUNCTION secret() FROM PUBLIC; GRANT EXECUTE ON FUNCTION secret() TO visitor;
         CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)`,
        `CREATE VIEW happy AS SELECT id, name FROM animals WHERE mood = 'happy'; CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM animals;
         CREATE RULE no_sale AS ON DELETE TO sold DO INSTEAD NOTHING; ALTER TABLE sold ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON sold TO zookeeper USING (n > 0);
         ALTER DEFAULT PRIVILEGES FOR ROLE zookeeper IN SCHEMA public GRANT SELECT ON TABLES TO guide; CREATE PUBLICATION news FOR TABLE animals`,
        'CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple); CREATE EXTENSION pg_trgm; CREATE EXTENSION hstore SCHEMA "odd ""schema\'s. é🦊"',
        `CREATE FUNCTION watched() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$; CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION watched();
         SELECT lo_from_bytea(4711, '\\x00ff00'), lo_from_bytea(4712, decode(repeat('00', 300000), 'hex')); COMMENT ON LARGE OBJECT 4711 IS 'large'; GRANT SELECT ON LARGE OBJECT 4712 TO visitor;
         ALTER LARGE OBJECT 4711 OWNER TO visitor`,
        `ALTER DATABASE zoo_main SET statement_timeout = '61s'; ALTER ROLE visitor IN DATABASE zoo_main SET work_mem = '9MB'; COMMENT ON DATABASE zoo_main IS 'main'; GRANT CREATE ON DATABASE zoo_main TO guide`,
        `CREATE DATABASE "odd ""db's x" OWNER guide TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'`,
        'CREATE DATABASE "empty = db"',
        {
            database: "odd \"db's x",
            sql: "CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 5000); ALTER TABLE t OWNER TO zookeeper",
        },
    ],
    questions: [
        'SELECT name, length(raw), md5(raw), mood, legs, twice, many::text, "odd ""column" FROM animals ORDER BY id',
        "SELECT loid, md5(string_agg(data, NULL ORDER BY pageno)) FROM pg_largeobject GROUP BY loid ORDER BY 1",
        "SELECT oid, lomowner::regrole, lomacl::text FROM pg_largeobject_metadata ORDER BY 1",
        "SELECT last_value, is_called FROM tickets",
        "SELECT last_value, is_called FROM animals_id_seq",
        "SELECT extname, extversion, extowner::regrole::text, nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = extnamespace ORDER BY 1",
        "SELECT n.nspname, count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE n.nspname !~ '^pg_' GROUP BY 1 ORDER BY 1",
        "SELECT datname, pg_encoding_to_char(encoding), datcollate, datctype, pg_get_userbyid(datdba) FROM pg_database ORDER BY 1",
        "SELECT r.rolname, m.rolname, a.admin_option FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member WHERE r.rolname !~ '^pg_' ORDER BY 1, 2",
        "SELECT secret()",
        // What everybody may do, asked of the server: its texts differ from version to version.
        `SELECT rolname, relname, p FROM ${ordinaryRoles}, pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
         WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace AND has_table_privilege(r.oid, c.oid, p) ORDER BY 1, 2, 3`,
        `SELECT rolname, attrelid::regclass::text, attname, p FROM ${ordinaryRoles}, pg_attribute JOIN pg_class c ON c.oid = attrelid, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p
         WHERE attnum > 0 AND NOT attisdropped AND relkind = 'r' AND relnamespace = 'public'::regnamespace AND has_column_privilege(r.oid, attrelid, attnum, p) ORDER BY 1, 2, 3, 4`,
        `SELECT rolname, f.oid::regprocedure::text FROM ${ordinaryRoles}, pg_proc f
         WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(r.oid, f.oid, 'EXECUTE') ORDER BY 1, 2`,
        `SELECT rolname, datname, p FROM ${ordinaryRoles}, pg_database d, unnest(ARRAY['CREATE', 'CONNECT', 'TEMPORARY']) p WHERE has_database_privilege(r.oid, d.oid, p) ORDER BY 1, 2, 3`,
        `SELECT rolname, nspname, p FROM ${ordinaryRoles}, pg_namespace n, unnest(ARRAY['CREATE', 'USAGE']) p WHERE nspname !~ '^pg_' AND has_schema_privilege(r.oid, n.oid, p) ORDER BY 1, 2, 3`,
        "SELECT defaclrole::regrole::text, defaclobjtype, grantee::regrole::text, privilege_type FROM pg_default_acl, aclexplode(defaclacl) WHERE privilege_type <> 'MAINTAIN' ORDER BY 1, 2, 3, 4",
    ],
    canonical: async (db) => {
        const identifier = db.text("identifier");
        const inside = (...command: readonly string[]) => docker("exec", identifier, ...command);
        const names = (await inside("psql", "-U", "postgres", "-Atc", "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1"))
            .split("\n")
            .filter((name) => name !== "" && name !== "postgres");
        const texts = [await inside("pg_dumpall", "-U", "postgres", "--roles-only", "--no-role-passwords")];
        for (const name of names)
            texts.push(
                await inside("pg_dump", "-U", "postgres", "--create", "--inserts", "-d", `dbname='${name.replace(/[\\']/g, "\\$&")}'`),
            );
        const [username, dbName] = [String(db.outputs.username), String(db.outputs.dbName)];
        const inQuotes = (name: string) => `"${name.replaceAll('"', '""')}"`;
        return texts
            .join("\n")
            .split("\n")
            .filter((line) => !/^\\|^-- (Dumped|Started|Completed)/.test(line) && line !== "")
            .map((line) => line.replace(/ (NO)?LOGIN /, " "))
            .map((line) => line.replaceAll(inQuotes(username), username).replaceAll(inQuotes(dbName), dbName))
            .map((line) => (line.includes("|| '") ? line : line.replaceAll(username, "MASTER").replaceAll(dbName, "MAIN")))
            .sort();
    },
};

const mysqlStatements = (mariadb: boolean): readonly string[] => [
    "CREATE DATABASE `odd.db ``x'\"` CHARACTER SET latin1 COLLATE latin1_german1_ci",
    "CREATE DATABASE empty_db CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "CREATE USER visitor@'%' IDENTIFIED BY 'let me in', 'o''dd `user'@localhost IDENTIFIED BY 'x' WITH MAX_USER_CONNECTIONS 7",
    "CREATE ROLE guide, chief",
    "GRANT guide TO chief",
    "GRANT chief TO visitor@'%' WITH ADMIN OPTION",
    "GRANT guide TO zookeeper@'%'",
    mariadb ? "SET DEFAULT ROLE chief FOR visitor@'%'" : "SET DEFAULT ROLE chief TO visitor@'%'",
    `CREATE TABLE animals (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, name varchar(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'it''s -- a\\nname',
     mood enum('sad','it''s ok','happy') DEFAULT 'sad', flags set('a','b'), legs int, twice int GENERATED ALWAYS AS (legs * 2) STORED, thrice int GENERATED ALWAYS AS (legs * 3) VIRTUAL,
     raw longblob, bits bit(5), doc json, place point, price decimal(30,10), at timestamp(6) NULL, day date, long_one longtext, \`odd \`\`column\` int, KEY (legs), UNIQUE KEY \`odd \`\`key\` (name, legs),
     FULLTEXT KEY (long_one), CHECK (legs < 1000)) ENGINE=InnoDB DEFAULT CHARSET=latin1 COMMENT='animals; "all"'`,
    `INSERT INTO animals (name, mood, flags, legs, raw, bits, doc, place, price, at, day, long_one) VALUES
     ('fox 🦊 \\\\ \\'q\\' \\n', 'happy', 'a,b', 4, x'0001ff0a0d5c2700', b'10101', '{"a": [1, null, "\\\\u00e9"]}', ST_GeomFromText('POINT(1 2)'), 12345678901234567890.0123456789, '2025-03-30 02:30:00.123456', '2025-01-01', 'a'),
     ('DELIMITER ;;\\nCREATE DEFINER=\`zookeeper\`@\`%\` PROCEDURE x', 'sad', '', NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, '\\nDELIMITER ;;\\n'),
     ('', NULL, NULL, 0, REPEAT(x'00ff', 3000000), b'0', '[]', NULL, 0, NULL, NULL, REPEAT('y', 5000000))`,
    `CREATE TABLE visits (day date NOT NULL, who bigint) PARTITION BY RANGE (YEAR(day)) (PARTITION p0 VALUES LESS THAN (2025), PARTITION p1 VALUES LESS THAN MAXVALUE)`,
    "INSERT INTO visits VALUES ('2024-01-01', 1), ('2025-02-02', 2)",
    "CREATE TABLE empty_one (a int)",
    "CREATE TABLE parents (id int PRIMARY KEY)",
    "CREATE TABLE children (id int, FOREIGN KEY (id) REFERENCES parents (id) ON DELETE CASCADE)",
    "INSERT INTO parents VALUES (1)",
    "INSERT INTO children VALUES (1)",
    "CREATE TABLE log (what text)",
    "CREATE TABLE `odd.db ``x'\"`.`odd ``table` (a int, b text)",
    "INSERT INTO `odd.db ``x'\"`.`odd ``table` VALUES (1, 'ä')",
    "CREATE TABLE `odd.db ``x'\"`.linked (a int, CONSTRAINT `to main` FOREIGN KEY (a) REFERENCES zoo_main.parents (id))",
    "CREATE TRIGGER note AFTER INSERT ON animals FOR EACH ROW INSERT INTO log VALUES (NEW.name)",
    "CREATE TRIGGER note_too BEFORE UPDATE ON animals FOR EACH ROW SET NEW.legs = NEW.legs",
    "CREATE PROCEDURE feed(n int) COMMENT 'it''s' BEGIN /* DEFINER=`zookeeper`@`%` stays\nCREATE DEFINER=`zookeeper`@`%` PROCEDURE here */ INSERT INTO log VALUES (n); END",
    "CREATE FUNCTION plus(a int) RETURNS int DETERMINISTIC RETURN a + 1",
    "CREATE DEFINER=visitor@'%' PROCEDURE visit() SQL SECURITY DEFINER SELECT CURRENT_USER()",
    "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2035-01-01 00:00:00' COMMENT 'sleep' DO INSERT INTO log VALUES ('tick')",
    "CREATE VIEW zz AS SELECT name, id FROM animals",
    "CREATE VIEW aa AS SELECT v.name, plus(v.id) AS next FROM zz v",
    "CREATE VIEW zoo_main.across AS SELECT a.name, o.b FROM animals a JOIN `odd.db ``x'\"`.`odd ``table` o ON o.a = a.id WHERE plus(a.id) > 1 AND a.name <> 'from `zoo_main`.`x`'",
    "CREATE VIEW `odd.db ``x'\"`.back AS SELECT name, zoo_main.plus(id) AS n FROM zoo_main.animals",
    "GRANT SELECT ON zoo_main.* TO visitor@'%'",
    "CREATE DEFINER=visitor@'%' SQL SECURITY DEFINER VIEW guarded AS SELECT name FROM animals",
    "CREATE SQL SECURITY INVOKER VIEW above AS SELECT name FROM guarded",
    "GRANT SELECT (name), INSERT (name) ON zoo_main.animals TO guide",
    "GRANT EXECUTE ON PROCEDURE zoo_main.feed TO 'o''dd `user'@localhost",
    "GRANT SELECT ON zoo_main.guarded TO 'o''dd `user'@localhost",
    "GRANT ALL PRIVILEGES ON `odd.db ``x'\"`.* TO chief",
    ...(mariadb
        ? [
              "CREATE SEQUENCE tickets START 100 INCREMENT 5",
              "CREATE TABLE sold (n bigint DEFAULT (NEXT VALUE FOR tickets), note text)",
              "INSERT INTO sold (note) VALUES ('one')",
              "CREATE TABLE remembered (a int PRIMARY KEY, b int) WITH SYSTEM VERSIONING",
              "INSERT INTO remembered VALUES (1, 1), (2, 1)",
              "UPDATE remembered SET b = 2 WHERE a = 1",
              "DELETE FROM remembered WHERE a = 2",
          ]
        : []),
];

const mysqlCanonical = (client: string, dump: string, options: readonly string[]) => async (db: Driver) => {
    const [username, dbName] = [String(db.outputs.username), String(db.outputs.dbName)];
    const literal = "'from `zoo_main`.`x`'";
    const named = (text: string) =>
        text === dbName
            ? "MAIN"
            : text
                  .replaceAll(`\`${username}\`@`, "`MASTER`@")
                  .replaceAll(`\`${dbName}\``, "`MAIN`")
                  .replaceAll(`\`${dbName.replaceAll("_", "\\_")}\``, "`MAIN`");
    const run = (program: string, args: readonly string[]) =>
        docker(
            ...["exec", "--user", "root", db.text("identifier"), program, "--defaults-extra-file=/var/lib/devdb/client.cnf"],
            ...["--default-character-set=utf8mb4", ...args],
        );
    const ask = (sql: string) => run(client, ["--batch", "--raw", "--skip-column-names", `--execute=${sql}`]);
    const names = (await ask("SHOW DATABASES"))
        .split("\n")
        .filter((name) => name !== "" && !/^(mysql|sys|information_schema|performance_schema)$/.test(name));
    const texts: string[] = [names.join("\n")];
    for (const name of names) {
        texts.push(
            await run(dump, [
                ...["--routines", "--events", "--hex-blob", "--skip-extended-insert", "--skip-dump-date", "--compact"],
                ...[...options, "--no-tablespaces", "--databases", "--", name],
            ]),
        );
    }
    const grantees = await ask(
        "SELECT CONCAT(QUOTE(user), IF(host = '', '', CONCAT('@', QUOTE(host)))) FROM mysql.user WHERE user NOT LIKE 'mysql.%' AND user NOT IN ('mariadb.sys', 'PUBLIC') AND NOT (user = 'root' AND host = 'localhost') ORDER BY 1",
    );
    for (const grantee of grantees.split("\n").filter((each) => each !== "")) texts.push(await ask(`SHOW GRANTS FOR ${grantee}`));
    return (
        texts
            .join("\n")
            .split("\n")
            // The master's own hash is another one.
            .map((line) => (line.includes("ON *.*") ? line.replace(/IDENTIFIED BY PASSWORD '\*\w+'/, "") : line))
            // MySQL says the character set of a collation once the column was made with both.
            .map((line) => line.replace(/ CHARACTER SET latin1(?= COLLATE latin1_)/, ""))
            // What users wrote in bodies, rows and literals stays as it was.
            .map((line) => (/^INSERT|stays|PROCEDURE here/.test(line) ? line : line.split(literal).map(named).join(literal)))
            .sort()
    );
};

const othersGrants = "grantee REGEXP '^.(visitor|guide|chief|o.+dd .user)'";

const mysqlQuestions = [
    "SELECT id, name, mood, flags + 0, legs, twice, thrice, SHA2(raw, 256), LENGTH(raw), bits + 0, CAST(doc AS CHAR), ST_AsText(place), price, UNIX_TIMESTAMP(at), day, SHA2(long_one, 256) FROM animals ORDER BY id",
    "SELECT * FROM across",
    "SELECT * FROM above ORDER BY name",
    "SELECT COUNT(*) FROM `odd.db ``x'\"`.back",
    "SELECT auto_increment > 3 FROM information_schema.tables WHERE table_name = 'animals' AND table_schema = DATABASE()",
    "SELECT schema_name, default_character_set_name, default_collation_name FROM information_schema.schemata WHERE schema_name NOT IN (DATABASE(), 'mysql', 'sys', 'information_schema', 'performance_schema') ORDER BY 1",
    "SELECT event_name, status FROM information_schema.events",
    "SELECT COUNT(*) FROM log",
    "SELECT @@global.max_allowed_packet, @@global.event_scheduler",
    ...["schema_privileges", "table_privileges"].map(
        (view) =>
            // A newer MariaDB has one more.
            `SELECT grantee, table_schema${view === "table_privileges" ? ", table_name" : ""}, privilege_type, is_grantable FROM information_schema.${view} WHERE ${othersGrants} AND privilege_type <> 'SHOW CREATE ROUTINE' ORDER BY 1, 2, 3, 4`,
    ),
    `SELECT grantee, table_schema, table_name, column_name, privilege_type, is_grantable FROM information_schema.column_privileges WHERE ${othersGrants} ORDER BY 1, 2, 3, 4, 5`,
    "SELECT user, host, db, routine_name, routine_type, proc_priv FROM mysql.procs_priv WHERE user IN ('visitor', 'guide', 'chief', 'o''dd `user') ORDER BY 1, 2, 3, 4",
];

export const mysqlZoo: Zoo = {
    username: "zookeeper",
    dbName: "zoo_main",
    other: { username: "visitor", password: "let me in" },
    statements: mysqlStatements(false),
    canonical: mysqlCanonical("mysql", "mysqldump", ["--set-gtid-purged=OFF"]),
    questions: mysqlQuestions,
};

export const mariadbZoo: Zoo = {
    ...mysqlZoo,
    statements: mysqlStatements(true),
    canonical: mysqlCanonical("mariadb", "mariadb-dump", ["--skip-ssl-verify-server-cert"]),
    questions: [
        ...mysqlQuestions,
        "SELECT next_not_cached_value FROM tickets",
        "SELECT n, note FROM sold",
        "SELECT a, b, UNIX_TIMESTAMP(ROW_START) FROM remembered FOR SYSTEM_TIME ALL ORDER BY 1, 2",
    ],
};
