"""SQL Server's errors: Msg number, Level, State, and the text of the vendor's sys.messages."""


class SqlError(Exception):
    def __init__(self, number, level, text, state=1, line=None):
        super().__init__(text)
        self.number = number
        self.level = level
        self.text = text
        self.state = state
        self.line = line

    def event(self, line):
        about = {"number": self.number, "level": self.level, "state": self.state, "line": self.line or line, "text": self.text}
        return {"error": about}


# These end the batch; after any other error the batch goes on with its next statement.
ENDS_BATCH = {102, 105, 207, 208, 213, 245, 911, 916, 924, 942, 945, 8134}

MESSAGES = {
    102: (15, "Incorrect syntax near '{near}'."),
    105: (15, "Unclosed quotation mark after the character string '{near}'."),
    109: (15, "There are more columns in the INSERT statement than values specified in the VALUES clause. "
              "The number of values in the VALUES clause must match the number of columns specified in the INSERT statement."),
    110: (15, "There are fewer columns in the INSERT statement than values specified in the VALUES clause. "
              "The number of values in the VALUES clause must match the number of columns specified in the INSERT statement."),
    207: (16, "Invalid column name '{name}'."),
    208: (16, "Invalid object name '{name}'."),
    213: (16, "Column name or number of supplied values does not match table definition."),
    229: (14, "The {action} permission was denied on the object '{name}', database '{database}', schema '{schema}'."),
    245: (16, "Conversion failed when converting the varchar value '{value}' to data type {type}."),
    262: (14, "{action} permission denied in database '{database}'."),
    515: (16, "Cannot insert the value NULL into column '{column}', table '{database}.{schema}.{name}'; column does not allow nulls. INSERT fails."),
    544: (16, "Cannot insert explicit value for identity column in table '{name}' when IDENTITY_INSERT is set to OFF."),
    911: (16, "Database '{name}' does not exist. Make sure that the name is entered correctly."),
    916: (14, 'The server principal "{login}" is not able to access the database "{name}" under the current security context.'),
    942: (14, "Database '{name}' cannot be opened because it is offline."),
    945: (14, "Database '{name}' cannot be opened due to inaccessible files or insufficient memory or disk space. See the SQL Server errorlog for details."),
    924: (14, 'Database "{name}" is already open and can only have one user at a time.'),
    1222: (16, "Lock request time out period exceeded."),
    1801: (16, "Database '{name}' already exists. Choose a different database name."),
    2627: (14, "Violation of PRIMARY KEY constraint. Cannot insert duplicate key in object '{schema}.{name}'."),
    2628: (16, "String or binary data would be truncated in table '{database}.{schema}.{name}', column '{column}'. Truncated value: '{cut}'."),
    2714: (16, "There is already an object named '{name}' in the database."),
    2760: (16, 'The specified schema name "{schema}" either does not exist or you do not have permission to use it.'),
    3701: (11, "Cannot {verb} the {what} '{name}', because it does not exist or you do not have permission."),
    3702: (16, 'Cannot drop database "{name}" because it is currently in use.'),
    3708: (16, "Cannot {verb} the database '{name}' because it is a system database."),
    3902: (16, "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    3903: (16, "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION."),
    3906: (16, 'Failed to update database "{name}" because the database is read-only.'),
    4060: (11, 'Cannot open database "{name}" requested by the login. The login failed.'),
    4064: (11, "Cannot open user default database. Login failed."),
    5011: (14, "User does not have permission to alter database '{name}', the database does not exist, or the database is not in a state that allows access checks."),
    5058: (16, "Option '{option}' cannot be set in database '{name}'."),
    5070: (16, "Database state cannot be changed while other users are using the database '{name}'"),
    5123: (16, "CREATE FILE encountered operating system error 5(Access is denied.) while attempting to open or create the physical file '{name}'."),
    6004: (14, "User does not have permission to perform this action."),
    8134: (16, "Divide by zero error encountered."),
    15007: (16, "'{name}' is not a valid login or you do not have permission."),
    15023: (16, "User, group, or role '{name}' already exists in the current database."),
    15025: (16, "The server principal '{name}' already exists."),
    15063: (16, "The login already has an account under a different user name."),
    15110: (16, "The proposed new database owner is already a user or aliased in the database."),
    15123: (16, "The configuration option '{name}' does not exist, or it may be an advanced option."),
    15129: (16, "'{value}' is not a valid value for configuration option '{name}'."),
    15151: (16, "Cannot {verb} the {what} '{name}', because it does not exist or you do not have permission."),
    15174: (16, "Login '{name}' owns one or more database(s). Change the owner of the database(s) before dropping the login."),
    15247: (16, "User does not have permission to perform this action."),
    15434: (16, "Could not drop login '{name}' as the user is currently logged in."),
    18401: (14, "Login failed for user '{name}'. Reason: Server is in script upgrade mode. Only administrator can connect at this time."),
    18456: (14, "Login failed for user '{name}'."),
    18470: (14, "Login failed for user '{name}'. Reason: The account is disabled."),
    33062: (16, "Password validation failed. The password does not meet SQL Server password policy requirements because it is too short. "
                "The password must be at least 8 characters."),
    33063: (16, "Password validation failed. The password does not meet SQL Server password policy requirements because it is too long. "
                "The password must be at most 128 characters."),
    33064: (16, "Password validation failed. The password does not meet SQL Server password policy requirements because it is not complex enough. "
                "The password must be at least 8 characters long and contain characters from three of the following four sets: "
                "Uppercase letters, Lowercase letters, Base 10 digits, and Symbols."),
}


def msg(number, **about):
    level, text = MESSAGES[number]
    return SqlError(number, level, text.format_map(about))


def password_fault(password):
    """The policy that CHECK_POLICY and the first start hold a password to; None where it is met."""
    if len(password) < 8:
        return msg(33062)
    if len(password) > 128:
        return msg(33063)
    classes = (str.isupper, str.islower, str.isdigit, lambda letter: not letter.isalnum())
    if sum(any(map(of_class, password)) for of_class in classes) < 3:
        return msg(33064)
    return None
