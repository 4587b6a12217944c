"""Logins, server roles, server permissions."""

from common.expressions import Binary

from .errors import msg
from .master import ROLES
from .statements import statement


def administer_logins(session):
    if not session.master.may(session.login, "securityadmin", "ALTER ANY LOGIN"):
        raise msg(15247)


def existing_login(session, token, verb, what="login", number=15151):
    login = session.master.login(token.value)
    if login is None:
        raise msg(number, verb=verb, what=what, name=token.value)
    return login


# HASHED and SID: what a dump of logins is made of. https://learn.microsoft.com/troubleshoot/sql/database-engine/security/transfer-logins-passwords-between-instances
@statement(
    """CREATE LOGIN <login:id> WITH PASSWORD = { <password:string> | <hash:number> HASHED }
       { , SID = <sid:number> | , CHECK_POLICY = <policy:word> | , CHECK_EXPIRATION = <expiration:word> | , DEFAULT_DATABASE = <database:id>
       | , DEFAULT_LANGUAGE = <language:id> }*"""
)
def create_login(session, take):
    administer_logins(session)
    database = take["database"].value if "database" in take else "master"
    if session.master.database(database) is None:
        raise msg(911, name=database)
    sid = binary(take["sid"]) if "sid" in take else None
    session.master.create_login(take["login"].value, secret(take), on(take.get("policy"), True), database, sid)


def binary(token):
    if not token.value.lower().startswith("0x"):
        raise msg(102, near=token.value)
    return Binary("0x" + token.value[2:].upper())


def secret(take):
    return binary(take["hash"]) if "hash" in take else take["password"].value


@statement(
    """ALTER LOGIN <login:id> WITH PASSWORD = { <password:string> | <hash:number> HASHED } [ OLD_PASSWORD = <old:string> ] [ UNLOCK ]
       { , CHECK_POLICY = <policy:word> | , CHECK_EXPIRATION = <expiration:word> | , DEFAULT_DATABASE = <database:id> }*""",
    "ALTER LOGIN <login:id> WITH { CHECK_POLICY = <policy:word> | CHECK_EXPIRATION = <expiration:word> | DEFAULT_DATABASE = <database:id> | NAME = <name:id> }",
)
def alter_login(session, take):
    own = take["login"].value.casefold() == session.login.casefold() and "old" in take
    if not own:
        administer_logins(session)
    login = existing_login(session, take["login"], "alter")
    if own:
        session.master.authenticate(login["name"], take["old"].value)
    if "database" in take:
        login["database"] = take["database"].value
    policy = on(take.get("policy"), login["policy"])
    if "password" in take or "hash" in take:
        session.master.set_password(login, secret(take), policy)
        return
    if "name" in take:
        session.master.store.forget(f"login {login['name'].casefold()}")
        login["name"] = take["name"].value
    session.master.save_login({**login, "policy": policy})


@statement("ALTER LOGIN <login:id> <state:word>")
def switch_login(session, take):
    state = take["state"].value.upper()
    if state not in ("ENABLE", "DISABLE"):
        raise msg(102, near=take["state"].value)
    administer_logins(session)
    login = existing_login(session, take["login"], "alter")
    session.master.save_login({**login, "disabled": state == "DISABLE"})


@statement("DROP LOGIN <login:id>")
def drop_login(session, take):
    administer_logins(session)
    login = existing_login(session, take["login"], "drop")
    if any(database["owner"].casefold() == login["name"].casefold() for database in session.master.databases()):
        raise msg(15174, name=login["name"])
    if session.server.sessions_of(login["name"]):
        raise msg(15434, name=login["name"])
    session.master.store.forget(f"login {login['name'].casefold()}")


@statement("ALTER SERVER ROLE <role:id> { ADD | DROP } MEMBER <login:id>")
def server_role(session, take):
    role = take["role"].value.casefold()
    if role not in ROLES:
        raise msg(15151, verb="alter", what="server role", name=take["role"].value)
    if not session.is_admin():
        raise msg(15151, verb="alter", what="server role", name=role)
    login = existing_login(session, take["login"], "add", "principal")
    roles = [known for known in login["roles"] if known != role] + ([role] if "ADD" in take["words"] else [])
    session.master.save_login({**login, "roles": roles})


PERMISSIONS = "{ CONTROL SERVER | ALTER ANY LOGIN | ALTER ANY DATABASE | CREATE ANY DATABASE | VIEW ANY DATABASE | VIEW SERVER STATE | SHUTDOWN | CONNECT SQL }"


@statement(f"GRANT {PERMISSIONS} TO <login:id>")
def grant(session, take):
    if not session.is_admin():
        raise msg(15247)
    login = existing_login(session, take["login"], "find")
    permission = " ".join(take["words"][1 : take["words"].index("TO")])
    session.master.save_login({**login, "grants": [*login["grants"], permission]})


def on(token, default):
    if token is None:
        return default
    if token.value.upper() not in ("ON", "OFF"):
        raise msg(102, near=token.value)
    return token.value.upper() == "ON"
