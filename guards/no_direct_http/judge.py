"""All calls in; those past a client, those of which nobody can tell, and exceptions without need, out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from guards._code.modules import imported_script, script_modules
from guards._code.places import is_test
from guards._code.syntax.values import Hole
from guards._core.globs import matcher
from guards._core.model import Case, Finding, Judged, Level, Need, Place, Span
from guards.no_direct_http import facts
from guards.no_direct_http.calls import normal
from guards.no_direct_http.clients import CALLS, Language
from guards.no_direct_http.hosts import Answer, Parts, Verdict, answer, best
from guards.no_direct_http.mapping import CANONICAL
from guards.no_direct_http.options import Options
from guards.no_direct_http.rules import (
    DIRECT_CALL,
    HOST_LITERAL,
    LOOSE_BUDGET,
    OVER_BUDGET,
    UNKNOWN_URL,
    UNUSED_EXCEPTION,
)
from guards.no_direct_http.section import At, Client

_MOST_HOPS = 2
_MOST_WAYS = 16


def judge(case: Case[Options]) -> Iterator[Judged]:
    """What is said of each call, once the modules that it asks for are known."""
    clients: Mapping[str, Client] = case.canonical if isinstance(case.canonical, Mapping) else {}
    if not clients:
        return
    world = _World(case, clients)
    seen = [one for path in sorted(case.facts) for one in world.calls(path)]
    missing = sorted(path for path in world.asked if path not in case.facts)
    if missing:
        yield Need(tuple(missing))
        return
    exceptions = _Exceptions(clients, case.paths)
    unknown = [one for one in seen if one.answer.verdict is Verdict.UNKNOWN and not exceptions.holds_any(one)]
    lines: set[tuple[str, int]] = set()
    for one in seen:
        if one.answer.verdict is Verdict.PROVEN:
            lines |= {(one.path, line) for line in range(one.span.line, one.span.end_line + 1)}
            if not exceptions.holds(world.client_of(one.answer.host), one):
                yield _direct(one, world)
    yield from _literals(case, world, exceptions, lines)
    yield from _unknown(unknown, case.options, world)
    yield from exceptions.unused(world)


class _Call(NamedTuple):
    """A call, with what is known of it in the end."""

    path: str
    span: Span
    name: str
    symbol: str
    answer: Answer


class _World:
    """What is declared, and what modules tell each other."""

    def __init__(self, case: Case[Options], clients: Mapping[str, Client]) -> None:
        self._facts = case.facts
        self._paths = case.paths
        self._known = frozenset(case.paths)
        self.clients = clients
        self._hosts = sorted({host for client in clients.values() for host in client.hosts})
        self._declared: dict[str, list[Parts]] = {}
        self.asked: set[str] = set()
        self._scripts: Any = None
        self._by_name: dict[str, list[str]] | None = None
        for found in case.facts.values():
            for fact in found:
                if fact.kind == facts.DECLARED and isinstance(fact.data, dict):
                    for name, values in fact.data.items():
                        rows = values if isinstance(values, list) else []
                        self._declared.setdefault(name, []).extend(map(facts.read, rows))  # type: ignore[arg-type]
        canonical = next((path for path in sorted(CANONICAL) if path in case.facts), "")
        self._canonical = canonical or "canonical.yaml"
        self._spans: Mapping[str, Any] = next(
            (fact.data for fact in case.facts.get(canonical, ())
             if fact.kind == facts.PLACES and isinstance(fact.data, dict)), {}
        )  # fmt: skip

    def client_of(self, host: str) -> str:
        """The API that a protected host belongs to."""
        return next((name for name, client in self.clients.items() if host in client.hosts), "")

    def place(self, *path: str | int) -> Place:
        """Where an entry of canonical.yaml stands."""
        span = self._spans.get("/".join(map(str, ("clients", *path))))
        return Place(self._canonical, Span(*span) if span else None, "what canonical.yaml says of it")

    def calls(self, path: str) -> Iterator[_Call]:
        """The calls of a file that are not fine."""
        for fact in self._facts[path]:
            if fact.kind != facts.CALL or not isinstance(fact.data, dict) or fact.span is None:
                continue
            data: Any = fact.data
            found = self._answer(data, path)
            if data.get("asks") and not self._sends(str(data["asks"]), path):
                continue
            if found.verdict is not Verdict.FINE:
                yield _Call(path, fact.span, str(data["name"]), str(data["symbol"]), found)

    def _answer(self, data: Mapping[str, Any], path: str) -> Answer:
        if "host" in data:
            return Answer(Verdict.PROVEN, str(data["host"]))
        ways: list[Parts] = []
        for one in data["addresses"]:
            ways += self._filled(facts.read(one), path)
        return best(answer(parts, self._hosts, is_authority=bool(data["is_host"])) for parts in ways)

    def _filled(self, parts: Parts, path: str, depth: int = 0) -> list[Parts]:
        """An address with what variables and other modules put into it."""
        ways: list[Parts] = [()]
        for part in parts:
            filling = [(part,)] if isinstance(part, str) else self._of_hole(part, path, depth)
            ways = [(*way, *one) for way in ways for one in filling][:_MOST_WAYS]
        return ways

    def _of_hole(self, hole: Hole, path: str, depth: int) -> list[Parts]:
        if hole.kind == "env":
            return self._declared.get(hole.name, [(hole,)])
        if hole.kind == "name" and depth < _MOST_HOPS:
            found: list[Parts] = []
            for module, row in self._exported(hole.name, path):
                if row[0] == "text":
                    found += self._filled(facts.read(row[1]), module, depth + 1)
                elif row[0] == "name":
                    found += self._filled((Hole("name", str(row[1])),), module, depth + 1)
            return found or [(Hole(),)]
        return [(Hole(),)]

    # ---- Other modules ----

    def _exported(self, name: str, path: str) -> list[tuple[str, Sequence[Any]]]:
        """What a name of another module is, with that module's path. One that is not known yet is asked for."""
        found: list[tuple[str, Sequence[Any]]] = []
        for module, member in self._modules(name, path):
            if module not in self._facts:
                self.asked.add(module)
            for fact in self._facts.get(module, ()):
                if fact.kind == facts.EXPORTS and isinstance(fact.data, dict):
                    rows: Any = fact.data.get(member, [])
                    found += ((module, row) for row in rows)
        return found

    def _modules(self, name: str, path: str) -> Iterator[tuple[str, str]]:
        """The modules that a name may be of, with what it is called there."""
        if path.endswith((".py", ".pyi")):
            yield from self._of_python(name, path)
            return
        if path.endswith(".go"):
            yield from self._of_go(name, path)
            return
        module, colon, member = name.partition(":")
        if not colon:
            return
        if self._scripts is None:
            self._scripts = script_modules(self._paths)
        target = self._scripts.paths.get(imported_script(module, path, self._scripts, {}))
        if target is not None and "." not in member:
            yield target, member or "default"

    def _of_python(self, name: str, path: str) -> Iterator[tuple[str, str]]:
        module, colon, rest = name.partition(":")
        if colon:
            bare = module.lstrip(".")
            folder = posixpath.dirname(path)
            for _ in range(len(module) - len(bare) - 1):
                folder = posixpath.dirname(folder)
            dotted = [*filter(None, bare.split(".")), *rest.split(".")]
            yield from self._files([folder] if folder else [""], dotted)
            return
        dotted = name.split(".")
        if len(dotted) > 1:
            yield from self._files(self._folders_with(dotted[0], path), dotted)

    def _of_go(self, name: str, path: str) -> Iterator[tuple[str, str]]:
        """A package is all files of a folder; what has no package is of the same one."""
        package, _, member = name.rpartition(".")
        folders = [posixpath.dirname(path)] if not package else self._folders_of_go(package)
        yield from ((file, member) for folder in folders for file in self._go.get(folder, ()) if file != path)

    def _folders_of_go(self, package: str) -> list[str]:
        """The folders that the longest end of the name of a package leads to."""
        parts = package.split("/")
        for end in ("/".join(parts[at:]) for at in range(len(parts))):
            found = [folder for folder in self._go if f"/{folder}".endswith(f"/{end}")]
            if found:
                return found
        return []

    @cached_property
    def _go(self) -> Mapping[str, Sequence[str]]:
        """Folder to the files of Go in it."""
        found: dict[str, list[str]] = {}
        for one in self._paths:
            if one.endswith(".go") and not one.endswith("_test.go"):
                found.setdefault(posixpath.dirname(one), []).append(one)
        return found

    def _files(self, folders: Iterable[str], dotted: Sequence[str]) -> Iterator[tuple[str, str]]:
        stem, member = dotted[:-1], dotted[-1]
        for folder in folders:
            base = posixpath.join(folder, *stem) if stem else folder
            for file in (f"{base}.py", posixpath.join(base, "__init__.py")):
                if file.lstrip("/") in self._known:
                    yield file.lstrip("/"), member

    def _folders_with(self, first: str, path: str) -> list[str]:
        """The folders that hold a package or module, the nearest to a file first."""
        if self._by_name is None:
            self._by_name = {}
            for one in self._paths:
                if one.endswith(".py"):
                    folder, _, file = one.rpartition("/")
                    self._by_name.setdefault(file[:-3], []).append(folder)
                    above, _, package = folder.rpartition("/")
                    self._by_name.setdefault(package, []).append(above)
        found = dict.fromkeys(self._by_name.get(first, ()))
        return sorted(found, key=lambda folder: (-len(posixpath.commonprefix([folder, path])), folder))[:3]

    def _sends(self, name: str, path: str, depth: int = 0) -> bool:
        """Whether a name of another module is a client, or a method of one."""
        language = _language(path)
        table = CALLS[language]
        head, _, method = name.rpartition(".")
        whole = ((module, row, "") for module, row in self._exported(name, path))
        of = ((module, row, f".{method}") for module, row in (self._exported(head, path) if head else ()))
        for module, row, suffix in (*whole, *of):
            if row[0] not in {"name", "made"}:
                continue
            target = f"{row[1]}{suffix}"
            if normal(target, language) in table:
                return True
            if row[0] == "name" and depth < _MOST_HOPS and self._sends(target, module, depth + 1):
                return True
        return False


def _language(path: str) -> Language:
    if path.endswith((".py", ".pyi")):
        return Language.PYTHON
    return Language.GO if path.endswith(".go") else Language.SCRIPT


# ---- Exceptions -----------------------------------------------------------------------------------------------------


class _Exceptions:
    """The places in which calls may be, and which of them are needed."""

    def __init__(self, clients: Mapping[str, Client], paths: Sequence[str]) -> None:
        self._places = [
            (name, key, number, place, matcher([place.at]))
            for name, client in clients.items()
            for key, places in (("via", client.places), ("allow", client.allow))
            for number, place in enumerate(places)
        ]
        self._paths = paths
        self._needed: set[tuple[str, str, int]] = set()

    def holds(self, client: str, call: _Call) -> bool:
        """Whether a client may be called here."""
        found = [one for one in self._places if one[0] == client and one[4](call.path) and _is_in(call.symbol, one[3])]
        self._needed |= {one[:3] for one in found}
        return bool(found)

    def holds_any(self, call: _Call) -> bool:
        """Whether any client may be called here: of an unknown address nobody can say whose it is."""
        found = [one for one in self._places if one[4](call.path) and _is_in(call.symbol, one[3])]
        self._needed |= {one[:3] for one in found}
        return bool(found) or is_test(call.path)

    def unused(self, world: _World) -> Iterator[Finding]:
        """Those without need. The files of a client need only be there: it may call by other means."""
        for name, key, number, place, matches in self._places:
            if (name, key, number) in self._needed or (
                key == "via" and not place.symbol and any(map(matches, self._paths))
            ):
                continue
            where = world.place(name, key, number)
            what = "is no file" if not any(map(matches, self._paths)) else "is no call that needs it"
            message = f"{name}: there {what} at {place.at}" + (f", {place.symbol}" if place.symbol else "")
            yield Finding(UNUSED_EXCEPTION.id, message, where.path, where.span, subject=f"{name} {key} {place.at}")


def _is_in(symbol: str, place: At) -> bool:
    return not place.symbol or f".{symbol}.".find(f".{place.symbol}.") >= 0


# ---- Findings -------------------------------------------------------------------------------------------------------


def _direct(call: _Call, world: _World) -> Finding:
    client = world.client_of(call.answer.host)
    message = f"{call.name} calls {call.answer.host} past the client of {client}"
    return Finding(DIRECT_CALL.id, message, call.path, call.span, subject=call.answer.host,
                   hint="Call the client, or add this place to its `via` or `allow` with a reason.",
                   related=(world.place(client),))  # fmt: skip


def _literals(
    case: Case[Options], world: _World, exceptions: _Exceptions, lines: set[tuple[str, int]]
) -> Iterator[Finding]:
    for path, found in case.facts.items():
        for fact in found:
            if fact.kind != facts.LITERAL or fact.span is None or is_test(path):
                continue
            data: Any = fact.data
            host = str(data["host"])
            call = _Call(path, fact.span, "", str(data["symbol"]), Answer(Verdict.PROVEN, host))
            if not exceptions.holds(world.client_of(host), call) and (path, fact.span.line) not in lines:
                client = world.client_of(host)
                message = f"{host} is written here, outside of the client of {client}"
                yield Finding(HOST_LITERAL.id, message, path, fact.span, subject=host, related=(world.place(client),))


def _unknown(calls: Sequence[_Call], options: Options, world: _World) -> Iterator[Finding]:
    """The calls whose address nobody can tell, and whether there are as many as may be."""
    budget, count = options.unknown, len(calls)
    level = Level.NOTE if count <= budget else None
    for call in calls:
        message = f"{call.name} is given an address that cannot be told from the code"
        yield Finding(UNKNOWN_URL.id, message, call.path, call.span, subject=call.symbol or call.name, level=level,
                      hint="Make the host known: a constant, or a variable that .env.example declares.")  # fmt: skip
    if budget in {-1, count}:
        return
    place = world.place(next(iter(world.clients), ""))
    if count > budget:
        message = f"{count} calls have an unknown address, and {budget} may"
        yield Finding(OVER_BUDGET.id, message, place.path, place.span, subject="unknown")
    else:
        message = f"{budget} calls may have an unknown address, and only {count} have: write `unknown = {count}`"
        yield Finding(LOOSE_BUDGET.id, message, place.path, place.span, subject="unknown")
