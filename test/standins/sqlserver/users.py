"""A database's users, roles and schemas."""

from common.store import Store

from .errors import msg
from .logins import existing_login
from .statements import statement

DATABASE_ROLES = set("db_owner db_accessadmin db_securityadmin db_ddladmin db_backupoperator db_datareader db_datawriter".split())


def users_of(session, database):
    """The users of a database that need not be the current one."""
    store = Store(database["data"], session.dialect, autocommit=True)
    try:
        return list(store.facts("user ").values())
    finally:
        store.close()


def administer_users(session, verb, what, name):
    if not session.roles() & {"db_owner", "db_accessadmin", "db_securityadmin"}:
        raise msg(15151, verb=verb, what=what, name=name) if verb != "create" else msg(15247)


def existing_user(session, token, verb="alter", what="user"):
    user = session.store.fact(f"user {token.value.casefold()}")
    if user is None:
        raise msg(15151, verb=verb, what=what, name=token.value)
    return user


@statement("CREATE USER <user:id> [ { FOR | FROM } LOGIN <login:id> ] [ WITH DEFAULT_SCHEMA = <schema:id> ]", "CREATE USER <user:id> WITHOUT LOGIN")
def create_user(session, take):
    name = take["user"].value
    administer_users(session, "create", "user", name)
    sid = None
    if "WITHOUT" not in take["words"]:
        sid = existing_login(session, take.get("login", take["user"]), "", "", 15007)["sid"]
    if session.store.fact(f"user {name.casefold()}") or name.casefold() in ("dbo", "guest"):
        raise msg(15023, name=name)
    owner = session.master.database(session.database)["owner"]
    users = session.store.facts("user ").values()
    if sid and (sid == session.master.login(owner)["sid"] or any(user["sid"] == sid for user in users)):
        raise msg(15063)
    session.store.remember(f"user {name.casefold()}", {"name": name, "sid": sid, "roles": []})


@statement("ALTER USER <user:id> WITH LOGIN = <login:id>")
def map_user(session, take):
    administer_users(session, "alter", "user", take["user"].value)
    login = existing_login(session, take["login"], "", "", 15007)
    user = existing_user(session, take["user"])
    if any(other["sid"] == login["sid"] and other["name"] != user["name"] for other in session.store.facts("user ").values()):
        raise msg(15063)
    session.store.remember(f"user {user['name'].casefold()}", {**user, "sid": login["sid"]})


@statement("DROP USER [ IF EXISTS ] <user:id>")
def drop_user(session, take):
    administer_users(session, "drop", "user", take["user"].value)
    if "IF" in take["words"] and session.store.fact(f"user {take['user'].value.casefold()}") is None:
        return
    session.store.forget(f"user {existing_user(session, take['user'], 'drop')['name'].casefold()}")


@statement("ALTER ROLE <role:id> { ADD | DROP } MEMBER <user:id>")
def database_role(session, take):
    role = take["role"].value.casefold()
    if role not in DATABASE_ROLES:
        raise msg(15151, verb="alter", what="role", name=take["role"].value)
    administer_users(session, "alter", "role", role)
    user = existing_user(session, take["user"], "add", "principal")
    roles = [known for known in user["roles"] if known != role] + ([role] if "ADD" in take["words"] else [])
    session.store.remember(f"user {user['name'].casefold()}", {**user, "roles": roles})


@statement("CREATE SCHEMA <schema:id> [ AUTHORIZATION <user:id> ]")
def create_schema(session, take):
    if not session.roles() & {"db_owner", "db_ddladmin"}:
        raise msg(262, action="CREATE SCHEMA", database=session.database)
    if take["schema"].value.casefold() in session.schemas():
        raise msg(2714, name=take["schema"].value)
    session.store.remember(f"schema {take['schema'].value.casefold()}", True)
