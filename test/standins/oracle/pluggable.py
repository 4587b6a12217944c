"""Pluggable databases and tablespaces."""

import os

from .database import DATA, ROOT, SEED
from .errors import ora
from .names import identifier, new_name, password
from .statements import statement

FILE = """DATAFILE <file:string> SIZE <size:value> [ <unit:unit> ]
    [ AUTOEXTEND ON [ NEXT <next:value> [ <nextunit:unit> ] ] [ MAXSIZE { UNLIMITED | <most:value> [ <mostunit:unit> ] } ] ]"""


@statement(f"CREATE TABLESPACE <name:id> {FILE}")
def create_tablespace(session, take):
    session.need("CREATE TABLESPACE")
    session.container.add_tablespace(identifier(take["name"]))
    return "Tablespace created."


@statement(
    f"""CREATE PLUGGABLE DATABASE <pdb:id> ADMIN USER <admin:id> IDENTIFIED BY <password:value> [ ROLES = ( <roles:ids> ) ]
        {{ FILE_NAME_CONVERT = ( <from:string> , <to:string> ) | DEFAULT TABLESPACE <tablespace:id> {FILE} }}*"""
)
def create_pluggable(session, take):
    session.need("CREATE PLUGGABLE DATABASE")
    if session.container.name != ROOT:
        raise ora(65040)
    name = identifier(take["pdb"]).upper()
    if name in session.database.containers:
        raise ora(65012, take["pdb"].start, name=name)
    if "from" not in take:
        raise ora(65016, take["pdb"].start)
    directory = os.path.dirname(f"{DATA}/pdbseed/system01.dbf".replace(take["from"].value, take["to"].value)).removeprefix(DATA + "/")
    if directory == "pdbseed" or "/" in directory:
        raise ora(65005, take["from"].start, name=f"{DATA}/pdbseed/system01.dbf")
    admin, secret = new_name(take["admin"]), password(take["password"])
    session.database.add_pluggable(name, directory, admin, secret, "tablespace" in take)
    return "Pluggable database created."


@statement(
    "ALTER PLUGGABLE DATABASE <pdb:id> OPEN [ { READ WRITE | READ ONLY } ] [ FORCE ]",
    "ALTER PLUGGABLE DATABASE <pdb:id> CLOSE [ IMMEDIATE ]",
    "ALTER PLUGGABLE DATABASE <pdb:id> { SAVE | DISCARD } STATE",
)
def alter_pluggable(session, take):
    session.need("ALTER DATABASE", "CREATE PLUGGABLE DATABASE")
    words = take["words"][4:] if take["pdb"].kind == "word" else take["words"][3:]
    if take["pdb"].says("ALL"):
        pdbs = [pdb for pdb in session.database.containers.values() if pdb.name not in (ROOT, SEED)]
        pdbs = [pdb for pdb in pdbs if words[0] in ("SAVE", "DISCARD") or (pdb.mode == "MOUNTED") == (words[0] == "OPEN")]
    else:
        pdbs = [session.database.pluggable(identifier(take["pdb"]))]
    for pdb in pdbs:
        change_pluggable(session, pdb, words)
    session.instance.register_soon()
    return "Pluggable database altered."


def change_pluggable(session, pdb, words):
    if words[0] in ("SAVE", "DISCARD"):
        session.database.save_state(pdb, words[0] == "SAVE" and pdb.mode != "MOUNTED")
        return
    if pdb.name == SEED:
        raise ora(65017)
    if words[0] == "CLOSE":
        if pdb.mode == "MOUNTED":
            raise ora(65020, name=pdb.name)
        pdb.mode = "MOUNTED"
        return
    if pdb.mode != "MOUNTED" and "FORCE" not in words:
        raise ora(65019, name=pdb.name)
    pdb.mode = "READ ONLY" if "ONLY" in words else "READ WRITE"


@statement("DROP PLUGGABLE DATABASE <pdb:id> [ INCLUDING DATAFILES ]")
def drop_pluggable(session, take):
    session.need("CREATE PLUGGABLE DATABASE")
    pdb = session.database.pluggable(identifier(take["pdb"]))
    if pdb.name == SEED:
        raise ora(65017)
    if pdb.mode != "MOUNTED":
        raise ora(65025, name=pdb.name)
    if take["words"][-1] != "DATAFILES":
        raise ora(65179)
    session.database.drop_pluggable(pdb)
    return "Pluggable database dropped."
