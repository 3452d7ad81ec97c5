"""One file in, the values at the points that concern it out."""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from msgspec import Struct

from guards._code.reading import Reader, documents, reader_of
from guards._code.spans import Document, DocumentError, ErrorKind, Format, JsonPath, Part, parse
from guards._code.spans.text import Text, decode
from guards._core.model import Fact, Json, Problem, ProblemKind, Seen, Source, Span
from guards.drift import facts
from guards.drift.kinds import column, text_of
from guards.drift.lenses import Lens, Range, focused, is_filled_in, meaning
from guards.drift.mapping import PathClass
from guards.drift.mentions import mentions, mentions_in_stream
from guards.drift.paths import dotted
from guards.drift.patterns import Pattern
from guards.drift.selectors import EVERY, Having, Mention, Point, Step, point
from guards.drift.writing import Writing, written

_MOST_KEYS = 1000
"""Keys that are compared with a misspelt one."""
_MOST_SHOWN = 5
_ADDRESS = re.compile(
    r"(?:\b[A-Za-z][A-Za-z0-9+.-]{1,20}://|\b(?=localhost:|127\.0\.0\.1:|0\.0\.0\.0:))[^\s<>\"'`)\]}|\\]+"
)
_PROBLEMS = {ErrorKind.LIMIT: ProblemKind.LIMIT, ErrorKind.MISSING: ProblemKind.TOOL_MISSING}
_PUNCTUATION = ".,;:!?*_"


class _Site(Struct, frozen=True):
    """A value, and where it stands."""

    value: str
    span: Span
    is_filled_in: bool
    writing: Writing | None = None
    """How it can be replaced; None where it is not written as it is read."""
    is_column: bool = False


def scan(source: Source[Any]) -> Iterable[Seen]:
    """The sites of each point, or what is near a point that is not there."""
    path_class = PathClass.decoded(source.path_class)
    if path_class.is_canonical:
        yield from _places(source.data)
        return
    if source.reader is not None:
        if path_class.points:
            yield Problem("a fact is bound to this file, which is too large to be read whole", ProblemKind.LIMIT)
        if path_class.hunts:
            yield from mentions_in_stream(source, source.reader)
        return
    if path_class.hunts and source.hits:
        yield from mentions(source, path_class)
    try:
        yield from _seen(source.data, path_class)
    except DocumentError as error:
        kind = _PROBLEMS.get(error.kind, ProblemKind.DOCUMENT)
        yield Problem(f"a fact is bound to this file, which cannot be read: {error.message}", kind, span=error.span)


def _seen(data: bytes, path_class: PathClass) -> Iterator[Seen]:
    points = {text: point(text) for text in path_class.points}
    in_text = {text: one for text, one in points.items() if isinstance(one.where, (Mention, Pattern))}
    if in_text:
        whole = decode(data)
        for text, one in in_text.items():
            yield from _told(text, _in_text(whole, one))
    in_documents = {text: one for text, one in points.items() if text not in in_text}
    if in_documents and path_class.reader == Reader.TEXT:
        reason = "a fact is bound to a path in this file, whose name tells no format that paths can be followed in"
        yield Problem(reason, ProblemKind.CONFIG)
    elif in_documents:
        found = documents(data, path_class.reader)
        placed = [_Placed(each, (number,) if len(found) > 1 else ()) for number, each in enumerate(found)]
        for text, one in in_documents.items():
            yield from _told(text, itertools.chain.from_iterable(_in_document(each, one) for each in placed))
            yield from _nearest(text, one, found)


def texts_at(data: bytes, path: str, points: tuple[str, ...]) -> dict[str, list[str]]:
    """The values that stand at points of a file, but for what is filled in. DocumentError where it cannot be read."""
    found: dict[str, list[str]] = {}
    for one in _seen(data, PathClass(reader_of(path), points)):
        told: Any = one.data if isinstance(one, Fact) and one.kind == facts.SITE else None
        if told and not told["filled-in"]:
            found.setdefault(told["point"], []).append(told["value"])
    return found


def _told(text: str, sites: Iterator[_Site]) -> Iterator[Fact]:
    for site in sites:
        data: dict[str, Json] = {"point": text, "value": site.value, "filled-in": site.is_filled_in}
        if site.writing:
            data["writing"] = site.writing.out()
        if site.is_column:
            data["column"] = True
        yield Fact(facts.SITE, data, site.span)


def _places(data: bytes) -> Iterator[Fact]:
    """Where facts and binds stand. Whether canonical.yaml is sound is said by who reads it for all guards."""
    try:
        document = parse(data, Format.YAML)[0]
    except DocumentError:
        return
    places: dict[str, Json] = {}
    for path in _canonical_paths(document.value):
        places[json.dumps(path)] = list(document.span(path, Part.KEY if len(path) == 2 else Part.VALUE))
    yield Fact(facts.PLACES, places)


def _canonical_paths(value: Json) -> Iterator[JsonPath]:
    root = value if isinstance(value, dict) else {}
    declared = root.get("facts")
    yield from (("facts", name) for name in (declared if isinstance(declared, dict) else ()))
    for section in ("bind", "live"):
        told = root.get(section)
        for name, places in told.items() if isinstance(told, dict) else ():
            yield from ((section, name, number) for number in range(len(places) if isinstance(places, list) else 0))


# ---- In documents ---------------------------------------------------------------------------------------------------


class _Placed(NamedTuple):
    """A document, and what leads to it in a stream of several."""

    document: Document
    number: tuple[int, ...]


def _in_document(placed: _Placed, one: Point) -> Iterator[_Site]:
    if isinstance(one.where, (Mention, Pattern)):
        return
    for path, value in _walk(placed.document.value, one.where):
        yield from _sites(placed, path, value, one.lenses)


def _walk(value: Json, steps: tuple[Step, ...], path: JsonPath = ()) -> Iterator[tuple[JsonPath, Json]]:
    """The values that steps lead to, with their paths."""
    pending: list[tuple[JsonPath, Json]] = [(path, value)]
    for step in steps:
        pending = [child for at, value in pending for child in _children(at, value, step)]
    yield from pending


def _children(path: JsonPath, value: Json, step: Step) -> Iterator[tuple[JsonPath, Json]]:
    if isinstance(value, dict):
        if step is EVERY:
            yield from (((*path, key), member) for key, member in value.items())
        elif str(step) in value:
            yield (*path, str(step)), value[str(step)]
    elif isinstance(value, list):
        if step is EVERY:
            yield from (((*path, number), item) for number, item in enumerate(value))
        elif isinstance(step, Having):
            yield from (((*path, number), item) for number, item in enumerate(value) if _has(item, step))
        elif isinstance(step, int) and step < len(value):
            yield (*path, step), value[step]


def _has(item: Json, step: Having) -> bool:
    return isinstance(item, dict) and step.key in item and text_of(item[step.key]) == step.value


def _sites(placed: _Placed, path: JsonPath, value: Json, lenses: tuple[Lens, ...]) -> Iterator[_Site]:
    """A scalar is a site; of a list each item is one; of a mapping the member that the first lens stands for."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            if not isinstance(item, list):
                yield from _sites(placed, (*path, number), item, lenses)
    elif isinstance(value, dict):
        member = lenses[0].member if lenses else ""
        if member and not isinstance(value.get(member, []), (list, dict)):
            yield from _sites(placed, (*path, member), value[member], lenses[1:])
        elif not lenses:
            yield from _columns(placed.document, path, value)
    else:
        yield from _scalar(placed, path, text_of(value), lenses)


def _columns(document: Document, path: JsonPath, table: dict[str, Json]) -> Iterator[_Site]:
    """The members of a mapping, as the columns of a table with their types."""
    for name, type_ in table.items():
        if not isinstance(type_, (list, dict)):
            yield _Site(column(name, type_), document.span((*path, name)), is_filled_in=False, is_column=True)


def _scalar(placed: _Placed, path: JsonPath, text: str, lenses: tuple[Lens, ...]) -> Iterator[_Site]:
    part = focused(text, lenses)
    if part is None:
        return
    document = placed.document
    quote = _quote(document.source(path), text)
    if quote is None:
        yield _site(text, part, lenses, document.span(path), None)
        return
    span = document.span_within(path, part.start + quote, part.end + quote)
    writing = None
    if document.anchor(path) is None:
        at = (*placed.number, *path)
        writing = written(document.text, document.offsets(path)[0], document.source(path), quote, lenses, at)
    yield _site(text, part, lenses, span, writing)


def _quote(source: str, text: str) -> int | None:
    """How many characters a text stands in quotes by; None where it is not written as it is read."""
    if source == text:
        return 0
    return 1 if source[1:-1] == text and source[:1] in {'"', "'", "`"} else None


def _site(text: str, part: Range, lenses: tuple[Lens, ...], span: Span, writing: Writing | None) -> _Site:
    source = text[part.start : part.end]
    return _Site(meaning(source, lenses), span, is_filled_in(source), writing)


def _nearest(text: str, one: Point, found: tuple[Document, ...]) -> Iterator[Fact]:
    """For a path that leads nowhere: the longest one near it that does."""
    if isinstance(one.where, (Mention, Pattern)) or any(_leads_on(document.value, one.where) for document in found):
        return
    for document in found[:1]:
        path, keys = _near(document.value, one.where)
        if path:
            shown: list[Json] = list(keys[:_MOST_SHOWN])
            yield Fact(facts.NEAR, {"point": text, "path": path, "keys": shown})


def _leads_on(value: Json, steps: tuple[Step, ...]) -> bool:
    return next(_walk(value, steps), None) is not None


def _near(value: Json, steps: tuple[Step, ...]) -> tuple[str, list[str]]:
    """The nearest path, and the keys there where none is like the one that was looked for."""
    for length in range(len(steps) - 1, -1, -1):
        path, parent = next(_walk(value, steps[:length]), ((), None))
        if parent is None:
            continue
        keys = [str(key) for key in itertools.islice(parent, _MOST_KEYS)] if isinstance(parent, dict) else []
        close = difflib.get_close_matches(str(steps[length]), keys, n=1, cutoff=0.6)
        return dotted((*path, *close)), [] if close else keys
    return "", []


# ---- In any text ----------------------------------------------------------------------------------------------------


def _in_text(whole: Text, one: Point) -> Iterator[_Site]:
    for start, end in _candidates(whole.content, one.where):
        text = whole.content[start:end]
        part = focused(text, one.lenses)
        if part is not None:
            span = whole.span(start + part.start, start + part.end)
            writing = written(whole, whole.byte(start), text, 0, one.lenses, None)
            yield _site(text, part, one.lenses, span, writing)


def _candidates(content: str, where: object) -> Iterator[tuple[int, int]]:
    if isinstance(where, Pattern):
        yield from where.spans(content)
    elif isinstance(where, Mention):
        start = 0
        for line in content.split("\n") if where.word else [content]:
            if where.word.lower() in line.lower():
                for found in _ADDRESS.finditer(line):
                    yield start + found.start(), start + found.start() + len(found[0].rstrip(_PUNCTUATION))
            start += len(line) + 1
