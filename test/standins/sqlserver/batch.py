"""Reads a batch into steps before anything of it runs, as the server does, then runs them."""

from common.cursor import Cursor, Syntax
from common.expressions import Expressions
from common.lexer import Unreadable
from common.query import Query
from common.tables import Tables

from .dialect import lexer, near
from .errors import ENDS_BATCH, SqlError, msg
from .statements import statement


class Batch:
    def __init__(self, session, text, quoted_identifiers=False):
        self.session = session
        self.text = text
        self.quoted_identifiers = quoted_identifiers
        try:
            self.tokens = lexer(quoted_identifiers).tokens(text)
        except Unreadable as error:
            raise msg(105, near=text[error.start + 1 :]) if error.quote else msg(102, near=text[error.start])
        self.tables = Tables(session)

    def run(self):
        """The events of the batch, in order: rows, counts, prints, errors."""
        try:
            steps = self.steps(Cursor(self.tokens), lambda cursor: cursor.token is None)
        except Syntax as error:
            return [near(error.token).event(self.line(error.token))]
        except SqlError as error:
            return [error.event(1)]
        events = []
        self.execute(steps, events)
        return events

    def line(self, token):
        return self.text.count("\n", 0, token.start if token else len(self.text)) + 1

    # Reading

    def steps(self, cursor, done):
        found = []
        while True:
            while cursor.accept(";"):
                pass
            if done(cursor):
                return found
            found.append(self.step(cursor))

    def step(self, cursor):
        token = cursor.token
        if token is None:
            raise Syntax(None)
        if cursor.accept("IF"):
            query = Query(cursor, self.session)
            condition = Expressions(cursor, self.session.dialect, query.select).condition()
            then = self.step(cursor)
            cursor.accept(";")
            otherwise = self.step(cursor) if cursor.accept("ELSE") else None
            return ("if", token, (query.evaluator, condition, then, otherwise))
        if cursor.says("BEGIN") and not (cursor.says("BEGIN", "TRAN") or cursor.says("BEGIN", "TRANSACTION")):
            cursor.expect("BEGIN")
            if cursor.says("TRY") or cursor.says("CATCH"):
                raise Syntax(cursor.token)
            inner = self.steps(cursor, lambda cursor: cursor.says("END"))
            cursor.expect("END")
            return ("block", token, inner)
        text = self.dynamic(cursor)
        if text is not None:
            return ("dynamic", token, text)
        return self.listed(cursor, token)

    def dynamic(self, cursor):
        """EXEC (N'...') and EXEC sp_executesql N'...'"""
        start = cursor.at
        if cursor.accept("EXEC") or cursor.accept("EXECUTE"):
            if cursor.accept("(") and cursor.token and cursor.token.kind == "string":
                text = cursor.take("string").value
                while cursor.accept("+"):
                    text += cursor.take("string").value
                cursor.expect(")")
                return text
            if (cursor.accept("sys", ".", "sp_executesql") or cursor.accept("sp_executesql")) and cursor.token and cursor.token.kind == "string":
                return cursor.take("string").value
        cursor.at = start
        return None

    def listed(self, cursor, token):
        if self.tables.begins(cursor.tokens, cursor.at):
            cursor.at, run = self.tables.read(cursor.tokens, cursor.at)
            return ("run", token, run)
        match = statement.match(cursor.tokens, cursor.at)
        if match is None:
            raise Syntax(token)
        cursor.at, take, run = match
        return ("run", token, lambda: run(self.session, take))

    # Running

    def execute(self, steps, events):
        """False once the batch has ended."""
        for kind, token, what in steps:
            try:
                if kind == "block":
                    going = self.execute(what, events)
                elif kind == "if":
                    evaluator, condition, then, otherwise = what
                    chosen = then if evaluator.truth(condition, {}) else otherwise
                    going = self.execute([chosen], events) if chosen else True
                elif kind == "dynamic":
                    events.extend(Batch(self.session, what, self.quoted_identifiers).run())
                    going = not any("bye" in event for event in events)
                else:
                    going = self.keep(what(), events)
            except SqlError as error:
                events.extend(error.events(self.line(token)))
                going = error.number not in ENDS_BATCH
            if not going:
                return False
        return True

    def keep(self, result, events):
        if not result:
            return True
        if "rows" in result:
            self.session.affected = len(result["rows"])
            events.append({**result, "count": self.session.affected if self.session.count_rows else None})
        elif "count" in result:
            self.session.affected = result["count"]
            if self.session.count_rows:
                events.append({"count": result["count"]})
        elif "print" in result:
            events.append(result)
        return "bye" not in result
