/**
 * Kinds of objects that PostgreSQL's own regression tests have and that an application hardly needs, in a schema of their own. Beside `postgresZoo`, which has
 * owners, names and grants; here it is the kinds.
 */
export const postgresObjects: readonly string[] = [
    // Types of every kind, and what is written in C for others.
    `CREATE SCHEMA kinds; SET search_path = kinds, public;
     CREATE TYPE size AS ENUM ('small', 'large'); ALTER TYPE size ADD VALUE 'tiny' BEFORE 'small'; ALTER TYPE size ADD VALUE 'it''s "odd"';
     COMMENT ON TYPE size IS 'of things'`,
    `SET search_path = kinds, public;
     CREATE DOMAIN short AS varchar(10) DEFAULT 'x' NOT NULL CONSTRAINT "no blanks" CHECK (VALUE !~ ' '); CREATE DOMAIN shorter AS short CHECK (length(VALUE) < 5);
     CREATE DOMAIN shorts AS short[]; ALTER DOMAIN shorter ADD CONSTRAINT later CHECK (VALUE <> 'never') NOT VALID;
     CREATE TYPE place AS (x float8, y float8, label text COLLATE "C"); CREATE TYPE places AS (first place, rest place[]);
     CREATE TYPE price_range AS RANGE (subtype = numeric, multirange_type_name = price_ranges); REVOKE USAGE ON TYPE size FROM PUBLIC;
     CREATE TYPE whole; CREATE FUNCTION whole_in(cstring) RETURNS whole STRICT IMMUTABLE LANGUAGE internal AS 'int4in';
     CREATE FUNCTION whole_out(whole) RETURNS cstring STRICT IMMUTABLE LANGUAGE internal AS 'int4out';
     CREATE TYPE whole (INPUT = whole_in, OUTPUT = whole_out, LIKE = integer, CATEGORY = 'N'); CREATE TYPE shell_only;
     CREATE CAST (whole AS integer) WITHOUT FUNCTION AS ASSIGNMENT; CREATE CAST (integer AS whole) WITHOUT FUNCTION;
     CREATE CAST (place AS text) WITH INOUT`,
    // Functions of every kind.
    `SET search_path = kinds, public;
     CREATE FUNCTION plain(a int, b int DEFAULT 2, VARIADIC rest int[] DEFAULT '{}', OUT total int) LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 7 AS 'SELECT a + b + coalesce((SELECT sum(r)::int FROM unnest(rest) r), 0)';
     CREATE FUNCTION rows_of(n int) RETURNS TABLE (i int, t text) LANGUAGE plpgsql STABLE ROWS 3 SET work_mem = '3MB' AS $f$ BEGIN RETURN QUERY SELECT g, 'it''s ' || g FROM generate_series(1, n) g; END $f$;
     CREATE FUNCTION standard(n int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT n * 2; SELECT plain(n); END;
     CREATE FUNCTION any_of(anycompatiblearray) RETURNS anycompatible LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1[1]';
     CREATE PROCEDURE bump(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN n := n + 1; END $$; CREATE PROCEDURE bump(t text) LANGUAGE sql AS 'SELECT 1';
     CREATE AGGREGATE longest(text) (sfunc = textcat, stype = text, initcond = '', parallel = safe);
     CREATE AGGREGATE middle(float8 ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra, finalfunc_modify = read_write);
     CREATE AGGREGATE moving(int) (sfunc = int4pl, stype = int, initcond = '0', msfunc = int4pl, minvfunc = int4mi, mstype = int, minitcond = '0', sortop = <);
     CREATE FUNCTION speak() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler'; CREATE TRUSTED LANGUAGE spoken HANDLER speak; COMMENT ON LANGUAGE spoken IS 'not really';
     CREATE TRANSFORM FOR int LANGUAGE SQL (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
     CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8`,
    // Operators, their families, and indexes by them.
    `SET search_path = kinds, public;
     CREATE FUNCTION less(whole, whole) RETURNS boolean STRICT IMMUTABLE LANGUAGE internal AS 'int4lt'; CREATE FUNCTION same(whole, whole) RETURNS boolean STRICT IMMUTABLE LANGUAGE internal AS 'int4eq';
     CREATE FUNCTION more(whole, whole) RETURNS boolean STRICT IMMUTABLE LANGUAGE internal AS 'int4gt'; CREATE FUNCTION order_of(whole, whole) RETURNS int STRICT IMMUTABLE LANGUAGE internal AS 'btint4cmp';
     CREATE FUNCTION at_most(whole, whole) RETURNS boolean STRICT IMMUTABLE LANGUAGE internal AS 'int4le'; CREATE FUNCTION at_least(whole, whole) RETURNS boolean STRICT IMMUTABLE LANGUAGE internal AS 'int4ge';
     CREATE OPERATOR < (leftarg = whole, rightarg = whole, function = less, commutator = >, restrict = scalarltsel, join = scalarltjoinsel);
     CREATE OPERATOR > (leftarg = whole, rightarg = whole, function = more, commutator = <); CREATE OPERATOR = (leftarg = whole, rightarg = whole, function = same, commutator = =, hashes, merges);
     CREATE OPERATOR <= (leftarg = whole, rightarg = whole, function = at_most); CREATE OPERATOR >= (leftarg = whole, rightarg = whole, function = at_least);
     CREATE OPERATOR FAMILY wholes USING btree; CREATE OPERATOR CLASS whole_ops DEFAULT FOR TYPE whole USING btree FAMILY wholes AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 order_of(whole, whole);
     ALTER OPERATOR FAMILY wholes USING btree ADD OPERATOR 1 pg_catalog.< (int, int), FUNCTION 1 btint4cmp(int, int); COMMENT ON OPERATOR FAMILY wholes USING btree IS 'it''s'`,
    // Tables: how they can be made, and what can be in the way of a column.
    `SET search_path = kinds, public;
     CREATE TABLE everything (id bigint GENERATED BY DEFAULT AS IDENTITY (START 10 INCREMENT -3 MINVALUE -1000 MAXVALUE 10 CYCLE), a smallint, b real, c double precision, d numeric(1000, 500), e money,
       f char(3), g varchar, h text STORAGE EXTERNAL, i bytea COMPRESSION pglz, j timestamp(3), k timestamptz, l interval day to second, m date, n time, o timetz, p boolean, q size[], r point, s path, t box, u circle, v inet, w cidr, x macaddr,
       y bit(5), z bit varying, aa tsvector, ab tsquery, ac uuid, ad xml, ae json, af jsonb, ag jsonpath, ah int4range, ai datemultirange, aj oid, ak regclass, al pg_lsn, am whole, an place, ao places, ap short, aq shorts, ar price_ranges, at "char", au name, av int[][])`,
    `SET search_path = kinds, public;
     INSERT INTO everything VALUES (DEFAULT, -32768, 'NaN', '-Infinity', -1e499, '-92233720368547758.08', 'é', '', repeat('ß', 70000), '\\x00', 'infinity', '0044-03-15 12:00:00+00 BC', '-1 day -00:00:00.000001', '4714-11-24 BC', '24:00', '23:59:59.999999-15:59', NULL, '{tiny,"it''s \\"odd\\""}', '(1e308,-0)', '[(0,0),(1,1)]', '(2,2),(1,1)', '<(0,0),1>', '::ffff:1.2.3.4/96', '10/8', '08:00:2b:01:02:03',
       '10101', '', 'a:1A ''it''''s'':2', '''a'' & !(b | c)', '00000000-0000-0000-0000-000000000000', '<a b="&lt;">ü</a>', '{"a" :  1, "a": 2}', '{"z": 1.0, "a": [null, "\\u00e9", 1e400]}', '$."a"[*] ? (@ > 1)', 'empty', '{[2020-01-01,2020-02-01),[2021-01-01,)}', 4294967295, 'everything', 'FFFFFFFF/FFFFFFFF', '2147483647', '(NaN,1,"a,""b""\\\\")', '("(1,2,x)","{""(3,4,)""}")', 'y', '{a,b}', '{[1.50,2.5],(9,)}', E'\\\\200', repeat('n', 63), '[2:3][-1:0]={{1,NULL},{3,4}}');
     INSERT INTO everything (h) VALUES (E'\\\\.'), (E'\\\\N'), (E'a\\tb\\nc\\rd\\\\e\\bf\\x01'), (''), (NULL);
     ALTER TABLE everything ADD late int DEFAULT 7, ADD gone text; ALTER TABLE everything DROP gone; ALTER TABLE everything ALTER g SET STATISTICS 77, ALTER c SET (n_distinct = 5), ALTER a SET DEFAULT 1`,
    `SET search_path = kinds, public;
     CREATE TABLE typed OF place (x WITH OPTIONS PRIMARY KEY, label DEFAULT 'here'); CREATE TABLE like_it (LIKE everything INCLUDING ALL);
     CREATE TABLE parents (id int PRIMARY KEY, code text UNIQUE NULLS NOT DISTINCT, CONSTRAINT both_of UNIQUE (id, code) INCLUDE (code) DEFERRABLE INITIALLY DEFERRED) WITH (fillfactor = 70, autovacuum_enabled = off);
     CREATE TABLE children (id int, parent int, code text, during tsrange, FOREIGN KEY (parent) REFERENCES parents ON UPDATE CASCADE ON DELETE SET NULL (parent) DEFERRABLE, CONSTRAINT "not yet" CHECK (id > 0) NO INHERIT NOT VALID,
       EXCLUDE USING gist (during WITH &&) WHERE (id > 5)); ALTER TABLE children ADD CONSTRAINT unchecked FOREIGN KEY (id) REFERENCES parents NOT VALID;
     ALTER TABLE children REPLICA IDENTITY FULL; INSERT INTO parents VALUES (1, NULL), (2, 'b'); INSERT INTO children VALUES (1, 1, 'x', '[2020-01-01,2020-02-01)');
     CREATE TABLE self (id int PRIMARY KEY, up int REFERENCES self); INSERT INTO self VALUES (1, 2), (2, 1) ; CREATE TABLE one (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY REFERENCES one); ALTER TABLE one ADD FOREIGN KEY (id) REFERENCES other DEFERRABLE INITIALLY DEFERRED;
     BEGIN; INSERT INTO one VALUES (1); INSERT INTO other VALUES (1); COMMIT; CREATE TABLE "select" ("from" int, " " int, "a.b" int, "ü""'\\\\" int, PRIMARY KEY (" ", "a.b")); INSERT INTO "select" VALUES (1, 2, 3, 4);
     CREATE TABLE a (x int, y text); CREATE TABLE b (z int) INHERITS (a); CREATE TABLE c () INHERITS (b); CREATE TABLE d (x int DEFAULT 9, own int, CHECK (x > 0)) INHERITS (a); INSERT INTO c VALUES (1, 'c', 2); INSERT INTO d VALUES (3, 'd', 4)`,
    // Partitions by list, hash and range, in each other, of another column order, and detached again.
    `SET search_path = kinds, public;
     CREATE TABLE by_list (region text, n int, at date) PARTITION BY LIST (region); CREATE TABLE by_list_eu PARTITION OF by_list FOR VALUES IN ('de', 'it''s', NULL) PARTITION BY HASH (n);
     CREATE TABLE by_list_eu_0 PARTITION OF by_list_eu FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE by_list_eu_1 PARTITION OF by_list_eu FOR VALUES WITH (MODULUS 2, REMAINDER 1);
     CREATE TABLE by_list_rest (at date, n int, region text); ALTER TABLE by_list ATTACH PARTITION by_list_rest DEFAULT; CREATE TABLE by_range (a int, b int) PARTITION BY RANGE (a, (b + 1));
     CREATE TABLE by_range_1 PARTITION OF by_range FOR VALUES FROM (MINVALUE, MINVALUE) TO (5, MAXVALUE); CREATE TABLE left_behind PARTITION OF by_range FOR VALUES FROM (5, MAXVALUE) TO (9, 9); ALTER TABLE by_range DETACH PARTITION left_behind;
     CREATE INDEX on_n ON by_list (n); CREATE INDEX only_here ON ONLY by_list (at); ALTER TABLE by_list ADD CHECK (n >= 0); INSERT INTO by_list SELECT (ARRAY['de', 'it''s', NULL, 'us'])[1 + i % 4], i, '2020-01-01'::date + i FROM generate_series(0, 99) i; INSERT INTO by_range VALUES (1, 1)`,
    // Indexes, statistics, order on the disk.
    `SET search_path = kinds, public;
     CREATE UNIQUE INDEX "odd ""index" ON everything (id DESC NULLS LAST, lower(h) text_pattern_ops) INCLUDE (a) WHERE a IS NOT NULL; CREATE INDEX ON everything USING gin (af jsonb_path_ops); CREATE INDEX ON everything USING gist (r);
     CREATE INDEX ON everything USING brin (id) WITH (pages_per_range = 2); CREATE INDEX ON everything USING hash (g); CREATE INDEX ON everything USING spgist (ah); CREATE INDEX on_whole ON everything (am); ALTER INDEX on_whole SET (fillfactor = 55);
     CREATE INDEX by_expression ON parents ((id * 2), code COLLATE "C"); ALTER INDEX by_expression ALTER COLUMN 1 SET STATISTICS 55; ALTER TABLE parents CLUSTER ON parents_pkey; CREATE STATISTICS several (ndistinct, dependencies, mcv) ON a, b FROM everything; CREATE STATISTICS expressed ON (id % 2), (lower(code)) FROM parents; ALTER STATISTICS several SET STATISTICS 99; COMMENT ON STATISTICS several IS 'it''s'`,
    // Views, rules and triggers.
    `SET search_path = kinds, public;
     CREATE VIEW guarded WITH (security_barrier, security_invoker = true) AS SELECT id, code FROM parents WHERE id > 0 WITH CASCADED CHECK OPTION; ALTER VIEW guarded ALTER id SET DEFAULT 5; CREATE RECURSIVE VIEW upward (id, depth) AS SELECT 1, 0 UNION ALL SELECT s.up, depth + 1 FROM upward JOIN self s USING (id) WHERE depth < 3;
     CREATE VIEW grouped AS SELECT id, code, count(*) FROM parents GROUP BY id; CREATE VIEW round_a AS SELECT 1 AS n; CREATE VIEW round_b AS SELECT n FROM round_a; CREATE OR REPLACE VIEW round_a AS SELECT n + 1 AS n FROM (SELECT 1 AS n WHERE NOT EXISTS (SELECT FROM parents WHERE id = 99)) x;
     CREATE MATERIALIZED VIEW m1 AS SELECT id, code FROM guarded; CREATE MATERIALIZED VIEW m2 AS SELECT count(*) FROM m1; CREATE UNIQUE INDEX ON m1 (id); CREATE MATERIALIZED VIEW m3 AS SELECT * FROM m2 WITH NO DATA;
     CREATE RULE twice AS ON INSERT TO a DO ALSO (INSERT INTO self VALUES (NEW.x + 100, NULL); NOTIFY a); ALTER TABLE a DISABLE RULE twice; CREATE RULE instead AS ON UPDATE TO grouped DO INSTEAD UPDATE parents SET code = NEW.code WHERE id = OLD.id;
     CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce(NEW, OLD); END $$; CREATE TRIGGER instead INSTEAD OF INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION fired('it''s', E'a\\\\b');
     CREATE TRIGGER moved AFTER UPDATE ON parents REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION fired(); CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON parents DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id > 5) EXECUTE FUNCTION fired();
     CREATE TRIGGER columns BEFORE UPDATE OF code ON parents FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code) EXECUTE FUNCTION fired(); ALTER TABLE parents DISABLE TRIGGER columns; ALTER TABLE parents ENABLE ALWAYS TRIGGER checked; CREATE TRIGGER spread BEFORE INSERT ON by_list FOR EACH ROW EXECUTE FUNCTION fired(); ALTER TABLE by_list_eu_0 DISABLE TRIGGER spread`,
    // Who may see what, and what others are told.
    `SET search_path = kinds, public;
     ALTER TABLE self ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY seen ON self AS RESTRICTIVE FOR UPDATE USING (id > 0) WITH CHECK (up IS NULL OR up <> id); CREATE POLICY added ON self FOR INSERT WITH CHECK (true); COMMENT ON POLICY added ON self IS 'it''s';
     CREATE ROLE reader NOLOGIN; GRANT USAGE ON SCHEMA kinds TO reader; GRANT SELECT (id), REFERENCES (code) ON parents TO reader WITH GRANT OPTION; GRANT USAGE ON LANGUAGE spoken TO reader; GRANT USAGE ON TYPE size TO reader; GRANT USAGE, SELECT ON SEQUENCE everything_id_seq TO reader; REVOKE ALL ON FUNCTION standard FROM PUBLIC; GRANT ALL ON ROUTINE bump(int) TO reader;
     ALTER DEFAULT PRIVILEGES IN SCHEMA kinds GRANT EXECUTE ON FUNCTIONS TO reader; ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC; ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO reader; GRANT SET, ALTER SYSTEM ON PARAMETER work_mem TO reader;
     CREATE PUBLICATION parts FOR TABLE parents (id, code) WHERE (id > 1) WITH (publish = 'insert, truncate'); CREATE PUBLICATION schemas FOR TABLES IN SCHEMA public; CREATE PUBLICATION all_of_it FOR ALL TABLES WITH (publish_via_partition_root); CREATE SUBSCRIPTION heard CONNECTION 'host=nowhere.invalid dbname=x' PUBLICATION parts WITH (connect = false, slot_name = NONE, binary = true)`,
    // What is elsewhere, what is searched, and what watches.
    `SET search_path = kinds, public;
     CREATE FOREIGN DATA WRAPPER elsewhere OPTIONS (a 'it''s'); CREATE SERVER far TYPE 'x' VERSION '1' FOREIGN DATA WRAPPER elsewhere OPTIONS (host 'a b'); CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (who 'me'); CREATE USER MAPPING FOR PUBLIC SERVER far; CREATE FOREIGN TABLE remote (id int OPTIONS (col 'x') NOT NULL, CHECK (id > 0)) SERVER far OPTIONS (tab 'it''s'); GRANT USAGE ON FOREIGN SERVER far TO reader;
     CREATE TEXT SEARCH TEMPLATE simply (INIT = dsimple_init, LEXIZE = dsimple_lexize); CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simply, ACCEPT = false); CREATE TEXT SEARCH PARSER cut (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype); CREATE TEXT SEARCH CONFIGURATION mine (PARSER = cut); ALTER TEXT SEARCH CONFIGURATION mine ADD MAPPING FOR asciiword, word WITH words, simple;
     CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false); CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE on_heap2 (a text COLLATE loose) USING heap2; INSERT INTO on_heap2 VALUES ('É'), ('é');
     CREATE FUNCTION watching() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$; CREATE EVENT TRIGGER watching ON sql_drop WHEN TAG IN ('DROP TABLE', 'DROP VIEW') EXECUTE FUNCTION watching(); CREATE EVENT TRIGGER asleep ON ddl_command_start EXECUTE FUNCTION watching(); ALTER EVENT TRIGGER asleep DISABLE; COMMENT ON EVENT TRIGGER asleep IS 'zzz';
     CREATE SEQUENCE tiny AS smallint MINVALUE -5 MAXVALUE 5 START 0 CACHE 3 CYCLE OWNED BY parents.id; CREATE SEQUENCE untouched; CREATE UNLOGGED SEQUENCE quick; SELECT setval('tiny', 5, false), nextval('quick'); CREATE TABLE serials (a serial, b bigserial, c smallserial); INSERT INTO serials DEFAULT VALUES`,
];

/** A number for each table, partition, sequence and filled view of the database: how many rows, and a digest of all that is in them. */
export const postgresDigests = `
    SELECT format('%I.%I', n.nspname, c.relname),
        (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) || '' '' || coalesce(md5(string_agg(t::text, E''\\n'' ORDER BY t::text COLLATE "C")), '''') AS n FROM ONLY %I.%I t', n.nspname, c.relname), false, true, '')))[1]::text
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_|^information_schema$' AND (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated) ORDER BY n.nspname, c.relname`;
