"""The stand-in for Oracle Database Free."""

import time

from containers import RUN, Case, Container, answers, docker, volume


class Oracle(Case):
    image = "devdb/standin-oracle:23"
    env = {"ORACLE_PASSWORD": "Boot-strap1"}

    def server(self, *options, env=None, **about):
        return Container(self.image, "--publish", "127.0.0.1::1521", *options, env=self.env if env is None else env, **about)

    def ready(self, container, times=1):
        return container.wait_log("DATABASE IS READY TO USE!", times)

    def system(self, container, text, *, stop=True):
        head = "WHENEVER SQLERROR EXIT FAILURE\n" if stop else ""
        return container.exec("sqlplus", "-S", "/", "as", "sysdba", stdin=f"{head}SET HEADING OFF FEEDBACK OFF PAGESIZE 0\n{text}\n")

    def as_user(self, container, logon, text):
        return container.exec("sqlplus", "-S", "-L", "/nolog", stdin=f"WHENEVER SQLERROR EXIT FAILURE\nSET PAGESIZE 0 FEEDBACK OFF\nCONNECT {logon}@//localhost:1521/FREEPDB1\n{text}\n")

    def until_registered(self, container, logon):
        until = time.time() + 10
        while "ORA-12514" in (found := self.as_user(container, logon, "SELECT 1 FROM dual;"))[1]:
            self.assertLess(time.time(), until)
            time.sleep(0.2)
        return found

    def test_start(self):
        self.refuses_to_start(self.server(env={}), "have to be specified at first database startup")
        self.refuses_to_start(self.server(env={**self.env, "ORACLE_RANDOM_PASSWORD": "yes"}), "mutually exclusive")
        self.refuses_to_start(self.server(env={**self.env, "ORACLE_PASSWORD_FILE": "/x"}), "mutually exclusive")
        self.refuses_to_start(self.server(env={"ORACLE_PASSWORD_FILE": "/nosuch"}), "No such file")
        self.refuses_to_start(self.server(env={**self.env, "APP_USER": "app"}), "Both variables are required")
        self.refuses_to_start(self.server(env={**self.env, "APP_USER_PASSWORD": "x"}), "Both variables are required")
        for name in ("ORACLE_PDB", "ORACLE_PWD", "APP_PASSWORD", "APP_USER_FILE"):
            self.refuses_to_start(self.server(env={**self.env, name: "x"}), f"{name} is not one of")
        quoted = self.server(env={**self.env, "APP_USER": "app", "APP_USER_PASSWORD": 'a"b'})
        with quoted:
            self.assertNotEqual(quoted.wait_exit()[0], 0)
            self.assertIn("ORA-", quoted.logs())
        with self.server(env={**self.env, "ORACLE_DATABASE": "FREEPDB1"}) as again:
            self.assertNotEqual(again.wait_exit()[0], 0)
            self.assertIn("ORA-65012", again.logs())
        with self.server("--volume", "/sys:/opt/oracle/oradata:ro") as blocked:
            self.assertNotEqual(blocked.wait_exit()[0], 0)

    def test_variables_and_scripts(self):
        with self.server(start=False, env={"ORACLE_PASSWORD_FILE": "/run/pw", "ORACLE_DATABASE": "shop,till", "APP_USER": "app", "APP_USER_PASSWORD": "Ap1-x"}) as server:
            server.copy("/run/pw", "Fr0m-file\n", (54321, 54321), "0400")
            init, start = "/container-entrypoint-initdb.d", "/container-entrypoint-startdb.d"
            server.copy(f"{init}/1.sql", "ALTER SESSION SET CONTAINER = FREEPDB1;\nCREATE TABLE system.made (n NUMBER);\nSELECT * FROM nowhere;\nINSERT INTO system.made VALUES (3);\n", (54321, 54321))
            server.copy(f"{init}/2.sh", "#!/bin/bash\necho ran as $(id -un)\n", (54321, 54321), "0755")
            server.copy(f"{init}/3.sql", "CREATE USER hidden IDENTIFIED BY x;\n", (0, 0), "0600")
            server.copy(f"{start}/4.sql", "ALTER SYSTEM SET open_cursors = 500;\n", (54321, 54321))
            docker("start", server.name)
            self.ready(server)
            self.assertIn("ORA-00942", server.logs(), "sqlplus goes on after an error in a script")
            self.assertIn("ran as oracle", server.logs())
            self.assertIn("SP2-0310", server.logs(), "what oracle may not read is not run")
            self.accepts(self.until_registered(server, 'system/"Fr0m-file"'))
            self.accepts(self.as_user(server, 'system/"Fr0m-file"', "SELECT n FROM made;"), "3")
            self.accepts(self.as_user(server, "app/Ap1-x", "SELECT user FROM dual;"), "APP")
            for pdb in ("SHOP", "TILL"):
                self.accepts(server.exec("healthcheck.sh", pdb))
            self.assertIn("READ WRITE", self.accepts(self.system(server, "SELECT name, open_mode FROM v$pdbs WHERE name IN ('SHOP');")))
            docker("stop", server.name)
            docker("start", server.name)
            self.ready(server, 2)
            self.assertEqual(server.logs().count("running /container-entrypoint-initdb.d/1.sql"), 2, "once, and its DONE")
            self.assertEqual(server.logs().count("running /container-entrypoint-startdb.d/4.sql"), 4, "at every start")
            self.accepts(server.exec("healthcheck.sh", "SHOP,TILL"))
        with self.server(start=False) as server:
            server.copy("/container-entrypoint-initdb.d/1.sql", "SOMETHING ELSE;\n", (54321, 54321))
            docker("start", server.name)
            self.assertNotEqual(server.wait_exit()[0], 0, "what no list knows stops the start")

    def test_readiness(self):
        with self.server("--memory", "1g") as server:
            self.assertIn(server.exec("healthcheck.sh")[0], (1, 2))
            server.wait_log("CONTAINER: starting up Oracle Database...")
            seen = set()
            until = time.time() + 10
            while time.time() < until and 0 not in seen:
                found = self.as_user(server, 'system/"Boot-strap1"', "SELECT 1 FROM dual;")[1]
                seen.update(code for code in ("ORA-12541", "ORA-12514", "ORA-01017") if code in found)
                if "ORA" not in found:
                    seen.add(0)
            self.assertIn("ORA-12514", seen)
            self.ready(server)
            self.assertIn("less than 2 GB", server.logs())
            self.accepts(server.exec("healthcheck.sh"))
            self.refuses(server.exec("healthcheck.sh", "NOSUCH"), code=1)
            self.assertTrue(answers(server, 1521))

    def test_sqlplus(self):
        with self.server() as server:
            self.ready(server)
            self.until_registered(server, 'system/"Boot-strap1"')
            self.refuses(server.exec("sqlplus", "-S", "-L", "system/Boot-strap1@//localhost/FREEPDB1"), "secret on the command line")
            self.refuses(server.exec("resetPassword", "x"), "secret on the command line")
            self.refuses(server.exec("createAppUser", "u", "x"), "secret on the command line")
            self.refuses(server.exec("sqlplus", "-S", "-L", "/", "as", "sysdba", user="root"), "ORA-01017", code=1)
            self.accepts(server.exec("sqlplus", "-S", "-L", "system@//localhost/FREEPDB1", stdin="Boot-strap1\nSELECT user FROM dual;\n"), "SYSTEM")
            # CONNECT is no SQL: WHENEVER SQLERROR does not see it fail
            self.accepts(self.as_user(server, "system/wrong", "SELECT 1 FROM dual;"), "ORA-01017", "SP2-0640: Not connected")
            self.refuses(self.system(server, "SELECT '&x' FROM dual;"), "Enter value for x")
            self.accepts(self.system(server, "SET DEFINE OFF\nSELECT '&x' FROM dual;"), "&x")
            self.refuses(self.system(server, "HOST ls"), "SP2-0734", code=1)
            self.refuses(self.system(server, "SET NONSENSE ON"), "SP2-0158", code=1)
            self.refuses(self.system(server, "NONSENSE;", stop=False), "SP2-0734", code=1)
            self.refuses(self.system(server, "CREATE NONSENSE;", stop=False), "ORA-00900", code=1)
            self.accepts(self.system(server, "SELECT * FROM nowhere;\nSELECT 'on' FROM dual;", stop=False), "ORA-00942", "on")
            self.assertNotIn("after", self.refuses(self.system(server, "SELECT * FROM nowhere;\nSELECT 'after' FROM dual;"), code=1))
            self.refuses(self.system(server, "WHENEVER SQLERROR EXIT SQL.SQLCODE\nSELECT * FROM nowhere;"), code=942 % 256)
            self.assertNotIn("lost", self.system(server, "SELECT 'lost'\n\nFROM dual;\nSELECT 'seen' FROM dual;", stop=False)[1], "an empty line ends it unrun")
            self.assertIn('IDENTIFIED BY "secret"', self.refuses(self.system(server, 'CREATE USER x IDENTIFIED BY "secret" QUOTA 1M ON nowhere;'), "ORA-00959"))

    def test_statements(self):
        with self.server() as server:
            self.ready(server)
            self.until_registered(server, 'system/"Boot-strap1"')
            here = "ALTER SESSION SET CONTAINER = FREEPDB1;\n"
            self.accepts(self.system(server, "SELECT version_full FROM v$instance;\nSELECT version_full FROM product_component_version;"), "23.9.0.25.07")
            for statement in (
                'CREATE USER "shop" IDENTIFIED BY "a/b@c\'d" QUOTA UNLIMITED ON USERS;',
                "CREATE USER IF NOT EXISTS app IDENTIFIED BY \"x1\" DEFAULT TABLESPACE users QUOTA 10M ON users;\nCREATE USER IF NOT EXISTS app IDENTIFIED BY x2;",
                "GRANT CONNECT, RESOURCE, UNLIMITED TABLESPACE TO app;\nGRANT DBA TO \"shop\";\nGRANT CREATE SESSION, CREATE TABLE TO app;",
                'ALTER USER app IDENTIFIED BY "New-1" ACCOUNT UNLOCK;',
                "BEGIN\n  EXECUTE IMMEDIATE 'CREATE USER app IDENTIFIED BY x';\nEXCEPTION WHEN OTHERS THEN IF SQLCODE != -1920 THEN RAISE; END IF;\nEND;\n/",
                "DECLARE n NUMBER;\nBEGIN\n  SELECT COUNT(*) INTO n FROM dba_users WHERE username = 'LATE';\n  IF n = 0 THEN EXECUTE IMMEDIATE 'CREATE USER late IDENTIFIED BY x'; END IF;\nEND;\n/",
                "ALTER PROFILE DEFAULT LIMIT PASSWORD_LIFE_TIME UNLIMITED;",
            ):
                self.accepts(self.system(server, here + statement))
            self.assertEqual(self.accepts(self.system(server, here + "SELECT username FROM all_users WHERE username IN ('APP', 'LATE', 'shop') ORDER BY 1;")).split(), ["APP", "LATE", "shop"])
            self.accepts(self.system(server, "CREATE PLUGGABLE DATABASE extra ADMIN USER adm IDENTIFIED BY \"x\" FILE_NAME_CONVERT = ('pdbseed', 'extra');\nALTER PLUGGABLE DATABASE extra OPEN;\nALTER PLUGGABLE DATABASE extra SAVE STATE;"))
            self.accepts(self.system(server, "ALTER SYSTEM SET processes = 300 SCOPE = SPFILE;\nALTER SYSTEM SET open_cursors = 500 SCOPE = BOTH;\nALTER SYSTEM SET sga_target = 1G SCOPE = MEMORY;"))
            for statement, code in (
                (here + "CREATE USER app IDENTIFIED BY x;", 1920),
                (here + "CREATE USER u IDENTIFIED BY 'x';", 988),
                (here + 'CREATE USER u IDENTIFIED BY "a"b";', 1740),
                (here + 'CREATE USER u IDENTIFIED BY "a""b";', 900),
                (here + f"CREATE USER {'u' * 129} IDENTIFIED BY x;", 972),
                (here + "CREATE USER u IDENTIFIED BY x QUOTA UNLIMITED ON nowhere;", 959),
                ("ALTER SESSION SET CONTAINER = extra;\nCREATE USER u IDENTIFIED BY x QUOTA UNLIMITED ON users;", 959),
                ("ALTER SESSION SET CONTAINER = nowhere;", 65011),
                (here + "GRANT NONSENSE TO app;", 1919),
                (here + "GRANT DBA TO nobody;", 1918),
                ("ALTER SYSTEM SET processes = 300;", 2095),
                ("ALTER SYSTEM SET nonsense = 1;", 2065),
                ("ALTER SYSTEM SET sga_target = 3G;", 56752),
                ("CREATE PLUGGABLE DATABASE p ADMIN USER a IDENTIFIED BY x;", 65016),
                (here + "CREATE DIRECTORY d AS '/tmp';", 900),
                (here + "BEGIN FOR r IN (SELECT 1 FROM dual) LOOP NULL; END LOOP; END;\n/", 900),
            ):
                self.refuses(self.system(server, statement), f"ORA-{code:05}", code=1)
            table = "CREATE TABLE t (id NUMBER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name VARCHAR2(5) NOT NULL);\nINSERT INTO t (name) VALUES ('a');\n"
            self.accepts(self.as_user(server, "\"shop\"/\"a/b@c'd\"", table + "COMMIT;\nSELECT id, name FROM t;"), "a")
            self.accepts(self.as_user(server, "app/\"New-1\"", table), "")
            self.refuses(self.as_user(server, "app/\"New-1\"", "SELECT * FROM \"shop\".t;"), "ORA-00942")
            self.refuses(self.as_user(server, "app/\"New-1\"", "SELECT status FROM v$instance;"), "ORA-00942")
            self.refuses(self.as_user(server, "app/\"New-1\"", "CREATE USER z IDENTIFIED BY x;"), "ORA-01031")
            self.accepts(self.as_user(server, "late/x", ""), "ORA-01045")
            self.accepts(self.system(server, here + "ALTER SYSTEM ENABLE RESTRICTED SESSION;"))
            self.accepts(self.as_user(server, "app/\"New-1\"", ""), "ORA-01035")
            self.accepts(self.system(server, here + "ALTER SYSTEM DISABLE RESTRICTED SESSION;"))
            self.accepts(self.system(server, "ALTER SESSION SET CONTAINER = extra;\nCREATE TABLESPACE users DATAFILE 'users01.dbf' SIZE 10M AUTOEXTEND ON;"))
            self.accepts(self.system(server, "CREATE USER common IDENTIFIED BY x;\nGRANT DBA TO common;"))
            self.accepts(self.as_user(server, "common/x", ""), "ORA-01045")
            for _ in range(10):
                self.as_user(server, "app/wrong", "")
            self.accepts(self.as_user(server, "app/\"New-1\"", ""), "ORA-28000")

    def test_stop_and_kept_data(self):
        with volume() as data, self.server("--volume", f"{data}:/opt/oracle/oradata") as server:
            self.ready(server)
            self.until_registered(server, 'system/"Boot-strap1"')
            self.accepts(self.as_user(server, 'system/"Boot-strap1"', "CREATE TABLE t (n NUMBER);\nINSERT INTO t VALUES (7);\nCOMMIT;\nALTER USER system IDENTIFIED BY \"Re-al1\";"))
            docker("kill", server.name)
            docker("start", server.name)
            self.ready(server, 2)
            self.assertIn("Completed crash recovery", server.logs())
            self.assertLess(server.stop(), 6)
            self.assertEqual(server.state("ExitCode"), "143", "as bash leaves after the trap")
            self.assertIn("ORACLE instance shut down.", server.logs())
            with self.server("--volume", f"{data}:/opt/oracle/oradata", env={"ORACLE_PASSWORD": "Ignored1"}) as again:
                self.ready(again)
                self.assertIn("The password will be ignored", again.logs())
                self.assertNotIn("crash recovery", again.logs())
                self.accepts(self.until_registered(again, 'system/"Re-al1"'))
                self.accepts(self.as_user(again, 'system/"Re-al1"', "SELECT n FROM t;"), "7")
                self.accepts(self.as_user(again, 'system/"Ignored1"', ""), "ORA-01017")

    def test_a_parameter_that_stops_the_start(self):
        with self.server() as server:
            self.ready(server)
            self.accepts(self.system(server, "ALTER SYSTEM SET sga_max_size = 3G SCOPE = SPFILE;"))
            server.stop()
            docker("start", server.name)
            self.assertEqual(server.wait_exit()[0], 1)
            self.assertIn("ORA-56752", server.logs())
            self.assertIn("DATABASE STARTUP FAILED!", server.logs())

    def test_files_of_another_owner(self):
        with self.server() as server:
            self.ready(server)
            server.exec("sh", "-c", "chown root /opt/oracle/oradata/FREE/FREEPDB1/system01.dbf && chmod 600 /opt/oracle/oradata/FREE/FREEPDB1/system01.dbf", user="root")
            server.stop()
            docker("start", server.name)
            self.assertEqual(server.wait_exit()[0], 1)
            self.assertIn("ORA-01157", server.logs())

    def test_half_made(self):
        with self.server() as server:
            server.wait_log("first database startup")
            time.sleep(0.8)
            docker("kill", server.name)
            docker("start", server.name)
            self.ready(server)
            self.assertIn("database already initialized", server.logs())
            self.assertEqual(server.exec("healthcheck.sh")[0], 3, "and stays so")

    def test_committed_layer(self):
        with self.server() as server:
            self.ready(server)
            self.accepts(self.system(server, "ALTER SESSION SET CONTAINER = FREEPDB1;\nCREATE TABLE system.t (n NUMBER);\nINSERT INTO system.t VALUES (7);"))
            server.stop()
            docker("commit", server.name, f"{RUN}:kept")
        try:
            with Container(f"{RUN}:kept") as copy:
                self.ready(copy)
                self.accepts(self.system(copy, "ALTER SESSION SET CONTAINER = FREEPDB1;\nSELECT n FROM system.t;"), "7")
        finally:
            docker("rmi", "--force", f"{RUN}:kept")
