/**
 * A shop that lends films, as the sample databases of PostgreSQL and MySQL have one: many tables with keys between them, views over several, routines, triggers
 * that keep other tables, and some thousand rows.
 */
export const postgresRental: readonly string[] = [
    `CREATE TYPE rating AS ENUM ('all', '12', '16', '18'); CREATE DOMAIN production_year AS int CHECK (VALUE BETWEEN 1890 AND 2100);
     CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := '2025-06-01'::timestamptz; RETURN NEW; END $$;
     CREATE TABLE languages (language_id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name char(20) NOT NULL);
     CREATE TABLE films (film_id serial PRIMARY KEY, title text NOT NULL, made production_year, language_id smallint NOT NULL REFERENCES languages, days smallint DEFAULT 3, rate numeric(4,2) DEFAULT 4.99, rating rating DEFAULT 'all',
       extras text[], words tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED, updated_at timestamptz DEFAULT '2025-01-01'); CREATE INDEX ON films USING gin (words);
     CREATE TABLE actors (actor_id serial PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL); CREATE TABLE film_actors (actor_id int REFERENCES actors, film_id int REFERENCES films, PRIMARY KEY (actor_id, film_id));
     CREATE TABLE stores (store_id serial PRIMARY KEY, manager_id int); CREATE TABLE staff (staff_id serial PRIMARY KEY, store_id int NOT NULL REFERENCES stores, name text, picture bytea); ALTER TABLE stores ADD FOREIGN KEY (manager_id) REFERENCES staff;
     CREATE TABLE customers (customer_id serial PRIMARY KEY, store_id int REFERENCES stores, name text, email text, active boolean DEFAULT true); CREATE UNIQUE INDEX ON customers (lower(email)); CREATE TABLE copies (copy_id serial PRIMARY KEY, film_id int REFERENCES films, store_id int REFERENCES stores);
     CREATE TABLE loans (loan_id bigserial PRIMARY KEY, copy_id int REFERENCES copies, customer_id int REFERENCES customers, at timestamptz NOT NULL, back timestamptz, UNIQUE (copy_id, at));
     CREATE TABLE payments (payment_id bigserial, loan_id bigint REFERENCES loans, amount numeric(6,2), at timestamptz NOT NULL, PRIMARY KEY (at, payment_id)) PARTITION BY RANGE (at); CREATE TABLE payments_early PARTITION OF payments FOR VALUES FROM (MINVALUE) TO ('2025-02-01'); CREATE TABLE payments_late PARTITION OF payments DEFAULT`,
    `CREATE TRIGGER touched BEFORE UPDATE ON films FOR EACH ROW EXECUTE FUNCTION touch(); CREATE AGGREGATE listed (text) (sfunc = textcat, stype = text);
     CREATE VIEW film_list AS SELECT f.film_id, f.title, l.name AS language, string_agg(a.first_name || ' ' || a.last_name, ', ' ORDER BY a.actor_id) AS actors FROM films f JOIN languages l USING (language_id) LEFT JOIN film_actors USING (film_id) LEFT JOIN actors a USING (actor_id) GROUP BY f.film_id, l.name;
     CREATE VIEW sales_by_store AS SELECT store_id, sum(amount) AS total FROM payments JOIN loans USING (loan_id) JOIN copies USING (copy_id) GROUP BY store_id; CREATE MATERIALIZED VIEW best AS SELECT film_id, count(*) AS lent FROM loans JOIN copies USING (copy_id) GROUP BY film_id WITH NO DATA;
     CREATE FUNCTION in_stock(film int, store int) RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT copy_id FROM copies WHERE film_id = film AND store_id = store AND NOT EXISTS (SELECT FROM loans WHERE loans.copy_id = copies.copy_id AND back IS NULL)';
     CREATE FUNCTION owes(customer int) RETURNS numeric LANGUAGE plpgsql AS $$ DECLARE due numeric; BEGIN SELECT sum(rate) INTO due FROM loans JOIN copies USING (copy_id) JOIN films USING (film_id) WHERE customer_id = customer; RETURN coalesce(due, 0) - coalesce((SELECT sum(amount) FROM payments JOIN loans USING (loan_id) WHERE customer_id = customer), 0); END $$`,
    `INSERT INTO languages (name) VALUES ('English'), ('Português'), ('日本語'); INSERT INTO films (title, made, language_id, rating, extras) SELECT 'Film ' || i, 1950 + i % 70, 1 + i % 3, (ARRAY['all','12','16','18'])[1 + i % 4]::rating, ARRAY['Trailer', NULL, 'it''s "' || i] FROM generate_series(1, 300) i;
     INSERT INTO actors (first_name, last_name) SELECT 'Ä' || i, 'O''' || i FROM generate_series(1, 80) i; INSERT INTO film_actors SELECT DISTINCT 1 + i % 80, 1 + i * 7 % 300 FROM generate_series(1, 900) i; INSERT INTO stores DEFAULT VALUES; INSERT INTO stores DEFAULT VALUES;
     INSERT INTO staff (store_id, name, picture) VALUES (1, 'Ann', '\\x89504e470d0a1a0a00'), (2, 'Bo', NULL); UPDATE stores SET manager_id = store_id; INSERT INTO customers (store_id, name, email) SELECT 1 + i % 2, 'C' || i, i || '@x' FROM generate_series(1, 200) i; INSERT INTO copies (film_id, store_id) SELECT 1 + i % 300, 1 + i % 2 FROM generate_series(1, 900) i;
     INSERT INTO loans (copy_id, customer_id, at, back) SELECT 1 + i % 900, 1 + i % 200, '2025-01-01'::timestamptz + i * interval '1 hour', CASE WHEN i % 5 > 0 THEN '2025-03-01'::timestamptz END FROM generate_series(1, 3000) i; INSERT INTO payments (loan_id, amount, at) SELECT loan_id, 1 + loan_id % 9, at FROM loans; REFRESH MATERIALIZED VIEW best; UPDATE films SET rate = 0.99 WHERE film_id % 10 = 0`,
];

export const postgresRentalQuestions: readonly string[] = [
    "SELECT md5(string_agg(f::text, ',' ORDER BY film_id)) FROM film_list f",
    "SELECT * FROM sales_by_store ORDER BY 1",
    "SELECT md5(string_agg(owes(customer_id)::text, ',' ORDER BY customer_id)) FROM customers",
    "SELECT count(*), sum(in_stock) FROM (SELECT in_stock(film_id, 1) FROM films) x",
    "SELECT title FROM films WHERE words @@ to_tsquery('simple', '77')",
    "SELECT nextval('films_film_id_seq'), nextval('loans_loan_id_seq')",
];

const numbers = (most: number) =>
    `(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${most}) SELECT i FROM n) numbers`;

export const mysqlRental: readonly string[] = [
    "CREATE TABLE languages (language_id tinyint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, name char(20) NOT NULL) AUTO_INCREMENT = 1",
    `CREATE TABLE films (film_id smallint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, title varchar(128) NOT NULL, made year, language_id tinyint unsigned NOT NULL, days tinyint unsigned DEFAULT 3, rate decimal(4,2) DEFAULT 4.99, rating enum('all','12','16','18') DEFAULT 'all',
       extras set('Trailer','It''s deleted','Behind') DEFAULT NULL, updated_at timestamp NOT NULL DEFAULT '2025-01-01 00:00:00' ON UPDATE CURRENT_TIMESTAMP, KEY by_title (title(10) DESC), CONSTRAINT fk_language FOREIGN KEY (language_id) REFERENCES languages (language_id) ON UPDATE CASCADE)`,
    "CREATE TABLE film_texts (film_id smallint unsigned PRIMARY KEY, title varchar(255), FULLTEXT KEY words (title)) ENGINE=InnoDB",
    "CREATE TABLE actors (actor_id smallint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, first_name varchar(45), last_name varchar(45), KEY (last_name))",
    "CREATE TABLE film_actors (actor_id smallint unsigned, film_id smallint unsigned, PRIMARY KEY (actor_id, film_id), FOREIGN KEY (actor_id) REFERENCES actors (actor_id), FOREIGN KEY (film_id) REFERENCES films (film_id))",
    "CREATE TABLE stores (store_id tinyint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, manager_id tinyint unsigned, place geometry)",
    "CREATE TABLE staff (staff_id tinyint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, store_id tinyint unsigned NOT NULL, name varchar(45), picture blob, secret varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, FOREIGN KEY (store_id) REFERENCES stores (store_id))",
    "ALTER TABLE stores ADD CONSTRAINT fk_manager FOREIGN KEY (manager_id) REFERENCES staff (staff_id)",
    "CREATE TABLE copies (copy_id mediumint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, film_id smallint unsigned, store_id tinyint unsigned, FOREIGN KEY (film_id) REFERENCES films (film_id))",
    "CREATE TABLE loans (loan_id int NOT NULL AUTO_INCREMENT PRIMARY KEY, copy_id mediumint unsigned, customer_id int, at datetime NOT NULL, back datetime, amount decimal(6,2), late boolean GENERATED ALWAYS AS (back IS NULL) VIRTUAL, UNIQUE KEY (at, copy_id), FOREIGN KEY (copy_id) REFERENCES copies (copy_id))",
    "CREATE TRIGGER film_added AFTER INSERT ON films FOR EACH ROW BEGIN INSERT INTO film_texts VALUES (NEW.film_id, NEW.title); END",
    "CREATE TRIGGER film_changed AFTER UPDATE ON films FOR EACH ROW BEGIN IF OLD.title <> NEW.title THEN UPDATE film_texts SET title = NEW.title WHERE film_id = OLD.film_id; END IF; END",
    "CREATE FUNCTION is_here(copy int) RETURNS boolean READS SQL DATA BEGIN DECLARE away int; SELECT COUNT(*) INTO away FROM loans WHERE copy_id = copy AND back IS NULL; RETURN away = 0; END",
    "CREATE PROCEDURE in_stock(IN film int, OUT count int) READS SQL DATA COMMENT 'it''s' BEGIN SELECT COUNT(*) INTO count FROM copies WHERE film_id = film AND is_here(copy_id); END",
    "CREATE VIEW film_list AS SELECT f.film_id AS film_id, f.title AS title, l.name AS language, GROUP_CONCAT(CONCAT(a.first_name, _utf8mb4' ', a.last_name) ORDER BY a.actor_id SEPARATOR ', ') AS actors FROM films f JOIN languages l ON l.language_id = f.language_id LEFT JOIN film_actors fa ON fa.film_id = f.film_id LEFT JOIN actors a ON a.actor_id = fa.actor_id GROUP BY f.film_id, l.name",
    "CREATE VIEW sales_by_store AS SELECT c.store_id AS store_id, SUM(l.amount) AS total FROM loans l JOIN copies c ON c.copy_id = l.copy_id GROUP BY c.store_id",
    "CREATE DEFINER = CURRENT_USER SQL SECURITY INVOKER VIEW late_ones AS SELECT loan_id, copy_id FROM loans WHERE late = 1 WITH LOCAL CHECK OPTION",
    "CREATE EVENT tidy ON SCHEDULE EVERY 1 WEEK STARTS '2035-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE DO DELETE FROM loans WHERE at < '1990-01-01'",
    "INSERT INTO languages (name) VALUES ('English'), ('Português'), ('日本語')",
    `INSERT INTO films (title, made, language_id, rating, extras) SELECT CONCAT('Film ', i), 1950 + i % 70, 1 + i % 3, 1 + i % 4, IF(i % 3 = 0, NULL, 'Trailer,It''s deleted') FROM ${numbers(300)}`,
    `INSERT INTO actors (first_name, last_name) SELECT CONCAT('Ä', i), CONCAT('O''', i) FROM ${numbers(80)}`,
    `INSERT IGNORE INTO film_actors SELECT 1 + i % 80, 1 + i * 7 % 300 FROM ${numbers(900)}`,
    "INSERT INTO stores (place) VALUES (ST_GeomFromText('POINT(1.5 -2)')), (ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))'))",
    "INSERT INTO staff (store_id, name, picture, secret) VALUES (1, 'Ann', x'89504e470d0a1a0a00', 'a''\\\\b'), (2, 'Bo', NULL, NULL)",
    "UPDATE stores SET manager_id = store_id",
    `INSERT INTO copies (film_id, store_id) SELECT 1 + i % 300, 1 + i % 2 FROM ${numbers(900)}`,
    `INSERT INTO loans (copy_id, customer_id, at, back, amount) SELECT 1 + i % 900, 1 + i % 200, '2025-01-01' + INTERVAL i HOUR, IF(i % 5 > 0, '2025-03-01', NULL), 1 + i % 9 FROM ${numbers(990)}`,
    "UPDATE films SET rate = 0.99, updated_at = '2025-06-01' WHERE film_id % 10 = 0",
];

export const mysqlRentalQuestions: readonly string[] = [
    "SELECT COUNT(*), SUM(CRC32(CONCAT_WS('|', film_id, title, language, actors))) FROM film_list",
    "SELECT store_id, total FROM sales_by_store ORDER BY 1",
    "SELECT COUNT(*) FROM late_ones",
    "SELECT film_id FROM film_texts WHERE MATCH (title) AGAINST ('77')",
    "SELECT SUM(is_here(copy_id)) FROM copies",
    "SELECT event_name, status, on_completion FROM information_schema.events WHERE event_schema = DATABASE()",
    "SELECT table_name, auto_increment > 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL ORDER BY 1",
];
