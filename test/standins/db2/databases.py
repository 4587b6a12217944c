"""Databases: made, listed, started, stopped, dropped."""

import re

from .answers import done, name
from .errors import sql
from .statements import statement


@statement(
    """CREATE { DATABASE | DB } <database:id> { AUTOMATIC STORAGE YES | ON <path:string> | USING CODESET <codeset:value> TERRITORY <territory:value>
       | USING CODESET UTF - 8 TERRITORY <territory:value> | COLLATE USING <collation:id> | PAGESIZE <page:int> [ <unit:unit> ] }*"""
)
def create_database(session, take):
    running(session)
    session.need_administrator()
    wanted = name(take["database"])
    if not re.fullmatch(r"[A-Z][A-Z0-9_]{0,7}", wanted):
        raise sql("SQL1001N", name=wanted)
    session.instance.create(wanted, session.os_user.upper())
    return done("CREATE DATABASE")


def running(session):
    if not session.instance.running:
        raise sql("SQL1032N")


@statement("DROP { DATABASE | DB } <database:id>")
def drop_database(session, take):
    running(session)
    session.need_administrator()
    session.instance.drop(session.instance.database(name(take["database"])))
    return done("DROP DATABASE")


@statement("LIST { DATABASE | DB } DIRECTORY")
def directory(session, take):
    entries = []
    for number, database in enumerate(session.instance.databases, start=1):
        entries.append(
            f"Database {number} entry:\n\n Database alias                       = {database}\n Database name                        = {database}\n"
            f" Local database directory             = /database/data\n Database release level               = 15.00\n Comment                              =\n"
            f" Directory entry type                 = Indirect\n Catalog database partition number    = 0\n"
        )
    if not entries:
        return {"text": "SQL1057W  The system database directory is empty.  SQLSTATE=01606", "code": 2}
    return {"text": f"\n System Database Directory\n\n Number of entries in the directory = {len(entries)}\n\n" + "\n".join(entries)}


@statement("LIST ACTIVE DATABASES")
def active_databases(session, take):
    running(session)
    active = [database for database in session.instance.databases.values() if database.active]
    if not active:
        return {"text": "SQL1611W  No data was returned by Database System Monitor.", "code": 2}
    lines = [f"Database name                              = {database.name}\nApplications connected currently           = {len(session.instance.connected(database))}\n" for database in active]
    return {"text": "\n                           Active Databases\n\n" + "\n".join(lines)}


@statement("LIST { APPLICATION | APPLICATIONS } [ SHOW DETAIL ]")
def applications(session, take):
    running(session)
    session.instance.forget_the_dead()
    connected = [other for other in session.instance.sessions.values() if other.database]
    if not connected:
        return {"text": "SQL1611W  No data was returned by Database System Monitor.", "code": 2}
    lines = [f"{other.user:<8} db2bp          {number:<10} *LOCAL.{session.instance.name} {other.database.name:<8} 1" for number, other in enumerate(connected, start=1)]
    head = "\nAuth Id  Application    Appl.      Application Id   DB       # of\n         Name           Handle                      Name    Agents\n"
    return {"text": head + "-------- -------------- ---------- ---------------- -------- -----\n" + "\n".join(lines) + "\n"}


@statement("LIST TABLES [ FOR { ALL | USER | SCHEMA <schema:id> } ]")
def tables(session, take):
    schema = name(take["schema"]) if "schema" in take else session.schema
    found = [known for known in session.store.names() if "ALL" in take["words"] or known[0] == schema]
    lines = [f"{table:<31} {owner:<15} T     {'2026-01-01-00.00.00.000000'}" for owner, table in found]
    head = "\nTable/View                      Schema          Type  Creation time             \n------------------------------- --------------- ----- --------------------------\n"
    return {"text": head + "\n".join(lines) + f"\n\n  {len(found)} record(s) selected.\n"}


@statement("{ ACTIVATE | DEACTIVATE } { DATABASE | DB } <database:id>")
def activate(session, take):
    running(session)
    session.need_administrator()
    database = session.instance.database(name(take["database"]))
    word = take["words"][0]
    if word == "ACTIVATE":
        database.activate()
        database.held = True
    elif session.instance.connected(database):
        return {"text": "SQL1495W  Deactivate database is successful, however, there is still a\nconnection to the database.", "code": 2}
    elif not database.active:
        return {"text": "SQL1496W  Deactivate database is successful, but the database was not\nactivated.", "code": 2}
    else:
        database.deactivate()
    return done(f"{word} DATABASE")


@statement("FORCE { APPLICATION | APPLICATIONS } ALL [ MODE ASYNC ]")
def force(session, take):
    running(session)
    session.need_administrator()
    session.instance.force_all()
    return {"text": "DB20000I  The FORCE APPLICATION command completed successfully.\nDB21024I  This command is asynchronous and may not be effective immediately.\n"}


@statement("{ QUIESCE | UNQUIESCE } { DATABASE | DB } [ { IMMEDIATE | DEFER } ] [ FORCE CONNECTIONS ]")
def quiesce(session, take):
    database = session.connected()
    session.need_administrator()
    database.quiesced = take["words"][0] == "QUIESCE"
    if database.quiesced and "IMMEDIATE" in take["words"]:
        for other in session.instance.connected(database):
            if other is not session:
                other.force()
    return done(f"{take['words'][0]} DATABASE")
