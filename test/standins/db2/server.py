"""The process behind Db2's commands: it is there as long as the container; db2start and db2stop start and stop the instance in it."""

import os
import pwd
import sqlite3
import sys
import threading
import time
import traceback

from common import wire

from . import statements
from .configuration import REGISTRY
from .dialect import LEXER
from .errors import Db2Error, sql, unexpected
from .instance import Instance
from .session import Session, start_time

SOCKET = "/var/run/db2/instance"
PORT = 50000
START_SECONDS = 0.5
STOP_SECONDS = 1.0


class Server:
    def __init__(self, instance):
        self.instance = instance
        self.lock = threading.RLock()
        self.listener = None

    def converse(self, channel):
        if not channel.is_local():  # the port answers as the vendor's does; its protocol is not imitated
            return
        user = channel.peer_user()
        while True:
            request = channel.receive()
            try:
                with self.lock:
                    channel.send(self.answer(user, request))
            except Db2Error as error:
                channel.send(error.event())
            except sqlite3.OperationalError:  # another session's unit of work holds the file
                channel.send(sql("SQL0911N").event())
            except wire.Lost:
                raise
            except Exception:
                traceback.print_exc()
                channel.send(sql("SQL1042C").event())

    def answer(self, user, request):
        if "start" in request:
            return self.start(user)
        if "stop" in request:
            return self.stop(user, request["stop"] == "force")
        if "registry" in request:
            return self.registry(user, request["registry"])
        session = self.session(user, [tuple(shell) for shell in request["shells"]])
        if "autocommit" in request:
            session.autocommit = request["autocommit"]
        tokens = LEXER.tokens(request["statement"])
        try:
            return statements.run(session, tokens)
        except IndexError:
            raise unexpected(tokens, len(tokens))

    def session(self, user, shells):
        """The one that belongs to one of the shells, or a new one of the last."""
        self.instance.forget_the_dead()
        for shell in shells:
            if (user, *shell) in self.instance.sessions:
                return self.instance.sessions[(user, *shell)]
        session = Session(self.instance, user, shells[-1])
        self.instance.sessions[(user, *shells[-1])] = session
        return session

    def start(self, user):
        Session(self.instance, user, (os.getpid(), start_time(os.getpid()))).need_administrator()
        if self.instance.running:
            raise sql("SQL1026N")
        time.sleep(START_SECONDS)
        self.listener = wire.listen_tcp(PORT)
        wire.serve(self.listener, self.converse)
        self.instance.running = True
        self.instance.log("ADM7513W  Database manager has started.")
        return {"text": "SQL1063N  DB2START processing was successful."}

    def stop(self, user, force):
        Session(self.instance, user, (os.getpid(), start_time(os.getpid()))).need_administrator()
        if not self.instance.running:
            raise sql("SQL1032N")
        if not force and any(self.instance.connected(database) for database in self.instance.databases.values()):
            raise sql("SQL1025N")
        self.instance.stop()
        time.sleep(STOP_SECONDS)
        wire.stop_listening(self.listener)
        self.instance.log("ADM7514W  Database manager has stopped.")
        return {"text": "SQL1064N  DB2STOP processing was successful."}

    def registry(self, user, assignment):
        """db2set: what is set now counts after the next db2start."""
        kept = self.instance.settings.fact("registry", {})
        if assignment is None:
            return {"text": "\n".join(f"[i] {name}={value}" for name, value in kept.items())}
        variable, _, value = assignment.partition("=")
        if variable.upper() not in REGISTRY:
            raise Db2Error("DBI1309E", "System error.  Explanation: the registry variable is not valid.", refused=True)
        kept.pop(variable.upper(), None)
        self.instance.settings.remember("registry", {**kept, variable.upper(): value} if value else kept)
        return {"text": ""}


def main():
    """server.py INSTANCE HOME DATA, as root: it becomes the instance's owner and keeps root only for reading /etc/shadow."""
    name, home, data = sys.argv[1:4]
    owner = pwd.getpwnam(name)
    listener = wire.listen_unix(SOCKET)
    os.initgroups(name, owner.pw_gid)
    os.setresgid(owner.pw_gid, owner.pw_gid, 0)
    os.setresuid(owner.pw_uid, owner.pw_uid, 0)
    os.umask(0o027)
    server = Server(Instance(name, home, data))
    wire.serve(listener, server.converse)
    threading.Event().wait()
