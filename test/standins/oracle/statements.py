"""The SQL the stand-in knows beside SELECT and plain tables. What is in no list is ORA-00900."""

from common.grammar import StatementList

statement = StatementList()

# Each adds its own.
from . import directories, grants, pluggable, session_statements, system, users  # noqa: E402, F401

# The others end the transaction, before they do anything.
IN_A_TRANSACTION = (session_statements.commit, session_statements.rollback, session_statements.set_schema, session_statements.set_language)


def run(session, tokens):
    """The message of a listed statement; None where it is in no list."""
    match = statement.match(tokens, whole=True)
    if match is None:
        return None
    _, take, handler = match
    if handler not in IN_A_TRANSACTION:
        session.commit()
    return handler(session, take)
