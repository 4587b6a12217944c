"""sqlcmd of mssql-tools: the documented options, batches ended by GO, and the exit codes of -b and -V."""

import getpass
import os
import re
import socket
import sys

from common import wire

TAKE_A_VALUE = "-S -U -P -d -V -h -s -Q -i -l -t -w -f -y -Y".split()
SWITCHES = "-C -b -W -I -x -X -E".split()
MAY_JOIN = {"-r": "0", "-N": "m"}  # -r1, -No, -Nm, -Ns: the value is joined, or this
ENDINGS = ("", "0", "1", "o", "m", "s")


class Fatal(Exception):
    """Ends sqlcmd with exit code 1, whatever -b says."""


class Sqlcmd:
    def __init__(self, arguments, tools):
        self.tools = tools
        self.driver = f"Microsoft ODBC Driver {tools} for SQL Server"
        self.options = options(arguments)
        self.worst = 0
        self.failed = False

    def run(self):
        self.channel = self.connect()
        if "-Q" in self.options:
            self.script(self.options["-Q"], last_without_go=True)
        elif "-i" in self.options:
            for path in self.options["-i"].split(","):
                try:
                    with open(path) as file:
                        self.script(file.read(), last_without_go=True)
                except OSError:
                    raise Fatal(f"Sqlcmd: Error: Error occurred while opening or operating on file {path} (Reason: No such file or directory).")
        else:
            self.script(sys.stdin.read(), last_without_go=False)
        if self.failed:
            return 1
        return self.worst if "-V" in self.options and "-b" not in self.options else 0

    # Connecting

    def connect(self):
        if "-P" in self.options:
            raise Fatal("Sqlcmd: stand-in: refused: a secret on the command line (-P). The password goes in SQLCMDPASSWORD.")
        if re.search(r"\bPASSWORD\s*=", self.options.get("-Q", ""), re.IGNORECASE):
            raise Fatal("Sqlcmd: stand-in: refused: a secret on the command line (-Q). Such a statement goes on standard input.")
        user = self.options.get("-U", os.environ.get("SQLCMDUSER"))
        if user is None or "-E" in self.options:
            raise Fatal(
                f"Sqlcmd: Error: {self.driver} : SSPI Provider: No Kerberos credentials available (default cache: FILE:/tmp/krb5cc_{os.getuid()})."
            )
        host, port = address(self.options.get("-S", os.environ.get("SQLCMDSERVER", "localhost")))
        try:
            channel = wire.connect_tcp(host, port, float(self.options.get("-l", 8)) or None)
        except socket.gaierror:
            raise Fatal(f"Sqlcmd: Error: {self.driver} : TCP Provider: Error code 0x2AF9.")
        except OSError:
            raise Fatal(
                f"Sqlcmd: Error: {self.driver} : TCP Provider: Error code 0x2749.\n"
                f"Sqlcmd: Error: {self.driver} : A network-related or instance-specific error has occurred while establishing a connection to "
                f"{host},{port}. Server is not found or not accessible. Check if instance name is correct and if SQL Server is configured to "
                "allow remote connections. For more information see SQL Server Books Online.."
            )
        optional = self.options.get("-N", "m" if self.tools >= 18 else "o").startswith("o")
        if not optional and "-C" not in self.options:
            raise Fatal(
                f"Sqlcmd: Error: {self.driver} : SSL Provider: [error:0A000086:SSL routines::certificate verify failed:self-signed certificate].\n"
                f"Sqlcmd: Error: {self.driver} : Client unable to establish connection. For solutions related to encryption errors, see "
                "https://go.microsoft.com/fwlink/?linkid=2226722."
            )
        password = os.environ.get("SQLCMDPASSWORD")
        if password is None:
            if not sys.stdin.isatty():
                raise Fatal("Password: \nSqlcmd: stand-in: refused: no SQLCMDPASSWORD, and no terminal to ask for the password.")
            password = getpass.getpass("Password: ")
        database = self.options.get("-d", os.environ.get("SQLCMDDBNAME"))
        try:
            answer = channel.ask({"login": user, "password": password, "database": database})
        except wire.Lost:
            raise Fatal(f"Sqlcmd: Error: {self.driver} : TCP Provider: Error code 0x2746.")
        if "error" in answer:
            texts = [answer["error"]["text"]]
            if answer["error"]["number"] in (4060, 4064):
                texts.append(f"Login failed for user '{user}'.")
            raise Fatal("\n".join(f"Sqlcmd: Error: {self.driver} : {text}." for text in texts))
        return channel

    # Scripts

    def script(self, text, last_without_go):
        lines = []
        for line in text.splitlines():
            word = line.strip().rstrip(";").lower()
            go = re.fullmatch(r"go(\s+\d+)?", line.strip(), re.IGNORECASE)
            if go:
                for _ in range(int(go.group(1) or 1)):
                    self.batch(self.variables("\n".join(lines)))
                lines = []
            elif word in ("exit", "quit", ":exit", ":quit"):
                return
            elif word == ":on error exit":
                self.options["-b"] = True
            elif re.match(r"\s*(:\w+|!!|ed\s*$)", line):
                raise Fatal(f"Sqlcmd: Error: Syntax error at line {len(lines) + 1} near command '{line.strip().split()[0]}'.")
            else:
                lines.append(line)
        rest = "\n".join(lines)
        if not rest.strip():
            return
        if not last_without_go:
            raise Fatal("Sqlcmd: stand-in: refused: the last batch on standard input has no GO after it, so it would never be sent.")
        self.batch(self.variables(rest))

    def variables(self, text):
        """$(name) is a scripting variable, also inside a password, unless -x is given."""
        found = None if "-x" in self.options else re.search(r"\$\(([\w-]+)\)", text)
        if found and found.group(1) not in os.environ:
            line = text.count("\n", 0, found.start()) + 1
            raise Fatal(f"Sqlcmd: Error: Syntax error at line {line} near command '{found.group(1)}'.\n'{found.group(1)}' scripting variable not defined.")
        return re.sub(r"\$\(([\w-]+)\)", lambda name: os.environ[name.group(1)], text) if found else text

    def batch(self, text):
        if not text.strip() or self.failed:
            return
        try:
            answer = self.channel.ask({"batch": text, "quoted_identifiers": "-I" in self.options})
        except wire.Lost:
            raise Fatal(f"Sqlcmd: Error: {self.driver} : TCP Provider: Error code 0x2746.\nSqlcmd: Error: {self.driver} : Communication link failure.")
        for event in answer["events"]:
            self.show(event)
            if event.get("bye"):  # the server closes the connection under its client
                raise Fatal(f"Sqlcmd: Error: {self.driver} : Communication link failure.")

    # Showing

    def show(self, event):
        if "error" in event:
            self.show_error(event["error"])
        elif "print" in event:
            print(event["print"], file=sys.stderr if self.options.get("-r") == "1" else sys.stdout, flush=True)
        elif "rows" in event:
            self.show_rows(event)
        else:
            print(f"\n({event['count']} rows affected)", flush=True)

    def show_error(self, error):
        out = sys.stderr if "-r" in self.options else sys.stdout
        head = f"Msg {error['number']}, Level {error['level']}, State {error['state']}, Server {socket.gethostname()}, Line {error['line']}"
        print(f"{head}\n{error['text']}", file=out, flush=True)
        threshold = max(int(self.options["-V"]), 11) if "-V" in self.options else 11
        if error["level"] >= threshold:
            self.worst = max(self.worst, error["level"])
            if "-b" in self.options:
                self.failed = True

    def show_rows(self, event):
        separator = self.options.get("-s", " ")
        rows = [["NULL" if value is None else str(value) for value in row] for row in event["rows"]]
        headings = event["headings"]
        widths = [max([len(heading), *(len(row[index]) for row in rows), 1]) for index, heading in enumerate(headings)]
        trim = "-W" in self.options
        if self.options.get("-h") != "-1":
            print(separator.join(heading if trim else heading.ljust(width) for heading, width in zip(headings, widths)))
            print(separator.join("-" * (max(len(heading), 1) if trim else width) for heading, width in zip(headings, widths)))
        for row in rows:
            print(separator.join(value if trim else value.ljust(width) for value, width in zip(row, widths)))
        if event.get("count") is not None:
            print(f"\n({event['count']} rows affected)")
        sys.stdout.flush()


def options(arguments):
    found, at = {}, 0
    while at < len(arguments):
        argument = arguments[at]
        name, joined = argument[:2], argument[2:]
        if name in MAY_JOIN:
            if joined not in ENDINGS:
                raise unknown(argument)
            found[name] = joined or MAY_JOIN[name]
        elif name in SWITCHES and not joined:
            found[name] = True
        elif name not in TAKE_A_VALUE:
            raise unknown(argument)
        elif joined:
            found[name] = joined
        else:
            at += 1
            if at == len(arguments):
                raise Fatal(f"Sqlcmd: '{argument}': Missing argument. Enter '-?' for help.")
            found[name] = arguments[at]
        at += 1
    for one, other in (("-Q", "-i"), ("-U", "-E")):
        if one in found and other in found:
            raise Fatal(f"Sqlcmd: Error: The {one} and the {other} options are mutually exclusive.")
    return found


def unknown(argument):
    return Fatal(f"Sqlcmd: '{argument}': Unknown Option. Enter '-?' for help.")


def address(server):
    """tcp:host,port; the local server may be called . or (local)"""
    name = server.removeprefix("tcp:")
    host, _, port = name.partition(",")
    if "\\" in host or (port and not port.isdigit()):
        raise Fatal(f"Sqlcmd: Error: stand-in: the server name '{server}' is not host or host,port.")
    return ("127.0.0.1" if host in (".", "(local)", "localhost", "") else host), int(port or 1433)


def main(tools):
    try:
        sys.exit(Sqlcmd(sys.argv[1:], tools).run())
    except Fatal as error:
        print(error, file=sys.stderr, flush=True)
        sys.exit(1)
