"""A place in a list of tokens, for what patterns cannot say: expressions, and lists of columns."""


class Syntax(Exception):
    """The statement does not go on as it should; `token` is where (None: at its end)."""

    def __init__(self, token):
        super().__init__(token.value if token else "end of statement")
        self.token = token


class Cursor:
    def __init__(self, tokens, at=0):
        self.tokens = tokens
        self.at = at

    @property
    def token(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def says(self, *words):
        following = self.tokens[self.at : self.at + len(words)]
        return len(following) == len(words) and all(token.says(word) for token, word in zip(following, words))

    def accept(self, *words):
        """Steps over the words if they come next."""
        if not self.says(*words):
            return False
        self.at += len(words)
        return True

    def expect(self, *words):
        if not self.accept(*words):
            raise Syntax(self.token)

    def take(self, *kinds):
        token = self.token
        if token is None or token.kind not in kinds:
            raise Syntax(token)
        self.at += 1
        return token

    def identifier(self):
        return self.take("word", "quoted")

    def name(self):
        """a, or a.b, or a.b.c"""
        parts = [self.identifier()]
        while self.accept("."):
            parts.append(self.identifier())
        return parts

    def list(self, read):
        """( read, read, ... )"""
        self.expect("(")
        found = [read()]
        while self.accept(","):
            found.append(read())
        self.expect(")")
        return found

    def end(self):
        if self.token is not None:
            raise Syntax(self.token)
