"""The dictionary views and the functions: what Oracle says of itself."""

import datetime
import os
import socket
import uuid

from .database import POWERS, ROLES, ROOT
from .errors import ora, refused
from .jobs import MAINTAINED
from .parameters import KNOWN

VERSION = "23.9.0.25.07"
BANNER = "Oracle Database 23ai Free Release 23.0.0.0.0 - Develop, Learn, and Run for Free"
# Every user may read these; the others need a DBA, SELECT ANY DICTIONARY or SELECT_CATALOG_ROLE.
PUBLIC = {"DUAL", "PRODUCT_COMPONENT_VERSION", "V$VERSION", "ALL_USERS", "USER_USERS", "SESSION_PRIVS", "SESSION_ROLES", "USER_TABLES", "ALL_TABLES", "USER_ROLE_PRIVS", "USER_SYS_PRIVS"}


def view(session, name):
    """(columns, rows) of a view; None where it is none, or is not for this user's eyes."""
    name = name.replace("V_$", "V$")
    if name not in VIEWS or (name not in PUBLIC and "SELECT ANY DICTIONARY" not in session.privileges()):
        return None
    return VIEWS[name](session)


def dual(session):
    return ["DUMMY"], [["X"]]


def instance(session):
    columns = ["INSTANCE_NUMBER", "INSTANCE_NAME", "HOST_NAME", "VERSION", "VERSION_FULL", "STATUS", "STARTUP_TIME", "DATABASE_STATUS", "LOGINS"]
    server = session.instance
    return columns, [[1, "FREE", socket.gethostname(), "23.0.0.0.0", VERSION, server.state, server.started, "ACTIVE", "ALLOWED"]]


def product(session):
    return ["PRODUCT", "VERSION", "VERSION_FULL", "STATUS"], [["Oracle Database 23ai Free", "23.0.0.0.0", VERSION, "Production"]]


def versions(session):
    return ["BANNER", "BANNER_FULL", "BANNER_LEGACY", "CON_ID"], [[BANNER, f"{BANNER}\nVersion {VERSION}", BANNER, 0]]


def all_users(session):
    rows = [[user["name"], number, user["created"], yes(user["common"]), maintained(user)] for number, user in enumerate(session.users(), start=100)]
    return ["USERNAME", "USER_ID", "CREATED", "COMMON", "ORACLE_MAINTAINED"], rows


def maintained(user):
    return "Y" if user["name"] in MAINTAINED else "N"


def dba_users(session):
    columns = ["USERNAME", "USER_ID", "ACCOUNT_STATUS", "DEFAULT_TABLESPACE", "TEMPORARY_TABLESPACE", "CREATED", "PROFILE", "AUTHENTICATION_TYPE", "COMMON", "ORACLE_MAINTAINED"]
    rows = []
    for number, user in enumerate(session.users(), start=100):
        status = "OPEN" if not user["locked"] else ("LOCKED(TIMED)" if user["failed"] else "LOCKED")
        how = "EXTERNAL" if user["hash"] is None else "PASSWORD"
        rows.append([user["name"], number, status, user["tablespace"], "TEMP", user["created"], "DEFAULT", how, yes(user["common"]), maintained(user)])
    return columns, rows


def user_users(session):
    columns, rows = dba_users(session)
    return columns, [row for row in rows if row[0] == session.user]


def pdbs(session):
    here = [container for container in session.database.containers.values() if container.name != ROOT]
    if session.container.name != ROOT:
        here = [session.container]
    return here


def v_pdbs(session):
    return ["CON_ID", "NAME", "OPEN_MODE", "RESTRICTED"], [[pdb.number, pdb.name, pdb.mode, "NO"] for pdb in pdbs(session)]


def dba_pdbs(session):
    return ["PDB_ID", "PDB_NAME", "STATUS", "CON_ID"], [[pdb.number, pdb.name, "NORMAL", pdb.number] for pdb in pdbs(session)]


def v_containers(session):
    rows = [[container.number, container.name, container.mode] for container in session.database.containers.values()]
    return ["CON_ID", "NAME", "OPEN_MODE"], rows


def v_database(session):
    columns = ["NAME", "DB_UNIQUE_NAME", "OPEN_MODE", "LOG_MODE", "CDB", "SUPPLEMENTAL_LOG_DATA_MIN", "DATABASE_ROLE"]
    facts = session.database.root.system
    log_mode = "ARCHIVELOG" if facts.fact("archivelog", False) else "NOARCHIVELOG"
    return columns, [["FREE", "FREE", session.database.root.mode, log_mode, "YES", yes(facts.fact("supplemental", False)), "PRIMARY"]]


def v_parameter(session):
    memory = session.instance.parameters.memory
    columns = ["NAME", "VALUE", "DISPLAY_VALUE", "ISSYS_MODIFIABLE", "ISPDB_MODIFIABLE", "ISDEFAULT"]
    return columns, [[name, memory[name], memory[name], "IMMEDIATE", "TRUE", yes(memory[name] == KNOWN[name][0])] for name in sorted(KNOWN)]


def v_spparameter(session):
    file = session.instance.parameters.file
    return ["SID", "NAME", "VALUE", "ISSPECIFIED"], [["*", name, file.get(name), "TRUE" if name in file else "FALSE"] for name in sorted(KNOWN)]


def role_privileges(session, only=None):
    rows = []
    for user in session.users():
        rows += [[user["name"], grant, "NO", "YES"] for grant in session.container.grants(user["name"]) if grant in ROLES]
    return ["GRANTEE", "GRANTED_ROLE", "ADMIN_OPTION", "DEFAULT_ROLE"], [row for row in rows if only in (None, row[0])]


def system_privileges(session, only=None):
    rows = []
    for user in session.users():
        rows += [[user["name"], grant, "NO"] for grant in session.container.grants(user["name"]) if grant not in ROLES and grant not in POWERS]
    return ["GRANTEE", "PRIVILEGE", "ADMIN_OPTION"], [row for row in rows if only in (None, row[0])]


def tables(session, only=None):
    tablespace = session.container.default_tablespace
    rows = [[owner, name, tablespace] for owner, name in session.store.names()]
    return ["OWNER", "TABLE_NAME", "TABLESPACE_NAME"], [row for row in rows if only in (None, row[0])]


def quotas(session):
    rows = []
    for user in session.users():
        for tablespace, amount in session.container.system.fact(f"quota {user['name']}", {}).items():
            rows.append([tablespace, user["name"], -1 if amount == "UNLIMITED" else amount])
    return ["TABLESPACE_NAME", "USERNAME", "MAX_BYTES"], rows


def data_files(session):
    files = [file for file in sorted(os.listdir(session.container.directory)) if file.endswith(".dbf")]
    rows = [[f"{session.container.directory}/{file}", file.removesuffix("01.dbf").upper()] for file in files]
    return ["FILE_NAME", "TABLESPACE_NAME"], rows


def directories(session):
    rows = [["SYS", name, about["path"], session.container.number] for name, about in session.container.system.facts("directory ").items()]
    return ["OWNER", "DIRECTORY_NAME", "DIRECTORY_PATH", "ORIGIN_CON_ID"], rows


VIEWS = {
    "DUAL": dual,
    "V$INSTANCE": instance,
    "PRODUCT_COMPONENT_VERSION": product,
    "V$VERSION": versions,
    "ALL_USERS": all_users,
    "DBA_USERS": dba_users,
    "USER_USERS": user_users,
    "V$PDBS": v_pdbs,
    "DBA_PDBS": dba_pdbs,
    "CDB_PDBS": dba_pdbs,
    "V$CONTAINERS": v_containers,
    "V$DATABASE": v_database,
    "V$PARAMETER": v_parameter,
    "V$SYSTEM_PARAMETER": v_parameter,
    "V$SPPARAMETER": v_spparameter,
    "DBA_ROLE_PRIVS": role_privileges,
    "USER_ROLE_PRIVS": lambda session: role_privileges(session, session.user),
    "DBA_SYS_PRIVS": system_privileges,
    "USER_SYS_PRIVS": lambda session: system_privileges(session, session.user),
    "SESSION_PRIVS": lambda session: (["PRIVILEGE"], [[privilege] for privilege in sorted(session.privileges())]),
    "SESSION_ROLES": lambda session: (["ROLE"], [[grant] for grant in session.container.grants(session.user) if grant in ROLES]),
    "DBA_TABLES": tables,
    "ALL_TABLES": tables,
    "USER_TABLES": lambda session: tables(session, session.user),
    "DBA_TABLESPACES": lambda session: (["TABLESPACE_NAME", "STATUS"], [[name, "ONLINE"] for name in session.container.tablespaces]),
    "V$TABLESPACE": lambda session: (["NAME"], [[name] for name in session.container.tablespaces]),
    "DBA_TS_QUOTAS": quotas,
    "DBA_DATA_FILES": data_files,
    "DBA_DIRECTORIES": directories,
    "NLS_DATABASE_PARAMETERS": lambda session: (["PARAMETER", "VALUE"], [["NLS_CHARACTERSET", "AL32UTF8"], ["NLS_NCHAR_CHARACTERSET", "AL16UTF16"]]),
}


def context(session, namespace, name):
    if namespace.upper() != "USERENV":
        return None
    return {
        "CON_NAME": session.container.name,
        "CON_ID": str(session.container.number),
        "DB_NAME": "FREE" if session.container.name == ROOT else session.container.name,
        "SESSION_USER": session.user,
        "CURRENT_USER": session.user,
        "CURRENT_SCHEMA": session.schema,
        "INSTANCE_NAME": "FREE",
        "SERVICE_NAME": session.service or "SYS$USERS",
        "ISDBA": "TRUE" if session.power else "FALSE",
    }.get(name.upper())


class Clob(str):
    """A long text, of which SQL*Plus shows as much as it is told to."""


def ddl(session, kind, name):
    """Of a user, for SYS only: with its verifiers, without what it was granted."""
    if kind != "USER" or not session.power:
        raise refused()
    user = session.database.user(session.container, name)
    if user is None:
        raise ora(31603, name=name, kind=kind)
    if user["hash"] is None:
        raise refused()
    lines = [
        f'   CREATE USER "{name}" IDENTIFIED BY VALUES \'{user["hash"]}\'',
        'DEFAULT COLLATION "USING_NLS_COMP"',
        f'DEFAULT TABLESPACE "{user["tablespace"]}"',
        'TEMPORARY TABLESPACE "TEMP"',
        *(["ACCOUNT LOCK"] if user["locked"] else []),
    ]
    return Clob("\n" + "\n      ".join(lines))


def now(session=None, *_):
    return datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S.%f")


CALLS = {
    "USER": lambda session: session.user,
    "UID": lambda session: 0,
    "SYSDATE": lambda session: datetime.datetime.now().strftime("%d-%b-%y").upper(),
    "SYSTIMESTAMP": now,
    "CURRENT_TIMESTAMP": now,
    "LOCALTIMESTAMP": now,
    "CURRENT_DATE": now,
    "SQLCODE": lambda session: session.sqlcode,
    "SQLERRM": lambda session: session.sqlerrm,
    "SYS_CONTEXT": context,
    "DBMS_METADATA.GET_DDL": ddl,
    "SYS_GUID": lambda session: uuid.uuid4().hex.upper(),
    "UPPER": lambda session, text: text and str(text).upper(),
    "LOWER": lambda session, text: text and str(text).lower(),
    "LENGTH": lambda session, text: len(str(text)) if text else None,
    "SUBSTR": lambda session, text, start, length=None: str(text)[start - 1 :][:length],
    "TRIM": lambda session, text: text and str(text).strip(),
    "NVL": lambda session, value, other: other if value is None else value,
    "COALESCE": lambda session, *values: next((value for value in values if value is not None), None),
    "TO_CHAR": lambda session, value, *_: None if value is None else str(value),
    "TO_NUMBER": lambda session, value: session.dialect.to_number(value, "number", {"value": value}),
    "TO_DATE": lambda session, value, *_: value,
    "TO_TIMESTAMP": lambda session, value, *_: value,
}


def yes(value):
    return "YES" if value else "NO"
