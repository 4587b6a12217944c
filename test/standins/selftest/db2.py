"""The stand-in for Db2."""

import time

from containers import SUFFIX, Case, Container, docker, volume


class Db2(Case):
    image = f"devdb/standin-db2:11.5{SUFFIX}"
    env = {"LICENSE": "accept", "DB2INST1_PASSWORD": "Boot-strap1", "DBNAME": "testdb", "ARCHIVE_LOGS": "false", "AUTOCONFIG": "false"}
    capabilities = ("--cap-add", "IPC_LOCK", "--cap-add", "IPC_OWNER")
    privileged = ("--cap-add", "SYS_MODULE", "--cap-add", "SYS_RAWIO", "--cap-add", "SYS_ADMIN")  # what --privileged shows by; it cannot be had everywhere

    def server(self, *options, env=(), capabilities=None, image=None, **about):
        return Container(image or self.image, "--publish", "127.0.0.1::50000", *(self.capabilities if capabilities is None else capabilities), *options, env={**self.env, **dict(env)}, **about)

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

    # Snapshots

    folder = "/database/backup"

    def source(self, server):
        """A row, a backup with it, and a row after it: the image's path."""
        self.ready(server)
        self.accepts(server.exec("install", "-d", "-o", "db2inst1", "-g", "db2iadm1", self.folder))
        self.accepts(self.statements(server, "CONNECT TO testdb", "CREATE TABLE t (id INT NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name VARCHAR(5))", "INSERT INTO t (name) VALUES ('kept')"))
        out = self.accepts(self.owner(server, f"db2 backup db testdb to {self.folder}"), "Backup successful. The timestamp for this backup image is : ")
        self.accepts(self.statements(server, "CONNECT TO testdb", "INSERT INTO t (name) VALUES ('late')"))
        stamp = out.split(" : ")[1].strip()
        return f"{self.folder}/TESTDB.0.db2inst1.DBPART000.{stamp}.001", stamp

    def names(self, server, database):
        return self.accepts(self.statements(server, f"CONNECT TO {database}", "SELECT name FROM t")).split("\n\n")[-1].split()

    def test_backup_and_restore(self):
        with self.server() as server, self.server(env={"DBNAME": ""}) as target:
            image, stamp = self.source(server)
            content, entry = server.fetch(image)
            self.assertEqual((entry.uid, entry.mode & 0o777), (1000, 0o600))
            self.accepts(self.owner(server, f"db2 restore db testdb from {self.folder} taken at {stamp} into copy"), "DB20000I  The RESTORE DATABASE command completed successfully.")
            self.assertEqual(self.names(server, "copy")[-1:], ["kept"])
            self.assertEqual(self.names(server, "testdb")[-2:], ["kept", "late"])
            # in another container
            self.ready(target)
            self.accepts(target.exec("install", "-d", "-o", "db2inst1", "-g", "db2iadm1", self.folder))
            target.copy(image, content, (1000, entry.gid), "0600")
            self.accepts(self.owner(target, f"db2 restore db testdb from {self.folder} taken at {stamp} on /database/data into shop without rolling forward without prompting"))
            self.assertEqual(self.names(target, "shop")[-1:], ["kept"])
            self.accepts(self.statements(target, "CONNECT TO shop", "INSERT INTO t (name) VALUES ('more')", "SELECT MAX(id) FROM t"), "2")
            self.assertNotIn("TESTDB", self.accepts(self.owner(target, "db2 list db directory")))
            # over what is there: asked, unless it is told; a warning is exit code 2
            self.refuses(self.owner(target, f"db2 restore db testdb from {self.folder} into shop"), "SQL2529W", code=4)
            self.assertEqual(self.names(target, "shop")[-2:], ["kept", "more"])
            found = self.owner(target, f"db2 restore db testdb from {self.folder} into shop without prompting")
            self.assertEqual((found[0], "SQL2540W" in found[1]), (2, True), found)
            self.assertEqual(self.names(target, "shop")[-1:], ["kept"])
            self.accepts(self.owner(target, f"db2 restore db testdb from {self.folder} into shop replace existing"))
            self.accepts(self.owner(target, f"db2 restore db testdb from {self.folder}"))
            self.refuses(self.owner(target, f"db2 restore db testdb from {self.folder}"), "SQL2539W", code=4)
            # by a generated script
            self.accepts(self.owner(target, f"db2 restore db testdb from {self.folder} into again redirect generate script /tmp/again.clp"))
            self.refuses(self.statements(target, "CONNECT TO again"), "SQL1013N", code=4)
            found = self.owner(target, "db2 -tf /tmp/again.clp")
            self.assertEqual((found[0], "SQL1277W" in found[1]), (2, True), found)
            self.assertEqual(self.names(target, "again")[-1:], ["kept"])
            target.stop()
            docker("start", target.name)
            self.ready(target, 2)
            self.assertEqual(self.names(target, "shop")[-1:], ["kept"])

    def test_backups_that_are_refused(self):
        with self.server(env={"ARCHIVE_LOGS": "true"}) as server:
            self.ready(server)
            self.accepts(server.exec("install", "-d", "-o", "db2inst1", "-g", "db2iadm1", self.folder))
            backup = f"db2 backup db testdb to {self.folder}"
            self.accepts(self.owner(server, f"db2 connect to testdb > /dev/null && {backup}"), "Backup successful")
            for command, texts in (
                ("db2 backup db nosuch to " + self.folder, ("SQL1013N",)),
                ("db2 backup db testdb to /database/nosuch", ("SQL2036N",)),
                ("db2 backup db testdb to /tmp", ("SQL2036N",)),
                ("db2 backup db testdb to /database/config/../../tmp", ("SQL2036N",)),
                ("db2 backup db testdb", ("SQL0104N",)),
                ("db2 backup db testdb online to " + self.folder, ("SQL0104N",)),
                (f"db2 backup db testdb to {self.folder} compress", ("SQL0104N",)),
                (f"db2 activate db testdb; {backup}", ("SQL1035N",)),
            ):
                self.refuses(self.owner(server, command), *texts, code=4)
            self.accepts(self.owner(server, f"db2 deactivate db testdb; {backup}"), "Backup successful")
            self.refuses(server.exec("sh", "-c", "useradd --create-home app; su - app -c '/opt/ibm/db2/V11.5/bin/db2 backup db testdb to /database/backup'"), "SQL1092N")
            # an application in the way; quiesced and forced off, it is not
            docker("exec", "--detach", server.name, "su", "-", "db2inst1", "-c", "db2 connect to testdb; sleep 30; true")
            until = time.time() + 5
            while "TESTDB" not in self.owner(server, "db2 list applications")[1]:
                self.assertLess(time.time(), until)
            self.refuses(self.owner(server, backup), "SQL1035N", code=4)
            quiet = "db2 connect to testdb > /dev/null && db2 quiesce db immediate force connections && db2 connect reset && db2 deactivate db testdb; "
            self.accepts(self.owner(server, quiet + backup + " && db2 connect to testdb > /dev/null && db2 unquiesce db"), "Backup successful")
            docker("exec", "--detach", server.name, "su", "-", "db2inst1", "-c", "db2 connect to testdb; sleep 30; true")
            while "TESTDB" not in self.owner(server, "db2 list applications")[1]:
                self.assertLess(time.time(), until + 5)
            stamp = self.accepts(self.owner(server, "db2 force applications all > /dev/null; " + backup)).split(" : ")[1].strip()
            # with archived logs it waits for them
            self.accepts(self.owner(server, f"db2 restore db testdb from {self.folder} taken at {stamp} into copy"))
            self.refuses(self.owner(server, "db2 connect to copy"), "SQL1117N", code=4)
            self.accepts(self.owner(server, f"db2 restore db testdb from {self.folder} taken at {stamp} into copy replace existing without rolling forward"))
            self.accepts(self.owner(server, "db2 connect to copy"))

    def test_restores_that_are_refused(self):
        with self.server() as server, self.server(image=f"devdb/standin-db2:12.1{SUFFIX}") as newer:
            image, stamp = self.source(server)
            content, entry = server.fetch(image)
            restore = f"db2 restore db testdb from {self.folder} taken at {stamp}"
            for command, *texts in (
                (f"db2 restore db nosuch from {self.folder} into copy", "SQL2542N"),
                (f"db2 restore db testdb from {self.folder} taken at 20200101000000 into copy", "SQL2542N"),
                (f"db2 restore db testdb from /database/nosuch taken at {stamp} into copy", "SQL2036N"),
                (f"db2 restore db testdb from /tmp taken at {stamp} into copy", "SQL2036N"),
                (f"{restore} into muchtoolong", "SQL1001N"),
                (f"{restore} on /database/nosuch into copy", "SQL1051N"),
                (f"{restore} on /tmp into copy", "SQL1051N"),
                (f"{restore} into copy parallelism 2", "SQL0104N"),
                (f"{restore} into copy on /database/data", "SQL0104N"),
                (f"{restore} into copy redirect generate script /nosuch/x.clp", "SQL2036N"),
                ("db2 restore db testdb continue", "SQL1277N"),
                (f"db2 activate db testdb; {restore} replace existing", "SQL1035N"),
            ):
                self.refuses(self.owner(server, command), *texts, code=4)
            for text, owner, mode, code in (
                (content, (0, 0), "0644", "SQL2542N"),
                (content, (1000, 0), "0644", "SQL2542N"),
                (content, (1000, entry.gid), "0000", "SQL2542N"),
                (b"something else", (1000, entry.gid), "0600", "SQL2530N"),
                (content[:-10], (1000, entry.gid), "0600", "SQL2530N"),
                (content[:-10] + b"0123456789", (1000, entry.gid), "0600", "SQL2530N"),
            ):
                server.copy(image, text, owner, mode)
                self.refuses(self.owner(server, f"{restore} into copy"), code, code=4)
            renamed = image.replace(stamp, "20200101000000")
            server.copy(renamed, content, (1000, entry.gid), "0600")
            self.refuses(self.owner(server, f"db2 restore db testdb from {self.folder} into copy"), "SQL2522N", code=4)
            self.refuses(self.owner(server, f"db2 restore db testdb from {self.folder} taken at 20200101000000 into copy"), "SQL2532N", code=4)
            self.assertNotIn("COPY", self.accepts(self.owner(server, "db2 list db directory")))
            server.exec("rm", renamed)
            # forward only
            newest, later = self.source(newer)
            self.assertNotEqual(later, stamp)
            self.accepts(self.owner(newer, "db2level"), '"DB2 v12.1.5.0"')
            newer.copy(image, content, (1000, entry.gid), "0600")
            self.accepts(self.owner(newer, f"{restore} into older"), "SQL2555I")
            self.assertEqual(self.names(newer, "older")[-1:], ["kept"])
            server.copy(newest, newer.fetch(newest)[0], (1000, entry.gid), "0600")
            self.refuses(self.owner(server, f"db2 restore db testdb from {self.folder} taken at {later} into copy"), "SQL2530N", "12.1.5.0", code=4)
