"""The catalog views and functions: what SQL Server says of itself."""

import datetime
import os
import socket
import uuid

from common.expressions import Binary

from .errors import msg
from .master import OPTIONS, ROLES

YEARS = {"2022": ("16.0.4185.3", "CU18"), "2025": ("17.0.1000.7", None)}
YEAR = "2022"
if os.path.exists("/opt/standin/year"):
    with open("/opt/standin/year") as file:
        YEAR = file.read().strip()
VERSION, UPDATE = YEARS[YEAR]
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
            database["name"], database["id"], login_sid(session, database["owner"]), database["collation"], database["access"],
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
    roles = [[role, number, Binary(f"0x{number:02X}"), "R", "SERVER_ROLE", 0, None] for number, role in enumerate(["public", *ROLES], start=2)]
    return columns, [[*login_row(login)] for login in visible_logins(session)] + roles


def login_row(login):
    return login["name"], login["id"], Binary(login["sid"]), "S", "SQL_LOGIN", int(login["disabled"]), login["database"]


def sql_logins(session):
    columns = ["name", "principal_id", "sid", "type", "type_desc", "is_disabled", "default_database_name", "is_policy_checked", "is_expiration_checked", "password_hash"]
    hashed = session.is_admin()  # the hashes are for CONTROL SERVER only
    return columns, [[*login_row(login), int(login["policy"]), 0, Binary(login["hash"]) if hashed else None] for login in visible_logins(session)]


def server_role_members(session):
    numbers = {role: number for number, role in enumerate(["public", *ROLES], start=2)}
    members = [(role, login["id"]) for login in session.master.logins() for role in login["roles"]]
    return ["role_principal_id", "member_principal_id"], [[numbers["sysadmin"], 1], *([numbers[role], number] for role, number in members)]


def server_permissions(session):
    columns = ["class_desc", "grantee_principal_id", "permission_name", "state_desc"]
    return columns, [["SERVER", login["id"], permission, "GRANT"] for login in visible_logins(session) for permission in ["CONNECT SQL", *login["grants"]]]


def database_principals(session):
    columns = ["name", "principal_id", "type", "type_desc", "sid", "authentication_type_desc"]
    users = list(session.store.facts("user ").values())
    owner = session.master.database(session.database)["owner"]
    rows = [["dbo", 1, "S", "SQL_USER", login_sid(session, owner), "INSTANCE"], ["guest", 2, "S", "SQL_USER", Binary("0x00"), "NONE"]]
    rows += [[name, number, "S", "SQL_USER", None, "NONE"] for number, name in ((3, "INFORMATION_SCHEMA"), (4, "sys"))]
    for number, user in enumerate(users, start=5):
        sid = Binary(user["sid"]) if user["sid"] else None
        rows.append([user["name"], number, "S", "SQL_USER", sid, "INSTANCE" if sid else "NONE"])
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
        rows.append([database["id"], 1, "ROWS", database["logical"][0], database["data"]])
        rows.append([database["id"], 2, "LOG", database["logical"][1], database["log"]])
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
    "sys.server_permissions": server_permissions,
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


def login_sid(session, name):
    login = session.master.login(name) if name else None
    return Binary(login["sid"]) if login else None


def version(session):
    edition = session.master.settings.edition
    return (
        f"Microsoft SQL Server {YEAR} (RTM{'-' + UPDATE if UPDATE else ''}) - {VERSION} (X64) \n\tMay 20 2025 00:00:00 \n\tCopyright (C) 2022 Microsoft Corporation\n"
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
    """Style 1 writes bytes as 0x0102, style 2 as 0102."""
    if isinstance(value, Binary) and kind["class"] == "text" and style in (1, 2):
        return str(value) if style == 1 else value[2:]
    return session.dialect.convert(value, kind)


def login_property(session, name, what):
    login = session.master.login(name)
    if login is None or what.casefold() != "passwordhash" or not session.is_admin():
        return None
    return Binary(login["hash"])


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
    "SUSER_SID": lambda session, name=None: login_sid(session, session.login if name is None else name),
    "SUSER_NAME": lambda session, *number: principal_name(session, "id", *number),
    "SUSER_SNAME": lambda session, *sid: principal_name(session, "sid", *sid),
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
    "LOGINPROPERTY": login_property,
    "GETDATE": now,
    "GETUTCDATE": now,
    "SYSDATETIME": now,
    "SYSUTCDATETIME": now,
    "NEWID": lambda session: str(uuid.uuid4()).upper(),
}


def principal_name(session, key, *value):
    """SUSER_NAME(id) and SUSER_SNAME(sid): a server role has both too. NULL is nobody, nothing at all the session's own."""
    if not value:
        return session.login
    named = {row[1 if key == "id" else 2]: row[0] for row in server_principals(session)[1]}
    return named.get(value[0])


def call(session, function, arguments):
    try:
        return CALLS[function](session, *arguments)
    except TypeError:
        raise msg(102, near=function)
