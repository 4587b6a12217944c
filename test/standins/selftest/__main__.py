"""Builds the stand-ins and holds them to README.md: what it lists works, what it does not list is refused.

    python3 test/standins/selftest [-v] [-k Oracle]
"""

import pathlib
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True

from containers import RUN, docker
from db2 import Db2  # noqa: F401
from oracle import Oracle  # noqa: F401
from readme import Readme  # noqa: F401
from sqlserver import SqlServer  # noqa: F401

build = pathlib.Path(__file__).parent.parent / "build.sh"
subprocess.run([build], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    unittest.main()
finally:
    left = docker("ps", "--all", "--quiet", "--filter", f"label={RUN}").split()
    if left:
        docker("rm", "--force", "--volumes", *left)
