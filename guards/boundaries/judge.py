"""All imports in, what breaks a contract out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from guards._code.modules import Modules, imported_module, imported_script, python_modules, script_modules
from guards._core.globs import matcher
from guards._core.model import Case, Fact, Finding, Judged, Place, Span
from guards.boundaries import facts
from guards.boundaries.adopting import Linter, linter, refusal, tach, unused
from guards.boundaries.contracts import Broken, Circle, Undeclared, Unmatched, check
from guards.boundaries.graph import Breach, Edge, Graph, Use
from guards.boundaries.mapping import CANONICAL, names_of, roots_of
from guards.boundaries.options import Options
from guards.boundaries.rules import CALL, CYCLE, IMPORT, UNDECLARED, UNMATCHED
from guards.boundaries.section import Contract, Section

_MOST_FINDINGS = 1000
"""Findings of one contract: more than that say no more."""


def judge(case: Case[Options]) -> Iterator[Judged]:
    """Contracts of canonical.yaml, those of other tools, and calls."""
    section = case.canonical
    if not isinstance(section, Section):
        return
    tree = _Tree(case, section)
    canonical = _Document.of(case.facts, next((path for path in sorted(CANONICAL) if path in case.facts), ""))
    graph = tree.graph({name for contract in section.contracts for name in names_of(contract)}, section)
    for number, contract in enumerate(section.contracts):
        at = ("layers", "contracts", number)
        yield from _judged(contract, graph, tree, canonical, at)
    yield from (_doubt(name, folders, canonical) for name, folders in sorted(tree.doubtful.items()))
    for path in section.adopt:
        yield from _adopted(path.removeprefix("./"), tree, section)
    yield from _calls(case, section, canonical)


class _Document(NamedTuple):
    """Where the entries of canonical.yaml, or of another file with contracts, stand."""

    path: str
    spans: Mapping[str, Sequence[int]]
    prefix: tuple[str, ...] = ()

    @classmethod
    def of(cls, known: Mapping[str, tuple[Fact, ...]], path: str) -> _Document:
        found = next((fact.data for fact in known.get(path, ()) if fact.kind == facts.PLACES), {})
        return cls(path, found if isinstance(found, dict) else {})  # type: ignore[arg-type]

    def place(self, at: Sequence[str | int], note: str = "") -> Place:
        """Where an entry stands, or the nearest that it is in."""
        path = [*self.prefix, *at]
        while path and "/".join(map(str, path)) not in self.spans:
            path.pop()
        span = self.spans.get("/".join(map(str, path)))
        return Place(self.path or "canonical.yaml", Span(*span) if span else None, note)


class _Tree:
    """The modules of the tree and their imports, put together for the roots that are wanted."""

    def __init__(self, case: Case[Options], section: Section) -> None:
        self.facts = case.facts
        self.paths = case.paths
        self.section = section
        self.modules = Modules()
        self.doubtful: dict[str, list[str]] = {}

    def rows(self, path: str) -> Sequence[Sequence[Any]]:
        """What a file imports."""
        for fact in self.facts.get(path, ()):
            if fact.kind == facts.IMPORTS and isinstance(fact.data, list):
                return fact.data  # type: ignore[return-value]
        return ()

    def graph(
        self,
        names: Iterable[str],
        section: Section,
        *,
        sources: Sequence[str] | None = None,
        imports_for_types: bool | None = None,
    ) -> Graph:
        """The modules with these first names, and what they import."""
        names = set(names)
        modules = python_modules(self.paths, roots_of(names), section.sources if sources is None else sources)
        self.doubtful |= modules.doubtful
        wanted = section.imports_for_types if imports_for_types is None else imports_for_types
        uses: dict[Edge, list[Use]] = {}
        for path, name in modules.names.items():
            for module, taken, line, column, end, for_types in self.rows(path):
                if for_types and not wanted:
                    continue
                target = imported_module(module, taken, path, modules)
                if target and target != name:
                    left = "" if target.endswith(f".{taken}") or taken == "*" else taken
                    uses.setdefault((name, target), []).append(Use(path, Span(line, column, line, end), left))
        own = set(modules.paths)
        if any("/" in name for name in names):
            scripts = script_modules(self.paths)
            self._script_uses(scripts, uses, imports_for_types=wanted)
            own |= set(scripts.paths)
        return Graph(own, uses)

    def _script_uses(self, modules: Modules, uses: dict[Edge, list[Use]], *, imports_for_types: bool) -> None:
        aliases = {
            fact.data["folder"]: fact.data["paths"]
            for found in self.facts.values()
            for fact in found
            if fact.kind == facts.ALIASES and isinstance(fact.data, dict)
        }
        for path, name in modules.names.items():
            known: Any = _nearest(aliases, path)
            for module, _, line, column, end, for_types in self.rows(path):
                target = imported_script(module, path, modules, known)
                if target != name and (imports_for_types or not for_types):
                    uses.setdefault((name, target), []).append(Use(path, Span(line, column, line, end)))


def _nearest(aliases: Mapping[Any, Any], path: str) -> Any:
    """The aliases of the innermost tsconfig.json above a path."""
    folder = posixpath.dirname(path)
    while folder not in aliases and folder:
        folder = posixpath.dirname(folder)
    return aliases.get(folder, {})


# ---- Findings -------------------------------------------------------------------------------------------------------


def _judged(
    contract: Contract, graph: Graph, tree: _Tree, document: _Document, at: tuple[str | int, ...], *, lax: bool = False
) -> Iterator[Finding]:
    """What is wrong with one contract. `lax`: what it ignores need not be there."""
    place = document.place(at, f"the contract {contract.name}")
    for count, told in enumerate(check(contract, graph)):
        if count == _MOST_FINDINGS:
            break
        match told:
            case Broken():
                yield _broken(told, contract.name, contract.because, graph, place)
            case Circle():
                yield _circle(told, contract, graph, place)
            case Undeclared():
                path = _path_of(told.module, tree, graph)
                message = f"{told.module} is in none of the layers of {told.container}: {contract.name}"
                yield Finding(UNDECLARED.id, message, path or place.path, None if path else place.span,
                              subject=f"{contract.name}: {told.module}", related=(place,))  # fmt: skip
            case Unmatched() if not (lax and told.key == "ignore-imports"):
                where = document.place((*at, told.key, told.number))
                where = where if where.span else place
                message = f"there is {told.what}{told.hint}: {contract.name}"
                yield Finding(UNMATCHED.id, message, where.path, where.span, subject=f"{contract.name}: {told.what}")


def _broken(told: Broken, name: str, because: str, graph: Graph, place: Place) -> Finding:
    chain = told.breach.chain
    first, *rest = pairwise(chain)
    start = graph.uses[first][0]
    way = " → ".join(chain)
    more = f" (and {told.breach.others} more on the same way)" if told.breach.others else ""
    message = f"{way}: {told.clause}{more}" + (f"; {because}" if because else "")
    again = [Place(use.path, use.span, f"{first[0]} imports {first[1]}") for use in graph.uses[first][1:5]]
    return Finding(
        IMPORT.id,
        message,
        start.path,
        start.span,
        subject=f"{name}: {chain[0]} -> {chain[-1]}",
        hint="Cut the way where it is wrong, or take what is needed as an argument.",
        related=(*again, *_hops(rest, graph), place),
    )


def _hops(edges: Iterable[Edge], graph: Graph) -> Iterator[Place]:
    for edge in edges:
        use = graph.uses[edge][0]
        yield Place(use.path, use.span, f"{edge[0]} imports {edge[1]}")


def _circle(told: Circle, contract: Contract, graph: Graph, place: Place) -> Finding:
    first, *rest = told.edges
    start = graph.uses[first][0]
    message = f"{' → '.join(told.members)}: a circle in {told.package}"
    return Finding(
        CYCLE.id,
        message + (f"; {contract.because}" if contract.because else ""),
        start.path,
        start.span,
        subject=f"{contract.name}: {' '.join(told.members)}",
        hint="Move what they share into a module that imports neither.",
        related=(*_hops(rest, graph), place),
    )


def _path_of(name: str, tree: _Tree, graph: Graph) -> str:
    """The path of a module or of the first that is in it, as its imports tell."""
    inside = set(graph.below(name))
    for edge, uses in graph.uses.items():
        if edge[0] in inside:
            return uses[0].path
    return ""


def _doubt(name: str, folders: Sequence[str], document: _Document) -> Finding:
    place = document.place(("layers",))
    shown = ", ".join(folder or "the root" for folder in folders[:4])
    message = f"the package {name} stands in several folders: {shown}"
    hint = "Say in `sources` which of them the contracts are about."
    return Finding(UNMATCHED.id, message, place.path, place.span, subject=f"package {name}", hint=hint)


# ---- Contracts of other tools ---------------------------------------------------------------------------------------


def _adopted(path: str, tree: _Tree, section: Section) -> Iterator[Finding]:
    for fact in tree.facts.get(path, ()):
        if fact.kind != facts.SETTINGS or not isinstance(fact.data, dict):
            continue
        data: Any = fact.data
        document = _Document(path, data["spans"], tuple(data["prefix"]))
        if data["tool"] == "tach":
            yield from _of_tach(data["value"], tree, section, document)
        else:
            yield from _of_linter(linter(data["value"]), tree, section, document)


def _of_linter(settings: Linter, tree: _Tree, section: Section, document: _Document) -> Iterator[Finding]:
    for at, why in settings.flaws:
        place = document.place(at)
        yield Finding(
            UNMATCHED.id, f"this contract cannot be read, so it checks nothing: {why}", place.path, place.span
        )
    graph = tree.graph(settings.roots, section, imports_for_types=settings.imports_for_types)
    for one in settings.contracts:
        yield from _judged(one.contract, graph, tree, document, tuple(one.at), lax=one.may_ignore_nothing)


def _of_tach(value: Mapping[str, Any], tree: _Tree, section: Section, document: _Document) -> Iterator[Finding]:
    settings = tach(value)
    sources = () if "." in settings.sources else settings.sources
    graph = tree.graph(settings.roots, section, sources=sources, imports_for_types=settings.imports_for_types)
    for module in settings.modules:
        if module.path != "<root>" and not graph.matching(module.path):
            place = document.place(module.at)
            yield Finding(
                UNMATCHED.id, f"there is no module {module.path}", place.path, place.span, subject=module.path
            )
    for key in settings.refused:
        place = document.place(key)
        message = f"tach's {key[0]} is set to what is not followed here: what is in no module is not checked"
        yield Finding(UNMATCHED.id, message, place.path, place.span, subject=f"tach {key[0]}")
    for module, name in unused(settings, graph.uses):
        place = document.place(module.at)
        message = f"{module.path} does not use {name}, on which it is said to depend"
        yield Finding(UNMATCHED.id, message, place.path, place.span, subject=f"{module.path} -> {name}")
    for edge, uses in sorted(graph.uses.items()):
        for use in uses:
            refused = refusal(settings, *edge, use.name)
            if refused is not None:
                place = document.place(refused[0].at, f"the module {refused[0].path}")
                broken = Broken(Breach(edge), refused[1])
                yield _broken(broken, "tach", "", Graph((), {edge: [use]}), place)


# ---- Calls ----------------------------------------------------------------------------------------------------------


def _calls(case: Case[Options], section: Section, document: _Document) -> Iterator[Finding]:
    """Uses outside of their places, and places without a use."""
    allowed = [[matcher([glob]) for glob in one.only_in] for one in section.calls]
    needed: set[tuple[int, str, int]] = set()
    for path, known in case.facts.items():
        for fact in known:
            if fact.kind != facts.CALL or not isinstance(fact.data, dict):
                continue
            data: Any = fact.data
            number, symbol = int(data["entry"]), str(data["symbol"])
            banned = section.calls[number]
            places = {("only-in", at) for at, matches in enumerate(allowed[number]) if matches(path)}
            places |= {("symbols", at) for at, one in enumerate(banned.symbols) if _is_inside(symbol, one)}
            needed |= {(number, *place) for place in places}
            if places:
                continue
            related = (document.place(("layers", "calls", number), "what canonical.yaml says of it"),)
            words = f"{banned.what} must not be used here"
            message = words + (f": {banned.because}" if banned.because else "")
            yield Finding(CALL.id, message, path, fact.span, subject=banned.what, related=related)
    for number, banned in enumerate(section.calls):
        for key, count in (("only-in", len(banned.only_in)), ("symbols", len(banned.symbols))):
            for at in range(count):
                if (number, key, at) not in needed:
                    place = document.place(("layers", "calls", number, key, at))
                    message = f"{banned.what} is not used here, so it need not be allowed"
                    yield Finding(UNMATCHED.id, message, place.path, place.span, subject=f"{banned.what} {key} {at}")


def _is_inside(symbol: str, allowed: str) -> bool:
    """Whether a function or class is one that is named, or inside of it."""
    return f".{symbol}.".startswith(f".{allowed}.") or f".{allowed}." in f".{symbol}."
