"""README.md is the specification: it has every statement, view and function that the code has."""

import pathlib
import subprocess
import sys
import unittest

STANDINS = pathlib.Path(__file__).parent.parent


class Readme(unittest.TestCase):
    def names(self, engine):
        """The code's own lists, read outside the containers: the package of that name beside selftest/, not the test of that name in it."""
        script = f"""
import importlib, sys
sys.dont_write_bytecode = True
sys.path.insert(0, {str(STANDINS)!r})
statements = importlib.import_module("{engine}.statements")
for pattern, _ in statements.statement.known: print(pattern.text)
try: catalog = importlib.import_module("{engine}.catalog")
except ModuleNotFoundError: catalog = None
for name in (catalog.VIEWS if catalog else ()): print(name)
dialect = importlib.import_module("{engine}.dialect")
kind = next(value for name, value in vars(dialect).items() if name.endswith("Sql"))
for name in (*kind.functions, *kind.niladic, *kind.types): print(name)
"""
        return subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.splitlines()

    def test_it_lists_everything(self):
        text = " ".join((STANDINS / "README.md").read_text().split()).lower()
        for engine in ("sqlserver", "oracle", "db2"):
            for name in self.names(engine):
                with self.subTest(engine=engine, name=name):
                    self.assertTrue(name.lower() in text, f"README.md lacks it, or has it otherwise: {name}")
