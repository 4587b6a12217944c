"""CREATE TABLE, DROP TABLE, TRUNCATE, INSERT, UPDATE, DELETE and SELECT on plain tables."""

from .cursor import Cursor, Syntax
from .query import Query

FIRST_WORDS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "CREATE TABLE", "DROP TABLE")


class Tables:
    """`read` takes the statement at `at` and gives (end, run); run() gives {"rows"}, {"count"} or {"done"}."""

    def __init__(self, scope):
        self.scope = scope
        self.dialect = scope.dialect

    def begins(self, tokens, at):
        cursor = Cursor(tokens, at)
        return any(cursor.says(*words.split()) for words in FIRST_WORDS)

    def read(self, tokens, at=0):
        cursor = Cursor(tokens, at)
        query = Query(cursor, self.scope)
        if cursor.says("SELECT"):
            tree = query.select()
            run = lambda: rows_of(*query.run(tree))
        elif cursor.accept("INSERT"):
            run = self.insert(cursor, query)
        elif cursor.accept("UPDATE"):
            run = self.update(cursor, query)
        elif cursor.accept("DELETE"):
            cursor.accept("FROM")
            run = self.delete(cursor, query)
        elif cursor.accept("TRUNCATE", "TABLE"):
            run = self.truncate(cursor)
        elif cursor.accept("CREATE", "TABLE"):
            run = self.create(cursor, query)
        else:
            cursor.expect("DROP", "TABLE")
            run = self.drop(cursor)
        return cursor.at, run

    def create(self, cursor, query):
        unless = cursor.accept("IF", "NOT", "EXISTS")
        parts, keys = cursor.name(), []
        columns = [column for column in cursor.list(lambda: self.column_or_key(cursor, query, keys)) if column]

        def run():
            schema, name = self.scope.locate(parts)
            if unless and self.scope.store.find(schema, name):
                return {"done": "CREATE TABLE"}
            self.scope.allow("CREATE TABLE", schema, name)
            self.scope.store.create(schema, name, columns, keys)
            return {"done": "CREATE TABLE"}

        return run

    def column_or_key(self, cursor, query, keys):
        if cursor.accept("CONSTRAINT"):
            cursor.identifier()
        if cursor.says("PRIMARY", "KEY") or cursor.says("UNIQUE"):
            if not cursor.accept("UNIQUE"):
                cursor.expect("PRIMARY", "KEY")
            cursor.accept("CLUSTERED") or cursor.accept("NONCLUSTERED")
            keys.append([self.dialect.fold(token) for token in cursor.list(cursor.identifier)])
            return None
        name = self.dialect.fold(cursor.identifier())
        column = {"name": name, "type": self.dialect.type(cursor), "required": False, "default": None, "identity": None}
        while not (cursor.says(",") or cursor.says(")")):
            self.column_option(cursor, query, column, keys)
        return column

    def column_option(self, cursor, query, column, keys):
        if cursor.accept("CONSTRAINT"):
            cursor.identifier()
        elif cursor.accept("NOT", "NULL"):
            column["required"] = True
        elif cursor.accept("NULL"):
            pass
        elif cursor.accept("PRIMARY", "KEY"):
            cursor.accept("CLUSTERED") or cursor.accept("NONCLUSTERED")
            column["required"] = True
            keys.append([column["name"]])
        elif cursor.accept("UNIQUE"):
            keys.append([column["name"]])
        elif cursor.accept("DEFAULT"):
            column["default"] = query.expressions.factor()
        else:
            identity = self.dialect.identity(cursor)
            if not identity:
                raise Syntax(cursor.token)
            column["identity"] = identity
            column["required"] = True

    def drop(self, cursor):
        quietly = cursor.accept("IF", "EXISTS")
        parts = cursor.name()
        self.dialect.after_drop(cursor)

        def run():
            schema, name = self.scope.locate(parts)
            if not (quietly and not self.scope.store.find(schema, name)):
                self.scope.allow("DROP TABLE", schema, name)
                self.scope.store.drop(schema, name)
            return {"done": "DROP TABLE"}

        return run

    def truncate(self, cursor):
        parts = cursor.name()
        cursor.accept("IMMEDIATE")

        def run():
            schema, name = self.scope.locate(parts)
            self.scope.allow("DELETE", schema, name)
            self.scope.store.delete(schema, name, [rowid for rowid, _ in self.scope.store.numbered(schema, name)])
            return {"done": "TRUNCATE TABLE"}

        return run

    def insert(self, cursor, query):
        if not cursor.accept("INTO") and not self.dialect.top:
            raise Syntax(cursor.token)
        parts = cursor.name()
        listed = [self.dialect.fold(token) for token in cursor.list(cursor.identifier)] if cursor.says("(") else None
        if cursor.says("SELECT"):
            tree = query.select()
            values = lambda: query.run(tree)[1]
        else:
            cursor.expect("VALUES")
            trees = [cursor.list(query.expressions.value)]
            while cursor.accept(","):
                trees.append(cursor.list(query.expressions.value))
            values = lambda: [[query.evaluator.value(tree, {}) for tree in row] for row in trees]

        def run():
            schema, name = self.scope.locate(parts)
            self.scope.allow("INSERT", schema, name)
            rows = [self.row(schema, name, listed, found, query) for found in values()]
            self.scope.store.insert(schema, name, rows)
            return {"count": len(rows), "verb": "INSERT"}

        return run

    def row(self, schema, name, listed, values, query):
        _, columns = self.scope.store.definition(schema, name)
        known = [column["name"] for column in columns]
        given = listed or [column["name"] for column in columns if not (column["identity"] and self.dialect.identity_hidden)]
        given = [self.matching(column, known) for column in given]
        if len(given) != len(values):
            raise self.dialect.error("arity", listed=bool(listed), fewer=len(values) < len(given))
        row = dict(zip(given, values))
        for column in columns:
            if column["name"] in row:
                if column["identity"] and column["identity"][2]:
                    raise self.dialect.error("identity", name=name, column=column["name"])
            elif column["identity"]:
                row[column["name"]] = self.scope.store.next_identity(schema, name, column)
            elif column["default"] is not None:
                row[column["name"]] = query.evaluator.value(column["default"], {})
        return row

    def matching(self, name, known):
        for column in known:
            if self.dialect.comparable_name(column) == self.dialect.comparable_name(name):
                return column
        raise self.dialect.error("column", name=name)

    def update(self, cursor, query):
        parts = cursor.name()
        cursor.expect("SET")
        changes = [self.assignment(cursor, query)]
        while cursor.accept(","):
            changes.append(self.assignment(cursor, query))
        where = query.expressions.condition() if cursor.accept("WHERE") else None

        def run():
            schema, name = self.scope.locate(parts)
            self.scope.allow("UPDATE", schema, name)
            columns, found = self.matched(schema, name, where, query, [tree for _, tree in changes])
            changed = [(rowid, {self.matching(column, columns): query.evaluator.value(tree, row) for column, tree in changes}) for rowid, row in found]
            self.scope.store.update(schema, name, changed)
            return {"count": len(found), "verb": "UPDATE"}

        return run

    def assignment(self, cursor, query):
        name = self.dialect.fold(cursor.identifier())
        cursor.expect("=")
        return name, query.expressions.value()

    def delete(self, cursor, query):
        parts = cursor.name()
        where = query.expressions.condition() if cursor.accept("WHERE") else None

        def run():
            schema, name = self.scope.locate(parts)
            self.scope.allow("DELETE", schema, name)
            _, found = self.matched(schema, name, where, query, [])
            self.scope.store.delete(schema, name, [rowid for rowid, _ in found])
            return {"count": len(found), "verb": "DELETE"}

        return run

    def matched(self, schema, name, where, query, trees):
        columns = self.scope.store.rows(schema, name)[0]
        for tree in [where, *trees]:
            query.known(tree, query.keys(columns))
        found = self.scope.store.numbered(schema, name)
        return columns, [(rowid, row) for rowid, row in found if where is None or query.evaluator.truth(where, row)]


def rows_of(headings, rows):
    return {"rows": rows, "headings": headings}
