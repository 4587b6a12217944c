"""What a statement runs in: one session's view of one database. Each engine's session is a Scope."""


class Scope:
    dialect = None
    store = None

    def view(self, parts, function):
        """(columns, rows) of a catalog view, or None where the name is a table of the user's."""
        return None

    def locate(self, parts):
        """(schema, name) of a table's name as it is written."""
        raise NotImplementedError

    def allow(self, action, schema, name):
        """Raises where the session may not: SELECT, INSERT, UPDATE, DELETE, CREATE TABLE, DROP TABLE."""

    def call(self, function, arguments):
        raise NotImplementedError
