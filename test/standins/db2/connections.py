"""CONNECT and what ends a connection or a unit of work."""

from .answers import done, name
from .session import VERSION
from .statements import statement


@statement("CONNECT TO <database:id>", "CONNECT TO <database:id> USER <user:value> USING <password:value>")
def connect(session, take):
    user = take["user"].value if "user" in take else None
    session.connect(name(take["database"]), user, take["password"].value if user else None)
    return connection(session)


@statement("CONNECT")
def show_connection(session, take):
    session.connected()
    return connection(session)


def connection(session):
    return {
        "text": "\n   Database Connection Information\n\n"
        f" Database server        = DB2/LINUXX8664 {VERSION}\n"
        f" SQL authorization ID   = {session.user}\n"
        f" Local database alias   = {session.database.name}\n"
    }


@statement("{ CONNECT RESET | DISCONNECT ALL | DISCONNECT CURRENT | DISCONNECT <database:id> }")
def reset(session, take):
    session.connected()
    if session.tables:
        session.tables.commit()
    session.disconnect()
    return done("SQL")


@statement("TERMINATE")
def terminate(session, take):
    session.disconnect()
    session.forced = False
    return done("TERMINATE")


@statement("{ COMMIT | ROLLBACK } [ WORK ]")
def end_of_work(session, take):
    session.connected()
    session.tables.commit() if take["words"][0] == "COMMIT" else session.tables.rollback()
    return done("SQL")


@statement("SET [ CURRENT ] SCHEMA [ = ] <schema:id>")
def set_schema(session, take):
    session.connected()
    session.schema = name(take["schema"])
    return done("SQL")
