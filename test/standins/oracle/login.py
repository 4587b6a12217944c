"""Who may come in: over the listener with a password, or on the machine as the OS user oracle."""

from .errors import ora
from .session import Session


def login(instance, channel, login):
    power = login.get("power")
    if channel.is_local():
        return local_login(instance, channel.peer_user(), login, power)
    service = (login["service"] or "FREE").upper()
    if service not in instance.services:
        raise ora(12514, name=login["service"], host=login["host"], port=login["port"])
    container = instance.database.root if service == "FREE" else instance.database.containers[service]
    if container.mode == "MOUNTED":
        raise ora(1109)
    return password_login(instance, container, login, power, service)


def local_login(instance, os_user, login, power):
    """Without a listener, as the OS user: `/ as sysdba` for members of the dba group, `/` for OPS$ORACLE."""
    if login["user"] is None and os_user != "oracle":
        raise ora(1017)
    if login["user"] is None and power:
        return Session(instance, "SYS", instance.database.root if instance.database else None, power)
    if instance.state in ("DOWN", "STARTING"):
        raise ora(1034)
    if instance.state != "OPEN":
        raise ora(1033)
    if login["user"] is None:
        return Session(instance, "OPS$ORACLE", instance.database.root)
    return password_login(instance, instance.database.root, login, power, None)


def password_login(instance, container, login, power, service):
    user = instance.database.authenticate(container, login["user"], login["password"])
    if user["name"] == "SYS" and not power:
        raise ora(28009)
    if power and user["name"] != "SYS" and power not in container.grants(user["name"]):
        raise ora(1017)
    session = Session(instance, "SYS" if power else user["name"], container, power, service)
    if "CREATE SESSION" not in session.privileges():
        raise ora(1045, name=user["name"])
    if container.restricted and "RESTRICTED SESSION" not in session.privileges():
        raise ora(1035)
    return session
