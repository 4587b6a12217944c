"""One connection: who it is, in which container, and what it may do there."""

from common.scope import Scope
from common.store import Store

from . import catalog
from .database import PRIVILEGES
from .dialect import OracleSql
from .errors import ora, refused

ACTIONS = {"CREATE TABLE": "CREATE ANY TABLE", "DROP TABLE": "DROP ANY TABLE", "SELECT": "SELECT ANY TABLE", "INSERT": "INSERT ANY TABLE",
           "UPDATE": "UPDATE ANY TABLE", "DELETE": "DELETE ANY TABLE"}  # fmt: skip


class Session(Scope):
    dialect = OracleSql()

    def __init__(self, instance, user, container=None, power=None, service=None):
        self.instance = instance
        self.user = user
        self.power = power  # SYSDBA or SYSOPER
        self.service = service
        self.container = container
        self.schema = user
        self.stores = {}
        self.cut_off = False  # by a shutdown
        self.sqlcode, self.sqlerrm = 0, "ORA-0000: normal, successful completion"

    @property
    def database(self):
        return self.instance.database

    @property
    def store(self):
        path = self.container.tables_path
        if path not in self.stores:
            self.stores[path] = Store(path, self.dialect, autocommit=False)
        return self.stores[path]

    def commit(self):
        for store in self.stores.values():
            store.commit()

    def rollback(self):
        for store in self.stores.values():
            store.rollback()

    def close(self):
        self.rollback()
        for store in self.stores.values():
            store.close()

    def users(self):
        return self.database.users(self.container)

    def privileges(self):
        if self.power or self.user == "SYS":
            return PRIVILEGES
        return self.container.privileges(self.user)

    def need(self, *privileges):
        if not self.privileges() & set(privileges):
            raise ora(1031)

    # Scope

    def locate(self, parts):
        names = [self.dialect.fold(part) for part in parts]
        if len(names) > 2:
            raise refused()
        return (names[0] if len(names) == 2 else self.schema), names[-1]

    def view(self, parts, function):
        names = [part.upper() for part in parts]
        if len(names) == 2 and names[0] != "SYS":
            return None
        if self.store.find(self.schema, names[-1]) and len(names) == 1:
            return None
        return catalog.view(self, names[-1])

    def allow(self, action, schema, name):
        own = schema == self.user
        if action == "CREATE TABLE":
            self.need("CREATE TABLE" if own else "CREATE ANY TABLE", "CREATE ANY TABLE")
            if self.database.user(self.container, schema) is None:
                raise ora(1918, name=schema)
        elif not own and ACTIONS[action] not in self.privileges():
            raise ora(942, schema=schema, name=name)
        if action == "INSERT" and schema not in ("SYS", "SYSTEM"):
            self.within_quota(schema)

    def within_quota(self, owner):
        tablespace = self.database.user(self.container, owner)["tablespace"]
        if "UNLIMITED TABLESPACE" in self.container.grants(owner) or "DBA" in self.container.grants(owner):
            return
        if not self.container.quota(owner, tablespace):
            raise ora(1950, name=f'"{owner}"', tablespace=f"'{tablespace}'")

    def call(self, function, arguments):
        try:
            return catalog.CALLS[function](self, *arguments)
        except TypeError:
            raise refused()
