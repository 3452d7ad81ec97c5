"""Constants of Python modules, with positions: names that are given literal values, and those of classes under them.

The module is parsed and never run. Texts, numbers, truth values, None, and lists, tuples, sets and dictionaries of
these are values. What has to be computed is left out, and so is a list of which any item has to be. Of a name that is
assigned twice the later value counts.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from guards._code.spans.document import Document, Limits, Offsets, RemarkKind, Remarks
from guards._code.spans.text import ErrorKind, Text
from guards._code.spans.tree import Node, Tree
from guards._core.model import Json

_LINE_END = re.compile(r"\r\n?|\n")


def parse_python(text: Text, limits: Limits) -> Document:
    """The constants of a module."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text.content)
    except SyntaxError as error:
        line = min(error.lineno or 1, text.content.count("\n") + 1)
        raise text.error("not valid Python", text.index(line, 1)) from None
    except (ValueError, RecursionError, MemoryError):
        raise text.error("too much, or too deep, to be parsed as Python", 0, kind=ErrorKind.LIMIT) from None
    return _Constants(text, limits).document(module)


class _Constants:
    """The values of names, and where they stand."""

    def __init__(self, text: Text, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._remarks = Remarks(text, limits)
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text.content))]
        self._count = 0

    def document(self, module: ast.Module) -> Document:
        """The names of a module."""
        values, nodes = self._names(module.body)
        return Document(values, self._remarks.all(), self._text, Tree(Node(0, len(self._text.content), members=nodes)))

    def _names(self, body: list[ast.stmt]) -> tuple[dict[str, Json], dict[str, Node]]:
        values: dict[str, Json] = {}
        nodes: dict[str, Node] = {}
        for name, key, found in self._assigned(body):
            if name in values:
                self._remarks.add(RemarkKind.DUPLICATE_KEY, (name,), *key)
            value, node = found
            node.key = key
            values[name], nodes[name] = value, node
        return values, nodes

    def _assigned(self, body: list[ast.stmt]) -> Iterator[tuple[str, Offsets, tuple[Json, Node]]]:
        for statement in body:
            if isinstance(statement, ast.ClassDef):
                values, nodes = self._names(statement.body)
                place = self._place(statement)
                yield statement.name, place, (values, Node(*place, members=nodes))
                continue
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            if isinstance(statement, ast.AnnAssign) and statement.value is not None:
                targets = [statement.target]
            value = getattr(statement, "value", None)
            for target in targets:
                found = self._literal(value) if isinstance(target, ast.Name) else None
                if found is not None and isinstance(target, ast.Name):
                    yield target.id, self._place(target), found

    def _literal(self, node: ast.expr | None) -> tuple[Json, Node] | None:
        """A literal and its place; None for what has to be computed."""
        if node is None:
            return None
        place = self._place(node)
        self._count += 1
        if self._count > self._limits.nodes:
            raise self._text.error(f"more than {self._limits.nodes} values", place[0], kind=ErrorKind.LIMIT)
        match node:
            case ast.Constant(value=bool() | int() | float() | str() | None as value):
                return value, Node(*place)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return -value, Node(*place)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return self._items(items, place)
            case ast.Dict(keys=keys, values=members):
                return self._members(keys, members, place)
        return None

    def _items(self, items: list[ast.expr], place: Offsets) -> tuple[Json, Node] | None:
        found = [one for one in map(self._literal, items) if one is not None]
        if len(found) < len(items):
            return None
        return [value for value, _ in found], Node(*place, items=[node for _, node in found])

    def _members(self, keys: list[ast.expr | None], members: list[ast.expr], place: Offsets) -> tuple[Json, Node]:
        values: dict[str, Json] = {}
        nodes: dict[str, Node] = {}
        for key, member in zip(keys, members, strict=True):
            found = self._literal(member)
            if isinstance(key, ast.Constant) and isinstance(key.value, str) and found is not None:
                values[key.value], nodes[key.value] = found
                nodes[key.value].key = self._place(key)
        return values, Node(*place, members=nodes)

    def _place(self, node: ast.expr | ast.stmt) -> Offsets:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._index(node.lineno, node.col_offset), self._index(end_line, end_column)

    def _index(self, line: int, column: int) -> int:
        """The code point at a line of the parser and a column in bytes of UTF-8."""
        start = self._starts[line - 1]
        head = self._text.content[start : start + column]
        return start + (column if head.isascii() else len(head.encode()[:column].decode("utf-8", "ignore")))
