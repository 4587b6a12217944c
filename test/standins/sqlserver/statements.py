"""The T-SQL the stand-in knows beside SELECT and plain tables. What is in no list is error 102."""

from common.grammar import StatementList

statement = StatementList()

# Each adds its own.
from . import backups, databases, logins, options, session_statements, users  # noqa: E402, F401
