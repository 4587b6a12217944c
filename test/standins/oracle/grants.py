"""GRANT and REVOKE of privileges and roles; none on objects."""

from .database import POWERS, PRIVILEGES, ROLES, ROOT
from .errors import ora
from .names import identifier
from .statements import statement


def listed(tokens):
    """["CREATE SESSION", "DBA"] of the tokens of CREATE SESSION, DBA"""
    groups, group = [], []
    for token in tokens:
        if token.value == ",":
            groups.append(group)
            group = []
        else:
            group.append(identifier(token))
    return [" ".join(group) for group in [*groups, group]]


@statement("GRANT <what:names> TO <whom:names> [ WITH ADMIN OPTION ] [ CONTAINER = <container:word> ]")
def grant(session, take):
    return change_grants(session, take, "Grant succeeded.", lambda kept, wanted: [*kept, *(one for one in wanted if one not in kept)])


@statement("REVOKE <what:names> FROM <whom:names>")
def revoke(session, take):
    return change_grants(session, take, "Revoke succeeded.", lambda kept, wanted: [one for one in kept if one not in wanted])


def change_grants(session, take, message, change):
    wanted = listed(take["what"])
    for one in wanted:
        if one == "ALL PRIVILEGES":
            continue
        if one not in ROLES and one not in PRIVILEGES and one not in POWERS:
            raise ora(1919, take["what"][0].start, name=one) if " " not in one else ora(990, take["what"][0].start)
    if set(wanted) & POWERS and session.power != "SYSDBA":
        raise ora(1031)
    session.need("GRANT ANY PRIVILEGE", "GRANT ANY ROLE")
    wanted = [name for one in wanted for name in (sorted(PRIVILEGES) if one == "ALL PRIVILEGES" else [one])]
    containers = [session.container]
    if "container" in take and take["container"].value.upper() == "ALL":
        if session.container.name != ROOT:
            raise ora(65040)
        containers = list(session.database.containers.values())
    for name in listed(take["whom"]):
        if session.database.user(session.container, name) is None:
            raise ora(1918, take["whom"][0].start, name=name)
        for container in containers:
            container.system.remember(f"grants {name}", change(container.grants(name), wanted))
    return message
