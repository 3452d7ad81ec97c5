"""One file in; what it imports, and the calls in it that have their places, out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

from guards._code.jsonc import without_comments
from guards._code.positions import Positions
from guards._code.python_imports import imports
from guards._code.script_imports import script_imports
from guards._code.spans import Document, DocumentError, Format, JsonPath, Part, parse
from guards._code.syntax.grammars import UnreadError, UnwrittenError
from guards._core.model import Fact, Json, Problem, ProblemKind, Remark, Seen, Source
from guards.boundaries import facts
from guards.boundaries.adopting import prefix_of, settings_in
from guards.boundaries.candidates import Candidates
from guards.boundaries.facts import Role
from guards.boundaries.mapping import IMPORTS, Slice, import_triggers, role_of


def scan(source: Source[Any]) -> Iterator[Seen]:
    """What one file says, by what it is."""
    role, more = role_of(source.path_class)
    match role:
        case Role.CANONICAL:
            yield from _places(source.data)
        case Role.SETTINGS:
            yield from _settings(source.data, more)
        case Role.TSCONFIG:
            yield from _aliases(source.data, more)
        case Role.SCRIPT:
            yield from _of_script(source.text, more)
        case Role.PYTHON:
            yield from _of_python(source, more)


def _of_python(source: Source[Any], more: str) -> Iterator[Seen]:
    wanted: Slice = source.scan_slice
    about = more.split(",")
    lines = source.hits.get(0, ()) if wanted.follows_python else None
    if IMPORTS in about:
        yield from _python_imports(source.text, lines)
    before = len(import_triggers(wanted))
    hits = {int(one): source.hits.get(before + int(one), ()) for one in about if one != IMPORTS}
    file = Candidates(source.text, lines)
    held = [number for number, hit in hits.items() if hit and file.may_hold(wanted.banned[number], hit)]
    if held:
        from guards.boundaries.calls import calls

        yield from calls(source.text, [(number, wanted.banned[number]) for number in held])


def _python_imports(text: bytes, lines: Sequence[int] | None) -> Iterator[Fact]:
    positions = Positions(text)
    rows: list[Json] = []
    for one in imports(text, lines):
        span = positions.span(one.start, one.end)
        rows.append([one.module, one.name, span.line, span.column, span.end_column, one.for_types])
    if rows:
        yield Fact(facts.IMPORTS, rows)


def _of_script(text: bytes, suffix: str) -> Iterator[Seen]:
    positions = Positions(text)
    rows: list[Json] = []
    try:
        for one in script_imports(text, suffix):
            span = positions.span(one.start, one.end)
            rows.append([one.module, "", span.line, span.column, span.end_column, one.for_types])
    except UnwrittenError as error:
        yield Remark(f"generated: {error}", is_unread=True)
    except UnreadError as error:
        yield Problem(f"its imports are not known: {error}", ProblemKind.LIMIT)
    if rows:
        yield Fact(facts.IMPORTS, rows)


# ---- Documents ------------------------------------------------------------------------------------------------------


def _places(data: bytes) -> Iterator[Fact]:
    """Where contracts and calls stand. Whether canonical.yaml is sound is said by who reads it for all guards."""
    try:
        document = parse(data, Format.YAML)[0]
    except DocumentError:
        return
    root = document.value if isinstance(document.value, dict) else {}
    if "layers" in root:
        yield Fact(facts.PLACES, _spans(document, ("layers",), root["layers"]))


def _spans(document: Document, at: JsonPath, value: Json) -> dict[str, Json]:
    """Each entry below a value, with the place where it stands, by its path."""
    found: dict[str, Json] = {}
    waiting: list[tuple[JsonPath, Json]] = [(at, value)]
    while waiting:
        path, one = waiting.pop()
        if path:
            found["/".join(map(str, path))] = list(
                document.span(path, Part.VALUE if isinstance(path[-1], int) else Part.KEY)
            )
        if isinstance(one, dict):
            waiting += (((*path, key), item) for key, item in one.items())
        elif isinstance(one, list):
            waiting += (((*path, number), item) for number, item in enumerate(one))
    return found


def _settings(data: bytes, name: str) -> Iterator[Seen]:
    """The contracts in settings of another tool. What does not parse concerns us only if it holds some."""
    try:
        document, tool, value = settings_in(data, name)
    except DocumentError as error:
        if b"importlinter" in data or name == "tach.toml":
            yield Problem(f"its contracts cannot be read: {error.message}", ProblemKind.DOCUMENT, span=error.span)
        return
    if tool:
        spans = _spans(document, prefix_of(name, tool), value)
        yield Fact(
            facts.SETTINGS, {"tool": tool, "value": value, "prefix": list(prefix_of(name, tool)), "spans": spans}
        )


def _aliases(data: bytes, folder: str) -> Iterator[Seen]:
    """The `paths` of a tsconfig.json, as paths from the root."""
    try:
        value = parse(without_comments(data), Format.JSON)[0].value
    except DocumentError as error:
        yield Problem(f"its paths cannot be read: {error.message}", ProblemKind.DOCUMENT, span=error.span)
        return
    options = value.get("compilerOptions") if isinstance(value, dict) else None
    options = options if isinstance(options, dict) else {}
    base = options.get("baseUrl")
    base = posixpath.normpath(posixpath.join(folder, base if isinstance(base, str) else "."))
    paths = options.get("paths")
    found: dict[str, Json] = {
        pattern: [posixpath.join(base, target) for target in targets if isinstance(target, str)]
        for pattern, targets in (paths.items() if isinstance(paths, dict) else ())
        if isinstance(targets, list)
    }
    if isinstance(options.get("baseUrl"), str):
        found.setdefault("*", [posixpath.join(base, "*")])
    if found:
        yield Fact(facts.ALIASES, {"folder": folder, "paths": found})
