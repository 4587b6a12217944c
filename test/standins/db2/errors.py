"""Db2's errors: SQLnnnnX, the text, the SQLSTATE. A statement that is in no list is SQL0104N, and marked as refused."""


class Db2Error(Exception):
    def __init__(self, code, text, refused=False):
        super().__init__(text)
        self.code = code
        self.text = text
        self.refused = refused

    def event(self):
        return {"error": {"code": self.code, "text": f"{self.code}  {self.text}", "refused": self.refused}}


MESSAGES = {
    "SQL0104N": 'An unexpected token "{near}" was found following "{after}".  SQLSTATE=42601',
    "SQL0117N": "The number of values assigned is not the same as the number of specified or implied columns or variables.  SQLSTATE=42802",
    "SQL0204N": '"{schema}.{name}" is an undefined name.  SQLSTATE=42704',
    "SQL0206N": '"{name}" is not valid in the context where it is used.  SQLSTATE=42703',
    "SQL0407N": 'Assignment of a NULL value to a NOT NULL column "{column}" is not allowed.  SQLSTATE=23502',
    "SQL0420N": 'Invalid character found in a character string argument of the function "DECFLOAT".  SQLSTATE=22018',
    "SQL0433N": 'Value "{cut}" is too long.  SQLSTATE=22001',
    "SQL0551N": 'The statement failed because the authorization ID does not have the required authorization or privilege to perform the operation.  '
                'Authorization ID: "{user}".  Operation: "{action}". Object: "{schema}.{name}".  SQLSTATE=42501',
    "SQL0552N": '"{user}" does not have the privilege to perform operation "{action}".  SQLSTATE=42502',
    "SQL0601N": 'The name of the object to be created is identical to the existing name "{schema}.{name}" of type "TABLE".  SQLSTATE=42710',
    "SQL0798N": 'A value cannot be specified for column "{column}" which is defined as GENERATED ALWAYS.  SQLSTATE=428C9',
    "SQL0801N": "Division by zero was attempted.  SQLSTATE=22012",
    "SQL0803N": 'One or more values in the INSERT statement, UPDATE statement, or foreign key update caused by a DELETE statement are not valid because '
                'the primary key, unique constraint or unique index identified by "1" constrains table "{schema}.{name}" from having duplicate values '
                "for the index key.  SQLSTATE=23505",
    "SQL0911N": 'The current transaction has been rolled back because of a deadlock or timeout.  Reason code "68".  SQLSTATE=40001',
    "SQL1001N": '"{name}" is not a valid database name.  SQLSTATE=2E000',
    "SQL1005N": 'The database alias "{name}" already exists in either the local database directory or system database directory.',
    "SQL1013N": 'The database alias name or database name "{name}" could not be found.  SQLSTATE=42705',
    "SQL1024N": "A database connection does not exist.  SQLSTATE=08003",
    "SQL1025N": "The database manager was not stopped because databases are still active.",
    "SQL1026N": "The database manager is already active.",
    "SQL1032N": "No start database manager command was issued.  SQLSTATE=57019",
    "SQL1035N": "The operation failed because the specified database cannot be connected to in the mode requested.  SQLSTATE=57019",
    "SQL1042C": "An unexpected system error occurred.  SQLSTATE=58004",
    "SQL1051N": 'The path "{path}" does not exist or is not valid.',
    "SQL1060N": 'User "{user}" does not have the CONNECT privilege.  SQLSTATE=08004',
    "SQL1063N": "DB2START processing was successful.",
    "SQL1064N": "DB2STOP processing was successful.",
    "SQL1092N": 'The requested command or operation failed because the user ID does not have the authority to perform the requested command or '
                'operation.  User ID: "{user}".',
    "SQL1117N": 'A connection to or activation of database "{name}" cannot be made because of ROLL-FORWARD PENDING.  SQLSTATE=57019',
    "SQL1224N": "The database manager is not able to accept new requests, has terminated all requests in progress, or has terminated the specified "
                "request because of an error or a forced interrupt.  SQLSTATE=55032",
    "SQL1277N": "No redirected restore operation is under way.",
    "SQL1493N": "The application is already connected to an active database.",
    "SQL1495W": "Deactivate database is successful, however, there is still a connection to the database.",
    "SQL1496W": "Deactivate database is successful, but the database was not activated.",
    "SQL2036N": 'The path for the file, named pipe, or device "{path}" is not valid.',
    "SQL2522N": "More than one backup file matches the time stamp value provided for the backed up database image.",
    "SQL2529W": "Warning! Restoring to an existing database that is different from the backup image database, and the alias name of the existing "
                "database does not match the alias name of the backup image. Do you want to continue ? (y/n) (stand-in: refused: nobody to answer)",
    "SQL2530N": "The backup image is corrupted. Restoring this backup image is not possible.{note}",
    "SQL2532N": 'The backup file contains the backup of database "{name}" taken at timestamp "{stamp}", this is not the backup image requested.',
    "SQL2539W": "The specified name of the backup image to restore is the same as the name of the target database. Restoring to an existing database "
                "that is the same as the backup image database will cause the current database to be overwritten by the backup version. "
                "Do you want to continue ? (y/n) (stand-in: refused: nobody to answer)",
    "SQL2542N": 'No match for a database image file was found based on the source database alias "{name}" and timestamp "{stamp}" provided.{note}',
    "SQL5005C": "The operation failed because the database manager failed to access either the database manager configuration file or the database configuration file.",
    "SQL5123N": 'Database "{name}" cannot be configured because an I/O error occurred while accessing the log control file.',
    "SQL30082N": 'Security processing failed with reason "{reason}" ("{why}").  SQLSTATE=08001',
}


def sql(code, **about):
    return Db2Error(code, MESSAGES[code].format_map({"note": "", **about}))


def unexpected(tokens, at):
    """SQL0104N at the token where a statement leaves the lists."""
    near = tokens[at].value if at < len(tokens) else "END-OF-STATEMENT"
    after = tokens[at - 1].value if at else "BEGIN-OF-STATEMENT"
    return Db2Error("SQL0104N", MESSAGES["SQL0104N"].format(near=near, after=after), refused=True)
