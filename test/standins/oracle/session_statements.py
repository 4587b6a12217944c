"""ALTER SESSION, COMMIT, ROLLBACK."""

from .database import ROOT
from .errors import ora
from .names import identifier
from .statements import statement
from .users import existing_user


@statement("ALTER SESSION SET CONTAINER = <container:id>")
def set_container(session, take):
    name = identifier(take["container"])
    user = session.database.user(session.database.root, session.user)
    if not (session.power or (user and user["common"] and "SET CONTAINER" in session.privileges())):
        raise ora(1031)
    container = session.database.root if name == ROOT else session.database.pluggable(name)
    session.rollback()
    session.container = container
    return "Session altered."


@statement("ALTER SESSION SET CURRENT_SCHEMA = <schema:id>")
def set_schema(session, take):
    session.schema = existing_user(session, take["schema"])["name"]
    return "Session altered."


@statement("ALTER SESSION SET { NLS_DATE_FORMAT | NLS_TIMESTAMP_FORMAT | NLS_NUMERIC_CHARACTERS | NLS_LANGUAGE | NLS_TERRITORY | TIME_ZONE } = <value:value>")
def set_language(session, take):
    return "Session altered."


@statement("COMMIT [ WORK ]")
def commit(session, take):
    session.commit()
    return "Commit complete."


@statement("ROLLBACK [ WORK ]")
def rollback(session, take):
    session.rollback()
    return "Rollback complete."
