"""The small language of values and conditions that the statements share. Trees are tuples: (kind, ...)."""

from .cursor import Syntax

COMPARISONS = ("=", "<>", "!=", "<=", ">=", "<", ">")
AGGREGATES = ("COUNT", "SUM", "MIN", "MAX", "AVG")
# What ends an expression and so is never a column.
KEYWORDS = set("FROM WHERE ORDER GROUP UNION FETCH AND OR NOT THEN ELSE END WHEN AS IS IN LIKE BETWEEN SELECT INTO VALUES SET BEGIN IF GO".split())


class Binary(str):
    """A value of bytes, as it is written: 0x0102."""


class Expressions:
    """Reads expressions at a cursor. `niladic` are the words that are functions without parentheses."""

    def __init__(self, cursor, dialect, select):
        self.cursor = cursor
        self.dialect = dialect
        self.select = select

    def value(self):
        left = self.product()
        while True:
            operator = self.operator("+", "-", "||")
            if not operator:
                return left
            left = ("binary", operator, left, self.product())

    def product(self):
        left = self.factor()
        while True:
            operator = self.operator("*", "/", "%")
            if not operator:
                return left
            left = ("binary", operator, left, self.factor())

    def operator(self, *choices):
        return next((choice for choice in choices if self.cursor.accept(choice)), None)

    def factor(self):
        cursor = self.cursor
        token = cursor.token
        if token is None:
            raise Syntax(None)
        if cursor.accept("-"):
            return ("negative", self.factor())
        if cursor.says("(", "SELECT"):
            cursor.expect("(")
            inner = self.select()
            cursor.expect(")")
            return ("scalar", inner)
        if cursor.accept("("):
            inner = self.value()
            cursor.expect(")")
            return inner
        if token.kind == "string":
            cursor.at += 1
            return ("value", token.value)
        if token.kind == "number":
            cursor.at += 1
            return ("value", number(token.value))
        if cursor.accept("NULL"):
            return ("value", None)
        if cursor.accept("CASE"):
            return self.case()
        if cursor.says("CAST", "("):
            cursor.expect("CAST", "(")
            inner = self.value()
            cursor.expect("AS")
            kind = self.dialect.type(cursor)
            cursor.expect(")")
            return ("cast", inner, kind)
        return self.named()

    def case(self):
        branches = []
        subject = None if self.cursor.says("WHEN") else self.value()
        while self.cursor.accept("WHEN"):
            when = self.condition() if subject is None else ("compare", "=", subject, self.value())
            self.cursor.expect("THEN")
            branches.append((when, self.value()))
        otherwise = self.value() if self.cursor.accept("ELSE") else ("value", None)
        self.cursor.expect("END")
        return ("case", branches, otherwise)

    def named(self):
        """A column, or a function with or without parentheses."""
        cursor = self.cursor
        special = self.dialect.special(cursor)
        if special:
            return ("call", special, [])
        token = cursor.token
        if token.kind == "word" and token.value.upper() in KEYWORDS:
            raise Syntax(token)
        parts = cursor.name()
        if not cursor.says("("):
            return ("column", self.dialect.comparable_name(self.dialect.fold(parts[-1])), parts[-1].value)
        function = ".".join(part.value.upper() for part in parts)
        if function in AGGREGATES:
            cursor.expect("(")
            distinct = cursor.accept("DISTINCT")
            inner = None if function == "COUNT" and cursor.accept("*") else self.value()
            cursor.expect(")")
            return ("aggregate", function, inner, distinct)
        if function not in self.dialect.functions:
            raise Syntax(token)
        if cursor.accept("(", ")"):
            return ("call", function, [])
        return ("call", function, cursor.list(self.argument(function)))

    def argument(self, function):
        if function == "CONVERT":  # CONVERT(nvarchar(30), value): the first argument is a type
            pending = [lambda: ("value", self.dialect.type(self.cursor))]
            return lambda: pending.pop()() if pending else self.value()
        return self.value

    def condition(self):
        left = self.conjunction()
        while self.cursor.accept("OR"):
            left = ("or", left, self.conjunction())
        return left

    def conjunction(self):
        left = self.test()
        while self.cursor.accept("AND"):
            left = ("and", left, self.test())
        return left

    def test(self):
        cursor = self.cursor
        if cursor.accept("NOT"):
            return ("not", self.test())
        if cursor.accept("EXISTS"):
            cursor.expect("(")
            inner = self.select()
            cursor.expect(")")
            return ("exists", inner)
        start = cursor.at
        if cursor.accept("("):  # a condition in parentheses, or a value
            try:
                inner = self.condition()
                cursor.expect(")")
                return inner
            except Syntax:
                cursor.at = start
        return self.comparison()

    def comparison(self):
        cursor = self.cursor
        left = self.value()
        if cursor.accept("IS"):
            negated = cursor.accept("NOT")
            cursor.expect("NULL")
            return ("not", ("null", left)) if negated else ("null", left)
        negated = cursor.accept("NOT")
        if cursor.accept("IN"):
            found = ("in", left, cursor.list(self.value))
        elif cursor.accept("LIKE"):
            found = ("like", left, self.value())
        elif cursor.accept("BETWEEN"):
            low = self.value()
            cursor.expect("AND")
            found = ("and", ("compare", ">=", left, low), ("compare", "<=", left, self.value()))
        else:
            operator = self.operator(*COMPARISONS)
            if not operator or negated:
                raise Syntax(cursor.token)
            return ("compare", operator, left, self.value())
        return ("not", found) if negated else found


def number(text):
    if text.lower().startswith("0x"):
        return Binary("0x" + text[2:].upper())
    return float(text) if "." in text else int(text)
