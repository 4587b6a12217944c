"""The PL/SQL an `if it is not there` needs: variables, IF, EXECUTE IMMEDIATE, SELECT INTO, exceptions. No loops, no cursors."""

from common.cursor import Cursor, Syntax
from common.query import Query

from .errors import OracleError, ora, refused

TYPES = ("NUMBER", "INTEGER", "PLS_INTEGER", "VARCHAR2", "BOOLEAN")


class Block:
    """Reads the whole block before it runs. `execute(text)` runs one SQL statement; `say(text)` is DBMS_OUTPUT."""

    def __init__(self, session, tokens, execute, say):
        self.session = session
        self.cursor = Cursor(tokens)
        self.query = Query(self.cursor, session)
        self.evaluator = self.query.evaluator
        self.execute = execute
        self.say = say
        self.variables = {}

    def run(self):
        try:
            steps = self.declared() if self.cursor.says("DECLARE") else self.block()
            self.cursor.accept(";")
            self.cursor.end()
        except Syntax as error:
            raise refused(error.token.start if error.token else 0)
        steps()

    def declared(self):
        cursor = self.cursor
        cursor.expect("DECLARE")
        values = []
        while not cursor.says("BEGIN"):
            name = cursor.take("word").value.upper()
            if cursor.token is None or cursor.token.value.upper() not in TYPES:
                raise Syntax(cursor.token)
            self.session.dialect.type(cursor)
            self.variables[name] = None
            if cursor.accept(":=") or cursor.accept("DEFAULT"):
                values.append((name, self.query.expressions.value()))
            cursor.expect(";")
        body = self.block()

        def run():
            for name, tree in values:
                self.variables[name] = self.value(tree)
            body()

        return run

    def block(self):
        cursor = self.cursor
        cursor.expect("BEGIN")
        steps = self.steps("END", "EXCEPTION")
        handlers = []
        if cursor.accept("EXCEPTION"):
            while cursor.accept("WHEN"):
                which = cursor.take("word").value.upper()
                if which not in ("OTHERS", "NO_DATA_FOUND", "TOO_MANY_ROWS"):
                    raise Syntax(cursor.token)
                cursor.expect("THEN")
                handlers.append((which, self.steps("END", "WHEN")))
        cursor.expect("END")

        def run():
            try:
                for step in steps:
                    step()
            except OracleError as error:
                self.handle(error, handlers)

        return run

    def handle(self, error, handlers):
        names = {1403: "NO_DATA_FOUND", 1422: "TOO_MANY_ROWS"}
        handler = next((steps for which, steps in handlers if which in ("OTHERS", names.get(error.code))), None)
        if handler is None or error.refused:
            raise error
        self.session.sqlcode = 100 if error.code == 1403 else -error.code
        self.session.sqlerrm = f"ORA-{error.code:05}: {error.text}"
        self.raised = error
        for step in handler:
            step()

    def steps(self, *ends):
        found = []
        while not any(self.cursor.says(end) for end in ends):
            found.append(self.step())
            self.cursor.expect(";")
        return found

    def step(self):
        cursor = self.cursor
        if cursor.token is None:
            raise Syntax(None)
        if cursor.accept("NULL"):
            return lambda: None
        if cursor.accept("RAISE"):
            return self.reraise
        if cursor.says("BEGIN"):
            return self.block()
        if cursor.accept("IF"):
            return self.choice()
        if cursor.accept("EXECUTE", "IMMEDIATE"):
            tree = self.query.expressions.value()
            return lambda: self.execute(self.value(tree))
        if cursor.accept("DBMS_OUTPUT", ".", "PUT_LINE"):
            (tree,) = cursor.list(self.query.expressions.value)
            return lambda: self.say(self.value(tree))
        if cursor.says("COMMIT") or cursor.says("ROLLBACK"):
            word = cursor.take("word").value
            return lambda: self.execute(word)
        if cursor.says("SELECT"):
            return self.select_into()
        return self.assignment()

    def reraise(self):
        raise self.raised

    def choice(self):
        branches, otherwise = [], []
        condition = self.query.expressions.condition()
        self.cursor.expect("THEN")
        branches.append((condition, self.steps("ELSIF", "ELSE", "END")))
        while self.cursor.accept("ELSIF"):
            condition = self.query.expressions.condition()
            self.cursor.expect("THEN")
            branches.append((condition, self.steps("ELSIF", "ELSE", "END")))
        if self.cursor.accept("ELSE"):
            otherwise = self.steps("END")
        self.cursor.expect("END", "IF")

        def run():
            chosen = next((steps for condition, steps in branches if self.evaluator.truth(condition, self.variables)), otherwise)
            for step in chosen:
                step()

        return run

    def assignment(self):
        name = self.cursor.take("word").value.upper()
        self.cursor.expect(":=")
        tree = self.query.expressions.value()
        if name not in self.variables:
            raise refused()

        def run():
            self.variables[name] = self.value(tree)

        return run

    def select_into(self):
        """SELECT item INTO variable FROM ...: read as the SELECT without its INTO."""
        cursor = self.cursor
        start = cursor.at
        into = next((at for at in range(start, len(cursor.tokens)) if cursor.tokens[at].says("INTO")), None)
        if into is None or into + 1 >= len(cursor.tokens):
            raise Syntax(cursor.token)
        name = cursor.tokens[into + 1].value.upper()
        del cursor.tokens[into : into + 2]
        tree = self.query.select()
        if name not in self.variables:
            raise refused()

        def run():
            _, rows = self.query.run(tree)
            if not rows:
                raise ora(1403)
            if len(rows) > 1:
                raise ora(1422)
            self.variables[name] = rows[0][0]

        return run

    def value(self, tree):
        return self.evaluator.value(tree, self.variables)
