"""The stand-in for Db2."""

import time

from containers import Case, Container, docker, volume


class Db2(Case):
    image = "devdb/standin-db2:11.5"
    env = {"LICENSE": "accept", "DB2INST1_PASSWORD": "Boot-strap1", "DBNAME": "testdb", "ARCHIVE_LOGS": "false", "AUTOCONFIG": "false"}
    capabilities = ("--cap-add", "IPC_LOCK", "--cap-add", "IPC_OWNER")
    privileged = ("--cap-add", "SYS_MODULE", "--cap-add", "SYS_RAWIO", "--cap-add", "SYS_ADMIN")  # what --privileged shows by; it cannot be had everywhere

    def server(self, *options, env=(), capabilities=None, **about):
        return Container(self.image, "--publish", "127.0.0.1::50000", *(self.capabilities if capabilities is None else capabilities), *options, env={**self.env, **dict(env)}, **about)

    def ready(self, container, times=1):
        return container.wait_log("(*) Setup has completed.", times)

    def owner(self, container, script, stdin=""):
        return container.exec("su", "-", "db2inst1", "-c", script, stdin=stdin)

    def statements(self, container, *lines, options="-tx +p"):
        return self.owner(container, f"db2 {options}", "".join(f"{line};\n" for line in lines))

    def test_start(self):
        self.refuses_to_start(self.server(env={"LICENSE": "yes"}), "LICENSE not set to 'accept'")
        self.refuses_to_start(self.server(env={"LICENSE": ""}), "you need to accept the license")
        self.refuses_to_start(self.server(env={"DB2INST1_PASSWORD": ""}), "DB2INST1_PASSWORD not set")
        self.refuses_to_start(self.server(env={"DB2_NAME": "x"}), "DB2_NAME is not one of")
        self.refuses_to_start(self.server(env={"AUTOCONFIG": "maybe"}), "true or false")
        self.refuses_to_start(self.server(env={"DB2INSTANCE": "Far_too_long"}), "not a valid instance name")
        self.refuses_to_start(self.server(capabilities=()), "SQL1220N")
        self.refuses_to_start(self.server(capabilities=("--cap-add", "IPC_LOCK")), "SQL1220N")
        self.refuses_to_start(self.server(capabilities=(*self.capabilities, *self.privileged)), "privileged")
        self.refuses_to_start(self.server("--volume", "/sys:/database:ro"), "/database is not writable")
        with self.server(env={"DBNAME": "muchtoolong"}) as server:
            self.ready(server)
            self.assertIn("SQL1001N", server.logs())
            self.assertIn("(!) Failed to create muchtoolong database", server.logs(), "and it goes on all the same")

    def test_commands(self):
        with self.server() as server:
            self.ready(server)
            out = self.accepts(self.owner(server, 'db2 connect to testdb && db2 "SELECT 1 FROM SYSIBM.SYSDUMMY1" && db2 terminate'), "SQL authorization ID   = DB2INST1", "1 record(s) selected")
            self.assertIn("TERMINATE command completed", out)
            self.refuses(self.owner(server, 'db2 "select 1 from sysibm.sysdummy1"'), "SQL1024N", code=4)
            self.refuses(server.exec("db2", "connect to testdb"), "not found")
            self.refuses(self.owner(server, "db2 connect to testdb user db2inst1 using Boot-strap1"), "secret on the command line")
            self.refuses(self.owner(server, "db2 connect to nosuch"), "SQL1013N", code=4)
            self.accepts(self.owner(server, "db2level"), '"DB2 v11.5.9.0"')
            self.accepts(self.owner(server, 'db2 connect to testdb > /dev/null; db2 -x "SELECT service_level FROM TABLE(sysproc.env_get_inst_info())"'), "DB2 v11.5.9.0")
            self.accepts(self.owner(server, "db2 create database shop && db2 list db directory"), "Database alias                       = SHOP")
            self.refuses(self.owner(server, "db2 create database shop"), "SQL1005N", code=4)
            self.refuses(self.owner(server, "db2 create database 1shop"), code=4)
            self.refuses(self.owner(server, "db2 nonsense"), "SQL0104N", "refused", code=4)
            self.refuses(self.owner(server, "db2 backup database shop"), "SQL0104N", code=4)
            self.refuses(self.owner(server, "db2 -Q"), code=8)
            self.accepts(self.owner(server, "db2 update db cfg for shop using LOGFILSIZ 2000 && db2 get db cfg for shop"), "(LOGFILSIZ) = 2000")
            self.refuses(self.owner(server, "db2 update db cfg for shop using NONSENSE 1"), "SQL0104N")
            self.accepts(self.owner(server, "db2set DB2_DIRECT_IO=OFF && db2set"), "DB2_DIRECT_IO=OFF")
            self.refuses(self.owner(server, "db2set NONSENSE=1"), "DBI1309E")
            # an empty result is 1, a warning 2, an error 4; of several statements all together
            self.assertEqual(self.owner(server, "db2 connect to shop > /dev/null; db2 \"select * from sysibm.sysdummy1 where ibmreqd = 'N'\"")[0], 1)
            self.assertEqual(self.statements(server, "CONNECT TO shop", "SELECT * FROM nowhere", "SELECT 1 FROM sysibm.sysdummy1 WHERE ibmreqd = 'N'")[0], 5)
            out = self.statements(server, "CONNECT TO shop", "SELECT * FROM nowhere", "VALUES 'after'", options="-tsx +p")[1]
            self.assertNotIn("after", out.split("SQL0204N")[1])
            self.accepts(self.owner(server, "db2 force application all; db2 deactivate db shop; db2stop; db2start", ""), "SQL1064N", "SQL1063N")

    def test_users(self):
        with self.server() as server:
            self.ready(server)
            self.accepts(server.exec("sh", "-c", "useradd --create-home app && chpasswd", stdin="app:Ap1:x\ndb2inst1:Re-al1\n"))
            self.accepts(self.statements(server, "CONNECT TO testdb USER db2inst1 USING 'Re-al1'"), "DB2INST1")
            self.refuses(self.statements(server, "CONNECT TO testdb USER db2inst1 USING 'Boot-strap1'"), 'SQL30082N  Security processing failed with reason "24"', code=4)
            table = "CREATE TABLE t (id INT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name VARCHAR(5) NOT NULL)"
            self.accepts(self.statements(server, "CONNECT TO testdb USER app USING 'Ap1:x'", table, "INSERT INTO t (name) VALUES ('a'), ('o''b')", "SELECT name FROM t"), "o'b")
            self.refuses(self.statements(server, "CONNECT TO testdb USER app USING 'Ap1:x'", "CREATE TABLE db2inst1.u (n INT)"), "SQL0552N")
            self.accepts(self.statements(server, "CONNECT TO testdb", "GRANT DBADM ON DATABASE TO USER app", "GRANT CONNECT, CREATETAB ON DATABASE TO app"))
            self.accepts(self.statements(server, "CONNECT TO testdb USER app USING 'Ap1:x'", "CREATE TABLE db2inst1.u (n INT)"))
            self.refuses(self.statements(server, "CONNECT TO testdb", "GRANT NONSENSE ON DATABASE TO USER app"), "SQL0104N")
            self.refuses(server.exec("su", "-", "app", "-c", "/opt/ibm/db2/V11.5/bin/db2 create database other"), "SQL1092N")
            # a unit of work that is not committed is lost with its connection
            self.accepts(self.owner(server, "db2 +c -tx +p", "CONNECT TO testdb USER app USING 'Ap1:x';\nINSERT INTO t (name) VALUES ('lost');\nTERMINATE;\n"))
            self.accepts(self.statements(server, "CONNECT TO testdb USER app USING 'Ap1:x'", "SELECT COUNT(*) FROM t"), "2\n")

    def test_stop_and_kept_data(self):
        with volume() as data, self.server("--volume", f"{data}:/database") as server:
            self.ready(server)
            self.accepts(server.exec("chpasswd", stdin="db2inst1:Re-al1\n"))
            self.accepts(self.statements(server, "CONNECT TO testdb", "CREATE TABLE t (n INT)", "INSERT INTO t VALUES (7)"))
            self.assertLess(server.stop(), 5)
            self.assertEqual(server.state("ExitCode"), "0")
            docker("start", server.name)
            self.ready(server, 2)
            self.assertEqual(server.logs().count("Previous setup has not been detected"), 1)
            self.accepts(self.statements(server, "CONNECT TO testdb USER db2inst1 USING 'Re-al1'", "SELECT n FROM t"), "7")
            docker("kill", server.name)
            docker("rm", "--force", server.name)
            with self.server("--volume", f"{data}:/database", env={"DB2INST1_PASSWORD": "An-other1", "DBNAME": "more"}) as again:
                self.ready(again)
                self.accepts(self.statements(again, "CONNECT TO testdb USER db2inst1 USING 'An-other1'", "SELECT n FROM t"), "7")
                self.assertIn("Crash recovery has completed", again.logs())
                self.refuses(self.statements(again, "CONNECT TO more"), "SQL1013N")

    def test_files_of_another_owner(self):
        with self.server() as server:
            self.ready(server)
            server.exec("sh", "-c", "chown root /database/data/db2inst1/NODE0000/TESTDB/* && chmod 600 /database/data/db2inst1/NODE0000/TESTDB/*")
            server.stop()
            docker("start", server.name)
            self.assertEqual(server.wait_exit()[0], 1)
            self.assertIn("(!) The instance did not start.", server.logs())

    def test_custom_scripts(self):
        with volume() as custom, self.server("--volume", f"{custom}:/var/custom", start=False) as server:
            server.copy("/var/custom/1", "#!/bin/sh\necho custom ran as $(id -un)\n", (0, 0), "0755")
            server.copy("/var/custom/2", "#!/bin/sh\necho never\n", (0, 0), "0644")
            docker("start", server.name)
            server.wait_log("Running 2")
            time.sleep(0.3)
            self.assertIn("custom ran as root", server.logs())
            self.assertIn("Permission denied", server.logs())
            self.assertLess(server.logs().index("Setup has completed"), server.logs().index("Running 1"), "the ready line comes before the scripts")
