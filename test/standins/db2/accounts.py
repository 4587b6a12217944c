"""Users are the machine's: names of /etc/passwd, passwords of /etc/shadow."""

import ctypes
import grp
import hmac
import os
import pwd
import threading

_lock = threading.Lock()


def password_is(user, password):
    """Whether the OS user has this password. Db2 asks a set-uid helper; this server takes its root back for a moment."""
    with _lock:
        mine = os.geteuid()
        os.seteuid(0)
        try:
            with open("/etc/shadow") as file:
                kept = next((line.split(":")[1] for line in file if line.split(":")[0] == user), None)
        finally:
            os.seteuid(mine)
        if not kept or kept[0] in "!*":
            return False
        crypt = ctypes.CDLL("libcrypt.so.1").crypt
        crypt.restype = ctypes.c_char_p
        hashed = crypt(password.encode(), kept.encode())
    return hashed is not None and hmac.compare_digest(hashed.decode(), kept)


def exists(user):
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def is_system_administrator(user, instance):
    """SYSADM: the instance's owner, and the members of its group."""
    group = grp.getgrgid(pwd.getpwnam(instance).pw_gid)
    return user == instance or user in group.gr_mem
