"""Works out expression trees. SQL's third truth value is None."""

import re
from decimal import Decimal, InvalidOperation


class Evaluator:
    """`call(name, arguments)` and `select(tree)` come from the session; `fold` makes two strings comparable."""

    def __init__(self, dialect, call, select):
        self.dialect = dialect
        self.call = call
        self.select = select

    def value(self, tree, row, group=None):
        kind = tree[0]
        if kind == "value":
            return tree[1]
        if kind == "column":
            return row[tree[1]]
        if kind == "negative":
            inner = self.value(tree[1], row, group)
            return None if inner is None else -inner
        if kind == "binary":
            return self.binary(tree[1], self.value(tree[2], row, group), self.value(tree[3], row, group))
        if kind == "case":
            for when, then in tree[1]:
                if self.truth(when, row):
                    return self.value(then, row, group)
            return self.value(tree[2], row, group)
        if kind == "cast":
            return self.dialect.convert(self.value(tree[1], row, group), tree[2])
        if kind == "scalar":
            _, rows = self.select(tree[1])
            return rows[0][0] if rows else None
        if kind == "aggregate":
            return self.aggregate(tree, group)
        return self.call(tree[1], [self.value(argument, row, group) for argument in tree[2]])

    def binary(self, operator, left, right):
        if operator == "||" or (operator == "+" and (isinstance(left, str) or isinstance(right, str))):
            if left is None or right is None:
                return self.dialect.concatenate(left, right)
            return f"{left}{right}"
        if left is None or right is None:
            return None
        if operator == "+":
            return left + right
        if operator == "-":
            return left - right
        if operator == "*":
            return left * right
        if right == 0:
            raise self.dialect.error("divide")
        whole = isinstance(left, int) and isinstance(right, int) and not self.dialect.exact_division
        if operator == "/":
            return int(left / right) if whole else left / right
        return left % right

    def aggregate(self, tree, group):
        _, function, inner, distinct = tree
        if inner is None:
            return len(group)
        values = [value for value in (self.value(inner, row) for row in group) if value is not None]
        if distinct:
            values = list(dict.fromkeys(values))
        if function == "COUNT":
            return len(values)
        if not values:
            return None
        if function == "AVG":
            return sum(values) / len(values)
        return {"SUM": sum, "MIN": min, "MAX": max}[function](values)

    def truth(self, tree, row):
        kind = tree[0]
        if kind in ("and", "or"):
            left, right = self.truth(tree[1], row), self.truth(tree[2], row)
            decisive = kind == "or"
            if left is decisive or right is decisive:
                return decisive
            return None if left is None or right is None else not decisive
        if kind == "not":
            inner = self.truth(tree[1], row)
            return None if inner is None else not inner
        if kind == "exists":
            return bool(self.select(tree[1])[1])
        value = self.value(tree[1] if kind != "compare" else tree[2], row)
        if kind == "null":
            return value is None
        if kind == "in":
            answers = [self.compare("=", value, self.value(item, row)) for item in tree[2]]
            return True if True in answers else (None if None in answers else False)
        if kind == "like":
            return self.like(value, self.value(tree[2], row))
        return self.compare(tree[1], value, self.value(tree[3], row))

    def compare(self, operator, left, right):
        if left is None or right is None:
            return None
        if isinstance(left, str) and isinstance(right, str):
            left, right = self.dialect.comparable(left), self.dialect.comparable(right)
        elif isinstance(left, str) or isinstance(right, str):
            try:
                left, right = Decimal(str(left)), Decimal(str(right))
            except InvalidOperation:
                raise self.dialect.error("number", value=left if isinstance(left, str) else right)
        return {
            "=": left == right,
            "<>": left != right,
            "!=": left != right,
            "<": left < right,
            ">": left > right,
            "<=": left <= right,
            ">=": left >= right,
        }[operator]

    def like(self, value, pattern):
        if value is None or pattern is None:
            return None
        expression = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in self.dialect.comparable(str(pattern)))
        return re.fullmatch(expression, self.dialect.comparable(str(value)), re.DOTALL) is not None
