"""The database manager: its databases, its configuration, and who is connected."""

import os
import shutil
import time

from common.store import Store

from .configuration import DATABASE, MANAGER
from .dialect import Db2Sql
from .errors import sql

CREATE_SECONDS = 1.0
OWNER_AUTHORITIES = ["DBADM", "SECADM", "DATAACCESS", "ACCESSCTRL"]
PUBLIC_AUTHORITIES = ["CONNECT", "CREATETAB", "BINDADD", "IMPLICIT_SCHEMA"]


class Database:
    """SQLDBCON keeps the catalog, C0000000.LRG the tables."""

    def __init__(self, name, directory, log):
        self.name = name
        self.directory = directory
        self.log = log
        self.active = False
        self.held = False  # by ACTIVATE DATABASE, which outlasts connections
        self.quiesced = False
        self.catalog = Store(f"{directory}/SQLDBCON", Db2Sql(), autocommit=True)

    @property
    def tables(self):
        return f"{self.directory}/C0000000.LRG"

    def activate(self):
        if self.active:
            return
        if not self.catalog.fact("clean", True):
            self.log(f"ADM1530E  Crash recovery has been initiated for database {self.name}.")
            self.log(f"ADM1531E  Crash recovery has completed successfully for database {self.name}.")
        self.catalog.remember("clean", False)
        self.active = True

    def deactivate(self):
        if self.active:
            self.catalog.remember("clean", True)
        self.active = self.held = False

    def authorities(self, user):
        return set(self.catalog.fact("granted PUBLIC", [])) | set(self.catalog.fact(f"granted {user}", []))

    def configuration(self):
        return {**DATABASE, **self.catalog.fact("configuration", {})}


class Instance:
    def __init__(self, name, home, data):
        self.name = name
        self.home = home
        self.data = f"{data}/{name}/NODE0000"
        self.running = False
        self.sessions = {}
        os.makedirs(self.data, exist_ok=True)
        self.settings = Store(f"{home}/sqllib/db2systm", Db2Sql(), autocommit=True)
        self.databases = {}
        for found in sorted(os.listdir(self.data)):
            self.databases[found] = Database(found, f"{self.data}/{found}", self.log)

    def log(self, text):
        stamp = time.strftime("%Y-%m-%d-%H.%M.%S.000000+000", time.gmtime())
        with open(f"{self.home}/sqllib/db2dump/DIAG0000/db2diag.log", "a") as file:
            file.write(f"{stamp} LEVEL: Event\nINSTANCE: {self.name}             NODE : 000\nMESSAGE : {text}\n\n")

    def manager_configuration(self):
        return {**MANAGER, **self.settings.fact("configuration", {})}

    def database(self, name):
        database = self.databases.get(name.upper())
        if database is None:
            raise sql("SQL1013N", name=name.upper())
        return database

    def create(self, name, creator):
        name = name.upper()
        if name in self.databases:
            raise sql("SQL1005N", name=name)
        time.sleep(CREATE_SECONDS)
        directory = f"{self.data}/{name}"
        os.mkdir(directory)
        database = Database(name, directory, self.log)
        database.catalog.remember(f"granted {creator}", OWNER_AUTHORITIES)
        database.catalog.remember("granted PUBLIC", PUBLIC_AUTHORITIES)
        database.catalog.remember("clean", True)
        Store(database.tables, Db2Sql(), autocommit=True).close()
        self.databases[name] = database

    def place(self, name, catalog, tables):
        """A database out of a backup image."""
        directory = f"{self.data}/{name}"
        os.mkdir(directory)
        for file, content in (("SQLDBCON", catalog), ("C0000000.LRG", tables)):
            with open(f"{directory}/{file}", "wb") as out:
                out.write(content)
        self.databases[name] = Database(name, directory, self.log)
        return self.databases[name]

    def drop(self, database):
        if self.connected(database):
            raise sql("SQL1035N")
        database.catalog.close()
        shutil.rmtree(database.directory)
        del self.databases[database.name]

    def connected(self, database):
        self.forget_the_dead()
        return [session for session in self.sessions.values() if session.database is database]

    def forget_the_dead(self):
        """A back-end process ends with the shell that it works for."""
        for key, session in list(self.sessions.items()):
            if not session.shell_lives():
                session.disconnect()
                del self.sessions[key]

    def force_all(self):
        for session in self.sessions.values():
            session.force()

    def stop(self):
        self.force_all()
        for database in self.databases.values():
            database.deactivate()
        self.running = False
