"""SQL*Plus: its own commands, what ends a statement, substitution, and exit codes."""

import os
import re
import sys

from common import wire

from . import logon
from .output import Output

BLOCK = r"(begin|declare)\b|create\s+(or\s+replace\s+)?(function|procedure|trigger|package|type)\b"
LONGEST_LINE = 4999
SQL_WORDS = """select insert update delete merge create alter drop grant revoke truncate commit rollback savepoint lock call comment explain analyze
    audit noaudit purge rename with flashback begin declare""".split()


class Exit(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


class SqlPlus:
    def __init__(self):
        self.out = Output()
        self.channel = None
        self.on_sql_error = None  # (code as written, commit?) once WHENEVER SQLERROR EXIT is said
        self.on_os_error = None
        self.last_code = 0
        self.refused = False
        self.commands = {
            "connect": self.connect, "disconnect": self.disconnect, "exit": self.exit, "quit": self.exit, "whenever": self.whenever,
            "set": self.out.set, "show": self.show, "prompt": self.out.line, "rem": lambda rest: None, "remark": lambda rest: None,
            "column": lambda rest: None, "startup": self.startup, "shutdown": self.shutdown, "start": self.start, "execute": self.execute,
        }  # fmt: skip
        self.commands |= {"conn": self.connect, "disc": self.disconnect, "col": self.commands["column"], "exec": self.execute}

    # Lines

    def script(self, lines):
        """Runs an iterator of lines; a line is a command, or a piece of a statement."""
        buffer = []
        for raw in lines:
            line = raw.rstrip("\r\n")
            if len(line) > LONGEST_LINE:
                self.out.line(f"SP2-0027: Input is too long (> {LONGEST_LINE} characters) - line ignored")
                self.refused = True
                continue
            line = self.substituted(line, lines)
            if not buffer and self.is_command(line):
                self.command(line)
                continue
            buffer = self.more(buffer, line)

    def more(self, buffer, line):
        """The buffer after one more line of a statement; the statement runs where this line ends it."""
        text = line.strip()
        block = bool(buffer or text) and re.match(BLOCK, "\n".join([*buffer, line]).strip(), re.IGNORECASE)
        if text == "/":
            if buffer:
                self.sql("\n".join(buffer), bool(block))
            return []
        if not text and not block and not self.out.settings["SQLBLANKLINES"]:
            return []  # an empty line ends a statement without running it
        if not buffer and not text:
            return []
        buffer = [*buffer, line]
        if text.endswith(";") and not block:
            self.sql("\n".join(buffer).rstrip().removesuffix(";"), False)
            return []
        return buffer

    def substituted(self, line, lines):
        found = re.search(r"&&?(\w+)", line)
        if found and self.out.settings["DEFINE"]:
            self.out.line(f"Enter value for {found.group(1).lower()}: ")
            print("SQL*Plus: stand-in: refused: & asks for a value, and would take the script's next line for it. SET DEFINE OFF.", file=sys.stderr)
            raise Exit(1)
        return line

    def is_command(self, line):
        """Whatever begins no SQL is a command, known or not."""
        text = line.strip()
        word = re.match(r"\w*", text).group().lower()
        return bool(text) and text not in ("/", ";") and word not in SQL_WORDS

    def command(self, line):
        text = line.strip()
        if text.startswith("--") or (text.startswith("/*") and text.endswith("*/")):
            return
        if text.startswith("@"):
            self.start(text.lstrip("@"))
            return
        word, _, rest = text.partition(" ")
        word = word.rstrip(";").lower()
        if word not in self.commands:
            self.refuse(f'SP2-0734: unknown command beginning "{word[:10]}..." - rest of line ignored.')
            return
        self.commands[word](rest if word == "prompt" else rest.strip().removesuffix(";").strip())

    def refuse(self, text):
        """The vendor's message; and as the vendor's exit code would be 0, the end is 1 all the same."""
        self.out.line(text)
        print("SQL*Plus: stand-in: refused: not in the list of commands.", file=sys.stderr)
        self.refused = True

    def start(self, rest):
        path = rest.split()[0].rstrip(";")
        path = path if os.path.exists(path) or path.endswith(".sql") else path + ".sql"
        try:
            with open(path) as file:
                lines = iter(file.readlines())
        except OSError:
            self.out.line(f'SP2-0310: unable to open file "{path}"')
            if self.on_os_error:
                self.leave(*self.on_os_error)
            return
        self.script(lines)

    # Connections

    def connect(self, rest, first=False):
        """True where it worked. A failure leaves no connection, and is no error for WHENEVER SQLERROR: CONNECT is no SQL."""
        parts = logon.read(rest)
        if parts is None:
            self.out.line('SP2-0306: Invalid option.\nUsage: CONN[ECT] [{logon|/|proxy} [AS {SYSDBA|SYSOPER}]]')
            return False
        self.disconnect("")
        if parts["password"] is None and parts["user"]:
            self.out.line("Enter password: ")
            parts["password"] = sys.stdin.readline().rstrip("\r\n")
        self.channel, answer = logon.log_on(parts)
        if "error" in answer:
            self.out.error(answer["error"]["text"])
            self.disconnect("")
            return False
        if not first:
            self.out.message("Connected to an idle instance." if answer["session"]["idle"] else "Connected.")
        return True

    def first_logon(self, who, tries):
        """-L asks once, without it three times."""
        for _ in range(tries):
            if self.connect(who, first=True):
                return
        if tries > 1:
            self.out.line("SP2-0157: unable to CONNECT to ORACLE after 3 attempts, exiting SQL*Plus")
        raise Exit(1)

    def disconnect(self, rest):
        if self.channel:
            self.channel.close()
        self.channel = None

    def ask(self, message):
        if self.channel is None:
            self.out.line("SP2-0640: Not connected")
            return []
        try:
            return self.channel.ask(message)["events"]
        except wire.Lost:
            self.disconnect("")
            return [{"error": {"code": 3113, "text": "ORA-03113: end-of-file on communication channel", "at": 0, "refused": False}}]

    # Statements

    def sql(self, text, block):
        self.shown(self.ask({"sql": text, "block": block}), text)
        if self.out.settings["AUTOCOMMIT"] and self.channel:
            self.ask({"end": "commit"})

    def execute(self, rest):
        self.sql(f"BEGIN {rest}; END;", True)

    def startup(self, rest):
        words = rest.upper().split()
        if words not in ([], ["OPEN"], ["MOUNT"]):
            self.refuse("SP2-0714: invalid combination of STARTUP options")
            return
        self.shown(self.ask({"startup": words[0] if words else "OPEN"}), "STARTUP")

    def shutdown(self, rest):
        words = rest.upper().split()
        if words not in ([], ["NORMAL"], ["IMMEDIATE"], ["TRANSACTIONAL"], ["ABORT"]):
            self.refuse("SP2-0717: illegal SHUTDOWN option")
            return
        self.shown(self.ask({"shutdown": words[0] if words else "NORMAL"}), "SHUTDOWN")

    def shown(self, events, text):
        for event in events:
            if "error" not in event:
                self.out.event(event)
                continue
            error = event["error"]
            self.last_code = error["code"]
            self.out.sql_error(error, text)
            if error["refused"]:
                print("ORACLE: stand-in: refused: not in the list of statements.", file=sys.stderr)
                self.refused = True
            if self.on_sql_error:
                self.leave(*self.on_sql_error)
            return
        self.last_code = 0 if events else self.last_code

    def show(self, rest):
        what = rest.upper()
        queries = {
            "USER": "SELECT 'USER is \"' || USER || '\"' FROM dual",
            "CON_NAME": "SELECT SYS_CONTEXT('USERENV', 'CON_NAME') FROM dual",
            "PDBS": "SELECT con_id, name, open_mode, restricted FROM v$pdbs",
        }
        if what.startswith("PARAMETER ") and re.fullmatch(r"PARAMETERS? \w+", what):
            query = f"SELECT name, value FROM v$parameter WHERE name LIKE '%{what.split()[1].lower()}%'"
        elif what in queries:
            query = queries[what]
        else:
            self.refuse(f'SP2-0158: unknown SHOW option "{rest}"')
            return
        self.shown(self.ask({"sql": query, "block": False}), query)

    # Leaving

    def whenever(self, rest):
        found = re.fullmatch(r"(sqlerror|oserror)\s+(?:(continue)(?:\s+(?:commit|rollback|none))?|exit(?:\s+(?!commit|rollback)(\S+))?(?:\s+(commit|rollback))?)", rest, re.IGNORECASE)
        if not found:
            self.refuse("SP2-0738: Restricted or illegal WHENEVER command")
            return
        action = None if found[2] else (found[3] or "success", (found[4] or "commit").lower())
        if found[1].lower() == "sqlerror":
            self.on_sql_error = action
        else:
            self.on_os_error = action

    def exit(self, rest):
        words = [word for word in rest.split() if word.lower() not in ("commit", "rollback")]
        ending = "rollback" if "rollback" in rest.lower() else "commit"
        self.leave(words[0] if words else "success", ending)

    def leave(self, code, ending):
        if self.channel:
            self.ask({"end": ending})
        named = {"success": 0, "failure": 1, "warning": 2, "sql.sqlcode": self.last_code}
        number = named.get(code.lower(), int(code) if code.isdigit() else 1)
        raise Exit(number % 256)  # as the shell sees it: ORA-01536 would be 0


def main():
    arguments = sys.argv[1:]
    plus = SqlPlus()
    once = False
    while arguments and arguments[0].startswith("-"):
        flag = arguments.pop(0).lower()
        if flag in ("-v", "-version"):
            print("\nSQL*Plus: Release 23.0.0.0.0 - Production\nVersion 23.9.0.25.07\n")
            return
        if flag not in ("-s", "-silent", "-l", "-logon"):
            sys.exit(f"SP2-0306: Invalid option. {flag}")
        once = once or flag in ("-l", "-logon")
    at = next((index for index, argument in enumerate(arguments) if argument.startswith("@")), len(arguments))
    who = " ".join(arguments[:at])
    parts = logon.read(who)
    if parts and parts["user"] and parts["password"] is not None:
        sys.exit("SQL*Plus: stand-in: refused: a secret on the command line. CONNECT user/\"password\"@service goes on standard input.")
    code = 0
    try:
        if who.lower() != "/nolog":
            plus.first_logon(who, 1 if once or not (parts and parts["user"]) else 3)
        if at < len(arguments):
            plus.start(arguments[at][1:])
        plus.script(iter(sys.stdin.readline, ""))
        plus.leave("success", "commit")
    except Exit as leaving:
        code = leaving.code
    sys.stdout.flush()
    sys.exit(code or int(plus.refused))
