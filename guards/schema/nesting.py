"""How much work a list of errors can become: alternatives inside alternatives multiply.

Whether a value fits is found in time that grows with its size. Listing the errors of all alternatives is another
matter: where a schema comes back to itself through several of them, each level of the document multiplies the work
by their number. What would take too long is not listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

from guards._code.spans import JsonPath
from guards._core.model import Json
from guards.schema.keywords import IN_PLACE, children, part_at
from guards.schema.library import Library, Schema

MOST_WORK = 2**13

Node: TypeAlias = "tuple[str, JsonPath]"
"""A place in a schema file."""
Member: TypeAlias = "tuple[str, str]"
"""The members that a schema looks at: those of a name, or all that a keyword such as `items` is about."""
_ITSELF: Member = ("", "")
"""Stands for the value that a schema looks at."""


class Nesting:
    """What each schema asks of the members of a value, and how often."""

    def __init__(self, root: Node, library: Library, schemas: dict[str, Schema]) -> None:
        self._root = root
        self._library = library
        self._schemas = {schema.address: schema for schema in schemas.values()}
        self._references = {
            (schema.address, reference.path): reference.target
            for schema in self._schemas.values()
            for reference in schema.references
        }
        self._demands: dict[Node, Counter[tuple[Member, Node]]] = {}
        self._levels: list[dict[Node, int]] = []

    def bearable(self, value: Json) -> bool:
        """False if the errors of a value could take too long to list."""
        try:
            return self._work(depth(value)) <= MOST_WORK
        except RecursionError:
            return False

    def _work(self, levels: int) -> int:
        """How often one value at this depth may be looked at, at the most."""
        if not self._levels:
            self._levels.append({node: self._deepened(node, {}) for node in self._graph})
        while len(self._levels) <= levels and self._levels[-1][self._root] <= MOST_WORK:
            below = self._levels[-1]
            level = {node: self._deepened(node, below) for node in self._graph}
            self._levels.append(level)
            if level == below:
                break
        return self._levels[min(levels, len(self._levels) - 1)][self._root]

    def _deepened(self, node: Node, below: dict[Node, int]) -> int:
        members: Counter[Member] = Counter()
        for (member, child), times in self._graph[node].items():
            members[member] += times * (1 if member == _ITSELF else max(1, below.get(child, 1)))
        return min(max(members.values(), default=1), 2 * MOST_WORK)

    @cached_property
    def _graph(self) -> dict[Node, Counter[tuple[Member, Node]]]:
        graph: dict[Node, Counter[tuple[Member, Node]]] = {}
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            if node not in graph:
                graph[node] = self._demand(node, frozenset())
                waiting.extend(child for member, child in graph[node] if member != _ITSELF)
        return graph

    def _demand(self, node: Node, above: frozenset[Node]) -> Counter[tuple[Member, Node]]:
        """What a schema, and all that it applies to the same value, asks of the value's members."""
        if node in self._demands or node in above:
            return self._demands.get(node, Counter())
        found: Counter[tuple[Member, Node]] = Counter({(_ITSELF, self._root): 1})
        for member, child in self._parts(node):
            found.update(self._demand(child, above | {node}) if member is None else {(member, child): 1})
        self._demands[node] = found
        return found

    def _parts(self, node: Node) -> Iterator[tuple[Member | None, Node]]:
        """The schemas that a schema applies: to the value itself (no member), or to members of it."""
        address, path = node
        schema = self._at(node)
        for step, _ in children(schema) if isinstance(schema, dict) else ():
            keyword = str(step[0])
            in_place = keyword in IN_PLACE
            if keyword not in ("$defs", "definitions"):
                named = str(step[1]) if keyword in ("properties", "patternProperties") else ""
                yield None if in_place else (keyword, named), (address, path + step)
        for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
            if (target := self._target(address, (*path, keyword))) is not None:
                yield None, target

    def _target(self, address: str, path: JsonPath) -> Node | None:
        """Where a reference leads; None if that is not a file of the repository."""
        reference = self._references.get((address, path))
        if reference is None:
            return None
        found = self._library.locate(reference)
        return found if found[0] in self._schemas else None

    def _at(self, node: Node) -> Json:
        schema: Json = part_at(self._schemas[node[0]].value, node[1])
        return schema


def depth(value: Json) -> int:
    """How many containers stand inside each other."""
    deepest, level = 0, [value]
    while level := [item for outer in level for item in _inside(outer)]:
        deepest += 1
    return deepest


def _inside(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
