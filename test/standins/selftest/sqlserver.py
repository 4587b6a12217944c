"""The stand-in for SQL Server."""

import time

from containers import RUN, SUFFIX, Case, Container, answers, docker, volume


class SqlServer(Case):
    image = f"devdb/standin-sqlserver:2022{SUFFIX}"
    env = {"ACCEPT_EULA": "Y", "MSSQL_SA_PASSWORD": "Boot-strap1"}
    tool = "/opt/mssql-tools18/bin/sqlcmd"

    def server(self, *options, env=(), **about):
        return Container(self.image, "--publish", "127.0.0.1::1433", *options, env={**self.env, **dict(env)}, **about)

    def ready(self, container, times=1):
        container.wait_log("Recovery is complete", times)
        time.sleep(1)
        return container

    def sql(self, container, text, *options, password="Boot-strap1", user="sa", base=("-C", "-b", "-h", "-1", "-W")):
        return container.exec(self.tool, "-S", "localhost", "-U", user, *base, *options, stdin=text + "\nGO\n", env={"SQLCMDPASSWORD": password})

    def test_start(self):
        self.refuses_to_start(Container(self.image, env={"MSSQL_SA_PASSWORD": "Boot-strap1"}), "End-User License Agreement")
        self.refuses_to_start(self.server(env={"ACCEPT_EULA": "N"}), "End-User License Agreement")
        self.refuses_to_start(self.server("--memory", "1900m"), "sqlservr: This program requires a machine with at least 2000 megabytes of memory.")
        self.refuses_to_start(self.server(env={"MSSQL_DB": "x"}), "MSSQL_DB is not one of")
        self.refuses_to_start(self.server(env={"MSSQL_PID": "Gold"}), "Invalid edition")
        self.refuses_to_start(self.server(env={"MSSQL_COLLATION": "nonsense"}), "collation")
        self.refuses_to_start(self.server(env={"MSSQL_TCP_PORT": "x"}), "not a valid value")
        self.refuses_to_start(self.server("--volume", "/sys:/var/opt/mssql:ro"), "Permission denied")
        for password, why in (("Sh0rt!", "too short"), ("onlylowercase1", "not complex enough")):
            with self.server(env={"MSSQL_SA_PASSWORD": password}) as weak:
                code, seconds = weak.wait_exit()
                self.assertEqual(code, 255)
                self.assertGreater(seconds, 1, "a weak password ends the server shortly after the start, not at once")
                self.assertIn("Unable to set system administrator password", weak.logs())
                self.assertIn(why, weak.logs())

    def test_readiness(self):
        with self.server("--memory", "2g") as server:
            server.wait_log("SQL Server is now ready for client connections")
            self.assertTrue(answers(server, 1433))
            self.refuses(self.sql(server, "SELECT 1"), "Login failed for user 'sa'.", code=1)
            self.assertIn("Error: 18456, Severity: 14", server.logs())
            server.wait_log("Recovery is complete")
            self.assertIn("Login failed", self.sql(server, "SELECT 1")[1], "the log line comes a moment before the login works")
            self.accepts(self.sql(self.ready(server), "SELECT 1"), "1\n")

    def test_settings(self):
        with self.server(start=False) as server:
            conf = "[memory]\nmemorylimitmb = 1500\n[network]\ntcpport = 1444\n[sqlagent]\nenabled = true\n[telemetry]\ncustomerfeedback = false\n"
            server.copy("/var/opt/mssql/mssql.conf", conf + "[filelocation]\ndefaultbackupdir = /var/opt/mssql/backup\n", (10001, 0), "0640")
            docker("start", server.name)
            self.ready(server)
            self.accepts(self.sql(server, "SELECT physical_memory_kb FROM sys.dm_os_sys_info", "-S", "localhost,1444"), str(1500 * 1024))
            self.accepts(self.sql(server, "SELECT status_desc FROM sys.dm_server_services", "-S", "localhost,1444"), "Running\nRunning")
        for text, owner, why in (
            ("[memory]\nmemorylimit = 1500\n", (10001, 0), "'memory.memorylimit'"),
            ("[memory]\nmemorylimitmb = much\n", (10001, 0), "memory.memorylimitmb"),
            ("[memory]\nmemorylimitmb = 1500\n", (0, 0), "owned by uid 0"),
        ):
            with self.server(start=False) as server:
                server.copy("/var/opt/mssql/mssql.conf", text, owner)
                docker("start", server.name)
                self.assertEqual(server.wait_exit()[0], 1)
                self.assertIn(why, server.logs())
        with self.server(env={"MSSQL_PID": "Express", "MSSQL_COLLATION": "Latin1_General_100_CI_AS_SC_UTF8", "MSSQL_AGENT_ENABLED": "true"}) as server:
            out = self.accepts(self.sql(self.ready(server), "SELECT SERVERPROPERTY('Edition'), SERVERPROPERTY('Collation')", "-s", "|"))
            self.assertIn("Express Edition (64-bit)|Latin1_General_100_CI_AS_SC_UTF8", out)

    def test_sqlcmd(self):
        with self.server() as server:
            self.ready(server)
            run = lambda *options, stdin="", env=None: server.exec(self.tool, *options, stdin=stdin, env=env or {"SQLCMDPASSWORD": "Boot-strap1"})
            self.refuses(server.exec("sqlcmd", "-?"), "not found")
            self.refuses(server.exec("/opt/mssql-tools/bin/sqlcmd", "-?"), "no such file")
            self.refuses(run("-U", "sa", "-Q", "SELECT 1"), "certificate verify failed", code=1)
            self.refuses(run("-U", "sa", "-C", "-P", "Boot-strap1", "-Q", "SELECT 1"), "secret on the command line", code=1)
            self.refuses(run("-U", "sa", "-C", "-Q", "ALTER LOGIN sa WITH PASSWORD = N'Boot-strap2'"), "secret on the command line", code=1)
            self.refuses(run("-C", "-Q", "SELECT 1"), "Kerberos", code=1)
            self.refuses(run("-U", "sa", "-C", "-Z"), "Unknown Option", code=1)
            self.refuses(run("-U", "sa", "-C", "-S", "localhost,1", "-Q", "SELECT 1"), "Server is not found or not accessible", code=1)
            self.refuses(run("-U", "sa", "-C", "-Q", "SELECT 1", env={"SQLCMDPASSWORD": "wrong"}), "Login failed for user 'sa'.", code=1)
            self.refuses(run("-U", "sa", "-C", "-d", "nosuch", "-Q", "SELECT 1"), 'Cannot open database "nosuch"', code=1)
            self.refuses(run("-U", "sa", "-C", stdin="SELECT 1\n"), "no GO")
            self.refuses(run("-U", "sa", "-C", stdin="PRINT '$(home)'\nGO\n"), "scripting variable not defined")
            self.accepts(run("-U", "sa", "-C", "-x", stdin="PRINT N'$(home)'\nGO\n"), "$(home)")
            self.accepts(run("-U", "sa", "-No", "-Q", "SELECT 1"))
            # -b and -V: level 14 is under -V 16 and passes; without -b the exit code is 0, or the level that -V asks for
            missing, level14 = "SELECT * FROM nowhere", "USE master; CREATE TABLE k (id INT PRIMARY KEY); INSERT INTO k VALUES (1), (1); DROP TABLE k"
            self.refuses(run("-U", "sa", "-C", "-b", "-V", "16", "-Q", missing), "Msg 208, Level 16", code=1)
            self.accepts(run("-U", "sa", "-C", "-Q", missing), "Msg 208")
            self.refuses(run("-U", "sa", "-C", "-V", "16", "-Q", missing), code=16)
            self.accepts(run("-U", "sa", "-C", "-b", "-V", "16", "-Q", level14), "Msg 2627, Level 14")
            self.refuses(run("-U", "sa", "-C", "-b", "-Q", level14), "Msg 2627, Level 14", code=1)
            # GO separates batches, and -b ends at the first that fails
            self.assertNotIn("second", run("-U", "sa", "-C", "-b", stdin=f"{missing}\nGO\nPRINT 'second'\nGO\n")[1])
            self.accepts(run("-U", "sa", "-C", stdin=f"{missing}\nGO\nPRINT 'second'\nGO 2\n"), "second\nsecond")

    def test_statements(self):
        with self.server() as server:
            self.ready(server)
            self.accepts(self.sql(server, "SET NOCOUNT ON; SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128))"), "16.0.")
            self.accepts(self.sql(server, "SELECT @@VERSION"), "Microsoft SQL Server 2022")
            for statement in (
                "CREATE LOGIN [a]]b] WITH PASSWORD = N'Pass''word1', DEFAULT_DATABASE = [master], CHECK_POLICY = ON",
                "CREATE LOGIN app WITH PASSWORD = N'weak', CHECK_POLICY = OFF",
                "CREATE DATABASE [orders]",
                "IF DB_ID(N'orders') IS NULL CREATE DATABASE [orders]",
                "IF SUSER_ID(N'app') IS NULL BEGIN CREATE LOGIN app WITH PASSWORD = N'Abcdefg1' END",
                "IF NOT EXISTS (SELECT name FROM sys.sql_logins WHERE name = N'second') EXEC(N'CREATE LOGIN second WITH PASSWORD = N''Abcdefg1''')",
                "EXEC sp_executesql N'ALTER LOGIN second WITH PASSWORD = N''Abcdefg2'''",
                "ALTER LOGIN app WITH PASSWORD = N'Str0nger-now'; ALTER LOGIN second DISABLE; ALTER LOGIN second ENABLE",
                "ALTER SERVER ROLE [sysadmin] ADD MEMBER [second]; ALTER SERVER ROLE dbcreator ADD MEMBER app",
                "ALTER DATABASE [orders] SET RECOVERY SIMPLE; ALTER DATABASE orders SET DELAYED_DURABILITY = FORCED",
                "ALTER AUTHORIZATION ON DATABASE::[orders] TO [app]",
                "EXEC sp_configure 'show advanced options', 1; RECONFIGURE; EXEC sp_configure 'max server memory (MB)', 1024; RECONFIGURE",
                "USE orders; CREATE USER second FOR LOGIN second; ALTER ROLE db_datareader ADD MEMBER second; EXEC sys.sp_cdc_enable_db",
            ):
                self.accepts(self.sql(server, statement))
            out = self.accepts(self.sql(server, "SELECT name, state, state_desc, recovery_model_desc, delayed_durability_desc FROM sys.databases WHERE name = 'ORDERS'", "-s", "|"))
            self.assertIn("orders|0|ONLINE|SIMPLE|FORCED", out)
            for statement, number in (
                ("CREATE LOGIN app WITH PASSWORD = N'Abcdefg1'", 15025),
                ("CREATE LOGIN weak WITH PASSWORD = N'short'", 33062),
                ("CREATE LOGIN weak WITH PASSWORD = N'onlylowercase'", 33064),
                ("CREATE DATABASE orders", 1801),
                ("USE nowhere", 911),
                ("ALTER LOGIN nobody ENABLE", 15151),
                ("EXEC sp_configure 'no such option', 1", 15123),
                ("CREATE LOGIN \"quoted\" WITH PASSWORD = N'Abcdefg1'", 102),
                ("DECLARE @x int", 102),
                ("WHILE 1 = 1 PRINT 'x'", 102),
                ("BACKUP DATABASE orders TO DISK = N'/var/opt/mssql/data/x.bak'", 102),
                ("BACKUP DATABASE orders TO DISK = N'/var/opt/mssql/data/x.bak' WITH INIT, ENCRYPTION", 102),
                ("BACKUP LOG orders TO DISK = N'/var/opt/mssql/data/x.bak' WITH INIT", 102),
                ("RESTORE HEADERONLY FROM DISK = N'/var/opt/mssql/data/x.bak'", 102),
                ("RESTORE DATABASE orders FROM DISK = N'/var/opt/mssql/data/x.bak' WITH NORECOVERY", 102),
                ("xp_cmdshell 'ls'", 102),
                ("SELECT a.name FROM sys.databases a JOIN sys.databases b ON 1 = 1", 102),
            ):
                self.refuses(self.sql(server, statement, "-V", "16"), f"Msg {number}, Level", code=1)
            self.refuses(self.sql(server, "SELECT 'open"), "Msg 105, Level 15", code=1)
            login = lambda name, password, text, *options: self.sql(server, text, *options, user=name, password=password)
            self.accepts(login("app", "Str0nger-now", "CREATE TABLE t (id INT IDENTITY(1,1) PRIMARY KEY, name NVARCHAR(10) NOT NULL); INSERT INTO t (name) VALUES (N'a'), (N'o''b')", "-d", "orders"))
            self.accepts(login("second", "Abcdefg2", "SELECT COUNT(*) FROM orders.dbo.t", "-d", "orders"), "2\n")
            self.refuses(self.sql(server, "RAISERROR(N'no', 16, 1)"), "Msg 50000, Level 16", code=1)
            self.accepts(self.sql(server, "ALTER DATABASE orders SET RESTRICTED_USER WITH ROLLBACK IMMEDIATE; ALTER SERVER ROLE sysadmin DROP MEMBER second"))
            self.refuses(login("second", "Abcdefg2", "SELECT 1", "-d", "orders"), 'Cannot open database "orders"')
            self.accepts(self.sql(server, "ALTER DATABASE orders SET MULTI_USER"))
            self.accepts(login("second", "Abcdefg2", "SELECT COUNT(*) FROM t", "-d", "orders"), "2\n")
            self.refuses(login("second", "Abcdefg2", "DELETE FROM t", "-d", "orders"), "Msg 229, Level 14", code=1)
            self.refuses(login("app", "weak", "SELECT 1"), "Login failed")
            self.refuses(login("app", "Str0nger-now", "CREATE LOGIN z WITH PASSWORD = N'Abcdefg1'"), "Msg 15247", code=1)
            self.refuses(login("app", "Str0nger-now", "SHUTDOWN"), "Msg 6004", code=1)

    def test_stop_and_kept_data(self):
        with volume() as data, self.server("--volume", f"{data}:/var/opt/mssql") as server:
            self.ready(server)
            self.accepts(self.sql(server, "CREATE DATABASE d\nGO\nUSE d; CREATE TABLE t (n INT); INSERT INTO t VALUES (7); ALTER LOGIN sa WITH PASSWORD = N'Re-al1234'"))
            self.assertGreater(server.stop(2), 2, "SIGTERM does not reach sqlservr")
            self.assertEqual(server.state("ExitCode"), "137")
            docker("start", server.name)
            self.ready(server, 2)
            self.assertIn("rolled forward in database 'd'", server.logs())
            self.refuses(self.sql(server, "SELECT 1"), "Login failed")
            self.accepts(self.sql(server, "SELECT n FROM d.dbo.t", "-d", "d", password="Re-al1234"), "7\n")
            self.sql(server, "SHUTDOWN", password="Re-al1234")
            self.assertEqual(server.wait_exit(5)[0], 0)
            with self.server("--volume", f"{data}:/var/opt/mssql", env={"MSSQL_SA_PASSWORD": "Ignored-123"}) as again:
                self.ready(again)
                self.assertNotIn("rolled forward", again.logs())
                self.refuses(self.sql(again, "SELECT 1", password="Ignored-123"), "Login failed")
                self.accepts(self.sql(again, "SELECT n FROM t", "-d", "d", password="Re-al1234"), "7\n")
                self.sql(again, "SHUTDOWN WITH NOWAIT", password="Re-al1234")
                again.wait_exit(5)
                docker("start", again.name)
                self.ready(again, 2)
                self.assertIn("rolled forward", again.logs())

    def test_committed_layer(self):
        with self.server() as server:
            self.ready(server)
            self.sql(server, "CREATE DATABASE d\nGO\nUSE d; CREATE TABLE t (n INT); INSERT INTO t VALUES (7)\nGO\nSHUTDOWN")
            server.wait_exit(5)
            kept = f"{RUN}:kept"
            docker("commit", server.name, kept)
        try:
            with Container(kept) as copy:
                self.accepts(self.sql(self.ready(copy), "SELECT n FROM t", "-d", "d"), "7\n")
        finally:
            docker("rmi", "--force", kept)

    def test_files_of_another_owner(self):
        with self.server() as server:
            self.ready(server)
            self.accepts(self.sql(server, "CREATE DATABASE d"))
            server.exec("sh", "-c", "chown root:root /var/opt/mssql/data/d.mdf && chmod 600 /var/opt/mssql/data/d.mdf", user="root")
            self.sql(server, "SHUTDOWN")
            server.wait_exit(5)
            docker("start", server.name)
            self.ready(server, 2)
            self.accepts(self.sql(server, "SELECT state_desc FROM sys.databases WHERE name = 'd'"), "RECOVERY_PENDING")
            self.refuses(self.sql(server, "USE d"), "Msg 945")
            server.exec("chown", "root:root", "/var/opt/mssql/data/master.mdf", user="root")
            server.exec("chmod", "600", "/var/opt/mssql/data/master.mdf", user="root")
            self.sql(server, "SHUTDOWN")
            server.wait_exit(5)
            docker("start", server.name)
            self.assertEqual(server.wait_exit()[0], 1)
            self.assertIn("OS error: 5(Access is denied.)", server.logs())

    def test_old_entrypoint(self):
        with self.server("--entrypoint", "/opt/mssql/bin/permissions_check.sh", command=("/opt/mssql/bin/sqlservr",)) as server:
            self.ready(server)
            self.assertLess(server.stop(), 5, "there SIGTERM reaches sqlservr")
            self.assertEqual(server.state("ExitCode"), "0")

    def test_older_tools(self):
        with Container(f"devdb/standin-sqlserver:2022-tools17{SUFFIX}", env=self.env) as server:
            self.ready(server)
            password = {"SQLCMDPASSWORD": "Boot-strap1"}
            self.refuses(server.exec(self.tool, "-?"), "no such file")
            self.accepts(server.exec("/opt/mssql-tools/bin/sqlcmd", "-U", "sa", "-Q", "SELECT 1", env=password))
            self.accepts(server.exec("/opt/mssql-tools/bin/sqlcmd", "-U", "sa", "-C", "-Q", "SELECT 1", env=password))

    # Snapshots

    bak = "/var/opt/mssql/data/orders.bak"
    options = "INIT, COPY_ONLY, COMPRESSION, CHECKSUM, FORMAT"

    def source(self, server):
        """A database with a row, a user of a login of its own and one without; backed up."""
        self.accepts(self.sql(self.ready(server), "CREATE DATABASE [orders]; CREATE LOGIN app WITH PASSWORD = N'App-pass1', DEFAULT_DATABASE = orders"))
        self.accepts(self.sql(server, "CREATE LOGIN off WITH PASSWORD = N'Off-pass1'; ALTER LOGIN off DISABLE; ALTER DATABASE orders SET RECOVERY SIMPLE"))
        self.accepts(self.sql(server, "CREATE TABLE t (id INT IDENTITY(1,1) PRIMARY KEY, name NVARCHAR(10)); INSERT INTO t (name) VALUES (N'kept')", "-d", "orders"))
        self.accepts(self.sql(server, "CREATE USER app FOR LOGIN app; ALTER ROLE db_datareader ADD MEMBER app", "-d", "orders"))
        return self.accepts(self.backup(server), "BACKUP DATABASE successfully processed")

    def backup(self, server, name="orders", path=bak, options=options, **about):
        return self.sql(server, f"BACKUP DATABASE [{name}] TO DISK = N'{path}' WITH {options}", **about)

    def restore(self, server, name, moves=None, options="REPLACE, RECOVERY, STATS=5", path=bak, **about):
        moves = moves or (("orders", f"/var/opt/mssql/data/{name}.mdf"), ("orders_log", f"/var/opt/mssql/data/{name}_log.ldf"))
        listed = "".join(f"MOVE N'{logical}' TO N'{place}', " for logical, place in moves)
        return self.sql(server, f"RESTORE DATABASE [{name}] FROM DISK = N'{path}' WITH {listed}{options}", **about)

    def test_backup_and_restore(self):
        with self.server() as server, self.server() as target:
            self.source(server)
            self.accepts(self.sql(server, "INSERT INTO t (name) VALUES (N'late')", "-d", "orders"))
            content, entry = server.fetch(self.bak)
            self.assertEqual((entry.uid, entry.gid, entry.mode & 0o777), (10001, 0, 0o660))
            # in the same server, under another name
            self.assertIn("100 percent processed.", self.accepts(self.restore(server, "copy")))
            self.assertEqual(self.accepts(self.sql(server, "SET NOCOUNT ON; SELECT name FROM t", "-d", "copy")), "kept\n", "as at the time of the backup")
            self.accepts(self.sql(server, "SELECT recovery_model_desc, SUSER_SNAME(owner_sid) FROM sys.databases WHERE name = 'copy'", "-s", "|"), "SIMPLE|sa")
            self.accepts(self.sql(server, "SELECT COUNT(*) FROM t", "-d", "orders"), "2\n")
            # in another server: the file is the server's own, the logical names stay the first database's
            self.ready(target)
            target.copy(self.bak, content, (10001, 0), "0660")
            files = self.accepts(self.sql(target, f"RESTORE FILELISTONLY FROM DISK = N'{self.bak}'", "-s", "|")).splitlines()
            self.assertEqual([line.split("|")[:4] for line in files[:2]], [["orders", "/var/opt/mssql/data/orders.mdf", "D", "PRIMARY"], ["orders_log", "/var/opt/mssql/data/orders_log.ldf", "L", "NULL"]])
            self.assertEqual(len(files[0].split("|")), 22)
            self.accepts(self.sql(target, f"RESTORE VERIFYONLY FROM DISK = N'{self.bak}' WITH CHECKSUM"), "The backup set on file 1 is valid.")
            self.accepts(self.restore(target, "shop"))
            self.accepts(self.sql(target, "INSERT INTO t (name) VALUES (N'more'); SELECT MAX(id) FROM t", "-d", "shop"), "2\n")
            self.accepts(self.sql(target, "SELECT name FROM sys.master_files WHERE physical_name = '/var/opt/mssql/data/shop.mdf'"), "orders\n")
            # over itself, and not while somebody is in it
            moves = "MOVE 'orders' TO '/var/opt/mssql/data/shop.mdf', MOVE 'orders_log' TO '/var/opt/mssql/data/shop_log.ldf'"
            self.refuses(self.sql(target, f"USE shop; RESTORE DATABASE shop FROM DISK = N'{self.bak}' WITH {moves}, REPLACE"), "Msg 3102", "Msg 3013")
            self.accepts(self.restore(target, "shop", options="RECOVERY"), "")
            self.assertEqual(self.accepts(self.sql(target, "SET NOCOUNT ON; SELECT name FROM t", "-d", "shop")), "kept\n")
            self.accepts(self.sql(target, "ALTER DATABASE shop SET RECOVERY FULL"))
            self.refuses(self.restore(target, "shop", options="RECOVERY"), "Msg 3159")
            self.accepts(self.sql(target, "CREATE DATABASE other"))
            self.refuses(self.restore(target, "other", options="RECOVERY"), "Msg 3154")
            self.accepts(self.restore(target, "other"))
            self.assertEqual(self.accepts(self.sql(target, "SET NOCOUNT ON; SELECT name FROM t", "-d", "other")), "kept\n")

    def test_logins_and_orphans(self):
        with self.server() as server, self.server() as target:
            self.source(server)
            listing = "SELECT name, CONVERT(varchar(514), password_hash, 1), CONVERT(varchar(85), sid, 1), is_disabled, default_database_name FROM sys.sql_logins"
            listed = self.accepts(self.sql(server, f"SET NOCOUNT ON; {listing} WHERE principal_id > 4 AND name NOT LIKE '##%' ORDER BY name", "-s", "|"))
            rows = [line.split("|") for line in listed.splitlines()]
            self.assertEqual([(row[0], row[3], row[4]) for row in rows], [("app", "0", "orders"), ("off", "1", "master")])
            self.accepts(self.sql(server, "SELECT name, is_disabled FROM sys.sql_logins", "-s", "|"), "##MS_PolicyEventProcessingLogin##|1")
            self.accepts(self.sql(server, "SELECT name FROM sys.server_principals WHERE sid = SUSER_SID(N'app') AND SUSER_SNAME(sid) = 'app'"), "app\n")
            self.assertNotIn("0x", self.accepts(self.sql(server, "SET NOCOUNT ON; SELECT CONVERT(varchar(514), sid) FROM sys.sql_logins")))
            self.ready(target)
            target.copy(self.bak, server.fetch(self.bak)[0], (10001, 0), "0660")
            login = lambda text="SELECT name FROM t", name="app", password="App-pass1": self.sql(target, text, "-d", "orders", user=name, password=password)
            # the database first: whoever has the name is not yet who the user was
            self.accepts(self.restore(target, "orders"))
            self.accepts(self.sql(target, "CREATE LOGIN app WITH PASSWORD = N'App-pass1'"))
            self.refuses(login(), 'Cannot open database "orders"')
            orphans = "SET NOCOUNT ON; SELECT name FROM sys.database_principals WHERE type = 'S' AND authentication_type_desc = 'INSTANCE' AND SUSER_SNAME(sid) IS NULL"
            self.assertEqual(self.accepts(self.sql(target, orphans, "-d", "orders")), "app\n")
            self.accepts(self.sql(target, "ALTER USER app WITH LOGIN = app", "-d", "orders"))
            self.accepts(login(), "kept")
            self.assertEqual(self.accepts(self.sql(target, orphans, "-d", "orders")), "")
            # or the login as it was, with its hash and its SID
            self.accepts(self.sql(target, "DROP LOGIN app"))
            self.accepts(self.restore(target, "orders"))
            for name, hashed, sid, disabled, database in rows:
                self.accepts(self.sql(target, f"CREATE LOGIN [{name}] WITH PASSWORD = {hashed} HASHED, SID = {sid}, DEFAULT_DATABASE = [{database}], CHECK_POLICY = OFF"))
                self.accepts(self.sql(target, f"ALTER LOGIN [{name}] {'DISABLE' if disabled == '1' else 'ENABLE'}"))
            self.accepts(login(), "kept")
            self.refuses(self.sql(target, "SELECT 1", user="off", password="Off-pass1"), "The account is disabled")
            self.refuses(self.sql(target, f"CREATE LOGIN twice WITH PASSWORD = {rows[0][1]} HASHED, SID = {rows[0][2]}"), "Msg 15433")
            self.refuses(self.sql(target, f"CREATE LOGIN bad WITH PASSWORD = {rows[0][1]} HASHED, SID = 0x0102"), "Msg 15419")
            self.refuses(self.sql(target, "CREATE LOGIN bad WITH PASSWORD = 0x0100ABCD HASHED"), "Msg 15021")
            self.refuses(self.sql(target, "CREATE LOGIN bad WITH PASSWORD = 0x0100ABCD"), "Msg 102")
            # another owner: not one who is a user there already
            self.refuses(self.sql(target, "ALTER AUTHORIZATION ON DATABASE::orders TO app"), "Msg 15110")
            self.accepts(self.sql(target, "USE orders; DROP USER app; ALTER AUTHORIZATION ON DATABASE::orders TO app"))
            self.accepts(login("INSERT INTO t (name) VALUES (N'owner')"))
            self.accepts(self.sql(target, "SELECT permission_name FROM sys.server_permissions WHERE SUSER_NAME(grantee_principal_id) = 'app'"), "CONNECT SQL")
            self.assertNotIn("0x02", login("SELECT CONVERT(varchar(514), password_hash, 1) FROM sys.sql_logins")[1], "only for CONTROL SERVER")

    def test_backups_that_are_refused(self):
        with self.server() as server, self.server(env={"MSSQL_PID": "Express"}) as express:
            self.source(server)
            for found, number in (
                (self.backup(server, "nowhere"), 911),
                (self.backup(server, "tempdb"), 3147),
                (self.backup(server, path="/tmp/orders.bak"), 3201),
                (self.backup(server, path="orders.bak"), 3201),
                (self.backup(server, path="/var/opt/mssql/data/no/orders.bak"), 3201),
                (self.sql(server, f"BEGIN TRAN; BACKUP DATABASE orders TO DISK = N'{self.bak}' WITH INIT"), 3021),
                (self.backup(server, path="/var/opt/mssql/data/y.bak", user="off", password="Off-pass1"), None),
            ):
                self.refuses(found, *(() if number is None else (f"Msg {number}, Level 16", "Msg 3013, Level 16")), code=1)
            self.refuses(self.sql(server, f"BACKUP DATABASE orders TO DISK = N'{self.bak}' WITH INIT", "-d", "orders", user="app", password="App-pass1"), "Msg 262, Level 14")
            self.accepts(self.sql(server, "ALTER ROLE db_backupoperator ADD MEMBER app", "-d", "orders"))
            self.accepts(self.sql(server, f"BACKUP DATABASE orders TO DISK = N'{self.bak}' WITH INIT", "-d", "orders", user="app", password="App-pass1"))
            # without INIT the old set stays, and stays the one that is read
            self.accepts(self.sql(server, "INSERT INTO t (name) VALUES (N'late')", "-d", "orders"))
            self.accepts(self.backup(server, options="COPY_ONLY"))
            self.accepts(self.restore(server, "copy"))
            self.accepts(self.sql(server, "SELECT COUNT(*) FROM t", "-d", "copy"), "1\n")
            self.accepts(self.sql(self.ready(express), "CREATE DATABASE orders"))
            self.refuses(self.backup(express), "Msg 1844, Level 16", "Express Edition (64-bit)", "Msg 3013")
            self.accepts(self.backup(express, options="INIT, COPY_ONLY, CHECKSUM, FORMAT"))
            express.copy(self.bak, server.fetch(self.bak)[0], (10001, 0), "0660")
            self.accepts(self.restore(express, "copy"), "RESTORE DATABASE successfully processed")

    def test_restores_that_are_refused(self):
        data = "/var/opt/mssql/data"
        with self.server() as server:
            self.source(server)
            content = server.fetch(self.bak)[0]
            both = (("orders", f"{data}/copy.mdf"), ("orders_log", f"{data}/copy_log.ldf"))
            for moves, numbers in (
                (both[:1], (3156, 3119)),
                (((both[0][0], f"{data}/copy.mdf"), (both[1][0], f"{data}/copy.mdf")), (3176, 3119)),
                ((*both, ("nosuch", f"{data}/x.ndf")), (3234, 3119)),
                (((both[0][0], f"{data}/orders.mdf"), both[1]), (1834, 3156, 3119)),
                (((both[0][0], "/tmp/copy.mdf"), both[1]), (5133, 3156, 3119)),
                (((both[0][0], f"{data}/no/copy.mdf"), both[1]), (5133, 3156, 3119)),
            ):
                self.refuses(self.restore(server, "copy", moves), *(f"Msg {number}, Level 16" for number in (*numbers, 3013)), code=1)
            self.refuses(self.sql(server, f"RESTORE DATABASE copy FROM DISK = N'{self.bak}' WITH REPLACE"), "Msg 3156", "no MOVE")
            server.copy(f"{data}/copy.mdf", "x", (10001, 0), "0660")
            self.refuses(self.restore(server, "copy", options="RECOVERY"), "Msg 5170")
            server.copy(f"{data}/copy.mdf", "x", (0, 0), "0600")
            self.refuses(self.restore(server, "copy"), "Msg 3634")
            server.exec("rm", f"{data}/copy.mdf")
            for text, owner, mode, number in (
                (content, (0, 0), "0644", 3201),
                (content, (10001, 10001), "0660", 3201),
                (content, (10001, 0), "0000", 3201),
                (b"something else", (10001, 0), "0660", 3241),
                (content[:-10], (10001, 0), "0660", 3203),
                (content[:-10] + b"0123456789", (10001, 0), "0660", 3189),
            ):
                server.copy(self.bak, text, owner, mode)
                for statement in (f"RESTORE FILELISTONLY FROM DISK = N'{self.bak}'", f"RESTORE VERIFYONLY FROM DISK = N'{self.bak}'"):
                    self.refuses(self.sql(server, statement), f"Msg {number}, Level 16", "Msg 3013", code=1)
                self.refuses(self.restore(server, "copy"), f"Msg {number}, Level 16", code=1)
            self.refuses(self.restore(server, "copy", path=f"{data}/nosuch.bak"), "Msg 3201", "2(The system cannot find the file specified.)")
            self.assertNotIn("copy", self.accepts(self.sql(server, "SELECT name FROM sys.databases")))
            server.copy(self.bak, content, (10001, 0), "0660")
            self.refuses(self.restore(server, "master"), "Msg 3108")
            self.refuses(self.restore(server, "copy", user="app", password="App-pass1"), "Msg 262")
            self.refuses(self.restore(server, "copy", options="REPLACE, STANDBY"), "Msg 102")
            # over a database that somebody is in, or that is not one's own
            self.accepts(self.restore(server, "busy"))
            docker("exec", "--detach", "--env", "SQLCMDPASSWORD=Boot-strap1", server.name, "sh", "-c", f"sleep 30 | {self.tool} -S localhost -U sa -C -d busy")
            until = time.time() + 5
            while "Msg 3101" not in (found := self.restore(server, "busy"))[1]:
                self.assertLess(time.time(), until, found)
            self.refuses(self.restore(server, "busy", user="app", password="App-pass1"), "Msg 3110")
            self.accepts(self.sql(server, "ALTER DATABASE busy SET OFFLINE WITH ROLLBACK IMMEDIATE"))
            self.refuses(self.backup(server, "busy"), "Msg 942, Level", "Msg 3013", code=1)
            self.accepts(self.backup(server, options="INIT, FORMAT"))
            self.refuses(self.restore(server, "copy", options="CHECKSUM"), "Msg 3187")
            self.refuses(self.sql(server, f"RESTORE VERIFYONLY FROM DISK = N'{self.bak}' WITH CHECKSUM"), "Msg 3187")
            self.accepts(self.restore(server, "copy", options="RECOVERY"))

    def test_versions(self):
        with self.server() as older, Container(f"devdb/standin-sqlserver:2025{SUFFIX}", env=self.env) as newer:
            self.source(older)
            self.accepts(self.sql(self.ready(newer), "SELECT @@VERSION"), "Microsoft SQL Server 2025 (RTM) - 17.0.")
            newer.copy(self.bak, older.fetch(self.bak)[0], (10001, 0), "0660")
            self.accepts(self.restore(newer, "orders"))
            self.accepts(self.backup(newer))
            older.copy(self.bak, newer.fetch(self.bak)[0], (10001, 0), "0660")
            self.refuses(self.restore(older, "orders"), "Msg 3169", "17.0.", "16.0.", code=1)
