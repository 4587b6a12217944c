"""The instance and its listener: what is up, and how it comes up and goes down."""

import datetime
import threading
import time

from common import wire

from .database import BASE, CONFIG, ROOT, Database
from .errors import ora
from .parameters import Parameters

ALERT = f"{BASE}/diag/rdbms/free/FREE/trace/alert_FREE.log"
STARTUP_SECONDS = 1.0
SHUTDOWN_SECONDS = 1.2
REGISTRATION_SECONDS = 1.0  # after an open, until the listener knows the services


class Instance:
    def __init__(self):
        self.lock = threading.RLock()
        self.state = "DOWN"  # MOUNTED, OPEN; STARTING and STOPPING between them
        self.started = None
        self.database = None
        self.parameters = None
        self.listener = None
        self.services = set()
        self.sessions = []

    def alert(self, text):
        with open(ALERT, "a") as file:
            file.write(f"{datetime.datetime.now().astimezone().isoformat(timespec='microseconds')}\n{text}\n")

    # Up and down

    def startup(self, mount_only):
        if self.state != "DOWN":
            raise ora(1081)
        self.state = "STARTING"
        try:
            self.parameters = Parameters(f"{CONFIG}/spfileFREE.ora")
            self.alert("Starting ORACLE instance (normal) (OS id: 1)")
            time.sleep(STARTUP_SECONDS)
            self.database = Database()
        except BaseException:
            self.state = "DOWN"
            raise
        self.state = "MOUNTED"
        self.alert("ALTER DATABASE MOUNT\nCompleted: ALTER DATABASE MOUNT")
        if not mount_only:
            self.open()

    def open(self):
        if not self.database.clean:
            self.alert("Beginning crash recovery of 1 threads\nStarted redo scan\nCompleted redo scan\nCompleted crash recovery at\n Thread 1: logseq 1, block 2, scn 0x1")
        self.database.root.system.remember("clean", False)
        for container in self.database.containers.values():
            if self.database.opens_itself(container):
                container.mode = "READ ONLY" if container.name == "PDB$SEED" else "READ WRITE"
                self.alert(f"{container.name}({container.number}):Opening pdb with Resource Manager plan: DEFAULT_PLAN")
        self.started = datetime.datetime.now().strftime("%d-%b-%y").upper()
        self.state = "OPEN"
        self.alert("Completed: ALTER DATABASE OPEN")
        self.register_soon()

    def register_soon(self):
        timer = threading.Timer(REGISTRATION_SECONDS, self.register)
        timer.daemon = True
        timer.start()

    def register(self):
        if self.state == "OPEN":
            self.services = {"FREE" if container.name == ROOT else container.name for container in self.database.containers.values()}

    def shutdown(self, by, abort):
        if self.state not in ("OPEN", "MOUNTED"):
            raise ora(1034)
        self.state = "STOPPING"
        self.services = set()
        self.alert("Shutting down ORACLE instance (%s)" % ("abort" if abort else "immediate"))
        for session in self.sessions:
            session.rollback()
            session.cut_off = session is not by
        by.container = None
        if not abort:
            time.sleep(SHUTDOWN_SECONDS)
            self.database.root.system.remember("clean", True)
            self.alert("ALTER DATABASE CLOSE NORMAL\nCompleted: ALTER DATABASE CLOSE NORMAL")
        self.alert("Instance shutdown complete")
        self.database = None
        self.state = "DOWN"

    def listen(self, converse):
        if self.listener:
            return False
        self.listener = wire.listen_tcp(1521)
        wire.serve(self.listener, converse)
        return True

    def stop_listening(self):
        if not self.listener:
            return False
        wire.stop_listening(self.listener)
        self.listener = None
        return True
