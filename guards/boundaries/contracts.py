"""What breaks a contract, found in a graph of imports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from guards._core.options import nearest
from guards.boundaries.graph import Breach, Edge, Graph, is_match
from guards.boundaries.section import Contract, Kind, imports_of, is_independent, members_of


class Broken(NamedTuple):
    """A way that a contract does not allow."""

    breach: Breach
    clause: str
    """What is not allowed, as a clause."""


class Circle(NamedTuple):
    """Members of a package that import each other in a circle."""

    package: str
    edges: tuple[Edge, ...]
    members: tuple[str, ...]


class Undeclared(NamedTuple):
    """A module that an exhaustive contract does not know."""

    module: str
    container: str


class Unmatched(NamedTuple):
    """A name or an ignored import that leads nowhere."""

    key: str
    number: int
    what: str
    hint: str = ""


Told = Broken | Circle | Undeclared | Unmatched


def check(contract: Contract, graph: Graph) -> Iterator[Told]:
    """All that is wrong with one contract. What it ignores is taken out of the graph first."""
    ignored: set[Edge] = set()
    for number, expression in enumerate(contract.ignore_imports):
        importer, imported = imports_of(expression)
        found = {edge for edge in graph.uses if is_match(importer, edge[0]) and is_match(imported, edge[1])}
        if not found:
            yield Unmatched("ignore-imports", number, f"no import {expression}")
        ignored |= found
    yield from _CHECKS[contract.type](contract, graph.without(ignored))


def _named(contract: Contract, key: str, graph: Graph) -> Iterator[list[str] | Unmatched]:
    """The modules that each name of a key stands for."""
    for number, name in enumerate(getattr(contract, key)):
        yield graph.matching(name) or _nothing(key, number, name, graph)


def _nothing(key: str, number: int, name: str, graph: Graph) -> Unmatched:
    return Unmatched(key.replace("_", "-"), number, f"no module {name}", nearest(name, graph.own))


def _resolved(contract: Contract, key: str, graph: Graph, told: list[Told]) -> list[str]:
    """The same in one list; what stands for none is told."""
    found: list[str] = []
    for names in _named(contract, key, graph):
        if isinstance(names, Unmatched):
            told.append(names)
        else:
            found += names
    return list(dict.fromkeys(found))


# ---- Layers ---------------------------------------------------------------------------------------------------------


def _layers(contract: Contract, graph: Graph) -> Iterator[Told]:
    told: list[Told] = []
    containers = _resolved(contract, "containers", graph, told)
    yield from told
    for container in containers if contract.containers else [""]:
        yield from _stack(contract, container, graph)
        if contract.exhaustive:
            known = {member.name for layer in contract.layers for member in members_of(layer)}
            for child in graph.children(container):
                if re.split(r"[./]", child)[-1] not in {*known, *contract.exhaustive_ignores}:
                    yield Undeclared(child, container)


def _stack(contract: Contract, container: str, graph: Graph) -> Iterator[Told]:
    """The layers of one container, or those that stand alone."""
    separator = "/" if "/" in container else "."
    prefix = container + separator if container else ""
    layers: list[tuple[bool, list[str]]] = []
    for number, layer in enumerate(contract.layers):
        names = []
        for member in members_of(layer):
            name = prefix + member.name
            if graph.below(name):
                names.append(name)
            elif not member.is_optional:
                yield _nothing("layers", number, name, graph)
        layers.append((is_independent(layer), names))
    inside = {name: set(graph.below(name)) for _, names in layers for name in names}
    for at, (independent, names) in enumerate(layers):
        higher = [name for _, above in layers[:at] for name in above]
        beside = names if independent else []
        for name in names:
            for other in (*higher, *(one for one in beside if one != name)):
                rest = set[str]().union(*(inside[one] for one in inside if one not in {name, other}))
                for breach in graph.breaches(inside[name], inside[other], rest):
                    yield Broken(breach, f"{name} must not import {other}, which is " +
                                 ("beside it" if other in beside else "above it"))  # fmt: skip


# ---- The others -----------------------------------------------------------------------------------------------------


def _forbidden(contract: Contract, graph: Graph) -> Iterator[Told]:
    told: list[Told] = []
    sources = _resolved(contract, "source_modules", graph, told)
    targets: list[str] = []
    for number, name in enumerate(contract.forbidden_modules):
        found = graph.matching(name)
        targets += found
        if not found and "*" not in name and _is_own(name, graph):
            told.append(_nothing("forbidden_modules", number, name, graph))
    yield from told
    for source in sources:
        for target in dict.fromkeys(targets):
            if source == target or (contract.as_packages and _overlap(source, target)):
                continue
            here, there = _all_of(source, graph, contract), _all_of(target, graph, contract)
            for breach in graph.breaches(here, there):
                if len(breach.chain) == 2 or not contract.allow_indirect_imports:
                    yield Broken(breach, f"{source} must not import {target}")


def _is_own(name: str, graph: Graph) -> bool:
    """Whether a name has to be that of a module here; what is installed need not be imported by anyone."""
    first = re.split(r"[./]", name)[0]
    return "/" in name or any(one == first or one.startswith(f"{first}.") for one in graph.own)


def _overlap(one: str, other: str) -> bool:
    return any(f"{a}{separator}".startswith(f"{b}{separator}") for separator in "./" for a, b in
               ((one, other), (other, one)))  # fmt: skip


def _all_of(name: str, graph: Graph, contract: Contract) -> list[str]:
    return graph.below(name) if contract.as_packages else [name]


def _independence(contract: Contract, graph: Graph) -> Iterator[Told]:
    told: list[Told] = []
    names = _resolved(contract, "modules", graph, told)
    yield from told
    inside = {name: set(graph.below(name)) for name in names}
    for name in names:
        for other in names:
            if other == name:
                continue
            rest = set[str]().union(*(inside[one] for one in names if one not in {name, other}))
            for breach in graph.breaches(inside[name], inside[other], rest):
                yield Broken(breach, f"{name} and {other} must be independent")


def _protected(contract: Contract, graph: Graph) -> Iterator[Told]:
    told: list[Told] = []
    allowed: set[str] = set()
    for name in _resolved(contract, "allowed_importers", graph, told):
        allowed.update(_all_of(name, graph, contract))
    for name in _resolved(contract, "protected_modules", graph, told):
        inside = set(_all_of(name, graph, contract))
        told += (
            Broken(Breach((importer, imported)), f"{name} is protected, and {importer} is none of its importers")
            for imported in sorted(inside)
            for importer in sorted(graph.importers.get(imported, set()) - allowed - inside)
        )
    yield from told


def _acyclic(contract: Contract, graph: Graph) -> Iterator[Told]:
    told: list[Told] = []
    skipped = set(_resolved(contract, "skip_descendants", graph, told))
    waiting = [(name, contract.depth) for name in _resolved(contract, "ancestors", graph, told)]
    yield from told
    seen: set[str] = set()
    for package, depth in waiting:  # grows while it is walked
        if package in seen:
            continue
        seen.add(package)
        for members in graph.cycles(package):
            edges = tuple(next(graph.between(one, other)) for one, other in pairwise(members))
            yield Circle(package, edges, members)
        if depth:
            waiting += ((child, depth - 1) for child in graph.children(package) if child not in skipped)


def _interfaces(contract: Contract, graph: Graph) -> Iterator[Told]:
    told: list[Told] = []
    names = _resolved(contract, "modules", graph, told)
    allowed = {one for name in _resolved(contract, "allowed_importers", graph, told) for one in graph.below(name)}
    yield from told
    for name in names:
        inside = set(graph.below(name))
        for (importer, imported), uses in sorted(graph.uses.items()):
            if imported not in inside or importer in inside or importer in allowed:
                continue
            if not all(_is_exposed(name, imported, use.name, contract.expose) for use in uses):
                yield Broken(Breach((importer, imported)), f"{name} does not expose this to {importer}")


def _is_exposed(module: str, imported: str, name: str, expose: Iterable[str]) -> bool:
    """Whether a name, as it is seen from the module, is one of those that may be imported; the module itself may."""
    inner = imported[len(module) + 1 :]
    full = ".".join(part for part in (inner, name) if part)
    return not full or any(is_match(expression, one) for one in (full, inner) if one for expression in expose)


_CHECKS: Mapping[Kind, Callable[[Contract, Graph], Iterator[Told]]] = {
    Kind.LAYERS: _layers,
    Kind.FORBIDDEN: _forbidden,
    Kind.INDEPENDENCE: _independence,
    Kind.PROTECTED: _protected,
    Kind.ACYCLIC_SIBLINGS: _acyclic,
    Kind.INTERFACES: _interfaces,
}
