"""GET and UPDATE of the configuration."""

from .answers import done, name
from .configuration import DATABASE, MANAGER
from .errors import unexpected
from .statements import statement


@statement("GET { DATABASE | DB } { CONFIGURATION | CONFIG | CFG } [ FOR <database:id> ]")
def get_database(session, take):
    database = session.instance.database(name(take["database"])) if "database" in take else session.connected()
    return {"text": "\n       Database Configuration for Database " + database.name + "\n\n" + parameters(database.configuration())}


@statement("GET { DBM | DATABASE MANAGER } { CONFIGURATION | CONFIG | CFG }")
def get_manager(session, take):
    return {"text": "\n          Database Manager Configuration\n\n" + parameters(session.instance.manager_configuration())}


def parameters(settings):
    return "".join(f" {'':<43}({name}) = {value}\n" for name, value in settings.items())


@statement("UPDATE { DATABASE | DB } { CONFIGURATION | CONFIG | CFG } [ FOR <database:id> ] USING <parameter:id> <value:value> [ { IMMEDIATE | DEFERRED } ]")
def update_database(session, take):
    session.need_administrator()
    database = session.instance.database(name(take["database"])) if "database" in take else session.connected()
    parameter = known_parameter(take, DATABASE)
    database.catalog.remember("configuration", {**database.catalog.fact("configuration", {}), parameter: take["value"].value})
    return done("UPDATE DATABASE CONFIGURATION")


@statement("UPDATE { DBM | DATABASE MANAGER } { CONFIGURATION | CONFIG | CFG } USING <parameter:id> <value:value> [ { IMMEDIATE | DEFERRED } ]")
def update_manager(session, take):
    session.need_administrator()
    parameter = known_parameter(take, MANAGER)
    session.instance.settings.remember("configuration", {**session.instance.settings.fact("configuration", {}), parameter: take["value"].value})
    return done("UPDATE DATABASE MANAGER CONFIGURATION")


def known_parameter(take, known):
    parameter = take["parameter"].value.upper()
    if parameter not in known:
        raise unexpected([take["parameter"]], 0)
    return parameter
