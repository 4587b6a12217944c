"""Oracle's SQL, as far as the stand-in reads it."""

from common.dialect import Dialect
from common.lexer import Lexer

from .errors import ora

LEXER = Lexer(doubling=False)


class OracleSql(Dialect):
    functions = frozenset("UPPER LOWER LENGTH SUBSTR TRIM NVL COALESCE TO_CHAR TO_NUMBER TO_DATE TO_TIMESTAMP SYS_CONTEXT SYS_GUID DBMS_METADATA.GET_DDL".split())
    niladic = frozenset("USER SYSDATE SYSTIMESTAMP CURRENT_TIMESTAMP CURRENT_DATE LOCALTIMESTAMP UID SQLCODE SQLERRM".split())
    exact_division = True
    types = {
        **dict.fromkeys(("INTEGER", "INT", "SMALLINT"), "int"),
        **dict.fromkeys(("NUMBER", "DECIMAL", "NUMERIC", "FLOAT", "BINARY_FLOAT", "BINARY_DOUBLE"), "number"),
        **dict.fromkeys(("VARCHAR2", "NVARCHAR2", "VARCHAR", "CHAR", "NCHAR", "CLOB", "NCLOB", "JSON"), "text"),
        **dict.fromkeys(("DATE", "TIMESTAMP"), "time"),
        **dict.fromkeys(("RAW", "BLOB"), "binary"),
        "BOOLEAN": "int",
        "PLS_INTEGER": "int",
    }

    def fold(self, token):
        return token.value.upper() if token.kind == "word" else token.value

    def concatenate(self, left, right):
        """In Oracle an empty string and NULL are one."""
        return right if left is None else left

    def heading(self, tree, text, ordinal):
        return tree[1] if tree[0] == "column" else text.upper().replace(" ", "")

    def type_suffixes(self, name):
        return (("WITH", "LOCAL", "TIME", "ZONE"), ("WITH", "TIME", "ZONE")) if name == "TIMESTAMP" else ()

    def identity(self, cursor):
        if not cursor.accept("GENERATED"):
            return None
        always = cursor.accept("ALWAYS")
        if not always:
            cursor.expect("BY", "DEFAULT")
            cursor.accept("ON", "NULL")
        cursor.expect("AS", "IDENTITY")
        return (1, 1, always)

    def after_drop(self, cursor):
        cursor.accept("CASCADE", "CONSTRAINTS")
        cursor.accept("PURGE")

    def convert(self, value, kind, column=None, table=None):
        return super().convert(None if value == "" else value, kind, column, table)

    def error(self, kind, **about):
        if about.get("table"):
            about["schema"], about["name"] = about["table"]
        about["number"] = 8000
        codes = {"table": 942, "exists": 955, "column": 904, "duplicate": 1, "null": 1400, "identity": 32795, "long": 12899, "number": 1722, "divide": 1476}
        if kind == "arity":
            return ora(947 if about["fewer"] else 913)
        if kind == "column":
            about["name"] = about["name"].upper()
        return ora(codes[kind], **about)
