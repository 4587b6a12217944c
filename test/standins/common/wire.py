"""How the stand-ins' clients talk to their servers: one JSON object a line, in turn. Not the vendors' protocols."""

import errno
import json
import os
import pwd
import socket
import struct
import threading
import time


class Lost(Exception):
    """The other side went away."""


class Channel:
    def __init__(self, connection):
        self.connection = connection
        self.lines = connection.makefile("rb")

    def send(self, message):
        try:
            self.connection.sendall(json.dumps(message).encode() + b"\n")
        except OSError as error:
            raise Lost() from error

    def receive(self):
        try:
            line = self.lines.readline()
        except OSError as error:
            raise Lost() from error
        if not line.endswith(b"\n"):
            raise Lost()
        return json.loads(line)

    def ask(self, message):
        self.send(message)
        return self.receive()

    def close(self):
        self.lines.close()
        self.connection.close()

    def peer_user(self):
        """The OS user at the other end of a Unix socket."""
        credentials = self.connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        uid = struct.unpack("3i", credentials)[1]
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return str(uid)

    def is_local(self):
        return self.connection.family == socket.AF_UNIX

    def peer_address(self):
        return "local machine" if self.is_local() else self.connection.getpeername()[0]


def connect_tcp(host, port, timeout=5):
    connection = socket.create_connection((host, port), timeout)
    if connection.getsockname() == connection.getpeername():
        # Nobody listens, and the port that this end was given is the very one: it is connected with itself. Closed as usual, it would keep the port from
        # the server for a minute.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    connection.settimeout(None)
    return Channel(connection)


def connect_unix(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return Channel(connection)


def listen_tcp(port, address="0.0.0.0"):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for patience in range(30, -1, -1):
        try:
            listener.bind((address, port))
            break
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            if patience == 0:
                with open("/proc/net/tcp") as sockets:
                    raise OSError(f"port {port} stays taken:\n{sockets.read()}") from error
            time.sleep(0.1)
    listener.listen(64)
    return listener


def listen_unix(path):
    if os.path.exists(path):  # left by a killed server, perhaps in a committed layer
        os.unlink(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o777)
    listener.listen(64)
    return listener


def serve(listener, converse):
    """Gives every connection to `converse(channel)`, each in its own thread, until the listener is closed."""

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection):
        channel = Channel(connection)
        try:
            if connection.recv(1, socket.MSG_PEEK) == b"{":  # anything else is a port check, or a real driver: hang up
                converse(channel)
        except (Lost, OSError, ValueError):
            pass
        finally:
            channel.close()

    threading.Thread(target=accept, daemon=True).start()


def stop_listening(listener):
    try:
        listener.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    listener.close()
