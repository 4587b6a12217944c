"""sp_configure, RECONFIGURE, change data capture."""

from .errors import msg
from .master import OPTIONS
from .statements import statement


@statement("{ EXEC | EXECUTE } [ sys . ] sp_configure <option:string> [ , <sign:value> ]", "{ EXEC | EXECUTE } [ sys . ] sp_configure <option:string> , - <minus:int>")
def configure(session, take):
    name = take["option"].value
    known = session.master.option(name)
    advanced = session.master.option("show advanced options")[1][1]
    if known is None or (OPTIONS[known[0]][3] and not advanced):
        raise msg(15123, name=name)
    option, (value, in_use) = known
    if "sign" not in take and "minus" not in take:
        _, least, most, _ = OPTIONS[option]
        return {"headings": ["name", "minimum", "maximum", "config_value", "run_value"], "rows": [[option, least, most, value, in_use]]}
    if not session.master.may(session.login, "serveradmin", "ALTER SETTINGS"):
        raise msg(15247)
    text = take["sign"].value if "sign" in take else "-" + take["minus"].value
    least, most = OPTIONS[option][1:3]
    if not text.lstrip("-").isdigit() or not least <= int(text) <= most:
        raise msg(15129, value=text, name=option)
    session.master.save_option(option, [int(text), in_use])
    return {"print": f"Configuration option '{option}' changed from {value} to {int(text)}. Run the RECONFIGURE statement to install."}


@statement("RECONFIGURE [ WITH OVERRIDE ]")
def reconfigure(session, take):
    if not session.master.may(session.login, "serveradmin", "ALTER SETTINGS"):
        raise msg(15247)
    for option in OPTIONS:
        value, _ = session.master.option(option)[1]
        session.master.save_option(option, [value, value])


@statement("{ EXEC | EXECUTE } sys . { sp_cdc_enable_db | sp_cdc_disable_db }")
def change_data_capture(session, take):
    if not session.is_admin():
        raise msg(15247)
    database = session.master.database(session.database)
    session.master.save_database({**database, "cdc": "SP_CDC_ENABLE_DB" in take["words"]})
