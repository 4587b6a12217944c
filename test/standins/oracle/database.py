"""The database files: one root, its pluggable databases, and in each the users and what they were granted."""

import datetime
import os

from common.store import Store

from .dialect import OracleSql
from .errors import ora
from .verifiers import made, matches

BASE = "/opt/oracle"
DATA = f"{BASE}/oradata/FREE"
CONFIG = f"{BASE}/oradata/dbconfig/FREE"
ROOT, SEED = "CDB$ROOT", "PDB$SEED"
FAILED_LOGIN_ATTEMPTS = 10  # of the DEFAULT profile

SESSION = {"CREATE SESSION"}
SCHEMA = {f"CREATE {kind}" for kind in "TABLE,VIEW,SEQUENCE,PROCEDURE,TRIGGER,TYPE,SYNONYM,MATERIALIZED VIEW,CLUSTER,INDEXTYPE,OPERATOR,DOMAIN".split(",")}
ANY_TABLE = {f"{verb} ANY TABLE" for verb in "CREATE,SELECT,INSERT,UPDATE,DELETE,DROP,ALTER,FLASHBACK,LOCK".split(",")}
ADMINISTRATION = set(
    """ALTER SESSION,CREATE USER,ALTER USER,DROP USER,CREATE ROLE,GRANT ANY PRIVILEGE,GRANT ANY ROLE,GRANT ANY OBJECT PRIVILEGE,ALTER SYSTEM,
    ALTER DATABASE,CREATE TABLESPACE,DROP TABLESPACE,EXECUTE ANY PROCEDURE,SELECT ANY DICTIONARY,SET CONTAINER,CREATE PLUGGABLE DATABASE,LOGMINING,
    ALTER PROFILE,SELECT ANY TRANSACTION,EXEMPT ACCESS POLICY,CREATE ANY DIRECTORY,RESTRICTED SESSION""".replace("\n    ", "").split(",")
)
PRIVILEGES = SESSION | SCHEMA | ANY_TABLE | ADMINISTRATION | {"UNLIMITED TABLESPACE"}
POWERS = {"SYSDBA", "SYSOPER", "SYSBACKUP"}
ROLES = {
    "CONNECT": SESSION | {"SET CONTAINER"},
    "RESOURCE": SCHEMA - {"CREATE VIEW", "CREATE SYNONYM"},
    "DB_DEVELOPER_ROLE": SESSION | SCHEMA,
    "DBA": PRIVILEGES,
    "PDB_DBA": PRIVILEGES - {"CREATE PLUGGABLE DATABASE", "UNLIMITED TABLESPACE"},
    "SELECT_CATALOG_ROLE": {"SELECT ANY DICTIONARY"},
    "EXECUTE_CATALOG_ROLE": set(),
    "EXP_FULL_DATABASE": {"SELECT ANY TABLE"},
    "IMP_FULL_DATABASE": {"SELECT ANY TABLE"},
    "DATAPUMP_EXP_FULL_DATABASE": {"SELECT ANY TABLE"},
    "DATAPUMP_IMP_FULL_DATABASE": {"SELECT ANY TABLE"},
}


class Container:
    """CDB$ROOT or a pluggable database. system01.dbf holds its dictionary, sysaux01.dbf its tables."""

    def __init__(self, name, number, directory):
        self.name = name
        self.number = number
        self.directory = directory
        self.mode = "MOUNTED"
        self.restricted = False
        for file in ("system01.dbf", "sysaux01.dbf"):
            path = f"{directory}/{file}"
            if os.path.exists(path) and not os.access(path, os.R_OK | os.W_OK):
                raise ora(1157, number=number)
        self.system = Store(f"{directory}/system01.dbf", OracleSql(), autocommit=True)

    @property
    def tables_path(self):
        return f"{self.directory}/sysaux01.dbf"

    @property
    def tablespaces(self):
        return self.system.fact("tablespaces", ["SYSTEM", "SYSAUX", "UNDOTBS1", "TEMP"])

    @property
    def default_tablespace(self):
        return "USERS" if "USERS" in self.tablespaces else "SYSTEM"

    def add_tablespace(self, name):
        if name in self.tablespaces:
            raise ora(1543, name=name)
        self.system.remember("tablespaces", [*self.tablespaces, name])
        open(f"{self.directory}/{name.lower()}01.dbf", "ab").close()

    def grants(self, name):
        return self.system.fact(f"grants {name}", [])

    def quota(self, name, tablespace):
        return self.system.fact(f"quota {name}", {}).get(tablespace)

    def privileges(self, name):
        found = set()
        for grant in self.grants(name):
            found |= ROLES.get(grant, {grant})
        return found


class Database:
    def __init__(self):
        self.root = Container(ROOT, 1, DATA)
        self.containers = {ROOT: self.root}
        for name, about in self.root.system.facts("pdb ").items():
            self.containers[name] = Container(name, about["number"], f"{DATA}/{about['directory']}")
        self.clean = self.root.system.fact("clean", True)

    def pluggable(self, name):
        container = self.containers.get(name.upper())
        if container is None or container is self.root:
            raise ora(65011, name=name.upper())
        return container

    def save_state(self, container, opened):
        about = self.root.system.fact(f"pdb {container.name}")
        self.root.system.remember(f"pdb {container.name}", {**about, "open": opened})

    def opens_itself(self, container):
        about = self.root.system.fact(f"pdb {container.name}")
        return about is None or about["open"]

    def add_pluggable(self, name, directory, admin, password, users_tablespace):
        if name in self.containers:
            raise ora(65012, name=name)
        number = max(container.number for container in self.containers.values()) + 1
        os.makedirs(f"{DATA}/{directory}", exist_ok=True)
        container = Container(name, number, f"{DATA}/{directory}")
        if users_tablespace:
            container.add_tablespace("USERS")
        self.root.system.remember(f"pdb {name}", {"number": number, "directory": directory, "open": False})
        self.containers[name] = container
        self.add_user(container, admin, password)
        container.system.remember(f"grants {admin}", ["PDB_DBA", "CREATE SESSION"])
        return container

    def drop_pluggable(self, container):
        self.root.system.forget(f"pdb {container.name}")
        del self.containers[container.name]
        container.system.close()
        for file in os.listdir(container.directory):
            os.unlink(f"{container.directory}/{file}")
        os.rmdir(container.directory)

    # Users. One made in the root is common: it exists in every container, with what each of them granted it.

    def user(self, container, name):
        user = container.system.fact(f"user {name}")
        if user is None and container is not self.root:
            user = self.root.system.fact(f"user {name}")
        return user

    def users(self, container):
        found = list(self.root.system.facts("user ").values())
        if container is not self.root:
            found += container.system.facts("user ").values()
        return found

    def add_user(self, container, name, password, tablespace=None, locked=False, common=False, verifier=None):
        self.save_user(container, {
            "name": name, "hash": made(password) if password is not None else verifier, "locked": locked, "failed": 0, "common": common,
            "tablespace": tablespace or container.default_tablespace, "created": datetime.datetime.now().strftime("%d-%b-%y").upper(),
        })

    def save_user(self, container, user):
        home = self.root if user["common"] else container
        home.system.remember(f"user {user['name']}", user)

    def drop_user(self, container, user):
        homes = self.containers.values() if user["common"] else [container]
        for home in homes:
            for kind in ("user", "grants", "quota"):
                home.system.forget(f"{kind} {user['name']}")

    def authenticate(self, container, name, password):
        user = self.user(container, name)
        if user is None or user["hash"] is None:
            raise ora(1017)
        if user["locked"]:
            raise ora(28000)
        if not matches(password, user["hash"]):
            failed = user["failed"] + 1
            self.save_user(container, {**user, "failed": failed, "locked": failed >= FAILED_LOGIN_ATTEMPTS and name not in ("SYS", "SYSTEM")})
            raise ora(1017)
        if user["failed"]:
            self.save_user(container, {**user, "failed": 0})
        return user


def create():
    """The files that the vendor's image carries compressed: a root, the seed, and FREEPDB1 with a USERS tablespace."""
    os.makedirs(DATA)
    for file in ("control01.ctl", "redo01.log", "redo02.log", "redo03.log"):
        open(f"{DATA}/{file}", "wb").close()
    database = Database()
    database.root.add_tablespace("USERS")
    database.add_user(database.root, "SYS", os.urandom(9).hex(), "SYSTEM", common=True)
    database.add_user(database.root, "SYSTEM", os.urandom(9).hex(), "SYSTEM", common=True)
    database.add_user(database.root, "OPS$ORACLE", None, common=True)
    database.root.system.remember("grants OPS$ORACLE", ["CONNECT", "SELECT_CATALOG_ROLE"])
    seed = database.add_pluggable(SEED, "pdbseed", "PDBADMIN", os.urandom(9).hex(), False)
    free = database.add_pluggable("FREEPDB1", "FREEPDB1", "PDBADMIN", os.urandom(9).hex(), True)
    for container in (database.root, free):
        container.system.remember("grants SYSTEM", ["DBA", "UNLIMITED TABLESPACE"])
    for container in (seed, free):
        database.save_state(container, True)
