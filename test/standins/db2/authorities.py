"""GRANT and REVOKE ON DATABASE, and schemas."""

from .answers import done, name
from .errors import sql, unexpected
from .statements import statement

AUTHORITIES = {"DBADM", "SECADM", "DATAACCESS", "ACCESSCTRL", "SQLADM", "WLMADM", "EXPLAIN", "CONNECT", "CREATETAB", "BINDADD", "LOAD",
               "IMPLICIT_SCHEMA", "QUIESCE_CONNECT", "CREATE_EXTERNAL_ROUTINE", "CREATE_NOT_FENCED_ROUTINE", "CREATE_SECURE_OBJECT"}  # fmt: skip


@statement(
    "GRANT <what:ids> [ WITH DATAACCESS ] [ WITH ACCESSCTRL ] ON DATABASE TO [ USER ] <whom:id>",
    "GRANT <what:ids> ON DATABASE TO { PUBLIC | GROUP <group:id> }",
    "REVOKE <what:ids> ON DATABASE FROM [ USER ] <whom:id>",
    "REVOKE <what:ids> ON DATABASE FROM PUBLIC",
)
def authorize(session, take):
    database = session.connected()
    wanted = {token.value.upper() for token in take["what"]}
    unknown = [token for token in take["what"] if token.value.upper() not in AUTHORITIES]
    if unknown:
        raise unexpected(unknown, 0)
    administrative = wanted & {"DBADM", "SECADM", "DATAACCESS", "ACCESSCTRL"}
    if not session.authorities() & ({"SECADM"} if administrative else {"SECADM", "ACCESSCTRL"}):
        raise sql("SQL0552N", user=session.user, action="GRANT")
    if "DBADM" in wanted:
        wanted |= {"DATAACCESS", "ACCESSCTRL"}
    whom = "PUBLIC" if take["words"][-1] == "PUBLIC" else name(take.get("whom", take.get("group")))
    held = set(database.catalog.fact(f"granted {whom}", []))
    held = held | wanted if take["words"][0] == "GRANT" else held - wanted
    database.catalog.remember(f"granted {whom}", sorted(held))
    return done("SQL")


@statement("CREATE SCHEMA <schema:id> [ AUTHORIZATION <owner:id> ]")
def create_schema(session, take):
    database = session.connected()
    schema = name(take["schema"])
    if database.catalog.fact(f"schema {schema}"):
        raise sql("SQL0601N", schema="", name=schema)
    if "DBADM" not in session.authorities() and schema != session.user:
        raise sql("SQL0552N", user=session.user, action="CREATE SCHEMA")
    database.catalog.remember(f"schema {schema}", name(take["owner"]) if "owner" in take else session.user)
    return done("SQL")


@statement("DROP SCHEMA <schema:id> RESTRICT")
def drop_schema(session, take):
    session.connected().catalog.forget(f"schema {name(take['schema'])}")
    return done("SQL")
