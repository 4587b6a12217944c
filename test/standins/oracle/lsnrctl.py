"""lsnrctl start | stop | status"""

import sys

from common import wire

from .launch import local

BANNER = "LSNRCTL for Linux: Version 23.0.0.0.0 - Production\n"


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in ("start", "stop", "status"):
        sys.exit("LSNRCTL: stand-in: refused: start, stop and status are all there is.")
    command = sys.argv[1]
    print(BANNER)
    channel = local(start=command == "start")
    if channel is None:
        sys.exit("TNS-12541: Cannot connect. No listener at host localhost port 1521.")
    try:
        answer = channel.ask({"listener": command})
    except wire.Lost:
        sys.exit("TNS-12547: TNS:lost contact")
    if "error" in answer:
        sys.exit(answer["error"]["text"])
    found = answer["listener"]
    if command != "status" and not found["done"]:
        sys.exit("TNS-01106: Listener using listener name LISTENER has already been started" if command == "start" else "TNS-12541: Cannot connect. No listener.")
    if command == "status":
        print("Services Summary..." if found["services"] else "The listener supports no services")
        for service in found["services"]:
            print(f'Service "{service.lower()}" has 1 instance(s).')
    print("The command completed successfully")
