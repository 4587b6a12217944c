"""SQL Server's errors: Msg number, Level, State, and the text of the vendor's sys.messages."""


class SqlError(Exception):
    def __init__(self, number, level, text, state=1, line=None):
        super().__init__(text)
        self.number = number
        self.level = level
        self.text = text
        self.state = state
        self.line = line
        self.followers = []  # what the server says after it

    def event(self, line):
        about = {"number": self.number, "level": self.level, "state": self.state, "line": self.line or line, "text": self.text}
        return {"error": about}

    def events(self, line):
        return [self.event(line), *(follower.event(line) for follower in self.followers)]


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
    1834: (16, "The file '{name}' cannot be overwritten.  It is being used by database '{database}'."),
    1844: (16, "BACKUP DATABASE WITH COMPRESSION is not supported on {edition}."),
    2627: (14, "Violation of PRIMARY KEY constraint. Cannot insert duplicate key in object '{schema}.{name}'."),
    2628: (16, "String or binary data would be truncated in table '{database}.{schema}.{name}', column '{column}'. Truncated value: '{cut}'."),
    2714: (16, "There is already an object named '{name}' in the database."),
    2760: (16, 'The specified schema name "{schema}" either does not exist or you do not have permission to use it.'),
    3013: (16, "{verb} is terminating abnormally."),
    3021: (16, "Cannot perform a backup or restore operation within a transaction."),
    3101: (16, "Exclusive access could not be obtained because the database is in use."),
    3102: (16, "RESTORE cannot process database '{name}' because it is in use by this session. "
               "It is recommended that the master database be used when performing this operation."),
    3108: (16, "To restore the master database, the server must be running in single-user mode."),
    3110: (14, "User does not have permission to RESTORE database '{name}'."),
    3119: (16, "Problems were identified while planning for the RESTORE statement. Previous messages provide details."),
    3147: (16, "Backup and restore operations are not allowed on database tempdb."),
    3154: (16, "The backup set holds a backup of a database other than the existing '{name}' database."),
    3156: (16, "File '{logical}' cannot be restored to '{name}'. Use WITH MOVE to identify a valid location for the file."),
    3159: (16, 'The tail of the log for the database "{name}" has not been backed up. Use BACKUP LOG WITH NORECOVERY to backup the log if it contains '
               "work you do not want to lose. Use the WITH REPLACE or WITH STOPAT clause of the RESTORE statement to just overwrite the contents of the log."),
    3169: (16, "The database was backed up on a server running version {theirs}. That version is incompatible with this server, which is running "
               "version {ours}. Either restore the database on a server that supports the backup, or use a backup that is compatible with this server."),
    3176: (16, "File '{name}' is claimed by '{logical}'(2) and '{other}'(1). The WITH MOVE clause can be used to relocate one or more files."),
    3187: (16, "RESTORE WITH CHECKSUM cannot be specified because the backup set does not contain checksum information."),
    3189: (16, "Damage to the backup set was detected."),
    3201: (16, "Cannot open backup device '{name}'. Operating system error {cause}."),
    3203: (16, 'Read on "{name}" failed: 38(Reached the end of the file.)'),
    3234: (16, "Logical file '{name}' is not part of database '{database}'. Use RESTORE FILELISTONLY to list the logical file names."),
    3241: (16, "The media family on device '{name}' is incorrectly formed. SQL Server cannot process this media family."),
    3634: (16, "The operating system returned the error '5(Access is denied.)' while attempting 'RestoreContainer::ValidateTargetForCreation' on '{name}'."),
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
    5133: (16, 'Directory lookup for the file "{name}" failed with the operating system error 2(The system cannot find the file specified.).'),
    5170: (16, "Cannot create file '{name}' because it already exists. Change the file path or the file name, and retry the operation."),
    6004: (14, "User does not have permission to perform this action."),
    8134: (16, "Divide by zero error encountered."),
    15007: (16, "'{name}' is not a valid login or you do not have permission."),
    15021: (16, "Invalid value given for parameter {name}. Specify a valid parameter value."),
    15023: (16, "User, group, or role '{name}' already exists in the current database."),
    15025: (16, "The server principal '{name}' already exists."),
    15063: (16, "The login already has an account under a different user name."),
    15110: (16, "The proposed new database owner is already a user or aliased in the database."),
    15123: (16, "The configuration option '{name}' does not exist, or it may be an advanced option."),
    15129: (16, "'{value}' is not a valid value for configuration option '{name}'."),
    15151: (16, "Cannot {verb} the {what} '{name}', because it does not exist or you do not have permission."),
    15174: (16, "Login '{name}' owns one or more database(s). Change the owner of the database(s) before dropping the login."),
    15247: (16, "User does not have permission to perform this action."),
    15419: (16, "Supplied parameter sid should be binary(16)."),
    15433: (16, "Supplied parameter sid is in use."),
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
