"""Directory objects: where the server's own utilities may read and write (facts 3.6; Oracle's SQL reference, CREATE DIRECTORY)."""

from .errors import ora
from .names import identifier
from .statements import statement


@statement("CREATE [ OR REPLACE ] DIRECTORY <directory:id> AS <path:string>")
def create_directory(session, take):
    """Nobody looks whether the path is there. It is the container's own: one made in CDB$ROOT is not in FREEPDB1."""
    session.need("CREATE ANY DIRECTORY")
    name = identifier(take["directory"])
    if session.container.system.fact(f"directory {name}") and "REPLACE" not in take["words"]:
        raise ora(955, take["directory"].start)
    session.container.system.remember(f"directory {name}", {"path": take["path"].value, "users": [session.user]})
    return "Directory created."


@statement("DROP DIRECTORY <directory:id>")
def drop_directory(session, take):
    session.need("CREATE ANY DIRECTORY")
    existing(session, take["directory"])
    session.container.system.forget(f"directory {identifier(take['directory'])}")
    return "Directory dropped."


@statement("GRANT READ , WRITE ON DIRECTORY <directory:id> TO <user:id>")
def grant_directory(session, take):
    name, user = identifier(take["directory"]), identifier(take["user"])
    about = existing(session, take["directory"])
    if session.database.user(session.container, user) is None:
        raise ora(1918, take["user"].start, name=user)
    session.container.system.remember(f"directory {name}", {**about, "users": [*about["users"], user]})
    return "Grant succeeded."


def existing(session, token):
    about = session.container.system.fact(f"directory {identifier(token)}")
    if about is None:
        raise ora(4043, token.start, name=identifier(token))
    return about
