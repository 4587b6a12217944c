"""One database's tables in one SQLite file. Rows are checked here; SQLite only keeps them."""

import contextlib
import json
import sqlite3


class Store:
    def __init__(self, path, dialect, autocommit):
        self.dialect = dialect
        self.autocommit = autocommit
        self.database = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
        # A killed server loses nothing either way: only a machine that stops would, and the suite never stops one.
        self.database.execute("PRAGMA synchronous = OFF")
        self.database.execute("CREATE TABLE IF NOT EXISTS tables (schema, name, definition, PRIMARY KEY (schema, name))")
        self.database.execute("CREATE TABLE IF NOT EXISTS facts (name PRIMARY KEY, value)")

    def close(self):
        self.database.close()

    def begin(self):
        """Called before every write: opens a transaction where the session does not commit by itself."""
        if not self.autocommit and not self.database.in_transaction:
            self.database.execute("BEGIN IMMEDIATE")

    @contextlib.contextmanager
    def statement(self):
        """A write that fails leaves nothing behind, nor does it end the transaction it is in."""
        self.begin()
        self.database.execute("SAVEPOINT statement")
        try:
            yield
        except BaseException:
            self.database.execute("ROLLBACK TO statement")
            raise
        finally:
            self.database.execute("RELEASE statement")

    def commit(self):
        if self.database.in_transaction:
            self.database.execute("COMMIT")

    def rollback(self):
        if self.database.in_transaction:
            self.database.execute("ROLLBACK")

    # What an engine remembers beside tables: users, grants, settings.

    def fact(self, name, default=None):
        row = self.database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else default

    def remember(self, name, value):
        self.database.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(value)))

    def forget(self, name):
        self.database.execute("DELETE FROM facts WHERE name = ?", (name,))

    def facts(self, prefix):
        """{rest of the name: value} of every fact whose name begins with the prefix."""
        rows = self.database.execute("SELECT name, value FROM facts WHERE substr(name, 1, ?) = ? ORDER BY rowid", (len(prefix), prefix))
        return {name[len(prefix) :]: json.loads(value) for name, value in rows}

    # Tables

    def names(self):
        return [tuple(row) for row in self.database.execute("SELECT schema, name FROM tables ORDER BY schema, name")]

    def find(self, schema, name):
        """The name as it was created, or None. SQL Server's names are equal in any case."""
        for known in self.names():
            if tuple(map(self.dialect.comparable_name, known)) == tuple(map(self.dialect.comparable_name, (schema, name))):
                return known
        return None

    def definition(self, schema, name):
        known = self.find(schema, name)
        if known is None:
            raise self.dialect.error("table", schema=schema, name=name)
        row = self.database.execute("SELECT definition FROM tables WHERE schema = ? AND name = ?", known).fetchone()
        return quote(*known), json.loads(row[0])

    def create(self, schema, name, columns, keys):
        if self.find(schema, name):
            raise self.dialect.error("exists", schema=schema, name=name)
        self.begin()
        self.database.execute("INSERT INTO tables VALUES (?, ?, ?)", (schema, name, json.dumps(columns)))
        listed = ", ".join(f"c{index}" for index in range(len(columns)))
        self.database.execute(f"CREATE TABLE {quote(schema, name)} ({listed})")
        places = {column["name"]: index for index, column in enumerate(columns)}
        for index, key in enumerate(keys):
            if any(column not in places for column in key):
                raise self.dialect.error("column", name=next(column for column in key if column not in places))
            listed = ", ".join(f"c{places[column]}" for column in key)
            self.database.execute(f"CREATE UNIQUE INDEX {quote(schema, name, f'key{index}')} ON {quote(schema, name)} ({listed})")

    def drop(self, schema, name):
        known = self.find(schema, name)
        if known is None:
            raise self.dialect.error("table", schema=schema, name=name, verb="drop")
        self.begin()
        self.database.execute("DELETE FROM tables WHERE schema = ? AND name = ?", known)
        self.database.execute(f"DROP TABLE {quote(*known)}")

    def rows(self, schema, name):
        table, columns = self.definition(schema, name)
        return [column["name"] for column in columns], [list(row) for row in self.database.execute(f"SELECT * FROM {table} ORDER BY rowid")]

    def numbered(self, schema, name):
        """[(rowid, {comparable column name: value})]"""
        table, columns = self.definition(schema, name)
        names = [self.dialect.comparable_name(column["name"]) for column in columns]
        return [(row[0], dict(zip(names, row[1:]))) for row in self.database.execute(f"SELECT rowid, * FROM {table}")]

    def insert(self, schema, name, rows):
        table, columns = self.definition(schema, name)
        marks = ", ".join("?" for _ in columns)
        with self.statement():
            for row in rows:
                values = [self.checked(column, row.get(column["name"]), schema, name) for column in columns]
                self.write(f"INSERT INTO {table} VALUES ({marks})", values, schema, name)

    def update(self, schema, name, changes):
        """`changes`: (rowid, {column: value}) of every row"""
        table, columns = self.definition(schema, name)
        with self.statement():
            for rowid, values in changes:
                for index, column in enumerate(columns):
                    if column["name"] in values:
                        value = self.checked(column, values[column["name"]], schema, name)
                        self.write(f"UPDATE {table} SET c{index} = ? WHERE rowid = ?", (value, rowid), schema, name)

    def delete(self, schema, name, rowids):
        table, _ = self.definition(schema, name)
        self.begin()
        self.database.executemany(f"DELETE FROM {table} WHERE rowid = ?", [(rowid,) for rowid in rowids])

    def write(self, statement, values, schema, name):
        try:
            self.database.execute(statement, values)
        except sqlite3.IntegrityError:
            raise self.dialect.error("duplicate", schema=schema, name=name)

    def checked(self, column, value, schema, name):
        value = self.dialect.convert(value, column["type"], column=column["name"], table=(schema, name))
        if value is None and column["required"]:
            raise self.dialect.error("null", schema=schema, name=name, column=column["name"])
        return value

    def next_identity(self, schema, name, column):
        """Numbers already given are never given again, as with the real ones."""
        key = f"identity {quote(schema, name)} {column['name']}"
        number = self.fact(key, column["identity"][0])
        self.begin()
        self.remember(key, number + column["identity"][1])
        return number

    # Dumps

    def dump(self, schema, name):
        """A table as JSON can carry it: columns, keys, rows, and how far its identity columns have counted."""
        table, columns = self.definition(schema, name)
        counted = {column["name"]: self.fact(f"identity {table} {column['name']}") for column in columns if column["identity"]}
        _, rows = self.rows(schema, name)
        return {"columns": columns, "keys": self.keys(schema, name), "rows": rows, "counted": counted}

    def load(self, schema, name, dumped):
        """The rows of a dump into a table that is there, however it was made."""
        table, columns = self.definition(schema, name)
        marks = ", ".join("?" for _ in columns)
        with self.statement():
            for row in dumped["rows"]:
                self.write(f"INSERT INTO {table} VALUES ({marks})", row, schema, name)
        for column, number in dumped["counted"].items():
            if number is not None:
                self.remember(f"identity {table} {column}", number)

    def keys(self, schema, name):
        """[[column, ...], ...] as `create` takes them"""
        table, columns = self.definition(schema, name)
        indexes = self.database.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? ORDER BY rowid", (table.strip('"'),))
        return [[columns[row[1]]["name"] for row in self.database.execute(f"PRAGMA index_info({quote(index)})")] for (index,) in indexes.fetchall()]


def quote(*parts):
    return '"' + ".".join(parts).replace('"', '""') + '"'
