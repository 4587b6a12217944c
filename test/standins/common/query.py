"""SELECT over one table or view: the items, WHERE, ORDER BY, and a limit. No joins, no grouping, no set operations."""

from .evaluate import Evaluator
from .expressions import KEYWORDS, Expressions


class Query:
    """Reads at a cursor, then runs in a scope (see scope.py)."""

    def __init__(self, cursor, scope):
        self.cursor = cursor
        self.scope = scope
        self.dialect = scope.dialect
        self.expressions = Expressions(cursor, self.dialect, self.select)
        self.evaluator = Evaluator(self.dialect, scope.call, self.run)

    def select(self):
        cursor = self.cursor
        cursor.expect("SELECT")
        tree = {"distinct": cursor.accept("DISTINCT"), "limit": None, "from": None, "where": None, "order": []}
        if self.dialect.top and cursor.accept("TOP"):
            parenthesis = cursor.accept("(")
            tree["limit"] = int(cursor.take("number").value)
            if parenthesis:
                cursor.expect(")")
        tree["items"] = [self.item(1)]
        while cursor.accept(","):
            tree["items"].append(self.item(len(tree["items"]) + 1))
        if cursor.accept("FROM"):
            tree["from"] = self.table()
        elif self.dialect.needs_from:
            raise self.dialect.error("from", token=cursor.token)
        if cursor.accept("WHERE"):
            tree["where"] = self.expressions.condition()
        if cursor.accept("ORDER", "BY"):
            tree["order"].append(self.order())
            while cursor.accept(","):
                tree["order"].append(self.order())
        if not self.dialect.top and cursor.says("FETCH"):
            cursor.expect("FETCH", "FIRST")
            tree["limit"] = int(cursor.take("number").value) if cursor.token and cursor.token.kind == "number" else 1
            if not cursor.accept("ROWS"):
                cursor.expect("ROW")
            cursor.expect("ONLY")
        return tree

    def item(self, ordinal):
        cursor = self.cursor
        if cursor.accept("*"):
            return ("*", None)
        start = cursor.at
        tree = self.expressions.value()
        text = " ".join(token.value for token in cursor.tokens[start : cursor.at])
        if cursor.accept("AS"):
            return (tree, self.dialect.fold(cursor.take("word", "quoted", "string")))
        token = cursor.token
        if token and token.kind in ("word", "quoted") and not (token.kind == "word" and token.value.upper() in KEYWORDS | self.dialect.starters):
            return (tree, self.dialect.fold(cursor.identifier()))
        return (tree, self.dialect.heading(tree, text, ordinal))

    def table(self):
        cursor = self.cursor
        if self.dialect.table_functions and cursor.accept("TABLE"):
            cursor.expect("(")
            parts = cursor.name()
            cursor.expect("(", ")", ")")
            function = True
        else:
            parts, function = cursor.name(), False
        if cursor.accept("AS"):
            cursor.identifier()
        elif cursor.token and cursor.token.kind == "word" and cursor.token.value.upper() not in KEYWORDS | self.dialect.starters:
            cursor.identifier()
        return (parts, function)

    def order(self):
        tree = self.expressions.value()
        descending = self.cursor.accept("DESC") or (self.cursor.accept("ASC") and False)
        return (tree, descending)

    def run(self, tree):
        """(headings, rows)"""
        columns, rows = self.source(tree)
        for part in [item for item, _ in tree["items"]] + [tree["where"]] + [item for item, _ in tree["order"]]:
            self.known(part, self.keys(columns))
        if tree["where"]:
            rows = [row for row in rows if self.evaluator.truth(tree["where"], row)]
        for item, descending in reversed(tree["order"]):
            rows = sorted(rows, key=lambda row: self.sort_key(item, tree, row), reverse=descending)
        headings, found = self.project(tree["items"], columns, rows)
        if tree["distinct"]:
            found = [list(row) for row in dict.fromkeys(map(tuple, found))]
        return headings, found if tree["limit"] is None else found[: tree["limit"]]

    def source(self, tree):
        if tree["from"] is None:
            return [], [{}]
        parts, function = tree["from"]
        found = self.scope.view([part.value for part in parts], function)
        if found is None:
            schema, name = self.scope.locate(parts)
            self.scope.allow("SELECT", schema, name)
            found = self.scope.store.rows(schema, name)
        columns, rows = found
        return columns, [dict(zip(self.keys(columns), row)) for row in rows]

    def keys(self, columns):
        return [self.dialect.comparable_name(column) for column in columns]

    def sort_key(self, item, tree, row):
        if item[0] == "value" and isinstance(item[1], int) and 0 < item[1] <= len(tree["items"]):  # ORDER BY 1
            item = tree["items"][item[1] - 1][0]
        value = self.evaluator.value(item, row)
        if isinstance(value, str):
            value = self.dialect.comparable(value)
        return (value is None, isinstance(value, str), 0 if value is None else value)

    def project(self, items, columns, rows):
        headings = []
        for item, heading in items:
            headings.extend(columns if item == "*" else [heading])
        if any(item != "*" and has_aggregate(item) for item, _ in items):
            return headings, [[self.evaluator.value(item, rows[0] if rows else {}, rows) for item, _ in items]]
        found = []
        for row in rows:
            values = []
            for item, _ in items:
                values.extend([row[key] for key in self.keys(columns)] if item == "*" else [self.evaluator.value(item, row)])
            found.append(values)
        return headings, found

    def known(self, tree, keys):
        """Refuses a column that the table does not have, also where the table is empty."""
        if not isinstance(tree, (tuple, list)) or not tree:
            return
        if tree[0] == "column":
            if tree[1] not in keys:
                raise self.dialect.error("column", name=tree[2])
            return
        if tree[0] in ("scalar", "exists", "value"):
            return
        for part in tree:
            self.known(part, keys)


def has_aggregate(tree):
    if not isinstance(tree, (tuple, list)) or not tree or tree[0] == "value":
        return False
    return tree[0] == "aggregate" or any(has_aggregate(part) for part in tree)
