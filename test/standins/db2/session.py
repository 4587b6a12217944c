"""One back-end process: the connection that the db2 commands of one shell share."""

import datetime
import os

from common.scope import Scope
from common.store import Store

from . import accounts
from .dialect import Db2Sql
from .errors import sql

VERSION = "11.5.9.0"
if os.path.exists("/opt/standin/level"):
    with open("/opt/standin/level") as file:
        VERSION = file.read().strip()
LEVEL = [f"DB2 v{VERSION}", "s2310270807", "DYN2310270807AMD64", 0]


class Session(Scope):
    dialect = Db2Sql()

    def __init__(self, instance, os_user, shell):
        self.instance = instance
        self.os_user = os_user
        self.shell = shell  # (pid, start time) of the process that called db2
        self.database = None
        self.user = None
        self.schema = None
        self.tables = None
        self.autocommit = True
        self.forced = False
        self.redirected = None  # a RESTORE ... REDIRECT that waits for its CONTINUE

    def shell_lives(self):
        return start_time(self.shell[0]) == self.shell[1]

    # Connecting

    def connect(self, name, user=None, password=None):
        self.disconnect()
        self.forced = False
        if not self.instance.running:
            raise sql("SQL1032N")
        if user is not None and not accounts.password_is(user.lower(), password):
            raise sql("SQL30082N", reason="24", why="USERNAME AND/OR PASSWORD INVALID")
        database = self.instance.database(name)
        authorization = (user or self.os_user).upper()
        if not (database.authorities(authorization) & {"CONNECT", "DBADM", "SECADM"} or self.is_administrator(authorization)):
            raise sql("SQL1060N", user=authorization)
        if database.catalog.fact("rollforward pending"):
            raise sql("SQL1117N", name=database.name)
        if database.quiesced and not self.is_administrator(authorization):
            raise sql("SQL1035N")
        database.activate()
        self.tables = Store(database.tables, self.dialect, autocommit=False)
        self.database, self.user, self.schema = database, authorization, authorization

    def disconnect(self):
        if self.tables:
            self.tables.rollback()
            self.tables.close()
        self.database = self.user = self.schema = self.tables = None

    def force(self):
        if self.database:
            self.disconnect()
            self.forced = True

    def connected(self):
        """The database; an error where the session has none, or was forced off."""
        if self.forced:
            self.forced = False
            raise sql("SQL1224N")
        if self.database is None:
            raise sql("SQL1024N")
        return self.database

    def is_administrator(self, authorization=None):
        user = (authorization or self.user or self.os_user).lower()
        return accounts.exists(user) and accounts.is_system_administrator(user, self.instance.name)

    def need_administrator(self):
        if not accounts.is_system_administrator(self.os_user, self.instance.name):
            raise sql("SQL1092N", user=self.os_user.upper())

    # Scope

    @property
    def store(self):
        self.connected()
        return self.tables

    def authorities(self):
        return self.connected().authorities(self.user)

    def locate(self, parts):
        names = [self.dialect.fold(part) for part in parts]
        return (names[0] if len(names) == 2 else self.schema), names[-1]

    def view(self, parts, function):
        return view(self, ".".join(part.upper() for part in parts), function)

    def allow(self, action, schema, name):
        authorities = self.authorities()
        if action == "CREATE TABLE":
            known = self.database.catalog.facts("schema ")
            if not authorities & {"DBADM", "CREATETAB"} or (schema not in known and schema != self.user and "DBADM" not in authorities):
                raise sql("SQL0552N", user=self.user, action=action)
            self.database.catalog.remember(f"schema {schema}", known.get(schema, self.user))
        elif schema != self.user and not authorities & ({"DBADM"} if action == "DROP TABLE" else {"DATAACCESS"}):
            raise sql("SQL0551N", user=self.user, action=action, schema=schema, name=name)

    def call(self, function, arguments):
        return CALLS[function](self, *arguments)


def start_time(pid):
    """When a process started, in clock ticks; None where there is none. With the pid it names a process for ever."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[19]
    except OSError:
        return None


def now(form):
    return lambda session: datetime.datetime.now().strftime(form)


CALLS = {
    **dict.fromkeys(("USER", "SESSION_USER", "SYSTEM_USER", "CURRENT_USER"), lambda session: session.user),
    "CURRENT_SERVER": lambda session: session.database.name,
    "CURRENT_SCHEMA": lambda session: session.schema,
    "CURRENT_TIMESTAMP": now("%Y-%m-%d-%H.%M.%S.%f"),
    "CURRENT_DATE": now("%m/%d/%Y"),
    "CURRENT_TIME": now("%H.%M.%S"),
    **dict.fromkeys(("UPPER", "UCASE"), lambda session, text: text and text.upper()),
    **dict.fromkeys(("LOWER", "LCASE"), lambda session, text: text and text.lower()),
    "LENGTH": lambda session, text: None if text is None else len(str(text)),
    **dict.fromkeys(("COALESCE", "VALUE"), lambda session, *values: next((value for value in values if value is not None), None)),
    "TRIM": lambda session, text: text and text.strip(),
    "RTRIM": lambda session, text: text and text.rstrip(),
    "SUBSTR": lambda session, text, start, length=None: text[start - 1 :][:length],
    **dict.fromkeys(("CHAR", "VARCHAR"), lambda session, value, *_: None if value is None else str(value)),
    "INTEGER": lambda session, value: session.dialect.to_number(value, "int", {"value": value}),
}


def view(session, name, function):
    """(columns, rows) of a catalog view or table function; None where there is none of that name."""
    database = session.connected()
    if name in ("SYSPROC.ENV_GET_INST_INFO", "ENV_GET_INST_INFO") if function else name == "SYSIBMADM.ENV_INST_INFO":
        columns = ["INST_NAME", "IS_INST_PARTITIONABLE", "NUM_DBPARTITIONS", "INST_PTR_SIZE", "RELEASE_NUM", "SERVICE_LEVEL", "BLD_LEVEL", "PTF", "FIXPACK_NUM"]
        return columns, [[session.instance.name, 0, 1, 64, "060A010F", *LEVEL]]
    if function:
        raise sql("SQL0204N", schema="SYSPROC", name=name)
    if name in ("SYSIBM.SYSDUMMY1", "SYSDUMMY1"):
        return ["IBMREQD"], [["Y"]]
    if name == "SYSCAT.TABLES":
        return ["TABSCHEMA", "TABNAME", "OWNER", "TYPE"], [[schema, table, schema, "T"] for schema, table in session.store.names()]
    if name == "SYSCAT.SCHEMATA":
        return ["SCHEMANAME", "OWNER"], [[schema, owner] for schema, owner in database.catalog.facts("schema ").items()]
    if name == "SYSCAT.DBAUTH":
        columns = ["GRANTEE", "GRANTEETYPE", "DBADMAUTH", "SECURITYADMAUTH", "DATAACCESSAUTH", "ACCESSCTRLAUTH", "CONNECTAUTH", "CREATETABAUTH"]
        wanted = ["DBADM", "SECADM", "DATAACCESS", "ACCESSCTRL", "CONNECT", "CREATETAB"]
        granted = database.catalog.facts("granted ").items()
        return columns, [[name, "G" if name == "PUBLIC" else "U", *("Y" if one in held else "N" for one in wanted)] for name, held in granted]
    if name == "SYSIBMADM.DBCFG":
        return ["NAME", "VALUE", "DEFERRED_VALUE"], [[name.lower(), value, value] for name, value in database.configuration().items()]
    if name == "SYSIBMADM.DBMCFG":
        return ["NAME", "VALUE", "DEFERRED_VALUE"], [[name.lower(), value, value] for name, value in session.instance.manager_configuration().items()]
    return None
