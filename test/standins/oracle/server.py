"""What the clients talk to: one process that lives while the listener or the instance is up."""

import os
import sys
import threading

from common import wire
from common.cursor import Syntax
from common.lexer import Unreadable
from common.tables import Tables

from . import jobs, statements
from .catalog import Clob
from .dialect import LEXER
from .errors import OracleError, ora, refused
from .instance import ALERT, Instance
from .login import login
from .plsql import Block

SOCKET = "/var/tmp/.oracle/FREE"
CHANGED = {"CREATE": "Table created.", "DROP": "Table dropped.", "TRUNCATE": "Table truncated."}
COUNTED = {"INSERT": "created", "UPDATE": "updated", "DELETE": "deleted"}


class Server:
    def __init__(self):
        self.instance = Instance()

    def converse(self, channel):
        """First what listener control asks, or a login; then statements until the client leaves."""
        session = None
        try:
            while True:
                request = channel.receive()
                try:
                    if "login" in request:
                        session = self.log_in(channel, session, request["login"])
                        channel.send({"session": {"idle": self.instance.state == "DOWN"}})
                    elif "listener" in request:
                        channel.send({"listener": self.control(channel, request["listener"])})
                    elif session is None:
                        raise ora(1034)
                    else:
                        channel.send({"events": self.answer(session, request)})
                except OracleError as error:
                    channel.send({"events": [error.event()], **error.event()})
        finally:
            self.leave(session)

    def log_in(self, channel, before, request):
        self.leave(before)
        with self.instance.lock:
            session = login(self.instance, channel, request)
        self.instance.sessions.append(session)
        return session

    def leave(self, session):
        if session in self.instance.sessions:
            session.close()
            self.instance.sessions.remove(session)

    def control(self, channel, command):
        if not channel.is_local() or channel.peer_user() != "oracle":
            raise ora(1031)
        if command == "start":
            done = self.instance.listen(self.converse)
        elif command == "stop":
            done = self.instance.stop_listening()
            self.end_if_idle()
        else:
            done = self.instance.listener is not None
        return {"done": done, "services": sorted(self.instance.services)}

    def end_if_idle(self):
        if self.instance.state == "DOWN" and self.instance.listener is None:
            threading.Timer(0.2, os._exit, (0,)).start()

    def answer(self, session, request):
        if "startup" in request or "shutdown" in request:  # without the lock: others meet the states between
            return self.power(session, request)
        with self.instance.lock:
            if session.cut_off:
                raise ora(3113)
            if "end" in request:
                session.commit() if request["end"] == "commit" else session.rollback()
                return []
            if self.instance.database is None:
                raise ora(1034)
            if session.container is None:
                session.container = self.instance.database.root
            if "datapump" in request:
                return jobs.run(session, request["datapump"], request["parameters"])
            return self.statement(session, request["sql"], request["block"])

    def power(self, session, request):
        if session.power not in ("SYSDBA", "SYSOPER"):
            raise ora(1031)
        if "startup" in request:
            self.instance.startup(request["startup"] == "MOUNT")
            session.container = self.instance.database.root
            return [{"message": "ORACLE instance started.\nDatabase mounted." + ("\nDatabase opened." if self.instance.state == "OPEN" else "")}]
        self.instance.shutdown(session, request["shutdown"] == "ABORT")
        self.end_if_idle()
        return [{"message": "Database closed.\nDatabase dismounted.\nORACLE instance shut down."}]

    def statement(self, session, text, is_block):
        if not is_block:
            return [self.run(session, text)]
        events = []
        Block(session, tokens(text), lambda sql: self.run(session, sql), lambda line: events.append({"output": line})).run()
        return [*events, {"message": "PL/SQL procedure successfully completed."}]

    def run(self, session, text):
        pieces = tokens(text)
        if session.container.mode == "MOUNTED" and self.instance.state == "OPEN":
            raise ora(1109)
        try:
            if Tables(session).begins(pieces, 0):
                return self.on_tables(session, pieces)
            message = statements.run(session, pieces)
        except Syntax as error:
            raise refused(error.token.start if error.token else len(text))
        if message is None:
            raise refused()
        return {"message": message}

    def on_tables(self, session, pieces):
        word = pieces[0].value.upper()
        if self.instance.state != "OPEN" and word != "SELECT":
            raise ora(1109)
        end, work = Tables(session).read(pieces)
        if end != len(pieces):
            raise refused(pieces[end].start)
        if word in CHANGED:
            session.commit()
        result = work()
        if "done" in result:
            session.commit()
            return {"message": CHANGED[word]}
        if "rows" in result:
            return {**result, "long": sorted({index for row in result["rows"] for index, value in enumerate(row) if isinstance(value, Clob)})}
        return {**result, "verb": COUNTED[word]} if "count" in result else result


def tokens(text):
    try:
        return LEXER.tokens(text)
    except Unreadable as error:
        if error.quote is None:
            raise ora(911, error.start, near=text[error.start], after="the statement's last word")
        raise ora(1740 if error.quote == '"' else 1756, error.start)


def main():
    """Started by lsnrctl or sqlplus; writes a byte to the descriptor it is given once it answers."""
    os.makedirs(os.path.dirname(ALERT), exist_ok=True)
    listener = wire.listen_unix(SOCKET)
    wire.serve(listener, Server().converse)
    os.write(int(sys.argv[1]), b"1")
    os.close(int(sys.argv[1]))
    threading.Event().wait()
