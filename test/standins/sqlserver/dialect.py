"""Transact-SQL, as far as the stand-in reads it."""

from common.dialect import Dialect
from common.expressions import Binary
from common.lexer import Lexer

from .errors import SqlError, msg

FUNCTIONS = """SERVERPROPERTY DATABASEPROPERTYEX CONNECTIONPROPERTY DB_ID DB_NAME SUSER_ID SUSER_SID SUSER_NAME SUSER_SNAME ORIGINAL_LOGIN
    USER_NAME USER_ID DATABASE_PRINCIPAL_ID OBJECT_ID SCHEMA_NAME IS_SRVROLEMEMBER IS_MEMBER HAS_DBACCESS CONVERT UPPER LOWER LEN ISNULL
    COALESCE CONCAT QUOTENAME LOGINPROPERTY GETDATE GETUTCDATE SYSDATETIME SYSUTCDATETIME NEWID"""
NILADIC = "@@VERSION @@SERVERNAME @@SERVICENAME @@SPID @@TRANCOUNT @@ROWCOUNT SYSTEM_USER CURRENT_USER SESSION_USER CURRENT_TIMESTAMP"
STARTERS = """SELECT INSERT UPDATE DELETE TRUNCATE CREATE ALTER DROP IF ELSE BEGIN END EXEC EXECUTE USE PRINT SET GRANT REVOKE DENY COMMIT ROLLBACK
    SHUTDOWN RECONFIGURE CHECKPOINT BACKUP RESTORE DBCC DECLARE RETURN WAITFOR KILL WHILE WITH SAVE MERGE"""


class TransactSql(Dialect):
    functions = frozenset(FUNCTIONS.split())
    niladic = frozenset(NILADIC.split())
    starters = frozenset(STARTERS.split())
    top = True
    identity_hidden = True
    types = {
        **dict.fromkeys(("BIT", "TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT"), "int"),
        **dict.fromkeys(("DECIMAL", "NUMERIC", "MONEY", "SMALLMONEY", "FLOAT", "REAL"), "number"),
        **dict.fromkeys(("CHAR", "VARCHAR", "NCHAR", "NVARCHAR", "SYSNAME", "TEXT", "NTEXT", "UNIQUEIDENTIFIER", "XML"), "text"),
        **dict.fromkeys(("DATE", "TIME", "DATETIME", "DATETIME2", "SMALLDATETIME", "DATETIMEOFFSET"), "time"),
        **dict.fromkeys(("BINARY", "VARBINARY"), "binary"),
    }

    def __init__(self, session=None):
        self.session = session

    def comparable(self, text):
        return text.casefold().rstrip(" ")  # the default collation, SQL_Latin1_General_CP1_CI_AS

    def comparable_name(self, name):
        return name.casefold()

    def heading(self, tree, text, ordinal):
        return tree[2] if tree[0] == "column" else ""

    def identity(self, cursor):
        if not cursor.accept("IDENTITY"):
            return None
        if not cursor.says("("):
            return (1, 1, True)
        first, step = cursor.list(lambda: int(cursor.take("number").value))
        return (first, step, True)

    def convert(self, value, kind, column=None, table=None):
        if isinstance(value, Binary) and kind["class"] == "text":  # the bytes become letters; as hexadecimal digits only CONVERT gives them
            value = bytes.fromhex(value[2:]).decode("latin-1")
        return super().convert(value, kind, column, table)

    def error(self, kind, **about):
        schema, name = about.get("schema"), about.get("name")
        if "table" in about and about["table"]:
            schema, name = about["table"]
        about = {**about, "schema": schema, "name": name, "database": self.session.database if self.session else "master"}
        if kind == "table" and about.get("verb") == "drop":
            return msg(3701, **{**about, "verb": "drop", "what": "table"})
        if kind == "table":
            return msg(208, name=name if schema == "dbo" else f"{schema}.{name}")
        if kind == "arity":
            return msg(213 if not about["listed"] else (109 if about["fewer"] else 110))
        if kind == "long":
            about["cut"] = about["value"][: about["size"]]
        numbers = {"exists": 2714, "column": 207, "duplicate": 2627, "null": 515, "identity": 544, "long": 2628, "number": 245, "divide": 8134}
        about["type"] = str(about.get("type", "int")).lower()
        return msg(numbers[kind], **about)


def lexer(quoted_identifiers):
    """sqlcmd sets QUOTED_IDENTIFIER off unless it is called with -I: then "x" is a string."""
    return Lexer(brackets=True, double_quotes="quoted" if quoted_identifiers else "string")


def near(token):
    """Error 102, for what is in no list. The real one has level 15, which `sqlcmd -b -V 16` passes over: too quiet for a refusal."""
    return SqlError(102, 16, f"Incorrect syntax near '{token.value if token else 'end of batch'}'.")
