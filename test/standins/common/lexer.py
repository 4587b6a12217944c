"""Splits SQL text into tokens. The three vendors differ only in how they quote identifiers."""

import re
from dataclasses import dataclass

WORD = r"@{0,2}[A-Za-z_#][\w@#$]*"
NUMBER = r"0x[0-9A-Fa-f]+|\d+(?:\.\d+)?|\.\d+"
OPERATOR = r"<>|!=|<=|>=|\|\||::|:=|[-+*/%=<>(),;.?:]"


@dataclass(frozen=True)
class Token:
    kind: str  # word, quoted (an identifier in quotes), string, number, operator
    value: str
    start: int
    end: int

    def says(self, word):
        return self.kind in ("word", "operator") and self.value.upper() == word.upper()


class Unreadable(Exception):
    """Text that no token begins with, or a quote that is never closed; `start` is where."""

    def __init__(self, text, start, quote=None):
        super().__init__(text)
        self.start = start
        self.quote = quote


class Lexer:
    def __init__(self, brackets=False, double_quotes="quoted", doubling=True):
        """`brackets`: [x] is an identifier; `double_quotes`: what "x" is, "quoted" or "string"; `doubling`: "a""b" is a"b."""
        self.doubling = doubling
        quotes = {"'": ("'", "string"), '"': ('"', double_quotes)}
        if brackets:
            quotes["["] = ("]", "quoted")
        self.quotes = quotes
        self.scan = re.compile(
            rf"(?P<space>\s+|--[^\n]*|/\*.*?\*/)|(?P<string>[Nn](?='))|(?P<word>{WORD})|(?P<number>{NUMBER})|(?P<operator>{OPERATOR})",
            re.DOTALL,
        )

    def tokens(self, text):
        found, at = [], 0
        while at < len(text):
            start = at
            match = self.scan.match(text, at)
            if match and match.lastgroup == "string":
                at = match.end()
                match = None
            if match is None:
                if text[at] not in self.quotes:
                    raise Unreadable(f"invalid character {text[at]!r}", at)
                value, kind, at = self.quoted(text, at)
                found.append(Token(kind, value, start, at))
                continue
            at = match.end()
            if match.lastgroup != "space":
                found.append(Token(match.lastgroup, match.group(), start, at))
        return found

    def quoted(self, text, at):
        """Reads from an opening quote; a doubled closing quote stands for itself."""
        close, kind = self.quotes[text[at]]
        value, start = "", at
        at += 1
        while True:
            end = text.find(close, at)
            if end < 0:
                raise Unreadable("a quote is never closed", start, text[start])
            value += text[at:end]
            if text[end : end + 2] != close * 2 or (close == '"' and not self.doubling):
                return value, kind, end + 1
            value += close
            at = end + 2
