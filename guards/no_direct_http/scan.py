"""One file in; the calls in it that are proven or unknown, and what others may ask about it, out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from guards._code.positions import Positions
from guards._code.reading import Reader, documents
from guards._code.spans import DocumentError, Format, JsonPath, Part, parse
from guards._code.syntax import embedded, shell
from guards._code.syntax.grammars import UnreadError, UnwrittenError
from guards._code.syntax.meaning import Meaning
from guards._code.syntax.reading import TOLERANT, Lines, read
from guards._code.syntax.values import Hole, Value, known, text as text_value
from guards._core.model import Fact, Finding, Json, Problem, ProblemKind, Remark, Seen, Source, Span
from guards.no_direct_http import calls, facts, shells
from guards.no_direct_http.calls import Sent
from guards.no_direct_http.clients import Language
from guards.no_direct_http.facts import Role
from guards.no_direct_http.hosts import Parts, Verdict, answer, best
from guards.no_direct_http.mapping import Slice, host_lines, role_of
from guards.no_direct_http.relevance import matters
from guards.no_direct_http.rules import GENERATED


def scan(source: Source[Any]) -> Iterator[Seen]:
    """What one file says, by what it is."""
    role, suffix = role_of(source.path_class)
    wanted: Slice = source.scan_slice
    if role is Role.CANONICAL:
        yield from _places(source.data)
    elif role in {Role.DOTENV, Role.COMPOSE}:
        yield from _declared(source.text, role, wanted)
    elif source.is_asked_for or matters(source.text, role, suffix, source.hits, wanted):
        try:
            yield from _of_code(source, role, suffix, wanted)
        except UnwrittenError as error:
            message = f"its calls are not looked at: {error}"
            yield Remark(f"generated: {error}", is_unread=True)
            yield Finding(GENERATED.id, message, span=Span(1, 1, 1, 1), subject="generated", snippet="")
        except UnreadError as error:
            yield Problem(f"its calls are not known: {error}", ProblemKind.LIMIT)
        except DocumentError as error:
            yield Problem(f"its commands are not known: {error.message}", ProblemKind.DOCUMENT, span=error.span)
        if role not in _UNDERSTOOD:
            yield from _literals(source, wanted)


def _of_code(source: Source[Any], role: Role, suffix: str, wanted: Slice) -> Iterator[Seen]:
    yield from _calls(sent(source.text, role, suffix), wanted)
    if role in _UNDERSTOOD:
        told = read(source.text, _language(role, suffix))
        if told.is_tolerant:
            yield Remark(TOLERANT)
        exports: dict[str, Any] = dict(calls.exported(told.names, wanted.hosts))
        if exports:
            yield Fact(facts.EXPORTS, exports)
        yield from _written(told, Lines(source.text), wanted)
    else:
        yield from _declarations(_EMBEDDED[role](source.text).variables, wanted)


def sent(text: bytes, role: Role, suffix: str) -> Iterator[Sent]:
    """The calls of a file that send. UnreadError, DocumentError: it cannot be read."""
    if role in _UNDERSTOOD:
        told = read(text, _language(role, suffix))
        yield from calls.sent(told, Lines(text), Language(role))
    else:
        piece = _EMBEDDED[role](text)
        yield from shells.sent(shell.read(piece.shell, _given(piece.variables)), Positions(text))


_UNDERSTOOD = frozenset(map(Role, Language))
"""What is code of which names tell what is called."""


def _language(role: Role, suffix: str) -> str:
    return suffix if role is Role.SCRIPT else role


_EMBEDDED: Mapping[Role, Callable[[bytes], embedded.Piece]] = {
    Role.SHELL: embedded.Piece,
    Role.DOCKERFILE: embedded.dockerfile,
    Role.MAKEFILE: embedded.makefile,
    Role.WORKFLOW: embedded.workflow,
}
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


def _given(variables: Iterable[tuple[str, str]]) -> dict[str, Value]:
    """Variables that are set around a script; one may be made of those before it."""
    given: dict[str, Value] = {}
    for name, value in variables:
        if "${{" in value:
            continue
        filled = _VARIABLE.sub(lambda found: known(given.get(found[1], ())) or "\0", value)
        if "\0" not in filled:
            given[name] = text_value(filled)
    return given


def _calls(found: Iterable[Sent], wanted: Slice) -> Iterator[Fact]:
    """The calls that are not fine whatever other files say."""
    for one in found:
        answers = [answer(parts, wanted.hosts, is_authority=one.is_host) for parts in one.addresses]
        told = best(answers)
        if told.verdict is Verdict.FINE:
            continue
        data: dict[str, Json] = {"name": one.name, "symbol": one.symbol}
        if one.asks:
            data["asks"] = one.asks
        if told.verdict is Verdict.PROVEN:
            data["host"] = told.host
        else:
            data["addresses"] = [facts.written(parts) for parts in one.addresses]
            data["is_host"] = one.is_host
        if one.asks and told.verdict is not Verdict.PROVEN:
            continue
        yield Fact(facts.CALL, data, one.span)


# ---- Literals -------------------------------------------------------------------------------------------------------


def _written(told: Meaning, lines: Lines, wanted: Slice) -> Iterator[Fact]:
    """Addresses of protected hosts in texts of code."""
    for one in dict.fromkeys(told.written):
        found = answer((one.value,), wanted.hosts)
        if found.verdict is Verdict.PROVEN:
            yield Fact(facts.LITERAL, {"host": found.host, "symbol": one.symbol}, lines.span(*one.where))


_URL = re.compile(rb"(?:https?|wss?)://[^\s\"'`<>()\[\]{},;\\|$%]+", re.IGNORECASE)
_COMMENT = re.compile(rb"\s*(?:#|//|\*|/\*|--|<!--)")


def _literals(source: Source[Any], wanted: Slice) -> Iterator[Fact]:
    """The same in what is no code of those, outside of comments."""
    text = source.text
    positions = Positions(text)
    for start in host_lines(source.hits):
        end = text.find(b"\n", start)
        line = text[start : end if end >= 0 else len(text)]
        if _COMMENT.match(line):
            continue
        for found in _URL.finditer(line):
            told = answer((found[0].decode("utf-8", "replace"),), wanted.hosts)
            if told.verdict is Verdict.PROVEN:
                yield Fact(
                    facts.LITERAL,
                    {"host": told.host, "symbol": ""},
                    positions.span(start + found.start(), start + found.end()),
                )


# ---- Declarations ---------------------------------------------------------------------------------------------------


def _declared(text: bytes, role: Role, wanted: Slice) -> Iterator[Fact]:
    """The variables that a file declares with an address. One that does not parse declares nothing that we can use."""
    try:
        found = documents(text, Reader.DOTENV if role is Role.DOTENV else Format.YAML)
    except DocumentError:
        return
    variables: list[tuple[str, str]] = []
    waiting: list[tuple[str, Json]] = [("environment" if role is Role.DOTENV else "", one.value) for one in found]
    while waiting:
        key, value = waiting.pop()
        if key in {"environment", "env", "args"}:
            variables += _pairs(value)
        elif isinstance(value, dict):
            waiting += value.items()
        elif isinstance(value, list):
            waiting += (("", one) for one in value)
    yield from _declarations(variables, wanted)


def _pairs(value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from ((key, one) for key, one in value.items() if isinstance(one, str))
    for one in value if isinstance(value, list) else ():
        if isinstance(one, str) and "=" in one:
            name, _, text = one.partition("=")
            yield name, text


_DEFAULT = re.compile(r"\$\{\w+:?-([^{}]*)\}")


def _declarations(variables: Iterable[tuple[str, str]], wanted: Slice) -> Iterator[Fact]:
    """Whether a variable is given a protected address: more of it is not kept."""
    declared: dict[str, Json] = {}
    for name, value in variables:
        filled = _DEFAULT.sub(r"\1", value.strip())
        parts: Parts = ("https://other.invalid/",) if not filled else (filled,)
        if "$" in filled or not filled:
            continue
        kept = facts.kept(parts, wanted.hosts)
        if not any(isinstance(part, Hole) for part in kept):
            before = declared.get(name)
            declared[name] = [*(before if isinstance(before, list) else []), facts.written(kept)]
    if declared:
        yield Fact(facts.DECLARED, declared)


def _places(data: bytes) -> Iterator[Fact]:
    """Where clients and their places stand. Whether canonical.yaml is sound is said by who reads it for all guards."""
    try:
        document = parse(data, Format.YAML)[0]
    except DocumentError:
        return
    root = document.value if isinstance(document.value, dict) else {}
    clients = root.get("clients")
    spans: dict[str, Json] = {}
    for name, client in clients.items() if isinstance(clients, dict) else ():
        paths: list[JsonPath] = [("clients", name)]
        for key in ("via", "allow"):
            inner = client.get(key) if isinstance(client, dict) else None
            paths += (("clients", name, key, number) for number in range(len(inner) if isinstance(inner, list) else 0))
        for path in paths:
            part = Part.KEY if len(path) == 2 else Part.VALUE
            spans["/".join(map(str, path))] = list(document.span(path, part))
    if spans:
        yield Fact(facts.PLACES, spans)
