"""How the clients reach the server: over its Unix socket, starting the server where it is not there."""

import os
import pwd
import subprocess
import sys

from common import wire

from .server import SOCKET


def local(start=True):
    """A channel to the server; None where it is not there and may not be started."""
    try:
        return wire.connect_unix(SOCKET)
    except OSError:
        if not start or pwd.getpwuid(os.getuid()).pw_name != "oracle":
            return None
    reader, writer = os.pipe()
    command = [sys.executable, "-IS", "-c", "import sys; sys.path.insert(0, '/opt/standin'); from oracle.server import main; main()", str(writer)]
    with open("/opt/oracle/diag/standin.trc", "a") as trace:
        subprocess.Popen(command, pass_fds=(writer,), stdin=subprocess.DEVNULL, stdout=trace, stderr=trace, start_new_session=True)
    os.close(writer)
    os.read(reader, 1)
    return wire.connect_unix(SOCKET)
