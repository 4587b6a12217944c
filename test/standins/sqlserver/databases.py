"""CREATE, ALTER, DROP DATABASE, and who owns one."""

from .errors import msg
from .master import SYSTEM
from .statements import statement
from .users import users_of


def own_database(session, token, verb="alter"):
    database = session.master.database(token.value)
    if verb == "drop" and database is None:
        raise msg(3701, verb="drop", what="database", name=token.value)
    if database is None or not (session.owns(database) or session.master.may(session.login, "dbcreator", "ALTER ANY DATABASE")):
        raise msg(5011, name=token.value)
    return database


@statement("CREATE DATABASE <database:id> [ COLLATE <collation:word> ]")
def create_database(session, take):
    if not session.master.may(session.login, "dbcreator", "CREATE ANY DATABASE"):
        raise msg(262, action="CREATE DATABASE", database="master")
    if not session.server.recovered:
        raise msg(1222)
    collation = take["collation"].value if "collation" in take else None
    session.master.add_database(take["database"].value, session.login, collation=collation)


@statement("DROP DATABASE [ IF EXISTS ] <database:id>")
def drop_database(session, take):
    if "IF" in take["words"] and session.master.database(take["database"].value) is None:
        return
    database = own_database(session, take["database"], "drop")
    if database["name"] in SYSTEM:
        raise msg(3708, verb="drop", name=database["name"])
    if session.server.sessions_in(database["name"]):
        raise msg(3702, name=database["name"])
    session.server.forget_files(database)
    session.master.drop_database(database)


SETTINGS = {
    "RECOVERY": ("recovery", ("SIMPLE", "FULL", "BULK_LOGGED")),
    "DELAYED_DURABILITY": ("durability", ("DISABLED", "ALLOWED", "FORCED")),
    "AUTO_CLOSE": ("auto_close", ("ON", "OFF")),
    "AUTO_SHRINK": ("auto_shrink", ("ON", "OFF")),
    "READ_COMMITTED_SNAPSHOT": ("read_committed_snapshot", ("ON", "OFF")),
    "ALLOW_SNAPSHOT_ISOLATION": ("snapshot_isolation", ("ON", "OFF")),
}
STATES = {
    "SINGLE_USER": {"access": "SINGLE_USER"}, "RESTRICTED_USER": {"access": "RESTRICTED_USER"}, "MULTI_USER": {"access": "MULTI_USER"},
    "READ_ONLY": {"read_only": True}, "READ_WRITE": {"read_only": False}, "OFFLINE": {"offline": True}, "ONLINE": {"offline": False},
}  # fmt: skip
TERMINATION = "[ WITH { ROLLBACK IMMEDIATE | NO_WAIT } ]"


@statement(f"ALTER DATABASE {{ CURRENT | <database:id> }} SET <option:word> [ = ] <value:word> {TERMINATION}")
def set_database(session, take):
    option, value = take["option"].value.upper(), take["value"].value.upper()
    database = this_database(session, take)
    if option not in SETTINGS or value not in SETTINGS[option][1]:
        raise msg(102, near=take["option"].value)
    if ("=" in take["words"]) != (option == "DELAYED_DURABILITY"):
        raise msg(102, near="=")
    if database["name"] == "tempdb" or (database["name"] == "master" and option == "RECOVERY"):
        raise msg(5058, option=option, name=database["name"])
    key, choices = SETTINGS[option]
    session.master.save_database({**database, key: value == "ON" if choices == ("ON", "OFF") else value})


@statement(f"ALTER DATABASE {{ CURRENT | <database:id> }} SET <state:word> {TERMINATION}")
def switch_database(session, take):
    database = this_database(session, take)
    state = take["state"].value.upper()
    if state not in STATES:
        raise msg(102, near=take["state"].value)
    if database["name"] in SYSTEM:
        raise msg(5058, option=state, name=database["name"])
    others = [other for other in session.server.sessions_in(database["name"]) if other is not session]
    if "ROLLBACK" in take["words"]:
        for other in others:
            other.killed = True
    elif others and state in ("SINGLE_USER", "OFFLINE", "READ_ONLY"):
        raise msg(5070, name=database["name"])  # the real one waits, for ever
    session.master.save_database({**database, **STATES[state]})


def this_database(session, take):
    if "database" in take:
        return own_database(session, take["database"])
    return session.master.database(session.database)


@statement("ALTER AUTHORIZATION ON DATABASE :: <database:id> TO <login:id>")
def authorize(session, take):
    login = session.master.login(take["login"].value)
    if login is None:
        raise msg(15151, verb="find", what="principal", name=take["login"].value)
    database = own_database(session, take["database"])
    if any(user["sid"] == login["sid"] for user in users_of(session, database)):
        raise msg(15110)
    session.master.save_database({**database, "owner": login["name"]})
