"""SET, PRINT, USE, transactions, errors, SHUTDOWN."""

from .errors import SqlError, msg
from .statements import statement


@statement(
    "SET NOCOUNT <state:word>",
    "SET { QUOTED_IDENTIFIER | ANSI_NULLS | ANSI_PADDING | ANSI_WARNINGS | ARITHABORT | CONCAT_NULL_YIELDS_NULL | XACT_ABORT } <other:word>",
)
def set_option(session, take):
    state = take.get("state") or take["other"]
    if state.value.upper() not in ("ON", "OFF"):
        raise msg(102, near=state.value)
    if "state" in take:
        session.count_rows = state.value.upper() == "OFF"


@statement("PRINT <text:string>")
def print_text(session, take):
    return {"print": take["text"].value}


@statement("RAISERROR ( <text:string> , <level:int> , <state:int> )", "THROW <number:int> , <text:string> , <state:int>")
def raise_error(session, take):
    number = int(take["number"].value) if "number" in take else 50000
    level = int(take["level"].value) if "level" in take else 16
    if level <= 10:
        return {"print": take["text"].value}
    raise SqlError(number, level, take["text"].value, int(take["state"].value))


@statement("USE <database:id>")
def use(session, take):
    session.use(take["database"].value)
    return {"print": f"Changed database context to '{session.database}'."}


@statement("BEGIN { TRAN | TRANSACTION }")
def begin(session, take):
    session.in_transaction = True


@statement("{ COMMIT | ROLLBACK } [ { TRAN | TRANSACTION | WORK } ]")
def end_transaction(session, take):
    committing = take["words"][0] == "COMMIT"
    if not session.in_transaction:
        raise msg(3902 if committing else 3903)
    for store in session.stores.values():
        store.commit() if committing else store.rollback()
    session.in_transaction = False


@statement("CHECKPOINT")
def checkpoint(session, take):
    return None


@statement("SHUTDOWN [ WITH NOWAIT ]")
def shutdown(session, take):
    if not session.master.may(session.login, "serveradmin", "SHUTDOWN"):
        raise msg(6004)
    nowait = "NOWAIT" in take["words"]
    session.server.shut_down(session.login, nowait)
    return {"print": f"Server shut down by {'NOWAIT ' if nowait else ''}request from login {session.login}.", "bye": True}
