"""BACKUP and RESTORE DATABASE: facts 3.5, and learn.microsoft.com's pages of the statements for what they leave open (texts, permissions, order)."""

import os
import uuid
import zlib

from common import artefact
from common.store import Store

from .catalog import VERSION
from .errors import SqlError, msg
from .master import SYSTEM
from .statements import statement

KIND = "SQL Server backup (stand-in)"
COMPRESSING = ("Developer", "Standard", "Enterprise")  # facts 3.5: not Express; Microsoft's table of editions: nor Web
BACKUP_OPTIONS = "{ INIT | FORMAT | COPY_ONLY | COMPRESSION | CHECKSUM }"
RESTORE_OPTIONS = "{ MOVE <logical+:string> TO <physical+:string> | REPLACE | RECOVERY | CHECKSUM | STATS = <stats:int> }"


def failing(verb):
    """After what went wrong the server says that it gave up."""

    def wrap(run):
        def attempt(session, take):
            try:
                if session.in_transaction:
                    raise msg(3021)
                return run(session, take)
            except SqlError as error:
                error.followers.append(msg(3013, verb=verb))
                raise

        return attempt

    return wrap


@statement(f"BACKUP DATABASE <database:id> TO DISK = <path:string> WITH {BACKUP_OPTIONS} {{ , {BACKUP_OPTIONS} }}*")
@failing("BACKUP DATABASE")
def backup(session, take):
    database = session.master.database(take["database"].value)
    if database is None:
        raise msg(911, name=take["database"].value)
    if not session.roles_in(database) & {"db_owner", "db_backupoperator"}:
        raise msg(262, action="BACKUP DATABASE", database=database["name"])
    if database["name"] == "tempdb":
        raise msg(3147)
    state = session.master.state(database)[1]
    if state != "ONLINE":
        raise msg(942 if state == "OFFLINE" else 945, name=database["name"])
    options, edition = set(take["words"]), session.master.settings.edition
    if "COMPRESSION" in options and not edition.startswith(COMPRESSING):
        raise msg(1844, edition=edition)
    path = device(session, take["path"].value)
    content = pages(session, database)
    about = {
        "version": VERSION, "name": database["name"], "files": files(database), "checksum": "CHECKSUM" in options, "compressed": "COMPRESSION" in options,
        "kept": {key: database[key] for key in KEPT}, "family": database["family"], "size": len(content),
    }  # fmt: skip
    content = zlib.compress(content) if about["compressed"] else content
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise msg(3201, name=path, cause="5(Access is denied.)")
    # Without INIT or FORMAT a set is appended, and a RESTORE without FILE takes the first: an old one.
    artefact.write(path, KIND, about, content, append=os.path.exists(path) and not options & {"INIT", "FORMAT"})
    return {"print": processed("BACKUP DATABASE", about)}


KEPT = "collation recovery durability access read_only auto_close auto_shrink snapshot_isolation read_committed_snapshot".split()


def files(database):
    """As FILELISTONLY lists them. The logical names are the first database's, whatever it was restored as."""
    data, log = database["logical"]
    return [{"logical": data, "physical": database["data"], "type": "D"}, {"logical": log, "physical": database["log"], "type": "L"}]


def pages(session, database):
    """What is committed, also while others write."""
    store = Store(database["data"], session.dialect, autocommit=True)
    try:
        return store.database.serialize()
    finally:
        store.close()


def device(session, path):
    """Facts 3.5 have backups below the data directory (or the backup directory, where another is set)."""
    settings = session.master.settings
    if not artefact.inside(path, settings.data, settings.backup):
        raise msg(3201, name=path, cause="5(Access is denied.) (stand-in: refused: neither below the data nor the backup directory)")
    if not os.path.isdir(os.path.dirname(path)):
        raise msg(3201, name=path, cause="3(The system cannot find the path specified.)")
    if not os.access(os.path.dirname(path), os.W_OK | os.X_OK):
        raise msg(3201, name=path, cause="5(Access is denied.)")
    return path


def opened(session, path):
    """(about, content) of a backup that this server can restore."""
    path = device(session, path)
    try:
        about, content = artefact.read(path, KIND)
    except artefact.Unusable as fault:
        raise {
            "missing": msg(3201, name=path, cause="2(The system cannot find the file specified.)"),
            "denied": msg(3201, name=path, cause=f"5(Access is denied.){fault.note}"),
            "foreign": msg(3241, name=path),
            "short": msg(3203, name=path),
            "damaged": msg(3189),
        }[fault.why]
    if major(about["version"]) > major(VERSION):
        raise msg(3169, theirs=about["version"], ours=VERSION)
    return about, zlib.decompress(content) if about["compressed"] else content


def major(version):
    return int(version.split(".")[0])


def processed(verb, about, database=None):
    number = max(1, about["size"] // 8192)
    lines = [f"Processed {count} pages for database '{database or about['name']}', file '{file['logical']}' on file 1." for file, count in zip(about["files"], (number, 2))]
    return "\n".join([*lines, f"{verb} successfully processed {number + 2} pages in 0.010 seconds ({number * 0.78:.3f} MB/sec)."])


@statement("RESTORE FILELISTONLY FROM DISK = <path:string>")
@failing("RESTORE FILELIST")
def list_files(session, take):
    may_restore(session, None)
    about, _ = opened(session, take["path"].value)
    headings = """LogicalName PhysicalName Type FileGroupName Size MaxSize FileId CreateLSN DropLSN UniqueId ReadOnlyLSN ReadWriteLSN BackupSizeInBytes
        SourceBlockSize FileGroupId LogGroupGUID DifferentialBaseLSN DifferentialBaseGUID IsReadOnly IsPresent TDEThumbprint SnapshotUrl""".split()
    rows = []
    for number, file in enumerate(about["files"], start=1):
        group = ["PRIMARY", 1] if file["type"] == "D" else [None, 0]
        rows.append([file["logical"], file["physical"], file["type"], group[0], 8388608, 35184372080640, number, 0, 0, str(uuid.uuid4()).upper(), 0, 0,
                     about["size"], 4096, group[1], None, 0, "00000000-0000-0000-0000-000000000000", 0, 1, None, None])  # fmt: skip
    return {"headings": headings, "rows": rows}


@statement("RESTORE VERIFYONLY FROM DISK = <path:string> [ WITH CHECKSUM ]")
@failing("VERIFY DATABASE")
def verify(session, take):
    may_restore(session, None)
    about, _ = opened(session, take["path"].value)
    if "CHECKSUM" in take["words"] and not about["checksum"]:
        raise msg(3187)
    return {"print": "The backup set on file 1 is valid."}


@statement(f"RESTORE DATABASE <database:id> FROM DISK = <path:string> WITH {RESTORE_OPTIONS} {{ , {RESTORE_OPTIONS} }}*")
@failing("RESTORE DATABASE")
def restore(session, take):
    name, options = take["database"].value, take["words"]
    existing = session.master.database(name)
    may_restore(session, existing, name)
    if name.casefold() in SYSTEM:
        raise msg(3108)
    about, content = opened(session, take["path"].value)
    if "CHECKSUM" in options and not about["checksum"]:
        raise msg(3187)
    if existing:
        check_overwriting(session, existing, about, "REPLACE" in options)
    data, log = places(session, about, take, name, "REPLACE" in options)
    if existing:
        session.server.forget_files(existing)
        session.master.drop_database(existing)
    database = session.master.place_database(name, existing["owner"] if existing else session.login, data, log, content)
    logical = [file["logical"] for file in about["files"]]
    database = {**database, **about["kept"], "logical": logical, "family": about["family"], "id": existing["id"] if existing else database["id"]}
    session.master.save_database(database)
    percent = "\n".join(f"{step} percent processed." for step in range(int(take["stats"].value), 101, int(take["stats"].value))) if "stats" in take else ""
    return {"print": f"{percent}\n{processed('RESTORE DATABASE', about, name)}".strip()}


def may_restore(session, existing, name=""):
    """Whoever may create a database; over one that is there, its owner too."""
    if session.master.may(session.login, "dbcreator", "CREATE ANY DATABASE") or (existing and session.owns(existing)):
        return
    raise msg(3110, name=existing["name"]) if existing else msg(262, action="CREATE DATABASE", database="master")


def check_overwriting(session, existing, about, replace):
    if session.database == existing["name"]:
        raise msg(3102, name=existing["name"])
    if session.server.sessions_in(existing["name"]):
        raise msg(3101)
    if replace:
        return
    if existing["family"] != about["family"]:
        raise msg(3154, name=existing["name"])
    if existing["recovery"] != "SIMPLE":
        raise msg(3159, name=existing["name"])


def places(session, about, take, name, replace):
    """Where each file goes. Facts 3.5 have a MOVE for each; the real server would put one without back where it was at the source."""
    logical = [token.value for token in take.get("logical", [])]
    moves = dict(zip(map(str.casefold, logical), (token.value for token in take.get("physical", []))))
    known = [file["logical"].casefold() for file in about["files"]]
    for one in logical:
        if one.casefold() not in known:
            raise planning(msg(3234, name=one, database=about["name"]))
    for file in about["files"]:
        if file["logical"].casefold() not in moves:
            note = f"{file['physical']} (stand-in: refused: no MOVE for this file)"
            raise planning(msg(3156, logical=file["logical"], name=note))
    paths = [moves[one] for one in known]
    if os.path.realpath(paths[0]) == os.path.realpath(paths[1]):
        first, second = (file["logical"] for file in about["files"])
        raise planning(msg(3176, name=paths[1], logical=second, other=first))
    for path, file in zip(paths, about["files"]):
        check_place(session, path, file["logical"], name, replace)
    return paths


def check_place(session, path, logical, name, replace):
    settings = session.master.settings
    if not artefact.inside(path, settings.data, settings.log) or not os.path.isdir(os.path.dirname(path)):
        raise planning(msg(5133, name=path), msg(3156, logical=logical, name=path))
    for other in session.master.databases():
        if other["name"].casefold() != name.casefold() and os.path.realpath(path) in map(os.path.realpath, (other["data"], other["log"])):
            raise planning(msg(1834, name=path, database=other["name"]), msg(3156, logical=logical, name=path))
    if os.path.exists(path) and not os.access(path, os.W_OK):
        raise planning(msg(3634, name=path), msg(3156, logical=logical, name=path))
    mine = session.master.database(name)
    if os.path.exists(path) and not replace and path not in (mine and (mine["data"], mine["log"]) or ()):
        raise planning(msg(5170, name=path), msg(3156, logical=logical, name=path))


def planning(error, *followers):
    error.followers += [*followers, msg(3119)]
    return error
