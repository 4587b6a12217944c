"""sqlservr: starts, answers sqlcmd, and stops on SHUTDOWN or, where the signal reaches it, SIGTERM."""

import datetime
import os
import signal
import sqlite3
import sys
import threading
import time

from common import wire

from .batch import Batch
from .catalog import YEAR
from .errors import SqlError, msg, password_fault
from .master import SYSTEM, Master
from .session import Session
from .settings import HOME, Refused, Settings

START_SECONDS = 0.5
FIRST_START_REFUSES_SA = 3.0  # seconds between the listener's "ready for client connections" and a login that works
SCRIPT_UPGRADE = 1.0  # the same on a later start
PASSWORD_SECONDS = 0.6  # between "Recovery is complete" and the login that works


class Server:
    def __init__(self, settings):
        self.settings = settings
        self.error_log = open(settings.error_log, "a")
        self.sessions = {}
        self.recovered = False
        self.stopping = threading.Event()
        self.nowait = False
        self.master = None
        self.pending = None

    def log(self, source, text):
        stamp = datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-4]
        line = f"{stamp} {source:<11} {text}"
        print(line, flush=True)
        self.error_log.write(line + "\n")
        self.error_log.flush()

    def start(self):
        self.log("Server", f"Microsoft SQL Server {YEAR} (stand-in). {self.settings.edition} on Linux.")
        self.log("Server", f"Detected {os.cpu_count()} cores; {self.settings.memory_mb} MB of memory visible.")
        os.umask(0o007)
        os.makedirs(os.path.dirname(self.settings.master), exist_ok=True)
        self.check_owner()
        time.sleep(START_SECONDS)
        self.master = Master(self.settings, self.log)
        for name in SYSTEM:
            self.log("spid8s", f"Starting up database '{name}'.")
        listener = wire.listen_tcp(self.settings.port, self.settings.address)
        wire.serve(listener, self.converse)
        self.log("Server", f"Server is listening on [ 'any' <ipv4> {self.settings.port}] accept sockets 1.")
        self.log("spid8s", "SQL Server is now ready for client connections. This is an informational message; no user action is required.")
        return listener

    def check_owner(self):
        """Files that came from elsewhere with another owner are no database to the server."""
        path = self.settings.master
        if os.path.exists(path) and not os.access(path, os.R_OK | os.W_OK):
            raise Refused(f"FCB::Open failed: Could not open file {path} for file number 1.  OS error: 5(Access is denied.).")

    def recover(self):
        for database in self.master.databases()[len(SYSTEM) :]:
            self.log("spid12s", f"Starting up database '{database['name']}'.")
            if not self.master.clean:
                number = database["id"]
                self.log("spid12s", f"Recovery of database '{database['name']}' ({number}) is 0% complete. This is an informational message only.")
                self.log("spid12s", f"1 transactions rolled forward in database '{database['name']}' ({number}:0). This is an informational message only.")
            if self.master.state(database)[1] == "RECOVERY_PENDING":
                self.log("spid12s", f"FCB::Open failed: Could not open file {database['data']} for file number 1.  OS error: 5(Access is denied.).")
        first = not self.master.existed or not self.master.login("sa")
        fault = password_fault(self.settings.sa_password) if first else None
        time.sleep(SCRIPT_UPGRADE if fault or not first else FIRST_START_REFUSES_SA)
        self.log("spid8s", "Recovery is complete. This is an informational message only. No user action is required.")
        time.sleep(PASSWORD_SECONDS)
        if fault:
            self.log("spid31s", f"ERROR: Unable to set system administrator password: {fault.text}.")
            self.log("spid31s", "An error occurred during server setup. See previous errors for more information.")
            os._exit(255)
        if first:
            with self.master.lock:
                self.master.create_login("sa", self.settings.sa_password)
                self.master.create_own_logins()
        self.recovered = True

    # Clients

    def converse(self, channel):
        greeting = channel.receive()
        name = greeting["login"]
        if not self.recovered:
            number = 18456 if self.master.login("sa") is None else 18401
            error = msg(number, name=name)
            self.log("Logon", f"Error: {number}, Severity: 14, State: 7.")
            self.log("Logon", f"{error.text} [CLIENT: {channel.peer_address()}]")
            channel.send(error.event(1))
            return
        try:
            with self.master.lock:
                login = self.master.authenticate(name, greeting["password"])
                session = Session(self, login, greeting.get("database"))
        except SqlError as error:
            channel.send(error.event(1))
            return
        self.sessions[session.number] = session
        channel.send({"welcome": session.number})
        try:
            while True:
                request = channel.receive()
                channel.send({"events": self.answer(session, request)})
        finally:
            session.close()
            del self.sessions[session.number]

    def answer(self, session, request):
        with self.master.lock:
            if session.killed:
                raise wire.Lost()
            try:
                return Batch(session, request["batch"], request["quoted_identifiers"]).run()
            except SqlError as error:
                return [error.event(1)]
            except sqlite3.OperationalError:  # another session's transaction holds the file
                return [msg(1222).event(1)]

    def sessions_of(self, login):
        return [session for session in self.sessions.values() if session.login.casefold() == login.casefold()]

    def sessions_in(self, database):
        return [session for session in self.sessions.values() if session.database == database and not session.killed]

    def forget_files(self, database):
        """Other files come to lie where a database's were."""
        for session in self.sessions.values():
            store = session.stores.pop(database["data"], None)
            if store:
                store.close()

    # Stopping

    def shut_down(self, login, nowait):
        self.log("spid51", f"Server shut down by {'NOWAIT ' if nowait else ''}request from login {login}.")
        self.nowait = nowait
        self.stopping.set()

    def terminate(self, *_):
        self.log("Server", "SQL Server is terminating because of a system shutdown. This is an informational message only. No user action is required.")
        self.stopping.set()

    def stop(self):
        """Only a shutdown that waits leaves the databases with nothing to recover."""
        time.sleep(0.3)
        with self.master.lock:
            if not self.nowait:
                self.master.store.remember("clean", True)
        self.log("spid8s", "SQL Trace was stopped due to server shutdown. Trace ID = '1'. This is an informational message only; no user action is required.")


def main():
    # What the kernel would do for a process that is not the container's first; the launcher is that.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        if not os.access(HOME, os.W_OK | os.X_OK):
            raise Refused("/opt/mssql/bin/sqlservr: Error: The system directory [/.system] could not be created. Errno [13]: Permission denied")
        for name in (".system", "data", "log", "secrets"):
            os.makedirs(f"{HOME}/{name}", mode=0o750, exist_ok=True)
        server = Server(Settings())
        server.start()
    except (Refused, OSError) as error:
        print(error, file=sys.stderr, flush=True)
        sys.exit(1)
    signal.signal(signal.SIGTERM, server.terminate)
    signal.signal(signal.SIGINT, server.terminate)
    threading.Thread(target=server.recover, daemon=True).start()
    server.stopping.wait()
    server.stop()
    sys.stdout.flush()
    os._exit(0)
