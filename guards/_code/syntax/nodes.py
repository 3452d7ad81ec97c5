"""From nodes of the tolerant parsers to the small tree: what every language does alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from guards._code.syntax import tree as t


def where_of(node: Any) -> t.Where:
    """A place of these parsers: rows from 0."""
    (row, column), (end_row, end_column) = node.start_point, node.end_point
    return t.Where(row + 1, column, end_row + 1, end_column)


def words(node: Any) -> str:
    """The source of a node; nothing of one that is missing, as in code with errors."""
    found: bytes = b"" if node is None else node.text
    return found.decode("utf-8", "replace")


class Expressions:
    """The expressions of one language, by the kinds of its nodes; of any other kind, what is inside counts."""

    def __init__(self) -> None:
        self.kinds: dict[str, Callable[[Any], t.Expr]] = {}

    def one(self, node: Any) -> t.Expr:
        """An expression."""
        lower = self.kinds.get(node.type)
        return lower(node) if lower is not None else t.Other(self.all(node.named_children))

    def all(self, nodes: Iterable[Any]) -> list[t.Expr]:
        """Several, without comments."""
        return [self.one(node) for node in nodes if node.type != "comment"]

    def at(self, node: Any, name: str) -> t.Expr:
        """What a node has under a name."""
        child = node.child_by_field_name(name)
        return t.Other([]) if child is None else self.one(child)

    def first(self, node: Any) -> t.Expr:
        """The first in a node."""
        inner = next((child for child in node.named_children if child.type != "comment"), None)
        return self.one(inner) if inner is not None else t.Other([])
