"""Db2's SQL, as far as the stand-in reads it."""

from common.dialect import Dialect
from common.lexer import Lexer

from .errors import sql

LEXER = Lexer()
REGISTERS = "SERVER USER SCHEMA TIMESTAMP DATE TIME".split()


class Db2Sql(Dialect):
    functions = frozenset("UPPER UCASE LOWER LCASE LENGTH COALESCE VALUE TRIM RTRIM SUBSTR CHAR VARCHAR INTEGER".split())
    niladic = frozenset("USER SESSION_USER SYSTEM_USER CURRENT_TIMESTAMP CURRENT_DATE CURRENT_TIME CURRENT_USER CURRENT_SERVER CURRENT_SCHEMA".split())
    table_functions = True
    types = {
        **dict.fromkeys(("SMALLINT", "INTEGER", "INT", "BIGINT", "BOOLEAN"), "int"),
        **dict.fromkeys(("DECIMAL", "DEC", "NUMERIC", "REAL", "DOUBLE", "FLOAT", "DECFLOAT"), "number"),
        **dict.fromkeys(("CHAR", "CHARACTER", "VARCHAR", "CLOB", "GRAPHIC", "VARGRAPHIC", "DBCLOB"), "text"),
        **dict.fromkeys(("DATE", "TIME", "TIMESTAMP"), "time"),
        **dict.fromkeys(("BLOB", "VARBINARY", "BINARY"), "binary"),
    }

    def fold(self, token):
        return token.value.upper() if token.kind == "word" else token.value

    def heading(self, tree, text, ordinal):
        return tree[1] if tree[0] == "column" else str(ordinal)

    def special(self, cursor):
        for register in REGISTERS:
            if cursor.accept("CURRENT", register):
                return f"CURRENT_{register}"
        return super().special(cursor)

    def identity(self, cursor):
        if not cursor.accept("GENERATED"):
            return None
        always = cursor.accept("ALWAYS")
        if not always:
            cursor.expect("BY", "DEFAULT")
        cursor.expect("AS", "IDENTITY")
        first = step = 1
        if cursor.accept("("):
            while not cursor.accept(")"):
                if cursor.accept("START", "WITH"):
                    first = int(cursor.take("number").value)
                elif cursor.accept("INCREMENT", "BY"):
                    step = int(cursor.take("number").value)
                else:
                    cursor.expect(",")
        return (first, step, always)

    def error(self, kind, **about):
        if about.get("table"):
            about["schema"], about["name"] = about["table"]
        if kind == "long":
            about["cut"] = about["value"]
        codes = {"table": "SQL0204N", "exists": "SQL0601N", "column": "SQL0206N", "duplicate": "SQL0803N", "null": "SQL0407N", "arity": "SQL0117N",
                 "identity": "SQL0798N", "long": "SQL0433N", "number": "SQL0420N", "divide": "SQL0801N"}  # fmt: skip
        if kind == "column":
            about["name"] = about["name"].upper()
        return sql(codes[kind], **about)
