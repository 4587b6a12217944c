"""ALTER SYSTEM and ALTER DATABASE."""

from .database import ROOT
from .errors import ora
from .statements import statement


@statement("ALTER SYSTEM SET <name:id> = <value:value> [ <unit:unit> ] [ COMMENT = <comment:string> ] [ DEFERRED ] [ SCOPE = <scope:word> ] [ CONTAINER = <container:word> ]")
def set_parameter(session, take):
    session.need("ALTER SYSTEM")
    scope = take["scope"].value.upper() if "scope" in take else "BOTH"
    if scope not in ("MEMORY", "SPFILE", "BOTH"):
        raise ora(2065, take["scope"].start)
    pluggable = session.container.name != ROOT
    value = take["value"].value + (take["unit"].value if "unit" in take else "")
    session.instance.parameters.set(take["name"].value, value, scope, "DEFERRED" in take["words"], pluggable)
    return "System altered."


@statement("ALTER SYSTEM RESET <name:id> [ SCOPE = <scope:word> ]")
def reset_parameter(session, take):
    session.need("ALTER SYSTEM")
    session.instance.parameters.reset(take["name"].value)
    return "System altered."


@statement("ALTER SYSTEM REGISTER")
def register(session, take):
    session.need("ALTER SYSTEM")
    session.instance.register()
    return "System altered."


@statement("ALTER SYSTEM { ENABLE | DISABLE } RESTRICTED SESSION")
def restrict(session, take):
    session.need("ALTER SYSTEM")
    session.container.restricted = take["words"][2] == "ENABLE"
    return "System altered."


@statement("ALTER SYSTEM { CHECKPOINT | SWITCH LOGFILE | ARCHIVE LOG CURRENT }")
def checkpoint(session, take):
    session.need("ALTER SYSTEM")
    return "System altered."


@statement("ALTER DATABASE { ARCHIVELOG | NOARCHIVELOG }")
def archive(session, take):
    session.need("ALTER DATABASE")
    if session.instance.state != "MOUNTED":
        raise ora(1126)
    session.database.root.system.remember("archivelog", take["words"][2] == "ARCHIVELOG")
    return "Database altered."


@statement("ALTER DATABASE OPEN")
def open_database(session, take):
    session.need("ALTER DATABASE")
    session.instance.open()
    return "Database altered."


@statement("ALTER DATABASE ADD SUPPLEMENTAL LOG DATA [ ( ALL ) COLUMNS ]")
def supplemental_log(session, take):
    session.need("ALTER DATABASE")
    session.database.root.system.remember("supplemental", True)
    return "Database altered."
