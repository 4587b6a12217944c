"""The stand-in for Oracle Database Free."""

import time

from containers import RUN, SUFFIX, Case, Container, answers, docker, volume


class Oracle(Case):
    image = f"devdb/standin-oracle:23{SUFFIX}"
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
                (here + "CREATE DIRECTORY d AS '/tmp' SHARING = NONE;", 900),
                (here + "ALTER PLUGGABLE DATABASE freepdb1 UNPLUG INTO '/tmp/x.pdb';", 900),
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

    def test_a_user_with_its_verifiers(self):
        here, long = "ALTER SESSION SET CONTAINER = FREEPDB1;\n", "SET LONG 9000 LONGCHUNKSIZE 9000 LINESIZE 9000\n"
        written = "SELECT DBMS_METADATA.GET_DDL('USER', 'SHOP') FROM dual;"
        with self.server() as server, self.server() as target:
            for each in (server, target):
                self.until_registered(self.ready(each), 'system/"Boot-strap1"')
            self.accepts(self.system(server, here + 'CREATE USER shop IDENTIFIED BY "Sh0p" DEFAULT TABLESPACE users ACCOUNT LOCK;\nGRANT CREATE SESSION TO shop;'))
            statement = self.accepts(self.system(server, here + long + written), 'CREATE USER "SHOP" IDENTIFIED BY VALUES \'S:', 'DEFAULT TABLESPACE "USERS"', "ACCOUNT LOCK").strip()
            self.assertNotIn("GRANT", statement)
            self.assertNotIn("ACCOUNT LOCK", self.accepts(self.system(server, here + written)), "no more than LONG of it")
            self.assertGreater(len(self.accepts(self.system(server, here + "SET LONG 9000\n" + written)).split("\n")), 6, "broken into lines of LONGCHUNKSIZE")
            line = " ".join(statement.split())
            for made, code in ((line, None), (line, 1920), (line.replace("S:", "X:").replace("SHOP", "OTHER"), 2153), (line.replace("USING_NLS_COMP", "BINARY").replace("SHOP", "OTHER"), 43929)):
                outcome = self.system(target, here + made + ";")
                self.accepts(outcome) if code is None else self.refuses(outcome, f"ORA-{code:05}", code=1)
            self.accepts(self.system(target, here + "GRANT CREATE SESSION TO shop;"))
            self.accepts(self.as_user(target, "shop/Sh0p", ""), "ORA-28000")
            self.accepts(self.system(target, here + "ALTER USER shop ACCOUNT UNLOCK;"))
            self.accepts(self.as_user(target, "shop/Sh0p", "SELECT user FROM dual;"), "SHOP")
            self.accepts(self.as_user(target, "shop/wrong", ""), "ORA-01017")
            self.refuses(self.system(server, here + long + written.replace("SHOP", "NOBODY")), "ORA-31603", code=1)
            self.refuses(self.system(server, here + long + written.replace("'USER'", "'TABLE'")), "ORA-00900", code=1)
            self.refuses(self.as_user(server, 'system/"Boot-strap1"', written), "ORA-00900", code=1)

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

    # Snapshots

    snap = "/opt/oracle/oradata/snap"

    def pump(self, server, program, *lines, logon='system/"Boot-strap1"', arguments=(), where="//localhost:1521/FREEPDB1"):
        """expdp or impdp with a parameter file that has the logon."""
        content = "".join(f"{line}\n" for line in (f"userid={logon}@{where}", *lines))
        server.copy("/tmp/job.par", content, (54321, 54321), "0600")
        return server.exec(program, "parfile=/tmp/job.par", *arguments)

    def source(self, server):
        """Two users with a row each, a directory, a dump of both."""
        here = "ALTER SESSION SET CONTAINER = FREEPDB1;\n"
        self.until_registered(self.ready(server), 'system/"Boot-strap1"')
        self.accepts(server.exec("mkdir", "-p", self.snap))
        made = f"CREATE OR REPLACE DIRECTORY snap AS '{self.snap}';\n"
        self.accepts(self.as_user(server, 'system/"Boot-strap1"', made + made + "SELECT directory_path FROM dba_directories;"), self.snap)
        self.accepts(self.system(server, here + 'CREATE USER shop IDENTIFIED BY "Sh0p" QUOTA UNLIMITED ON users;\nGRANT CONNECT, RESOURCE TO shop;'))
        self.accepts(self.system(server, here + 'CREATE USER till IDENTIFIED BY "T1ll" QUOTA UNLIMITED ON users;\nGRANT CREATE SESSION, CREATE TABLE TO till;'))
        for logon in ("shop/Sh0p", "till/T1ll"):
            self.accepts(self.as_user(server, logon, "CREATE TABLE t (id NUMBER GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name VARCHAR2(9) NOT NULL UNIQUE);\nINSERT INTO t (name) VALUES ('kept');\nCOMMIT;"))

    def target(self, server):
        self.until_registered(self.ready(server), 'system/"Boot-strap1"')
        self.accepts(server.exec("mkdir", "-p", self.snap))
        self.accepts(self.as_user(server, 'system/"Boot-strap1"', f"CREATE DIRECTORY snap AS '{self.snap}';"))

    def test_export_and_import(self):
        job = ("directory=snap", "dumpfile=a.dmp", "nologfile=y")
        with self.server() as server, self.server() as target:
            self.source(server)
            self.assertIn("successfully completed", self.accepts(self.pump(server, "expdp", "schemas=shop,till", *job)))
            content, entry = server.fetch(f"{self.snap}/a.dmp")
            self.assertEqual((entry.uid, entry.gid), (54321, 54321))
            self.target(target)
            target.copy(f"{self.snap}/a.dmp", content, (54321, 54321), "0640")
            # as they were, with hashes and grants
            self.assertIn("successfully completed", self.accepts(self.pump(target, "impdp", "full=y", *job)))
            self.assertEqual(self.accepts(self.as_user(target, "shop/Sh0p", "SELECT name FROM t;")).split(), ["kept"])
            self.accepts(self.as_user(target, "till/T1ll", "INSERT INTO t (name) VALUES ('more');\nSELECT MAX(id) FROM t;\nCOMMIT;"), "2")
            self.refuses(self.as_user(target, "till/T1ll", "INSERT INTO t (name) VALUES ('kept');"), "ORA-00001")
            # again: what is there is left alone unless it is told otherwise, and either way the end is 5
            self.refuses(self.pump(target, "impdp", "schemas=till", *job), 'ORA-31684: Object type USER:"TILL" already exists', "ORA-39151", "completed with 2 error(s)", code=5)
            self.assertEqual(self.accepts(self.as_user(target, "till/T1ll", "SELECT COUNT(*) FROM t;")).split(), ["2"])
            self.accepts(self.pump(target, "impdp", "schemas=till", "exclude=user", "table_exists_action=replace", *job), "successfully completed")
            self.assertEqual(self.accepts(self.as_user(target, "till/T1ll", "SELECT COUNT(*) FROM t;")).split(), ["1"])
            self.accepts(self.pump(target, "impdp", "schemas=till", "exclude=user", "table_exists_action=truncate", *job))
            self.refuses(self.pump(target, "impdp", "schemas=till", "exclude=user", "table_exists_action=append", *job), "ORA-31693", "ORA-00001", code=5)
            # under another name: the user is made, and needs a password
            self.accepts(self.pump(target, "impdp", "schemas=shop", "remap_schema=shop:store", *job))
            self.accepts(self.as_user(target, "store/Sh0p", ""), "ORA-01017")
            self.accepts(self.system(target, 'ALTER SESSION SET CONTAINER = FREEPDB1;\nALTER USER store IDENTIFIED BY "St0re";'))
            self.assertEqual(self.accepts(self.as_user(target, "store/St0re", "SELECT name FROM t;")).split(), ["kept"])
            self.assertEqual(self.accepts(self.as_user(target, "shop/Sh0p", "SELECT name FROM t;")).split(), ["kept"])
            # into an existing user of another name
            self.accepts(self.system(target, 'ALTER SESSION SET CONTAINER = FREEPDB1;\nCREATE USER mine IDENTIFIED BY "M1ne" QUOTA UNLIMITED ON users;\nGRANT CREATE SESSION TO mine;'))
            self.accepts(self.pump(target, "impdp", "schemas=shop", "remap_schema=shop:mine", "exclude=user", *job))
            self.assertEqual(self.accepts(self.as_user(target, "mine/M1ne", "SELECT name FROM t;")).split(), ["kept"])

    def test_tablespaces_and_whole_databases(self):
        with self.server() as server, self.server() as target:
            self.source(server)
            here = "ALTER SESSION SET CONTAINER = FREEPDB1;\n"
            self.accepts(self.system(server, here + "CREATE TABLESPACE extra DATAFILE 'extra01.dbf' SIZE 10M AUTOEXTEND ON;\nCREATE TABLE system.t (n NUMBER);"))
            self.accepts(self.system(server, here + "ALTER USER shop DEFAULT TABLESPACE extra QUOTA UNLIMITED ON extra;"))
            job = ("directory=snap", "dumpfile=a.dmp")
            self.accepts(self.pump(server, "expdp", "schemas=shop", *job))
            self.accepts(server.exec("grep", "successfully completed", f"{self.snap}/export.log"))
            self.target(target)
            target.copy(f"{self.snap}/a.dmp", server.fetch(f"{self.snap}/a.dmp")[0], (54321, 54321), "0640")
            self.refuses(self.pump(target, "impdp", *job), "ORA-00959: tablespace 'EXTRA' does not exist", "ORA-01918", code=5)
            self.accepts(self.as_user(target, "shop/Sh0p", "SELECT 1 FROM dual;"), "ORA-01017")
            self.accepts(self.pump(target, "impdp", "remap_tablespace=extra:users", *job))
            self.assertEqual(self.accepts(self.as_user(target, "shop/Sh0p", "SELECT name FROM t;")).split(), ["kept"])
            # the whole database, without what is Oracle's own
            self.accepts(self.pump(server, "expdp", "full=y", "reuse_dumpfiles=y", "nologfile=y", *job))
            target.copy(f"{self.snap}/a.dmp", server.fetch(f"{self.snap}/a.dmp")[0], (54321, 54321), "0640")
            out = self.refuses(self.pump(target, "impdp", "full=y", "nologfile=y", *job), 'TABLESPACE:"USERS" already exists', 'USER:"PDBADMIN" already exists', code=5)
            self.assertNotIn('"SYSTEM"."T"', out)
            self.assertEqual(self.accepts(self.as_user(target, "till/T1ll", "SELECT name FROM t;")).split(), ["kept"])
            self.assertEqual(self.accepts(self.system(target, here + "SELECT username FROM dba_users WHERE oracle_maintained = 'N' ORDER BY 1;")).split(), ["PDBADMIN", "SHOP", "TILL"])

    def test_jobs_that_are_refused(self):
        job = ("schemas=shop", "directory=snap", "dumpfile=a.dmp", "nologfile=y")
        with self.server() as server:
            self.source(server)
            self.accepts(self.pump(server, "expdp", *job))
            self.refuses(server.exec("expdp", 'system/"Boot-strap1"@//localhost/FREEPDB1', *job), "secret on the command line", code=1)
            self.refuses(server.exec("expdp", 'userid=system/x@//localhost/FREEPDB1', *job), "secret on the command line", code=1)
            self.refuses(server.exec("expdp", "system@//localhost/FREEPDB1", *job), "no terminal", code=1)
            self.refuses(server.exec("impdp", "parfile=/nosuch"), "LRM-00109", code=1)
            self.refuses(self.pump(server, "expdp", *job, logon="system/wrong"), "UDE-01017", "ORA-01017", code=1)
            self.refuses(self.pump(server, "impdp", *job, where="//localhost/nosuch"), "UDI-12514", code=1)
            self.refuses(self.pump(server, "expdp", *job, where="//localhost/FREE"), "ORA-39087: directory name SNAP is invalid", code=1)
            for program, line, *texts in (
                ("expdp", "parallel=2", "ORA-39094"),
                ("impdp", "parallel=1", "ORA-39094"),
                ("expdp", "compression=all", "LRM-00101", "refused"),
                ("impdp", "reuse_dumpfiles=y", "LRM-00101"),
                ("expdp", "remap_schema=a:b", "LRM-00101"),
                ("expdp", "tables=t", "LRM-00101"),
                ("impdp", "sqlfile=x.sql", "LRM-00101"),
                ("impdp", "exclude=table", "ORA-39041"),
                ("impdp", "table_exists_action=merge", "LRM-00121"),
                ("impdp", "remap_schema=shop", "ORA-39046"),
                ("expdp", "reuse_dumpfiles=n", "ORA-31641", "ORA-27038"),
                ("expdp", "full=y", "multiple job modes"),
                ("expdp", "directory=nosuch", "ORA-39087"),
                ("impdp", "dumpfile=nosuch.dmp", "ORA-31640", "Error: 2"),
                ("impdp", "dumpfile=../a.dmp", "ORA-39088"),
            ):
                self.refuses(self.pump(server, program, *job, line), *texts, code=1)
            self.refuses(self.pump(server, "expdp", *job[1:], "schemas=nosuch", "reuse_dumpfiles=y"), "ORA-39165: Schema NOSUCH was not found.", "ORA-31655", code=5)
            self.refuses(self.pump(server, "expdp", *job[1:], "schemas=system", "reuse_dumpfiles=y"), "ORA-39165: Schema SYSTEM was not found.", code=5)
            # others' schemas, and a directory that was not granted
            self.refuses(self.pump(server, "expdp", *job, logon="till/T1ll"), "ORA-39087", code=1)
            self.accepts(self.as_user(server, 'system/"Boot-strap1"', "GRANT READ, WRITE ON DIRECTORY snap TO till;"))
            self.refuses(self.pump(server, "expdp", *job, logon="till/T1ll"), "ORA-31631", "ORA-39109", code=1)
            self.refuses(self.pump(server, "expdp", "full=y", *job[1:], logon="till/T1ll"), "ORA-39161", code=1)
            self.accepts(self.pump(server, "expdp", "schemas=till", *job[1:], "dumpfile=own.dmp", logon="till/T1ll"))
            # a directory that is not there, or is not the server's
            for path, text in (("/opt/oracle/oradata/no", "ORA-29283"), ("/tmp", "refused")):
                self.accepts(self.as_user(server, 'system/"Boot-strap1"', f"CREATE OR REPLACE DIRECTORY elsewhere AS '{path}';"))
                self.refuses(self.pump(server, "expdp", *job, "directory=elsewhere"), "ORA-39070", text, code=1)
            server.exec("sh", "-c", f"mkdir {self.snap}/root && chmod 755 {self.snap}/root", user="root")
            self.accepts(self.as_user(server, 'system/"Boot-strap1"', f"CREATE OR REPLACE DIRECTORY elsewhere AS '{self.snap}/root';"))
            self.refuses(self.pump(server, "expdp", *job, "directory=elsewhere"), "ORA-39070", "cannot open file", code=1)
            self.refuses(self.as_user(server, 'system/"Boot-strap1"', f"CREATE DIRECTORY snap AS '{self.snap}';"), "ORA-00955")
            self.refuses(self.as_user(server, "till/T1ll", "CREATE OR REPLACE DIRECTORY d AS '/tmp';"), "ORA-01031")
            # the file: its owner, and what is in it
            content, path = server.fetch(f"{self.snap}/a.dmp")[0], f"{self.snap}/a.dmp"
            for text, owner, mode, why in (
                (content, (0, 0), "0644", "ORA-31640"),
                (content, (54321, 0), "0644", "ORA-31640"),
                (content, (54321, 54321), "0000", "ORA-31640"),
                (b"something else", (54321, 54321), "0640", "ORA-31619"),
                (content[:-10], (54321, 54321), "0640", "ORA-31619"),
                (content[:-10] + b"0123456789", (54321, 54321), "0640", "ORA-31619"),
            ):
                server.copy(path, text, owner, mode)
                self.refuses(self.pump(server, "impdp", *job, "remap_schema=shop:copy"), why, code=1)
            server.copy(path, "", (0, 0), "0644")
            self.refuses(self.pump(server, "expdp", *job, "reuse_dumpfiles=y"), "ORA-31641", "Permission denied", code=1)
            self.assertNotIn("COPY", self.accepts(self.system(server, "ALTER SESSION SET CONTAINER = FREEPDB1;\nSELECT username FROM all_users;")))
            # a password that needs its quotes, and a comment
            self.accepts(self.system(server, "ALTER USER system IDENTIFIED BY \"a/b@c'd#e f\";"))
            server.copy(path, content, (54321, 54321), "0640")
            self.accepts(self.pump(server, "impdp", "# a comment", *job, "remap_schema=shop:copy  # another", logon="system/\"a/b@c'd#e f\""))
            self.accepts(self.as_user(server, "system/\"a/b@c'd#e f\"", "DROP DIRECTORY elsewhere;"))
            self.refuses(self.as_user(server, "system/\"a/b@c'd#e f\"", "DROP DIRECTORY elsewhere;"), "ORA-04043")
