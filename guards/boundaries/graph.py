"""Who imports whom: a graph over names of modules, and the shortest ways through it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from guards._core.model import Span


class Use(NamedTuple):
    """Where a module imports another."""

    path: str
    span: Span
    name: str = ""
    """What is taken from the module; empty for the module itself."""


Edge: TypeAlias = tuple[str, str]
"""Importer and imported."""


class Breach(NamedTuple):
    """A way from one module to another that must not be."""

    chain: tuple[str, ...]
    others: int = 0
    """How many more modules go the same way in the end."""


class Graph:
    """Modules and their imports. Names are dotted for Python, and paths for TypeScript."""

    def __init__(self, modules: Iterable[str], uses: Mapping[Edge, list[Use]]) -> None:
        self.uses = uses
        self.modules = sorted({*modules, *(name for edge in uses for name in edge)})
        self.own = frozenset(modules)
        self.imports: dict[str, set[str]] = {}
        self.importers: dict[str, set[str]] = {}
        for importer, imported in uses:
            self.imports.setdefault(importer, set()).add(imported)
            self.importers.setdefault(imported, set()).add(importer)

    def without(self, edges: AbstractSet[Edge]) -> Graph:
        """The same without some imports."""
        if not edges:
            return self
        graph = Graph((), {edge: use for edge, use in self.uses.items() if edge not in edges})
        graph.modules, graph.own = self.modules, self.own
        return graph

    def below(self, name: str) -> list[str]:
        """A module with all that is in it; nothing where there is no such module or package."""
        found = [name] if self._has(name) else []
        separator = "/" if "/" in name else "."
        start = bisect_left(self.modules, name + separator)
        end = bisect_left(self.modules, name + chr(ord(separator) + 1), start)
        return found + self.modules[start:end]

    def _has(self, name: str) -> bool:
        at = bisect_left(self.modules, name)
        return at < len(self.modules) and self.modules[at] == name

    def children(self, name: str) -> list[str]:
        """What is directly in a package, as names of modules and packages."""
        separator = "/" if "/" in name else "."
        depth = len(name) + 1
        return sorted({name + separator + one[depth:].split(separator)[0] for one in self.below(name) if one != name})

    def matching(self, expression: str) -> list[str]:
        """The modules and packages that a name stands for."""
        name = expression.removeprefix("./") if "*" in expression else expression
        if "*" not in name:
            return [name] if self.below(name) else []
        pattern = _pattern(name)
        return [one for one in self._packages() if pattern.fullmatch(one)]

    def _packages(self) -> list[str]:
        """All names, those of packages that have no module of their own as well."""
        names = set(self.modules)
        for one in self.modules:
            separator = "/" if "/" in one else "."
            parts = one.split(separator)
            names.update(separator.join(parts[:count]) for count in range(1, len(parts)))
        return sorted(names)

    def breaches(
        self, sources: Collection[str], targets: Collection[str], barred: AbstractSet[str] = frozenset()
    ) -> Iterator[Breach]:
        """The ways from one set of modules into another, around a third: each import that leads straight there, and of
        the longer ways the shortest for each import that ends one."""
        here, there = set(sources) - set(targets), set(targets) - set(sources)
        longer: dict[Edge, list[tuple[str, ...]]] = {}
        for source, target in sorted((s, t) for s in here for t in self.imports.get(s, ()) if t in there):
            yield Breach((source, target))
        onward = self._ways_into(there, barred | here)
        for source in sorted(here):
            ways = [onward[step] for step in self.imports.get(source, ()) if step in onward]
            if ways:
                way = (source, *min(ways, key=lambda way: (len(way), way)))
                longer.setdefault((way[-2], way[-1]), []).append(way)
        for _, ways in sorted(longer.items()):
            yield Breach(min(ways, key=lambda way: (len(way), way)), len(ways) - 1)

    def _ways_into(self, there: AbstractSet[str], barred: AbstractSet[str]) -> dict[str, tuple[str, ...]]:
        """The modules from which a way leads there, with the shortest one."""
        ways: dict[str, tuple[str, ...]] = {}
        edge: dict[str, tuple[str, ...]] = {name: (name,) for name in sorted(there)}
        while edge:
            following: dict[str, tuple[str, ...]] = {}
            for name, way in edge.items():
                for importer in sorted(self.importers.get(name, ())):
                    if importer not in ways and importer not in there and importer not in barred:
                        ways[importer] = following[importer] = (importer, *way)
            edge = following
        return ways

    def cycles(self, package: str) -> Iterator[tuple[str, ...]]:
        """Circles among the members of a package, one for each group that is bound by them; the first member is last
        again."""
        members = self.children(package)
        separator = "/" if "/" in package else "."
        depth = package.count(separator) + 2
        inside = {one: separator.join(one.split(separator)[:depth]) for one in self.below(package) if one != package}
        links: dict[str, set[str]] = {member: set() for member in members}
        for importer, member in inside.items():
            for imported in self.imports.get(importer, ()):
                other = inside.get(imported, member)
                if other != member:
                    links[member].add(other)
        for group in _bound(links):
            yield _circle(links, group)

    def between(self, one: str, other: str) -> Iterator[Edge]:
        """The imports from all of one package into another."""
        targets = set(self.below(other))
        for importer in self.below(one):
            yield from (
                (importer, imported) for imported in sorted(self.imports.get(importer, ())) if imported in targets
            )


@lru_cache(maxsize=512)
def _pattern(expression: str) -> re.Pattern[str]:
    part = "[^/]+" if "/" in expression else r"[^./]+"
    several = f"{part}(?:/{part})*" if "/" in expression else rf"{part}(?:\.{part})*"
    pieces = (several if piece == "**" else part if piece == "*" else re.escape(piece)
              for piece in re.split(r"(\*\*|\*)", expression))  # fmt: skip
    return re.compile("".join(pieces))


def is_match(expression: str, name: str) -> bool:
    """Whether a name is one that an expression stands for."""
    return expression == name if "*" not in expression else _pattern(expression).fullmatch(name) is not None


def _bound(links: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of nodes that all reach each other, of two or more."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    groups = []
    for root in sorted(links):
        if root in number:
            continue
        number[root] = lowest[root] = len(number)
        open_.append(root)
        waiting = [(root, iter(sorted(links[root])))]
        while waiting:
            node, following = waiting[-1]
            step = next(following, None)
            if step is None:
                waiting.pop()
                if waiting:
                    above = waiting[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                if lowest[node] == number[node]:
                    at = open_.index(node)
                    group = open_[at:]
                    del open_[at:]
                    lowest.update(dict.fromkeys(group, len(links) + len(number)))
                    if len(group) > 1:
                        groups.append(sorted(group))
            elif step not in number:
                number[step] = lowest[step] = len(number)
                open_.append(step)
                waiting.append((step, iter(sorted(links[step]))))
            else:
                lowest[node] = min(lowest[node], lowest[step])
    return groups


def _circle(links: Mapping[str, set[str]], group: list[str]) -> tuple[str, ...]:
    """The shortest circle of a group."""
    inside = set(group)
    best: tuple[str, ...] = ()
    for start in group:
        ways: dict[str, tuple[str, ...]] = {start: (start,)}
        for node in (order := [start]):
            for step in sorted(links[node] & inside):
                if step == start and (not best or len(ways[node]) + 1 < len(best)):
                    best = (*ways[node], start)
                if step not in ways:
                    ways[step] = (*ways[node], step)
                    order.append(step)
    return best
