"""user/password@//host:port/service, and the way there."""

import re

from common import wire

from .launch import local

LOGON = r'(?P<user>"[^"]*"|[^/@"\s]*)(?:/(?P<password>"[^"]*"|[^@"\s]*))?(?:@(?P<where>\S+))?(?:\s+as\s+(?P<power>sysdba|sysoper))?'
TNSNAMES = {"FREE": ("localhost", 1521, "FREE"), "FREEPDB1": ("localhost", 1521, "FREEPDB1")}


def read(text):
    """The parts of a logon; None where it is none."""
    found = re.fullmatch(LOGON, text, re.IGNORECASE)
    return found.groupdict() if found else None


def log_on(parts):
    """(channel, answer): the channel is None where nobody was there to ask."""
    login = {"user": folded(parts["user"]), "password": bare(parts["password"]), "power": (parts["power"] or "").upper() or None}
    if not parts["where"]:
        channel = local()
        if channel is None:
            return None, failure(1034, "The Oracle instance is not available for use. Start the instance.")
        return channel, channel.ask({"login": login})
    place = address(parts["where"])
    if place is None:
        return None, failure(12154, f"Cannot connect to database. Could not find alias {parts['where']} in tnsnames.ora.")
    host, port, service = place
    try:
        channel = wire.connect_tcp(host, port)
    except OSError:
        return None, failure(12541, f"Cannot connect. No listener at host {host} port {port}.")
    if not login["user"]:
        return channel, failure(1017, "invalid credential or not authorized; logon denied")
    return channel, channel.ask({"login": {**login, "host": host, "port": port, "service": service}})


def folded(name):
    """The user's name as the server has it; None where there is none."""
    if not name:
        return None
    return name[1:-1] if name.startswith('"') else name.upper()


def bare(password):
    return password[1:-1] if password and password.startswith('"') else (password or "")


def address(where):
    """//host:port/service or an alias of tnsnames.ora"""
    found = re.fullmatch(r"(?://)?([\w.-]+)(?::(\d+))?(?:/([\w.$-]+))?", where)
    if found is None:
        return None
    if not where.startswith("//") and not found[2] and not found[3]:
        return TNSNAMES.get(where.upper())
    return found[1], int(found[2] or 1521), found[3]


def failure(code, text):
    return {"error": {"code": code, "text": f"ORA-{code:05}: {text}", "at": 0, "refused": False}}
