"""The commands and the SQL the stand-in knows beside SELECT, VALUES and plain tables. What is in no list is SQL0104N."""

from common.cursor import Cursor, Syntax
from common.grammar import StatementList
from common.query import Query
from common.tables import Tables

from .answers import done
from .errors import Db2Error, unexpected

statement = StatementList()

# Each adds its own.
from . import authorities, backups, connections, databases, settings  # noqa: E402, F401


def run(session, tokens):
    """{"text"} or {"headings", "rows"}; "sql" where SQL was run."""
    match = statement.match(tokens, whole=True)
    if match:
        _, take, handler = match
        return handler(session, take)
    if not Tables(session).begins(tokens, 0) and not (tokens and tokens[0].says("VALUES")):
        raise unexpected(tokens, 0)
    session.connected()
    try:
        return data(session, tokens)
    except Db2Error:
        if session.autocommit:
            session.tables.rollback()
        raise
    except Syntax as error:
        raise unexpected(tokens, tokens.index(error.token) if error.token else len(tokens))


def data(session, tokens):
    tables = Tables(session)
    if tokens and tokens[0].says("VALUES"):
        return values(session, tokens)
    end, work = tables.read(tokens)
    if end != len(tokens):
        raise unexpected(tokens, end)
    result = work()
    if session.autocommit:
        session.tables.commit()
    if "rows" in result:
        return {**result, "sql": True}
    missing = result.get("count") == 0
    if missing and result["verb"] in ("UPDATE", "DELETE"):
        no_row = "SQL0100W  No row was found for FETCH, UPDATE or DELETE; or the result of a\nquery is an empty table.  SQLSTATE=02000"
        return {"text": no_row, "code": 1}
    return done("SQL")


def values(session, tokens):
    cursor = Cursor(tokens, 1)
    query = Query(cursor, session)
    rows = [cursor.list(query.expressions.value) if cursor.says("(") else [query.expressions.value()]]
    while cursor.accept(","):
        rows.append(cursor.list(query.expressions.value) if cursor.says("(") else [query.expressions.value()])
    cursor.end()
    found = [[query.evaluator.value(tree, {}) for tree in row] for row in rows]
    return {"headings": [str(number) for number in range(1, len(found[0]) + 1)], "rows": found, "sql": True}
