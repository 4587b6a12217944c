"""What the servers' own dump commands write: a line that says what it is, a line of JSON about it, then the content."""

import hashlib
import json
import os
import pwd


class Unusable(Exception):
    """`why` is one of: missing, denied, foreign (no dump of this server's kind), short (cut off), damaged."""

    def __init__(self, why, note=""):
        super().__init__(why)
        self.why = why
        self.note = note


def write(path, kind, about, content, append=False):
    """As the server leaves it: its own, and nobody else's to read. A further dump may be appended; the first stays the one that is read."""
    head = json.dumps({**about, "length": len(content), "digest": hashlib.sha256(content).hexdigest()})
    with open(path, "ab" if append else "wb") as file:
        file.write(f"{kind}\n{head}\n".encode() + content)
    os.chmod(path, 0o660)


def read(path, kind):
    """(about, content) of a file that belongs to the server."""
    if not os.path.isfile(path):
        raise Unusable("missing")
    check_owner(path)
    with open(path, "rb") as file:
        if file.readline(80) != f"{kind}\n".encode():
            raise Unusable("foreign")
        try:
            about = json.loads(file.readline())
        except ValueError:
            raise Unusable("short")
        content = file.read(about["length"])
    if len(content) < about["length"]:
        raise Unusable("short")
    if hashlib.sha256(content).hexdigest() != about["digest"]:
        raise Unusable("damaged")
    return about, content


def check_owner(path):
    """Facts 3.5, 3.6: what is put into the container must be the server's, user and group, and readable to it; readable alone is not enough here."""
    owner, mine = os.stat(path), pwd.getpwuid(os.geteuid())
    if not os.access(path, os.R_OK, effective_ids=True):
        raise Unusable("denied")
    if (owner.st_uid, owner.st_gid) != (mine.pw_uid, mine.pw_gid):
        raise Unusable("denied", f" (stand-in: refused: owned by {owner.st_uid}:{owner.st_gid} and not by {mine.pw_uid}:{mine.pw_gid})")


def inside(path, *roots):
    """Whether a path, links followed, lies in one of the directories."""
    return os.path.isabs(path) and any(os.path.realpath(path).startswith(os.path.realpath(root) + "/") for root in roots)
