"""Initialisation parameters: what ALTER SYSTEM SET knows, and the server parameter file."""

import json
import re

from .errors import OracleError, ora

GIGABYTE = 1 << 30
SIZE, NUMBER, BOOLEAN, TEXT = "size", "number", "boolean", "text"

# name -> (default, kind). Dynamic ones change at once; a static one takes SCOPE = SPFILE and a restart.
DYNAMIC = {
    "open_cursors": ("300", NUMBER), "job_queue_processes": ("1", NUMBER), "undo_retention": ("900", NUMBER), "cpu_count": ("2", NUMBER),
    "pga_aggregate_target": ("512M", SIZE), "pga_aggregate_limit": ("2G", SIZE), "sga_target": ("1G", SIZE), "shared_pool_size": ("0", SIZE),
    "db_cache_size": ("0", SIZE), "large_pool_size": ("0", SIZE), "java_pool_size": ("0", SIZE), "optimizer_mode": ("ALL_ROWS", TEXT),
    "cursor_sharing": ("EXACT", TEXT), "statistics_level": ("TYPICAL", TEXT), "result_cache_mode": ("MANUAL", TEXT),
    "db_file_multiblock_read_count": ("128", NUMBER), "fast_start_mttr_target": ("0", NUMBER), "log_checkpoint_timeout": ("1800", NUMBER),
    "log_checkpoint_interval": ("0", NUMBER), "log_checkpoints_to_alert": ("FALSE", BOOLEAN), "commit_logging": ("", TEXT), "commit_wait": ("", TEXT),
    "parallel_max_servers": ("20", NUMBER), "resource_limit": ("TRUE", BOOLEAN), "resource_manager_plan": ("", TEXT), "local_listener": ("", TEXT),
    "db_create_file_dest": ("", TEXT), "db_recovery_file_dest": ("", TEXT), "db_recovery_file_dest_size": ("0", SIZE), "archive_lag_target": ("0", NUMBER),
    "control_management_pack_access": ("DIAGNOSTIC+TUNING", TEXT), "fast_start_parallel_rollback": ("FALSE", TEXT), "enable_ddl_logging": ("FALSE", BOOLEAN),
    "sql_trace": ("FALSE", BOOLEAN), "timed_statistics": ("TRUE", BOOLEAN), "optimizer_index_cost_adj": ("100", NUMBER), "max_dump_file_size": ("1G", TEXT),
}  # fmt: skip
# Known to later sessions only: ALTER SYSTEM wants the word DEFERRED, or SCOPE = SPFILE.
DEFERRED = {"recyclebin": ("on", TEXT), "sort_area_size": ("65536", NUMBER), "session_cached_cursors": ("50", NUMBER)}
STATIC = {
    "processes": ("200", NUMBER), "sessions": ("322", NUMBER), "db_files": ("200", NUMBER), "sga_max_size": ("1G", SIZE), "memory_target": ("0", SIZE),
    "log_buffer": ("7M", SIZE), "filesystemio_options": ("setall", TEXT), "disk_asynch_io": ("TRUE", BOOLEAN), "audit_trail": ("NONE", TEXT),
    "common_user_prefix": ("", TEXT), "db_writer_processes": ("1", NUMBER), "use_large_pages": ("TRUE", TEXT), "open_links": ("4", NUMBER),
    "undo_management": ("AUTO", TEXT), "compatible": ("23.6.0", TEXT), "remote_login_passwordfile": ("EXCLUSIVE", TEXT), "lock_sga": ("FALSE", BOOLEAN),
    "transactions": ("354", NUMBER), "dml_locks": ("1416", NUMBER), "nls_length_semantics": ("BYTE", TEXT),
}  # fmt: skip
IN_A_PDB = {"open_cursors", "optimizer_mode", "cursor_sharing", "job_queue_processes", "sga_target", "pga_aggregate_target", "statistics_level",
            "resource_manager_plan", "undo_retention", "recyclebin", "result_cache_mode", "fast_start_parallel_rollback", "commit_logging", "commit_wait"}  # fmt: skip
KNOWN = {**DYNAMIC, **DEFERRED, **STATIC}


class Parameters:
    def __init__(self, path):
        self.path = path
        self.memory = {}
        self.load()

    def load(self):
        """At STARTUP: what the file says is in force."""
        with open(self.path) as file:
            self.file = json.load(file)
        self.memory = {name: default for name, (default, _) in KNOWN.items()} | self.file
        for name in ("sga_target", "sga_max_size", "pga_aggregate_target"):
            if size(self.memory[name]) > 2 * GIGABYTE:
                raise ora(56752)

    def set(self, name, value, scope, deferred, pluggable):
        name = name.lower()
        if name not in KNOWN:
            raise ora(2065)
        if pluggable and name not in IN_A_PDB:
            raise ora(65040)
        if name in STATIC and scope != "SPFILE":
            raise ora(2095)
        if name in DEFERRED and scope != "SPFILE" and not deferred:
            raise ora(2096)
        value = valid(name, value)
        if scope in ("MEMORY", "BOTH"):
            self.memory[name] = value
        if scope in ("SPFILE", "BOTH"):
            self.save({**self.file, name: value})

    def reset(self, name):
        if name.lower() not in KNOWN:
            raise ora(2065)
        self.save({known: value for known, value in self.file.items() if known != name.lower()})

    def save(self, file):
        self.file = file
        with open(self.path, "w") as out:
            json.dump(file, out)


def valid(name, value):
    kind = KNOWN[name][1]
    patterns = {NUMBER: r"\d+", SIZE: r"\d+[KMG]?", BOOLEAN: "TRUE|FALSE", TEXT: ".*"}
    if not re.fullmatch(patterns[kind], value, re.IGNORECASE | re.DOTALL):
        if kind == BOOLEAN:
            raise OracleError(922, "missing or invalid option")
        raise OracleError(2017, "integer value required")
    if kind == SIZE and name in ("sga_target", "pga_aggregate_target") and size(value) > 2 * GIGABYTE:
        raise ora(56752)
    return value.upper() if kind in (BOOLEAN, SIZE) else value


def size(text):
    unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1:].upper(), 1)
    return int(text.rstrip("KMGkmg") or 0) * unit
