"""The master database: logins, databases, server options. It lives in master.mdf, so it outlives the container's environment."""

import hashlib
import hmac
import os
import threading
import uuid

from common.expressions import Binary
from common.store import Store

from .dialect import TransactSql
from .errors import msg, password_fault

ROLES = "sysadmin serveradmin securityadmin processadmin setupadmin bulkadmin diskadmin dbcreator".split()
SYSTEM = ("master", "tempdb", "model", "msdb")

# name -> (default, least, most, advanced)
OPTIONS = {
    "show advanced options": (0, 0, 1, False),
    "clr enabled": (0, 0, 1, False),
    "contained database authentication": (0, 0, 1, False),
    "remote access": (1, 0, 1, False),
    "backup compression default": (0, 0, 1, False),
    "nested triggers": (1, 0, 1, False),
    "allow updates": (0, 0, 1, False),
    "max text repl size (B)": (65536, -1, 2147483647, False),
    "remote login timeout (s)": (10, 0, 2147483647, False),
    "user options": (0, 0, 32767, False),
    "min server memory (MB)": (0, 0, 2147483647, True),
    "max server memory (MB)": (2147483647, 128, 2147483647, True),
    "max degree of parallelism": (0, 0, 32767, True),
    "cost threshold for parallelism": (5, 0, 32767, True),
    "optimize for ad hoc workloads": (0, 0, 1, True),
    "max worker threads": (0, 128, 65535, True),
    "recovery interval (min)": (0, 0, 32767, True),
    "fill factor (%)": (0, 0, 100, True),
    "network packet size (B)": (4096, 512, 32767, True),
    "query wait (s)": (-1, -1, 2147483647, True),
    "blocked process threshold (s)": (0, 0, 86400, True),
    "user connections": (0, 0, 32767, True),
    "xp_cmdshell": (0, 0, 1, True),
    "Agent XPs": (0, 0, 1, True),
    "Database Mail XPs": (0, 0, 1, True),
    "Ole Automation Procedures": (0, 0, 1, True),
    "cross db ownership chaining": (0, 0, 1, True),
    "default trace enabled": (1, 0, 1, True),
    "tempdb metadata memory-optimized": (0, 0, 1, True),
}


class Master:
    def __init__(self, settings, log):
        self.settings = settings
        self.log = log
        self.lock = threading.RLock()
        self.existed = os.path.exists(settings.master)
        self.store = Store(settings.master, TransactSql(), autocommit=True)
        os.chmod(settings.master, 0o660)
        self.clean = self.store.fact("clean", True)
        self.store.remember("clean", False)
        if not self.existed:
            self.store.remember("collation", settings.collation)
            for number, name in enumerate(SYSTEM, start=1):
                self.add_database(name, "sa", number)
        self.collation = self.store.fact("collation")
        self.empty_tempdb()

    # Logins

    def login(self, name):
        return self.store.fact(f"login {name.casefold()}")

    def logins(self):
        return list(self.store.facts("login ").values())

    def save_login(self, login):
        self.store.remember(f"login {login['name'].casefold()}", login)

    def create_login(self, name, password, policy=True, database="master", sid=None):
        if self.login(name):
            raise msg(15025, name=name)
        sid = sid or "0x" + os.urandom(16).hex().upper()
        if name == "sa":
            sid = "0x01"
        if len(sid) != 34 and name != "sa":
            raise msg(15419)
        if any(login["sid"] == sid for login in self.logins()):
            raise msg(15433)
        number = 1 if name == "sa" else self.store.fact("next login", 260)
        login = {"name": name, "id": number, "sid": sid, "disabled": False, "roles": [], "grants": [], "database": database, "policy": policy}
        self.set_password(login, password, policy)
        if number > 1:
            self.store.remember("next login", number + 1)

    def create_own_logins(self):
        """Logins of the server itself, which a list of logins shows and a dump of them must leave out."""
        for number, name in enumerate(("##MS_PolicyEventProcessingLogin##", "##MS_PolicyTsqlExecutionLogin##"), start=256):
            self.create_login(name, os.urandom(16).hex(), policy=False)
            self.save_login({**self.login(name), "id": number, "disabled": True, "policy": True})
        self.store.forget("next login")

    def set_password(self, login, password, policy):
        """`password` is the text, or its hash as Binary, which no policy sees."""
        if isinstance(password, Binary):
            if not (password.startswith("0x0200") and len(password) == 2 + 2 * (2 + 4 + 64)):
                raise msg(15021, name="PASSWORD")
            self.save_login({**login, "hash": password, "policy": policy})
            return
        fault = password_fault(password) if policy else None
        if fault:
            raise fault
        self.save_login({**login, "hash": password_hash(password), "policy": policy})

    def authenticate(self, name, password):
        login = self.login(name)
        if login is None or not hmac.compare_digest(login["hash"], password_hash(password, login["hash"][6:14])):
            why = "Could not find a login matching the name provided." if login is None else "Password did not match that for the login provided."
            raise self.denied(msg(18456, name=name), f"Reason: {why}")
        if login["disabled"]:
            raise self.denied(msg(18470, name=name), "")
        return login

    def denied(self, error, why):
        self.log("Logon", f"Error: {error.number}, Severity: {error.level}, State: 8.")
        self.log("Logon", f"{error.text} {why}".strip())
        return error

    def is_admin(self, name):
        login = self.login(name)
        return bool(login) and (login["id"] == 1 or "sysadmin" in login["roles"] or "CONTROL SERVER" in login["grants"])

    def may(self, name, role, permission):
        login = self.login(name)
        return self.is_admin(name) or role in login["roles"] or permission in login["grants"]

    # Databases

    def database(self, name):
        return self.store.fact(f"database {name.casefold()}")

    def databases(self):
        return sorted(self.store.facts("database ").values(), key=lambda database: database["id"])

    def save_database(self, database):
        self.store.remember(f"database {database['name'].casefold()}", database)

    def add_database(self, name, owner, number=None, collation=None):
        if self.database(name):
            raise msg(1801, name=name)
        data = self.settings.master if name == "master" else os.path.join(self.settings.data, f"{name}.mdf")
        log = os.path.join(self.settings.log, f"{name}_log.ldf")
        for path in (data, log):
            if name != "master" and os.path.exists(path):
                raise msg(5123, name=path)
        self.place_database(name, owner, data, log, None, number, collation)

    def place_database(self, name, owner, data, log, content, number=None, collation=None):
        """The files, with the pages of a backup where there is `content`, and the entry in sys.databases."""
        open(log, "ab").close()
        os.chmod(log, 0o660)
        if content is not None:
            with open(data, "wb") as file:
                file.write(content)
        if name != "master":
            Store(data, TransactSql(), autocommit=True).close()
            os.chmod(data, 0o660)
        if number is None:
            number = max(database["id"] for database in self.databases()) + 1
        database = {
            "name": name, "id": max(number, 5) if name not in SYSTEM else number, "owner": owner, "data": data, "log": log,
            "logical": [name, f"{name}_log"], "family": str(uuid.uuid4()),
            "collation": collation or self.store.fact("collation"), "recovery": "SIMPLE" if name in ("master", "tempdb", "msdb") else "FULL",
            "durability": "DISABLED", "access": "MULTI_USER", "read_only": False, "offline": False, "auto_close": False,
            "auto_shrink": False, "snapshot_isolation": False, "read_committed_snapshot": False, "cdc": False,
        }
        self.save_database(database)
        return database

    def drop_database(self, database):
        self.store.forget(f"database {database['name'].casefold()}")
        for path in (database["data"], database["log"]):
            if os.path.exists(path):
                os.unlink(path)

    def empty_tempdb(self):
        path = self.database("tempdb")["data"]
        if os.path.exists(path):
            os.unlink(path)
        Store(path, TransactSql(), autocommit=True).close()

    def state(self, database):
        """(number, text) of sys.databases; files that uid 10001 cannot use leave a database waiting for recovery."""
        if database["offline"]:
            return 6, "OFFLINE"
        if database["name"] not in SYSTEM and not self.usable(database):
            return 3, "RECOVERY_PENDING"
        return 0, "ONLINE"

    def usable(self, database):
        return all(os.access(path, os.R_OK | os.W_OK) for path in (database["data"], database["log"]))

    # Server options: `value` is what sp_configure set, `value_in_use` what RECONFIGURE took

    def option(self, name):
        known = next((option for option in OPTIONS if option.casefold() == name.casefold()), None)
        if known is None:
            return None
        value = self.store.fact(f"option {known}", [OPTIONS[known][0]] * 2)
        return known, value

    def save_option(self, name, value):
        self.store.remember(f"option {name}", value)


def password_hash(password, salt=None):
    """As sys.sql_logins has it since 2012: version 0x0200, four bytes of salt, SHA-512 of the text in UTF-16 and the salt."""
    salt = bytes.fromhex(salt) if salt else os.urandom(4)
    return "0x0200" + (salt + hashlib.sha512(password.encode("utf-16-le") + salt).digest()).hex().upper()
