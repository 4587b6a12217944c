"""Oracle's errors, with the texts of 23ai. A statement that is in no list is ORA-00900, and marked as refused."""


class OracleError(Exception):
    def __init__(self, code, text, at=None, refused=False):
        super().__init__(text)
        self.code = code
        self.text = text
        self.at = at  # a place in the statement
        self.refused = refused

    def event(self):
        return {"error": {"code": self.code, "text": f"ORA-{self.code:05}: {self.text}", "at": self.at or 0, "refused": self.refused}}


MESSAGES = {
    1: "unique constraint ({schema}.SYS_C00{number}) violated on table {schema}.{name}",
    900: "invalid SQL statement",
    904: '"{name}": invalid identifier',
    911: "'{near}': invalid character after {after}",
    913: "too many values",
    922: "missing or invalid option",
    942: 'table or view "{schema}"."{name}" does not exist',
    947: "not enough values",
    955: "name is already used by an existing object",
    959: "tablespace '{name}' does not exist",
    972: "The identifier {name} is too long.",
    988: "missing or invalid password(s)",
    990: "missing or invalid privilege",
    1017: "invalid credential or not authorized; logon denied",
    1031: "insufficient privileges",
    1033: "ORACLE initialization or shutdown in progress",
    1034: "The Oracle instance is not available for use. Start the instance.",
    1035: "Login denied. Database only available to users with RESTRICTED SESSION privilege.",
    1045: "Login denied. User {name} does not have CREATE SESSION privilege.",
    1081: "cannot start already-running ORACLE - shut it down first",
    1109: "database is not open",
    1126: "database must be mounted in this instance and not open in any instance",
    1157: "cannot identify/lock data file {number} - see DBWR trace file",
    1400: 'cannot insert NULL into ("{schema}"."{name}"."{column}")',
    1403: "no data found",
    1422: "exact fetch returns more than requested number of rows",
    1435: "user does not exist",
    1476: "divisor is equal to zero",
    1543: "tablespace '{name}' already exists",
    1722: "unable to convert string value containing '{value}' to a number",
    1740: "missing double quote in identifier",
    1741: "illegal zero-length identifier",
    1756: "quoted string not properly terminated",
    1918: "user '{name}' does not exist",
    1919: "Role '{name}' does not exist.",
    1920: "user name '{name}' conflicts with another user or role name",
    1922: "CASCADE must be specified to drop '{name}'",
    1935: "missing user or role name",
    1940: "cannot drop a user that is currently connected",
    1950: "The user {name} has insufficient quota on tablespace {tablespace}.",
    2065: "illegal option for ALTER SYSTEM",
    2095: "specified initialization parameter cannot be modified",
    2096: "specified initialization parameter is not modifiable with this option",
    2153: "invalid VALUES password string",
    2248: "invalid option for ALTER SESSION",
    3113: "end-of-file on communication channel",
    4043: "Object {name} does not exist.",
    12154: "Cannot connect to database. Could not find alias {name} in /opt/oracle/product/23ai/dbhomeFree/network/admin/tnsnames.ora.",
    12514: "Cannot connect to database. Service {name} is not registered with the listener at host {host} port {port}.",
    12541: "Cannot connect. No listener at host {host} port {port}.",
    12545: "Connect failed because target host or object does not exist",
    12899: 'value too large for column "{schema}"."{name}"."{column}" (actual: {length}, maximum: {size})',
    28000: "The account is locked.",
    28009: "connection as SYS should be as SYSDBA or SYSOPER",
    31603: 'object "{name}" of type {kind} not found in schema "SYS"',
    32795: "cannot insert into a generated always identity column",
    43929: "collation cannot be specified if parameter MAX_STRING_SIZE=STANDARD is set",
    56752: "Oracle Database Free memory parameter invalid or out of range",
    65005: "missing or invalid file name pattern for file - {name}",
    65011: "Pluggable database {name} does not exist.",
    65012: "Pluggable database {name} already exists.",
    65016: "FILE_NAME_CONVERT must be specified",
    65017: "seed pluggable database may not be dropped or altered",
    65019: "pluggable database {name} already open",
    65020: "pluggable database {name} already closed",
    65025: "Pluggable database {name} is not closed on all instances.",
    65040: "operation not allowed from within a pluggable database",
    65179: "cannot keep datafiles for a pluggable database that is not unplugged",
}


def ora(code, at=None, **about):
    return OracleError(code, MESSAGES[code].format_map(about), at)


def refused(at=0):
    return OracleError(900, MESSAGES[900], at, refused=True)
