"""What differs between the vendors' statements. Each engine's dialect is one of these."""

from .cursor import Syntax


class Dialect:
    functions = frozenset()  # callable with parentheses; the session's `call` answers
    niladic = frozenset()  # callable without
    types = {}  # type name -> class: int, number, text, time, binary; None where it takes no table column
    starters = frozenset()  # words that begin the next statement where no semicolon has to stand between
    top = False  # SELECT TOP 1, INSERT without INTO
    needs_from = False
    table_functions = False  # FROM TABLE(f())
    exact_division = False
    identity_hidden = False  # an identity column is left out of an INSERT without a column list

    def error(self, kind, **about):
        """The vendor's error for: table, exists, column, duplicate, null, arity, identity, long, number, divide, from."""
        raise NotImplementedError

    def fold(self, token):
        return token.value

    def comparable(self, text):
        return text

    def comparable_name(self, name):
        return name

    def concatenate(self, left, right):
        return None

    def heading(self, tree, text, ordinal):
        return text

    def special(self, cursor):
        """A function without parentheses at the cursor, stepped over; or None."""
        token = cursor.token
        if token.kind == "word" and token.value.upper() in self.niladic:
            cursor.at += 1
            return token.value.upper()
        return None

    def identity(self, cursor):
        """(first, step, always) of an identity clause at the cursor, stepped over; or None."""
        return None

    def after_drop(self, cursor):
        """What may follow DROP TABLE t."""

    def type(self, cursor):
        """Reads a type: {"name", "class", "size"}. `varchar(20)`, `decimal(10, 2)`, `nvarchar(max)`, `varchar2(20 char)`."""
        token = cursor.identifier()
        name = token.value.upper()
        for longer in sorted((known for known in self.types if known.startswith(name + " ")), key=len, reverse=True):
            if cursor.accept(*longer.split()[1:]):
                name = longer
                break
        if name not in self.types:
            raise Syntax(token)
        size = None
        if cursor.accept("("):
            if not cursor.accept("MAX"):
                size = int(cursor.take("number").value)
            cursor.accept("CHAR") or cursor.accept("BYTE") or cursor.accept("OCTETS")
            if cursor.accept(","):
                cursor.take("number")
            cursor.expect(")")
        for suffix in self.type_suffixes(name):
            cursor.accept(*suffix)
        return {"name": name, "class": self.types[name], "size": size}

    def type_suffixes(self, name):
        return ()

    def convert(self, value, kind, column=None, table=None):
        """The value as a column of this type keeps it."""
        if value is None:
            return None
        about = {"value": value, "type": kind["name"], "column": column, "table": table}
        if kind["class"] in ("int", "number"):
            return self.to_number(value, kind["class"], about)
        text = f"{value:g}" if isinstance(value, float) else str(value)
        if kind["class"] == "text" and kind["size"] is not None and len(text) > kind["size"]:
            if column is None:  # CAST cuts
                return text[: kind["size"]]
            raise self.error("long", size=kind["size"], length=len(text.encode()), **about)
        return text

    def to_number(self, value, kind, about):
        try:
            number = float(value)
        except ValueError:
            raise self.error("number", **about)
        return int(number) if kind == "int" or number.is_integer() else number
