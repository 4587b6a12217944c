"""Recognises statements by patterns that read like the vendors' syntax diagrams.

    CREATE USER [ IF NOT EXISTS ] <user:id> { IDENTIFIED BY <password:quoted> | NO AUTHENTICATION }

A word matches itself in any case; `[ ... ]` is optional, `{ a | b }` a choice, `{ ... }*` a repetition, `<name:kind>` takes
one piece of the statement, `<name+:kind>` one more for a list. What a statement list does not match is refused: there is
no other way in.
"""

import re

from .lexer import Token

KINDS = {
    "id": lambda token: token.kind in ("word", "quoted") and not token.value.startswith("@"),
    "word": lambda token: token.kind == "word",
    "quoted": lambda token: token.kind == "quoted",
    "string": lambda token: token.kind == "string",
    "number": lambda token: token.kind == "number",
    "int": lambda token: token.kind == "number" and token.value.isdigit(),
    "unit": lambda token: token.kind == "word" and token.value.upper() in ("K", "M", "G", "T"),
    "value": lambda token: token.kind in ("word", "quoted", "string", "number"),
}


class Pattern:
    def __init__(self, text):
        self.text = " ".join(text.split())
        self.parts = re.findall(r"<\w+\+?:\w+>|\}\*|[\[\]{}|]|\w[\w$#@]*|<>|::|\S", self.text)
        self.nodes, rest = _sequence(self.parts, 0, ())
        assert rest == len(self.parts), self.text

    def match(self, tokens, at=0, whole=False):
        """The longest match from `at`, as (end, captures); None where there is none."""
        for end, captures in _walk(self.nodes, 0, tokens, at, {}):
            if not whole or end == len(tokens):
                return end, captures
        return None


class StatementList:
    """What an engine knows: `@statement("PATTERN", ...)` before the function that runs what the patterns match."""

    def __init__(self):
        self.known = []

    def __call__(self, *patterns):
        def keep(run):
            self.known.extend((Pattern(pattern), run) for pattern in patterns)
            return run

        return keep

    def match(self, tokens, at=0, whole=False):
        """(end, captures, function) of the longest match; None where the statement is in no list. `words` are all its words."""
        found = [(*match, run) for pattern, run in self.known if (match := pattern.match(tokens, at, whole))]
        if not found:
            return None
        end, take, run = max(found, key=lambda match: match[0])
        take["words"] = [token.value.upper() for token in tokens[at:end] if token.kind in ("word", "operator")]
        return end, take, run


def _sequence(parts, at, closers):
    nodes = []
    while at < len(parts) and parts[at] not in closers:
        part = parts[at]
        if part == "[":
            inner, at = _sequence(parts, at + 1, ("]",))
            nodes.append(("maybe", inner))
        elif part == "{":
            choices = []
            while part not in ("}", "}*"):
                inner, at = _sequence(parts, at + 1, ("|", "}", "}*"))
                choices.append(inner)
                part = parts[at]
            nodes.append(("many" if part == "}*" else "choice", choices))
        elif part.startswith("<") and part.endswith(">") and len(part) > 2:
            nodes.append(("take", *part[1:-1].split(":")))
        else:
            nodes.append(("say", part))
        at += 1
    return nodes, at


def _walk(nodes, index, tokens, at, captures):
    """Every way the nodes from `index` match from token `at`, longest first."""
    if index == len(nodes):
        yield at, captures
        return
    kind, *rest = nodes[index]
    if kind == "say":
        if at < len(tokens) and tokens[at].says(rest[0]):
            yield from _walk(nodes, index + 1, tokens, at + 1, captures)
    elif kind == "take":
        name, what = rest
        for end, value in _take(what, tokens, at):
            taken = {name: value}
            if name.endswith("+"):
                taken = {name[:-1]: [*captures.get(name[:-1], []), value]}
            yield from _walk(nodes, index + 1, tokens, end, {**captures, **taken})
    elif kind == "maybe":
        for end, inner in _walk(rest[0], 0, tokens, at, captures):
            yield from _walk(nodes, index + 1, tokens, end, inner)
        yield from _walk(nodes, index + 1, tokens, at, captures)
    else:
        for choice in rest[0]:
            for end, inner in _walk(choice, 0, tokens, at, captures):
                following = index + 1 if kind == "choice" else index
                if end > at or kind == "choice":
                    yield from _walk(nodes, following, tokens, end, inner)
        if kind == "many":
            yield from _walk(nodes, index + 1, tokens, at, captures)


def _take(what, tokens, at):
    if what == "name":  # a.b.c
        end, parts = at, []
        while end < len(tokens) and KINDS["id"](tokens[end]):
            parts.append(tokens[end])
            end += 1
            if end == len(tokens) or tokens[end].value != ".":
                break
            end += 1
        if parts and tokens[end - 1].value != ".":
            yield end, parts
    elif what == "ids":  # a, b, c
        end, found = at, []
        while end < len(tokens) and KINDS["id"](tokens[end]):
            found.append(tokens[end])
            yield end + 1, list(found)
            if end + 1 == len(tokens) or tokens[end + 1].value != ",":
                break
            end += 2
    elif what == "path":  # 'in quotes', or /bare/to/the-next.space
        end = at
        if end < len(tokens) and tokens[end].says("/"):
            end += 1
            while end < len(tokens) and tokens[end].start == tokens[end - 1].end:
                end += 1
            yield end, Token("string", "".join(token.value for token in tokens[at:end]), tokens[at].start, tokens[end - 1].end)
        elif end < len(tokens) and KINDS["string"](tokens[end]):
            yield end + 1, tokens[end]
    elif what == "names":  # a, b c, d: lists of names of several words
        end = at
        while end < len(tokens) and (KINDS["id"](tokens[end]) or tokens[end].value == ","):
            end += 1
        for stop in range(end, at, -1):
            yield stop, tokens[at:stop]
    elif at < len(tokens) and KINDS[what](tokens[at]):
        yield at + 1, tokens[at]
