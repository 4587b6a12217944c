"""What the image is told before it starts: the environment, and mssql.conf."""

import configparser
import os
import re

from common import machine

HOME = "/var/opt/mssql"
CONF = f"{HOME}/mssql.conf"

# learn.microsoft.com: "Configure SQL Server settings with environment variables on Linux", and MSDTC in containers.
VARIABLES = """MSSQL_SA_PASSWORD MSSQL_PID MSSQL_LCID MSSQL_COLLATION MSSQL_MEMORY_LIMIT_MB MSSQL_TCP_PORT MSSQL_IP_ADDRESS MSSQL_BACKUP_DIR
    MSSQL_DATA_DIR MSSQL_LOG_DIR MSSQL_DUMP_DIR MSSQL_ENABLE_HADR MSSQL_AGENT_ENABLED MSSQL_MASTER_DATA_FILE MSSQL_MASTER_LOG_FILE
    MSSQL_ERROR_LOG_FILE MSSQL_RPC_PORT MSSQL_DTC_TCP_PORT""".split()

# learn.microsoft.com: "Configure SQL Server on Linux with the mssql-conf tool", and `mssql-conf list`.
KEYS = """control.alternatewritethrough control.hestacksize control.stoponguestprocessfault control.writethrough
    coredump.captureminiandfull coredump.coredumptype distributedtransaction.allowonlysecurerpccalls
    distributedtransaction.fallbacktounsecurerpcifnecessary distributedtransaction.maxlogsize distributedtransaction.memorybuffersize
    distributedtransaction.servertcpport distributedtransaction.tracefilepath distributedtransaction.turnoffrpcsecurity errorlog.numerrorlogs
    eula.accepteula eula.accepteulaml extensibility.datadirectories extensibility.outboundnetworkaccess filelocation.defaultbackupdir
    filelocation.defaultdatadir filelocation.defaultdumpdir filelocation.defaultlogdir filelocation.errorlogfile filelocation.machinekeyfile
    filelocation.masterdatafile filelocation.masterlogfile hadr.hadrenabled language.lcid memory.disablememorypressure
    memory.enablecontainersharedmemory memory.memory_optimized memory.memorylimitmb network.disablesssd network.enablekdcfromkrb5conf
    network.forceencryption network.forcesecureldap network.ipaddress network.kerberoscredupdatefrequency network.kerberoskeytabfile
    network.ldaphostcanon network.privilegedadaccount network.rpcport network.tcpport network.tlscert network.tlsciphers network.tlskey
    network.tlsprotocols network.trustedexternaldomains sqlagent.databasemailprofile sqlagent.enabled sqlagent.errorlogfile
    sqlagent.errorlogginglevel sqlagent.jobhistorymaxrows sqlagent.jobhistorymaxrowsperjob sqlagent.startupwaitforalldb
    telemetry.customerfeedback telemetry.userrequestedlocalauditdirectory wmi.enabled wmi.recheck""".split()
NUMBERS = {"memory.memorylimitmb", "network.tcpport", "network.rpcport", "distributedtransaction.servertcpport", "errorlog.numerrorlogs", "language.lcid"}
SWITCHES = {"sqlagent.enabled", "telemetry.customerfeedback", "hadr.hadrenabled", "memory.memory_optimized", "memory.enablecontainersharedmemory"}
DIRECTORIES = {"filelocation.defaultdatadir", "filelocation.defaultlogdir", "filelocation.defaultbackupdir", "filelocation.defaultdumpdir"}

EDITIONS = {
    "evaluation": ("Enterprise Evaluation Edition (64-bit)", 3),
    "developer": ("Developer Edition (64-bit)", 3),
    "express": ("Express Edition (64-bit)", 4),
    "web": ("Web Edition (64-bit)", 2),
    "standard": ("Standard Edition (64-bit)", 2),
    "enterprise": ("Enterprise Edition (64-bit)", 3),
    "enterprisecore": ("Enterprise Edition: Core-based Licensing (64-bit)", 3),
}
COLLATION = r"(SQL_)?\w+_(BIN2?|C[IS]_A[IS](_KS)?(_WS)?(_SC)?(_VSS)?(_UTF8)?)"

EULA = """The SQL Server End-User License Agreement (EULA) must be accepted before SQL
Server can start. The license terms for this product can be downloaded from
http://go.microsoft.com/fwlink/?LinkId=746388.

You can accept the EULA by specifying the --accept-eula command line option,
setting the ACCEPT_EULA environment variable, or using the mssql-conf tool."""


class Refused(Exception):
    """The server does not start; the text is the vendor's, or as near as is known."""


class Settings:
    def __init__(self):
        self.conf = read_conf()
        if os.environ.get("ACCEPT_EULA", self.conf.get("eula.accepteula", "")) not in ("Y", "y"):
            raise Refused(EULA)
        for name in machine.unlisted(("MSSQL_", "SQLSERVR_"), VARIABLES):
            raise Refused(f"sqlservr: stand-in: the environment variable {name} is not one of the image's documented ones.")
        if machine.memory_bytes() < 2000 * machine.MEGABYTE:
            raise Refused("sqlservr: This program requires a machine with at least 2000 megabytes of memory.")
        self.sa_password = os.environ.get("MSSQL_SA_PASSWORD") or os.environ.get("SA_PASSWORD") or ""
        self.port = self.number("MSSQL_TCP_PORT", "network.tcpport", 1433)
        self.address = os.environ.get("MSSQL_IP_ADDRESS") or self.conf.get("network.ipaddress") or "0.0.0.0"
        self.memory_mb = self.number("MSSQL_MEMORY_LIMIT_MB", "memory.memorylimitmb", machine.memory_bytes() * 8 // 10 // machine.MEGABYTE)
        self.agent = self.switch("MSSQL_AGENT_ENABLED", "sqlagent.enabled")
        self.hadr = self.switch("MSSQL_ENABLE_HADR", "hadr.hadrenabled")
        self.data = self.directory("MSSQL_DATA_DIR", "filelocation.defaultdatadir", f"{HOME}/data")
        self.log = self.directory("MSSQL_LOG_DIR", "filelocation.defaultlogdir", f"{HOME}/data")
        self.backup = self.directory("MSSQL_BACKUP_DIR", "filelocation.defaultbackupdir", f"{HOME}/data")
        self.directory("MSSQL_DUMP_DIR", "filelocation.defaultdumpdir", f"{HOME}/log")
        self.master = os.environ.get("MSSQL_MASTER_DATA_FILE") or self.conf.get("filelocation.masterdatafile") or f"{HOME}/data/master.mdf"
        self.error_log = os.environ.get("MSSQL_ERROR_LOG_FILE") or self.conf.get("filelocation.errorlogfile") or f"{HOME}/log/errorlog"
        self.collation = os.environ.get("MSSQL_COLLATION", "SQL_Latin1_General_CP1_CI_AS")
        if not re.fullmatch(COLLATION, self.collation):
            raise Refused(f"sqlservr: The collation '{self.collation}' is not valid.")
        pid = os.environ.get("MSSQL_PID", "developer").lower()
        if re.fullmatch(r"\w{5}(-\w{5}){4}", pid):
            pid = "enterprise"
        if pid not in EDITIONS:
            raise Refused(f"sqlservr: Invalid edition or product key: MSSQL_PID={pid}.")
        self.edition, self.engine_edition = EDITIONS[pid]

    def number(self, variable, key, default):
        text = os.environ.get(variable) or self.conf.get(key)
        if text is None:
            return default
        if not text.isdigit() or (variable.endswith("PORT") and not 0 < int(text) < 65536):
            raise Refused(f"sqlservr: {variable} ({key}): '{text}' is not a valid value.")
        return int(text)

    def switch(self, variable, key):
        text = (os.environ.get(variable) or self.conf.get(key) or "false").lower()
        if text not in ("true", "false", "1", "0"):
            raise Refused(f"sqlservr: {variable} ({key}): '{text}' is not a valid value.")
        return text in ("true", "1")

    def directory(self, variable, key, default):
        path = os.environ.get(variable) or self.conf.get(key) or default
        try:
            os.makedirs(path, mode=0o750, exist_ok=True)
        except OSError:
            pass
        if not os.access(path, os.W_OK | os.X_OK):
            raise Refused(f"/opt/mssql/bin/sqlservr: Error: Directory [{path}] could not be opened or created.  Errno [13]")
        return path


def read_conf():
    """{section.key: value} of mssql.conf; a file that is not the server's own, or names an unknown setting, stops the start."""
    if not os.path.lexists(CONF):
        return {}
    owner = os.stat(CONF).st_uid
    if owner != os.getuid() or not os.access(CONF, os.R_OK):
        raise Refused(f"sqlservr: Unable to open {CONF}: owned by uid {owner}, the server runs as {os.getuid()}. Errno [13]")
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    try:
        parser.read(CONF)
    except configparser.Error as error:
        raise Refused(f"sqlservr: {CONF} is not valid: {error}")
    found = {f"{section}.{key}".lower(): value for section in parser.sections() for key, value in parser.items(section)}
    for key, value in found.items():
        free = key.startswith("uncmapping.") or re.fullmatch(r"traceflag\.traceflag\d+", key) or key.startswith("distributedtransaction.trace_")
        if key not in KEYS and not free:
            raise Refused(f"sqlservr: The setting '{key}' in {CONF} is not a valid setting.")
        if key in NUMBERS and not value.isdigit():
            raise Refused(f"sqlservr: The value '{value}' of the setting '{key}' in {CONF} is not valid.")
        if key in SWITCHES and value.lower() not in ("true", "false", "1", "0"):
            raise Refused(f"sqlservr: The value '{value}' of the setting '{key}' in {CONF} is not valid.")
        if key in DIRECTORIES and not value.startswith("/"):
            raise Refused(f"sqlservr: The value '{value}' of the setting '{key}' in {CONF} is not valid.")
    return found
