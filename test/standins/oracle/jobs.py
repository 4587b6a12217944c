"""Data Pump's jobs, in the server: what schemas hold goes into a file of a directory object, and comes back from it (facts 3.6; Oracle Database Utilities).

Exit codes: 0; 5 where the job ended but something was left out or was there already; 1 where there was no job.
"""

import json
import os
import re

from common import artefact

from .database import ROLES
from .errors import OracleError, ora

KIND = "Oracle Data Pump dump (stand-in)"
# Users of Oracle's own: never exported. That SYSTEM's tables are not either is the harsher reading of a support note.
MAINTAINED = ("SYS", "SYSTEM", "OPS$ORACLE")
PLACES = "/opt/oracle/oradata"  # facts 3.6 have the directory below it
EXCLUDED = "USER SYSTEM_GRANT ROLE_GRANT DEFAULT_ROLE TABLESPACE_QUOTA STATISTICS".split()


class Invalid(Exception):
    """There is no job: the lines that say why."""

    def __init__(self, *lines):
        super().__init__(lines[0])
        self.lines = lines


def bad_file(*lines):
    return Invalid("ORA-39001: invalid argument value", "ORA-39000: bad dump file specification", *lines)


def bad_directory(line):
    return Invalid("ORA-39002: invalid operation", "ORA-39070: Unable to open the log file.", line)


class Job:
    def __init__(self, session, title, parameters):
        self.session = session
        self.title = title
        self.given = parameters
        self.container = session.container
        self.said = []
        self.errors = 0

    def run(self):
        """The events of the job."""
        try:
            self.directory()
            self.said.append(f'Starting "{self.session.user}"."SYS_{self.title.upper()}_{self.mode()}_01":  {self.session.user}/******** ')
            self.export() if self.title == "Export" else self.load()
        except Invalid as fault:
            return [{"output": line} for line in fault.lines] + [{"output": "", "code": 1}]
        except OracleError as error:
            return [{"output": f"ORA-39006: internal error\nORA-{error.code:05}: {error.text}", "code": 1}]
        ending = f"completed with {self.errors} error(s)" if self.errors else "successfully completed"
        self.said.append(f'Job "{self.session.user}"."SYS_{self.title.upper()}_{self.mode()}_01" {ending}')
        log = self.given.get("logfile", f"{self.title.lower()}.log")
        if not self.switch("nologfile"):
            with open(os.path.join(self.path, log), "w") as file:
                file.write("\n".join(self.said) + "\n")
        return [{"output": "\n".join(self.said), "code": 5 if self.errors else 0}]

    def error(self, *lines):
        self.said += lines
        self.errors += 1

    # Parameters

    def switch(self, name):
        value = self.given.get(name, "n").lower()
        if value not in ("y", "yes", "n", "no"):
            raise Invalid("ORA-39001: invalid argument value", f"LRM-00121: '{value}' is not an allowable value for '{name}'")
        return value in ("y", "yes")

    def names(self, text):
        """a, "b": folded unless in quotes"""
        return [name[1:-1] if name.startswith('"') else name.upper() for name in re.findall(r'"[^"]+"|[^,"\s]+', text)]

    def pairs(self, name):
        """from:to, from:to"""
        found = {}
        for pair in filter(None, self.given.get(name, "").split(",")):
            sides = self.names(pair.replace(":", ","))
            if len(sides) != 2:
                raise Invalid("ORA-39001: invalid argument value", f"ORA-39046: Metadata remap {name.upper()} has already been specified or is invalid.")
            found[sides[0]] = sides[1]
        return found

    def mode(self):
        return "FULL" if self.switch("full") else "SCHEMA"

    def full_or_schemas(self):
        if self.switch("full") and "schemas" in self.given:
            raise Invalid("UDE-00010: multiple job modes requested, schema and full.")

    def directory(self):
        name = self.names(self.given.get("directory", ""))[:1]
        if not name:
            raise bad_directory("ORA-39145: directory object parameter must be specified and non-null")
        about = self.container.system.fact(f"directory {name[0]}")
        if about is None or not (self.session.user in about["users"] or self.session.user == "SYS"):
            raise bad_directory(f"ORA-39087: directory name {name[0]} is invalid")
        self.path = about["path"]
        if not os.path.isdir(self.path) or not artefact.inside(self.path, PLACES):
            note = "" if not os.path.isdir(self.path) else f"\nstand-in: refused: {self.path} is not below {PLACES}"
            raise bad_directory("ORA-29283: invalid file operation: nonexistent file or path [29434]" + note)
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise bad_directory("ORA-29283: invalid file operation: cannot open file [29435]")

    def file(self):
        name = self.given.get("dumpfile", "")
        if not re.fullmatch(r"[\w.-]+", name):  # no further directory, no list, no %U
            raise bad_file(f'ORA-39088: file name cannot contain a path specification: "{name}"')
        return os.path.join(self.path, name)

    # Export

    def export(self):
        self.full_or_schemas()
        path, session = self.file(), self.session
        privileged = session.power or "DATAPUMP_EXP_FULL_DATABASE" in self.roles()
        if self.switch("full"):
            if not privileged:
                raise Invalid("ORA-31631: privileges are required", "ORA-39161: Full database jobs require privileges")
            wanted = [user["name"] for user in session.users() if user["name"] not in MAINTAINED]
        else:
            wanted = self.names(self.given.get("schemas", f'"{session.user}"'))
            if not privileged and wanted != [session.user]:
                raise Invalid("ORA-31631: privileges are required", "ORA-39109: Unprivileged users may not operate upon other users' schemas")
        if os.path.exists(path) and not self.switch("reuse_dumpfiles"):
            raise bad_file(f'ORA-31641: unable to create dump file "{path}"', "ORA-27038: created file already exists\nAdditional information: 1")
        if os.path.exists(path) and not os.access(path, os.W_OK):
            raise bad_file(f'ORA-31641: unable to create dump file "{path}"', "ORA-27040: file create error, unable to create file\nLinux-x86_64 Error: 13: Permission denied")
        schemas = {}
        for name in wanted:
            if session.database.user(self.container, name) is None or name in MAINTAINED:
                self.error(f"ORA-39165: Schema {name} was not found.")
            else:
                schemas[name] = self.schema(name, privileged)
        if not schemas:
            self.error("ORA-31655: no data or metadata objects selected for job")
            return
        artefact.write(path, KIND, {"full": self.switch("full"), "tablespaces": self.container.tablespaces}, json.dumps(schemas).encode())
        self.said.append(f'Master table "{session.user}"."SYS_EXPORT_{self.mode()}_01" successfully loaded/unloaded\n  {path}')

    def schema(self, name, privileged):
        system, store = self.container.system, self.session.store
        tables = {table: store.dump(owner, table) for owner, table in store.names() if owner == name}
        self.said += [f'. . exported "{name}"."{table}" {len(dumped["rows"])} rows' for table, dumped in tables.items()]
        user = self.session.database.user(self.container, name)
        about = {"user": user, "grants": self.container.grants(name), "quota": system.fact(f"quota {name}", {})} if privileged else {}
        return {**about, "tablespace": user["tablespace"], "tables": tables}

    def roles(self):
        """DBA has the two roles of Data Pump."""
        granted = set(self.container.grants(self.session.user))
        return granted | ({role for role in ROLES if role.startswith("DATAPUMP_")} if "DBA" in granted else set())

    # Import

    def load(self):
        self.full_or_schemas()
        schemas = self.opened(self.file())
        privileged = self.session.power or "DATAPUMP_IMP_FULL_DATABASE" in self.roles()
        self.renamed, self.moved = self.pairs("remap_schema"), self.pairs("remap_tablespace")
        self.action = self.given.get("table_exists_action", "skip").lower()
        if self.action not in ("skip", "append", "truncate", "replace"):
            raise Invalid("ORA-39001: invalid argument value", f"LRM-00121: '{self.action}' is not an allowable value for 'table_exists_action'")
        self.left_out = self.names(self.given.get("exclude", ""))
        for name in self.left_out:
            if name not in EXCLUDED:
                raise Invalid("ORA-39001: invalid argument value", f"ORA-39041: Filter \"EXCLUDE\" either identifies all object types or no object types. (stand-in: refused: {name})")
        wanted = self.names(self.given["schemas"]) if "schemas" in self.given else list(schemas)
        if not privileged and (self.renamed or any(name != self.session.user for name in wanted)):
            raise Invalid("ORA-31631: privileges are required", "ORA-39122: Unprivileged users may not perform SCHEMA remappings.")
        missing = [name for name in wanted if name not in schemas]
        for name in missing:
            self.error(f"ORA-39165: Schema {name} was not found.")
        if self.about["full"] and self.switch("full"):
            self.tablespaces()
        for name in wanted:
            if name in schemas:
                self.load_schema(self.renamed.get(name, name), name, schemas[name])

    def opened(self, path):
        try:
            self.about, content = artefact.read(path, KIND)
        except artefact.Unusable as fault:
            missing = f'ORA-31640: unable to open dump file "{path}" for read'
            raise {
                "missing": bad_file(missing, "ORA-27037: unable to obtain file status\nLinux-x86_64 Error: 2: No such file or directory"),
                "denied": bad_file(missing, f"ORA-27041: unable to open file\nLinux-x86_64 Error: 13: Permission denied{fault.note}"),
            }.get(fault.why, bad_file(f'ORA-31619: invalid dump file "{path}"'))
        return json.loads(content)

    def tablespaces(self):
        """A whole database brings its tablespaces: those that are there already make every such import end with errors, and exit code 5."""
        for name in self.about["tablespaces"]:
            if name in self.container.tablespaces:
                if name not in ("SYSTEM", "SYSAUX"):
                    self.error(f'ORA-31684: Object type TABLESPACE:"{name}" already exists')
            else:
                self.container.add_tablespace(name)

    def load_schema(self, name, source, dumped):
        tablespace = self.moved.get(dumped["tablespace"], dumped["tablespace"])
        if "user" in dumped and "USER" not in self.left_out:
            self.load_user(name, source, dumped["user"], tablespace)
        if self.session.database.user(self.container, name) is None:
            for table in dumped["tables"]:
                self.error(f'ORA-39083: Object type TABLE:"{name}"."{table}" failed to create with error:', f"ORA-01918: user '{name}' does not exist")
            return
        self.load_grants(name, dumped)
        for table, content in dumped["tables"].items():
            self.load_table(name, table, content, tablespace)

    def load_user(self, name, source, user, tablespace):
        database = self.session.database
        if database.user(self.container, name):
            self.error(f'ORA-31684: Object type USER:"{name}" already exists')
        elif tablespace not in self.container.tablespaces:
            self.error(f'ORA-39083: Object type USER:"{name}" failed to create with error:', f"ORA-00959: tablespace '{tablespace}' does not exist")
        else:
            # Utilities, REMAP_SCHEMA: a user that is made under another name needs a new password before it can log in.
            kept = user["hash"] if name == source else None
            database.save_user(self.container, {**user, "name": name, "tablespace": tablespace, "hash": kept, "common": False})

    def load_grants(self, name, dumped):
        system = self.container.system
        if "grants" in dumped:
            roles = [grant for grant in dumped["grants"] if (grant in ROLES) and "ROLE_GRANT" not in self.left_out]
            privileges = [grant for grant in dumped["grants"] if grant not in ROLES and "SYSTEM_GRANT" not in self.left_out]
            kept = self.container.grants(name)
            system.remember(f"grants {name}", [*kept, *(grant for grant in roles + privileges if grant not in kept)])
        if "quota" in dumped and "TABLESPACE_QUOTA" not in self.left_out:
            quota = {self.moved.get(tablespace, tablespace): amount for tablespace, amount in dumped["quota"].items()}
            system.remember(f"quota {name}", {**system.fact(f"quota {name}", {}), **quota})

    def load_table(self, owner, table, dumped, tablespace):
        store, here = self.session.store, f'"{owner}"."{table}"'
        if tablespace not in self.container.tablespaces:
            self.error(f"ORA-39083: Object type TABLE:{here} failed to create with error:", f"ORA-00959: tablespace '{tablespace}' does not exist")
            return
        if store.find(owner, table):
            if self.action == "skip":
                self.error(f"ORA-39151: Table {here} exists. All dependent metadata and data will be skipped due to table_exists_action of skip")
                return
            if self.action == "replace":
                store.drop(owner, table)
            elif self.action == "truncate":
                store.delete(owner, table, [rowid for rowid, _ in store.numbered(owner, table)])
        if not store.find(owner, table):
            store.create(owner, table, dumped["columns"], dumped["keys"])
        try:
            store.load(owner, table, dumped)
            self.said.append(f'. . imported {here} {len(dumped["rows"])} rows')
        except OracleError as error:
            self.error(f"ORA-31693: Table data object {here} failed to load/unload and is being skipped due to error:", f"ORA-{error.code:05}: {error.text}")
        store.commit()


def run(session, title, parameters):
    if session.container is None or session.container.mode != "READ WRITE":
        raise ora(1109)
    return Job(session, title, parameters).run()
