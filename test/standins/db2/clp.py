"""db2, the command line processor: a command in its arguments, or statements from a file or standard input."""

import os
import re
import sys

from common import wire
from common.lexer import Unreadable

from .dialect import LEXER
from .server import SOCKET
from .session import VERSION, start_time

BANNER = f"""(c) Copyright IBM Corporation 1993,2007
Command Line Processor for DB2 Client {VERSION}

You can issue database manager commands and SQL statements from the command
prompt. For example:
    db2 => connect to sample
    db2 => bind sample.bnd

To exit db2 interactive mode, type QUIT at the command prompt. Outside
interactive mode, all commands must be prefixed with 'db2'.
"""
SWITCHES = "cdilmnopqrstvwx"
NOT_SQL = "connect disconnect terminate create drop list activate deactivate force quiesce unquiesce get update backup restore".split()


class Processor:
    def __init__(self):
        self.on = {"c": True, "o": True, "p": True, "w": True}
        self.terminator = None
        self.file = None
        self.codes = 0

    def run(self, arguments):
        command = self.options(arguments)
        if command:
            refuse_secret(command)
            return self.statement(command)
        if self.file:
            try:
                with open(self.file) as file:
                    self.statements(file.read())
            except OSError:
                print(f'DB21007E  End of file reached while reading the command.\nSQL3025N  A file cannot be opened: "{self.file}".')
                return 4
            return self.codes
        print(BANNER)
        self.statements(sys.stdin.read(), prompt="db2 => " if self.on.get("p") else "")
        return self.codes

    def options(self, arguments):
        """Reads -tvf FILE, -td@, +c, -x-; gives what is left as the command."""
        while arguments and re.match(r"[-+]\w", arguments[0]):
            option = arguments.pop(0)
            letters, sign = option[1:], option[0] == "-"
            while letters:
                letter, letters = letters[0], letters[1:]
                if letter == "f":
                    self.file = letters or (arguments.pop(0) if arguments else "")
                    break
                if letter == "z" or letter not in SWITCHES:
                    print(f'DB21004E  You cannot specify both an option "{option}" that the stand-in does not list and a command.', file=sys.stderr)
                    sys.exit(8)
                if letter == "t" and letters[:1] == "d":
                    self.terminator = letters[1:2]
                    break
                if letters[:1] == "-":
                    sign, letters = False, letters[1:]
                self.on[letter] = sign
        if self.on.get("t") and not self.terminator:
            self.terminator = ";"
        return " ".join(arguments)

    def statements(self, text, prompt=""):
        for statement in self.split(text):
            if prompt:
                print(prompt, end="")
            if statement.lower() == "quit":
                break
            code = self.statement(statement)
            self.codes |= code
            if code >= 4 and self.on.get("s"):
                break

    def split(self, text):
        """By the terminator at a line's end; without -t every line is a statement."""
        statement = []
        for line in text.splitlines():
            stripped = line.strip()
            if stripped.startswith("--") or not (stripped or statement):
                continue
            if self.terminator is None:
                yield stripped
            elif stripped.endswith(self.terminator):
                yield "\n".join([*statement, stripped.removesuffix(self.terminator)]).strip()
                statement = []
            else:
                statement.append(line)
        if "\n".join(statement).strip():
            yield "\n".join(statement).strip()

    def statement(self, text):
        if not text:
            return 0
        if self.on.get("v"):
            print(re.sub(r"(\busing\s+)\S+$", r"\1", text, flags=re.IGNORECASE | re.DOTALL) if re.match(r"connect\b", text, re.IGNORECASE) else text)
        word = text.split()[0].lower()
        if word == "echo":
            print(text[4:].strip())
            return 0
        if text.startswith("!") or word in ("?", "help"):
            print("DB21004E  stand-in: refused: no shell and no help from here.", file=sys.stderr)
            return 8
        try:
            LEXER.tokens(text)
        except Unreadable as error:
            near = text[error.start]
            print(f'SQL0010N  The string constant or identifier beginning with "{near}" does not have an ending string delimiter or is no SQL.  SQLSTATE=42603')
            return 4
        answer = ask({"statement": text, "shells": shells(), "autocommit": bool(self.on.get("c"))})
        return self.shown(answer, word)

    def shown(self, answer, word):
        if "error" in answer:
            error = answer["error"]
            if word not in NOT_SQL:
                print("DB21034E  The command was processed as an SQL statement because it was not a \nvalid Command Line Processor command.  During SQL processing it returned:")
            print(error["text"] + "\n")
            if error["refused"]:
                print("DB2: stand-in: refused: not in the list of commands and statements.", file=sys.stderr)
            return 4
        if "rows" in answer:
            self.rows(answer)
            return 0 if answer["rows"] else 1
        if self.on.get("o") and answer["text"]:
            print(answer["text"])
        return answer.get("code", 0)

    def rows(self, answer):
        rows = [["-" if value is None else str(value) for value in row] for row in answer["rows"]]
        numeric = [any(isinstance(row[index], (int, float)) for row in answer["rows"]) for index in range(len(answer["headings"]))]
        widths = [max([len(heading), *(len(row[index]) for row in rows), 11 if numeric[index] else 1]) for index, heading in enumerate(answer["headings"])]
        plain = self.on.get("x")
        if not plain:
            print()
            print(" ".join(heading.ljust(width) for heading, width in zip(answer["headings"], widths)))
            print(" ".join("-" * width for width in widths))
        for row in rows:
            print(" ".join(value.rjust(width) if number else value.ljust(width) for value, width, number in zip(row, widths, numeric)))
        if not plain:
            print(f"\n  {len(rows)} record(s) selected.\n")


def shells():
    """The process that shares a connection with others it calls: the parent; or this one, where a newer bash became its last command."""
    return [(pid, start_time(pid)) for pid in (os.getpid(), os.getppid())]


def refuse_secret(command):
    if re.match(r"connect\b.*\busing\b", command, re.IGNORECASE | re.DOTALL):
        sys.exit("DB2: stand-in: refused: a secret on the command line. CONNECT TO db USER user USING 'password' goes on standard input.")


def ask(request):
    try:
        channel = wire.connect_unix(SOCKET)
        return channel.ask(request)
    except (OSError, wire.Lost):
        return {"error": {"code": "SQL1032N", "text": "SQL1032N  No start database manager command was issued.  SQLSTATE=57019", "refused": False}}


def main():
    code = Processor().run(sys.argv[1:])
    sys.stdout.flush()
    sys.exit(code)


def single(request):
    """db2start, db2stop, db2set: one request, one answer."""
    answer = ask(request)
    if "error" in answer:
        sys.exit(answer["error"]["text"])
    print(answer["text"])
