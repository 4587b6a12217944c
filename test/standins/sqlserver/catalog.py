"""The catalog views and functions: what SQL Server says of itself."""

import datetime
import os
import socket
import uuid

from .errors import msg
from .master import OPTIONS, ROLES

VERSION = "16.0.4185.3"
UPDATE = "CU18"
DATABASE_COLUMNS = """name database_id owner_sid collation_name user_access_desc is_read_only is_auto_close_on is_auto_shrink_on state state_desc
    snapshot_isolation_state_desc is_read_committed_snapshot_on recovery_model_desc delayed_durability_desc is_cdc_enabled""".split()


def view(session, parts):
    """(columns, rows) of a view, by its lower-case name; None where it is no view."""
    if parts[0] == "master" and len(parts) == 3:
        parts = parts[1:]
    name = ".".join(parts)
    return VIEWS[name](session) if name in VIEWS else None


def databases(session):
    rows = []
    for database in session.master.databases():
        state, text = session.master.state(database)
        rows.append([
            database["name"], database["id"], login_id(session, database["owner"]), database["collation"], database["access"],
            int(database["read_only"]), int(database["auto_close"]), int(database["auto_shrink"]), state, text,
            "ON" if database["snapshot_isolation"] else "OFF", int(database["read_committed_snapshot"]), database["recovery"],
            database["durability"], int(database["cdc"]),
        ])
    return DATABASE_COLUMNS, rows


def visible_logins(session):
    everyone = session.master.may(session.login, "securityadmin", "ALTER ANY LOGIN")
    return [login for login in session.master.logins() if everyone or login["id"] == 1 or login["name"] == session.login]


def server_principals(session):
    columns = ["name", "principal_id", "sid", "type", "type_desc", "is_disabled", "default_database_name"]
    roles = [[role, number, number, "R", "SERVER_ROLE", 0, None] for number, role in enumerate(["public", *ROLES], start=2)]
    return columns, [[*login_row(login)] for login in visible_logins(session)] + roles


def login_row(login):
    return login["name"], login["id"], login["id"], "S", "SQL_LOGIN", int(login["disabled"]), login["database"]


def sql_logins(session):
    columns = ["name", "principal_id", "sid", "type", "type_desc", "is_disabled", "default_database_name", "is_policy_checked"]
    return columns, [[*login_row(login), int(login["policy"])] for login in visible_logins(session)]


def server_role_members(session):
    numbers = {role: number for number, role in enumerate(["public", *ROLES], start=2)}
    members = [(role, login["id"]) for login in session.master.logins() for role in login["roles"]]
    return ["role_principal_id", "member_principal_id"], [[numbers["sysadmin"], 1], *([numbers[role], number] for role, number in members)]


def database_principals(session):
    columns = ["name", "principal_id", "type", "type_desc", "sid"]
    users = list(session.store.facts("user ").values())
    owner = session.master.database(session.database)["owner"]
    rows = [["dbo", 1, "S", "SQL_USER", login_id(session, owner)], ["guest", 2, "S", "SQL_USER", None]]
    rows += [[user["name"], 5 + index, "S", "SQL_USER", login_id(session, user["login"])] for index, user in enumerate(users)]
    return columns, rows


def tables(session):
    return ["name", "schema_id", "type", "type_desc"], [[name, 1, "U", "USER_TABLE"] for _, name in session.store.names()]


def information_tables(session):
    columns = ["TABLE_CATALOG", "TABLE_SCHEMA", "TABLE_NAME", "TABLE_TYPE"]
    return columns, [[session.database, schema, name, "BASE TABLE"] for schema, name in session.store.names()]


def schemas(session):
    return ["name", "schema_id"], [[name, number] for number, name in enumerate(sorted(session.schemas()), start=1)]


def configurations(session):
    rows = []
    for number, name in enumerate(OPTIONS, start=101):
        value, in_use = session.master.option(name)[1]
        rows.append([number, name, value, OPTIONS[name][1], OPTIONS[name][2], in_use, int(OPTIONS[name][3])])
    return ["configuration_id", "name", "value", "minimum", "maximum", "value_in_use", "is_advanced"], rows


def master_files(session):
    rows = []
    for database in session.master.databases():
        rows.append([database["id"], 1, "ROWS", database["name"], database["data"]])
        rows.append([database["id"], 2, "LOG", f"{database['name']}_log", database["log"]])
    return ["database_id", "file_id", "type_desc", "name", "physical_name"], rows


def system_information(session):
    return ["cpu_count", "physical_memory_kb"], [[os.cpu_count(), session.master.settings.memory_mb * 1024]]


def services(session):
    agent = "Running" if session.master.settings.agent else "Stopped"
    return ["servicename", "status_desc"], [["SQL Server (MSSQLSERVER)", "Running"], ["SQL Server Agent (MSSQLSERVER)", agent]]



VIEWS = {
    "sys.databases": databases,
    "sys.server_principals": server_principals,
    "sys.sql_logins": sql_logins,
    "sys.server_role_members": server_role_members,
    "sys.database_principals": database_principals,
    "sys.tables": tables,
    "sys.schemas": schemas,
    "information_schema.tables": information_tables,
    "sys.configurations": configurations,
    "sys.master_files": master_files,
    "sys.dm_os_sys_info": system_information,
    "sys.dm_server_services": services,
}


def login_id(session, name):
    login = session.master.login(name) if name else None
    return login["id"] if login else None


def version(session):
    edition = session.master.settings.edition
    return (
        f"Microsoft SQL Server 2022 (RTM-{UPDATE}) - {VERSION} (X64) \n\tMay 20 2025 00:00:00 \n\tCopyright (C) 2022 Microsoft Corporation\n"
        f"\t{edition} on Linux (Ubuntu 22.04.5 LTS) <X64>"
    )


def server_property(session, name):
    settings, host = session.master.settings, socket.gethostname()
    return {
        "productversion": VERSION,
        "productmajorversion": VERSION.split(".")[0],
        "productlevel": "RTM",
        "productupdatelevel": UPDATE,
        "edition": settings.edition,
        "engineedition": settings.engine_edition,
        "collation": session.master.collation,
        "machinename": host,
        "servername": host,
        "isintegratedsecurityonly": 0,
        "ishadrenabled": int(settings.hadr),
        "instancedefaultdatapath": settings.data + "/",
        "instancedefaultlogpath": settings.log + "/",
        "instancedefaultbackuppath": settings.backup,
    }.get(name.casefold())


def database_property(session, name, what):
    database = session.master.database(name)
    if database is None:
        return None
    return {
        "status": session.master.state(database)[1],
        "recovery": database["recovery"],
        "collation": database["collation"],
        "useraccess": database["access"],
        "updateability": "READ_ONLY" if database["read_only"] else "READ_WRITE",
    }.get(what.casefold())


def principal_id(session, name):
    rows = database_principals(session)[1]
    return next((row[1] for row in rows if row[0].casefold() == name.casefold()), None)


def object_id(session, name, kind=None):
    parts = [part.strip("[]") for part in name.split(".")]
    schema = parts[-2] if len(parts) > 1 and parts[-2] else "dbo"
    return 1 if session.store.find(schema, parts[-1]) else None


def database_id(session, name=None):
    database = session.master.database(session.database if name is None else name)
    return database["id"] if database else None


def database_name(session, number=None):
    if number is None:
        return session.database
    return next((database["name"] for database in session.master.databases() if database["id"] == number), None)


def in_server_role(session, role, login=None):
    login = session.master.login(login or session.login)
    if login is None or role.casefold() not in ROLES:
        return None
    return int(role.casefold() in login["roles"] or (role.casefold() == "sysadmin" and login["id"] == 1))


def now(session=None):
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def convert(session, kind, value, style=None):
    return session.dialect.convert(value, kind)


CALLS = {
    "@@VERSION": version,
    "@@SERVERNAME": lambda session: socket.gethostname(),
    "@@SERVICENAME": lambda session: "MSSQLSERVER",
    "@@SPID": lambda session: session.number,
    "@@TRANCOUNT": lambda session: int(session.in_transaction),
    "@@ROWCOUNT": lambda session: session.affected,
    "SYSTEM_USER": lambda session: session.login,
    "CURRENT_USER": lambda session: session.user_name(),
    "SESSION_USER": lambda session: session.user_name(),
    "CURRENT_TIMESTAMP": now,
    "SERVERPROPERTY": server_property,
    "DATABASEPROPERTYEX": database_property,
    "CONNECTIONPROPERTY": lambda session, name: {"local_tcp_port": session.master.settings.port}.get(name.casefold()),
    "DB_ID": database_id,
    "DB_NAME": database_name,
    "SUSER_ID": lambda session, name=None: login_id(session, session.login if name is None else name),
    "SUSER_SID": lambda session, name=None: login_id(session, session.login if name is None else name),
    "SUSER_NAME": lambda session, number=None: login_name(session, number),
    "SUSER_SNAME": lambda session, number=None: login_name(session, number),
    "ORIGINAL_LOGIN": lambda session: session.login,
    "USER_NAME": lambda session: session.user_name(),
    "USER_ID": lambda session, name: principal_id(session, name),
    "DATABASE_PRINCIPAL_ID": lambda session, name: principal_id(session, name),
    "OBJECT_ID": object_id,
    "SCHEMA_NAME": lambda session: "dbo",
    "IS_SRVROLEMEMBER": in_server_role,
    "IS_MEMBER": lambda session, role: int(role.casefold() in session.roles() or "db_owner" in session.roles()),
    "HAS_DBACCESS": lambda session, name: int(session.access_fault(name) is None),
    "CONVERT": convert,
    "UPPER": lambda session, text: text and text.upper(),
    "LOWER": lambda session, text: text and text.lower(),
    "LEN": lambda session, text: None if text is None else len(str(text).rstrip(" ")),
    "ISNULL": lambda session, value, other: other if value is None else value,
    "COALESCE": lambda session, *values: next((value for value in values if value is not None), None),
    "CONCAT": lambda session, *values: "".join("" if value is None else str(value) for value in values),
    "QUOTENAME": lambda session, name: "[" + name.replace("]", "]]") + "]",
    "GETDATE": now,
    "GETUTCDATE": now,
    "SYSDATETIME": now,
    "SYSUTCDATETIME": now,
    "NEWID": lambda session: str(uuid.uuid4()).upper(),
}


def login_name(session, number):
    if number is None:
        return session.login
    return next((login["name"] for login in session.master.logins() if login["id"] == number), None)


def call(session, function, arguments):
    try:
        return CALLS[function](session, *arguments)
    except TypeError:
        raise msg(102, near=function)
