"""expdp and impdp, the clients: parameters from the command line and a PARFILE; the work is the server's (facts 3.6; Oracle Database Utilities)."""

import re
import sys

from common import wire

from . import logon

BOTH = "userid schemas full directory dumpfile logfile nologfile".split()
PARAMETERS = {"expdp": {*BOTH, "reuse_dumpfiles"}, "impdp": {*BOTH, "remap_schema", "remap_tablespace", "table_exists_action", "exclude"}}
TITLES = {"expdp": ("Export", "UDE"), "impdp": ("Import", "UDI")}


class Fatal(Exception):
    """What ends the client before there is a job: exit code 1."""


def command_line(arguments):
    """{parameter: value}; a first argument without = is the logon."""
    found = {}
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if not equals and index == 0 and not argument.startswith("-"):
            name, value = "userid", argument
        elif not equals:
            raise Fatal(f"LRM-00101: unknown parameter name '{argument}'")
        found[name.lower()] = value
    parts = logon.read(found.get("userid", "").strip("'\"")) if "userid" in found else None
    if parts and parts["password"] is not None and parts["user"]:
        raise Fatal("Data Pump: stand-in: refused: a secret on the command line. userid=user/\"password\"@//host/service goes in a PARFILE.")
    return found


def parameter_file(path):
    """A parameter a line; `#` begins a comment, but in quotes; quotes around the whole value go."""
    try:
        with open(path) as file:
            lines = file.read().splitlines()
    except OSError:
        raise Fatal(f"LRM-00109: could not open parameter file '{path}'")
    found = {}
    for line in lines:
        bare = re.match(r"""(?:[^#'"]|'[^']*'|"[^"]*")*""", line).group().strip()
        if bare != line.strip() and line.strip()[len(bare) :].lstrip()[:1] != "#":
            raise Fatal(f"LRM-00112: multiple values not allowed for parameter '{line.split('=')[0].strip()}'")
        if not bare:
            continue
        name, equals, value = bare.partition("=")
        if not equals:
            raise Fatal(f"LRM-00110: syntax error at '{bare}'")
        name, value = name.strip().lower(), value.strip()
        if name == "parfile":
            raise Fatal("LRM-00104: 'parfile' is not a legal value in a parameter file")
        found[name] = value[1:-1] if re.fullmatch(r"'[^']*'", value) else value
    return found


def parameters(program, arguments):
    """Those of the command line go before those of the file."""
    given = command_line(arguments)
    path = given.pop("parfile", None)
    found = {**(parameter_file(path) if path else {}), **given}
    for name in found:
        if name == "parallel":
            raise Fatal("ORA-39094: Parallel execution not supported in this database edition.")
        if name not in PARAMETERS[program]:
            raise Fatal(f"LRM-00101: unknown parameter name '{name}'\nData Pump: stand-in: refused: not in the list of parameters.")
    return found


def run(program, arguments):
    title, prefix = TITLES[program]
    say(f"\n{title}: Release 23.0.0.0.0 - Production\n\nCopyright (c) 1982, 2025, Oracle and/or its affiliates.  All rights reserved.\n")
    found = parameters(program, arguments)
    who = found.pop("userid", "")
    parts = logon.read(who)
    if not parts or (parts["user"] and parts["password"] is None):
        raise Fatal("Password:\nData Pump: stand-in: refused: no terminal to ask for the password. userid= with one goes in a PARFILE.")
    channel, answer = logon.log_on(parts)
    if "error" in answer:
        code = answer["error"]["code"]
        raise Fatal(f"{prefix}-{code:05}: operation generated ORACLE error {code}\n{answer['error']['text']}")
    try:
        events = channel.ask({"datapump": title, "parameters": found, "service": parts["where"] or ""})["events"]
    except wire.Lost:
        raise Fatal(f"{prefix}-03113: operation generated ORACLE error 3113\nORA-03113: end-of-file on communication channel")
    code = 0
    for event in events:
        say(event["output"] if "output" in event else event["error"]["text"])
        code = max(code, event.get("code", 1 if "error" in event else 0))
    return code


def say(text):
    print(text, file=sys.stderr, flush=True)  # all that the real ones say goes there


def main(program):
    try:
        sys.exit(run(program, sys.argv[1:]))
    except Fatal as error:
        say(str(error))
        sys.exit(1)
