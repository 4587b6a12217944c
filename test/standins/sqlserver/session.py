"""One connection: who it is, which database it is in, and what it may see there."""

import itertools

from common.scope import Scope
from common.store import Store

from . import catalog
from .dialect import TransactSql
from .errors import msg

READ_ROLES = {"SELECT": "db_datareader", "INSERT": "db_datawriter", "UPDATE": "db_datawriter", "DELETE": "db_datawriter"}
NUMBERS = itertools.count(51)


class Session(Scope):
    def __init__(self, server, login, database):
        self.dialect = TransactSql(self)
        self.server = server
        self.master = server.master
        self.login = login["name"]
        self.number = next(NUMBERS)
        self.stores = {}
        self.in_transaction = False
        self.affected = 0
        self.count_rows = True
        self.killed = False
        self.database = None
        wanted = database or login["database"]
        if self.access_fault(wanted):
            raise self.master.denied(msg(4060, name=wanted) if database else msg(4064), "")
        self.database = self.master.database(wanted)["name"]

    def close(self):
        for store in self.stores.values():
            store.rollback()
            store.close()

    # The current database

    @property
    def store(self):
        fault = self.access_fault(self.database)
        if fault:
            raise fault
        path = self.master.database(self.database)["data"]
        if path not in self.stores:
            self.stores[path] = Store(path, self.dialect, autocommit=True)
        store = self.stores[path]
        store.autocommit = not self.in_transaction
        return store

    def access_fault(self, name):
        database = self.master.database(name)
        if database is None:
            return msg(911, name=name)
        state = self.master.state(database)[1]
        if state != "ONLINE":
            return msg(942 if state == "OFFLINE" else 945, name=name)
        if not self.owns(database) and name.casefold() not in ("master", "tempdb", "msdb") and self.user_in(database) is None:
            return msg(916, login=self.login, name=name)
        if database["access"] == "SINGLE_USER" and any(other is not self for other in self.server.sessions_in(database["name"])):
            return msg(924, name=name)
        if database["access"] == "RESTRICTED_USER" and not self.owns(database) and not self.master.may(self.login, "dbcreator", ""):
            return msg(916, login=self.login, name=name)
        return None

    def use(self, name):
        fault = self.access_fault(name)
        if fault:
            raise fault
        self.database = self.master.database(name)["name"]

    def is_admin(self):
        return self.master.is_admin(self.login)

    def owns(self, database):
        return self.is_admin() or database["owner"].casefold() == self.login.casefold()

    def user_in(self, database):
        """The database user of this login: {"name", "sid", "roles"}, or None. Its name does not count: one restored from elsewhere is an orphan."""
        store = Store(database["data"], self.dialect, autocommit=True)
        try:
            users = store.facts("user ").values()
            return next((user for user in users if user["sid"] == self.master.login(self.login)["sid"]), None)
        finally:
            store.close()

    def roles(self):
        return self.roles_in(self.master.database(self.database))

    def roles_in(self, database):
        if self.owns(database):
            return {"db_owner"}
        user = self.user_in(database)
        return set(user["roles"]) if user else set()

    # Scope

    def locate(self, parts):
        names = [part.value for part in parts]
        if len(names) == 3 and names[0].casefold() == self.database.casefold():
            names = names[1:]
        if len(names) > 2:
            raise msg(208, name=".".join(names))
        schema = names[0] if len(names) == 2 else "dbo"
        return schema, names[-1]

    def allow(self, action, schema, name):
        roles = self.roles()
        about = {"action": action, "name": name, "schema": schema, "database": self.database}
        if action != "SELECT" and self.master.database(self.database)["read_only"]:
            raise msg(3906, name=self.database)
        if action in ("CREATE TABLE", "DROP TABLE"):
            if action == "CREATE TABLE" and schema.casefold() not in self.schemas():
                raise msg(2760, schema=schema)
            if not roles & {"db_owner", "db_ddladmin"}:
                raise msg(262, **about) if action == "CREATE TABLE" else msg(3701, verb="drop", what="table", name=name)
        elif not roles & {"db_owner", READ_ROLES[action]}:
            raise msg(229, **about)

    def schemas(self):
        return {"dbo", *self.store.facts("schema ")}

    def view(self, parts, function):
        return catalog.view(self, [part.casefold() for part in parts])

    def call(self, function, arguments):
        return catalog.call(self, function, arguments)

    def user_name(self):
        database = self.master.database(self.database)
        user = self.user_in(database)
        return "dbo" if self.owns(database) else (user["name"] if user else "guest")
