"""CREATE, ALTER, DROP USER, and the profile that all have."""

from .database import POWERS, ROLES, ROOT
from .errors import ora
from .names import identifier, new_name, password
from .parameters import size
from .statements import statement
from .verifiers import is_one, made

TERMS = """{ DEFAULT COLLATION <collation:id> | DEFAULT TABLESPACE <tablespace:id> | TEMPORARY TABLESPACE <temporary:id> | PROFILE DEFAULT | CONTAINER = <container:word>
    | QUOTA UNLIMITED ON <unlimited:id> | QUOTA <amount:int> [ <unit:unit> ] ON <limited:id> | PASSWORD EXPIRE
    | ACCOUNT <account:word> | DEFAULT ROLE ALL }*"""


# VALUES: what DBMS_METADATA and Data Pump write.
@statement(f"CREATE USER [ IF NOT EXISTS ] <user:id> IDENTIFIED BY {{ <password:value> | VALUES <verifier:string> }} {TERMS}")
def create_user(session, take):
    session.need("CREATE USER")
    name = new_name(take["user"])
    secret = password(take["password"]) if "password" in take else None
    verifier = take["verifier"].value if "verifier" in take else None
    if verifier is not None and not is_one(verifier):
        raise ora(2153, take["verifier"].start)
    elsewhere = session.container.name == ROOT and any(pdb.system.fact(f"user {name}") for pdb in session.database.containers.values())
    if session.database.user(session.container, name) or elsewhere or name in ROLES or name in POWERS:
        if take["words"][2] == "IF":
            return "User created."
        raise ora(1920, take["user"].start, name=name)
    check_terms(session, take)
    common = session.container.name == ROOT  # the image sets COMMON_USER_PREFIX to nothing, so any name may be common
    tablespace = identifier(take["tablespace"]) if "tablespace" in take else None
    locked = take["account"].value.upper() == "LOCK" if "account" in take else False
    session.database.add_user(session.container, name, secret, tablespace, locked, common, verifier)
    set_quota(session, name, take)
    return "User created."


def check_terms(session, take):
    for key in ("tablespace", "temporary", "unlimited", "limited"):
        if key in take and identifier(take[key]) not in session.container.tablespaces:
            raise ora(959, take[key].start, name=identifier(take[key]))
    if "collation" in take and identifier(take["collation"]) != "USING_NLS_COMP":
        raise ora(43929, take["collation"].start)
    if "account" in take and take["account"].value.upper() not in ("LOCK", "UNLOCK"):
        raise ora(922, take["account"].start)
    if "container" in take and take["container"].value.upper() != ("ALL" if session.container.name == ROOT else "CURRENT"):
        raise ora(65040, take["container"].start)


def set_quota(session, name, take):
    quota = session.container.system.fact(f"quota {name}", {})
    if "unlimited" in take:
        quota[identifier(take["unlimited"])] = "UNLIMITED"
    if "limited" in take:
        quota[identifier(take["limited"])] = size(take["amount"].value + (take["unit"].value if "unit" in take else ""))
    session.container.system.remember(f"quota {name}", quota)


def existing_user(session, token):
    user = session.database.user(session.container, identifier(token))
    if user is None:
        raise ora(1918, token.start, name=identifier(token))
    return user


@statement(f"ALTER USER <user:id> IDENTIFIED BY <password:value> [ REPLACE <old:value> ] {TERMS}", f"ALTER USER <user:id> {TERMS}")
def alter_user(session, take):
    name = identifier(take["user"])
    if not (name == session.user and "password" in take):
        session.need("ALTER USER")
    user = existing_user(session, take["user"])
    if name == "SYS" and not (session.power or session.user in ("SYS", "SYSTEM")):
        raise ora(1031)
    if user["common"] and session.container.name != ROOT and "password" in take and name not in ("SYS", "SYSTEM"):
        raise ora(65040, take["user"].start)
    check_terms(session, take)
    if "password" in take:
        user = {**user, "hash": made(password(take["password"]))}
    if "account" in take:
        user = {**user, "locked": take["account"].value.upper() == "LOCK", "failed": 0}
    if "tablespace" in take:
        user = {**user, "tablespace": identifier(take["tablespace"])}
    session.database.save_user(session.container, user)
    set_quota(session, name, take)
    return "User altered."


@statement("DROP USER [ IF EXISTS ] <user:id> [ CASCADE ]")
def drop_user(session, take):
    session.need("DROP USER")
    name = identifier(take["user"])
    if take["words"][2] == "IF" and session.database.user(session.container, name) is None:
        return "User dropped."
    user = existing_user(session, take["user"])
    if any(other.user == name for other in session.instance.sessions):
        raise ora(1940)
    tables = [known for known in session.store.names() if known[0] == name]
    if tables and take["words"][-1] != "CASCADE":
        raise ora(1922, name=name)
    for known in tables:
        session.store.drop(*known)
    session.store.commit()
    session.database.drop_user(session.container, user)
    return "User dropped."


@statement("ALTER PROFILE DEFAULT LIMIT { FAILED_LOGIN_ATTEMPTS <a:value> | PASSWORD_LIFE_TIME <b:value> | PASSWORD_REUSE_TIME <c:value> | PASSWORD_GRACE_TIME <d:value> }*")
def alter_profile(session, take):
    session.need("ALTER PROFILE")
    return "Profile altered."
