"""One file in, the values at the points that concern it out."""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from guards._code.spans import Document, DocumentError, ErrorKind, Format, JsonPath, Part, parse
from guards._code.spans.text import Text, decode
from guards._core.model import Fact, Json, Problem, ProblemKind, Seen, Source, Span
from guards.drift import facts
from guards.drift.kinds import text_of
from guards.drift.lenses import Lens, Range, default_of, is_filled_in
from guards.drift.mapping import PathClass
from guards.drift.patterns import Pattern
from guards.drift.reading import Reader, documents
from guards.drift.selectors import EVERY, Having, Mention, Point, Step, point

_MOST_KEYS = 1000
"""Keys that are compared with a misspelt one."""
_MOST_SHOWN = 5
_ADDRESS = re.compile(
    r"(?:\b[A-Za-z][A-Za-z0-9+.-]{1,20}://|\b(?=localhost:|127\.0\.0\.1:|0\.0\.0\.0:))[^\s<>\"'`)\]}|\\]+"
)
_PUNCTUATION = ".,;:!?*_"


@dataclass(frozen=True, slots=True)
class _Site:
    """A value, and where it stands."""

    value: str
    span: Span
    is_filled_in: bool


def scan(source: Source[Any]) -> Iterable[Seen]:
    """The sites of each point, or what is near a point that is not there."""
    path_class = PathClass.decoded(source.path_class)
    if path_class.is_canonical:
        yield from _places(source.data)
        return
    try:
        yield from _seen(source.data, path_class)
    except DocumentError as error:
        kind = ProblemKind.LIMIT if error.kind is ErrorKind.LIMIT else ProblemKind.DOCUMENT
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
        for text, one in in_documents.items():
            yield from _told(text, itertools.chain.from_iterable(_in_document(each, one) for each in found))
            yield from _nearest(text, one, found)


def _told(text: str, sites: Iterator[_Site]) -> Iterator[Fact]:
    for site in sites:
        data: Json = {"point": text, "value": site.value, "filled-in": site.is_filled_in}
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
    declared, bound = root.get("facts"), root.get("bind")
    yield from (("facts", name) for name in (declared if isinstance(declared, dict) else ()))
    for name, places in bound.items() if isinstance(bound, dict) else ():
        yield from (("bind", name, number) for number in range(len(places) if isinstance(places, list) else 0))


# ---- In documents ---------------------------------------------------------------------------------------------------


def _in_document(document: Document, one: Point) -> Iterator[_Site]:
    if isinstance(one.where, (Mention, Pattern)):
        return
    for path, value in _walk(document.value, one.where):
        yield from _sites(document, path, value, one.lenses)


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


def _sites(document: Document, path: JsonPath, value: Json, lenses: tuple[Lens, ...]) -> Iterator[_Site]:
    """A scalar is a site; of a list each item is one; of a mapping the member that the first lens stands for."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            if not isinstance(item, list):
                yield from _sites(document, (*path, number), item, lenses)
    elif isinstance(value, dict):
        member = lenses[0].member if lenses else ""
        if member and not isinstance(value.get(member, []), (list, dict)):
            yield from _sites(document, (*path, member), value[member], lenses[1:])
    else:
        text = text_of(value)
        part = _focused(text, lenses)
        if part is not None:
            yield _site(text, part, lenses, _span(document, path, text, part))


def _span(document: Document, path: JsonPath, text: str, part: Range) -> Span:
    """Where a part of a scalar stands: exactly, if the scalar is written as it is read."""
    source = document.source(path)
    if source == text:
        return document.span_within(path, part.start, part.end)
    if source[1:-1] == text and source[:1] in {'"', "'", "`"}:
        return document.span_within(path, part.start + 1, part.end + 1)
    return document.span(path)


def _focused(text: str, lenses: tuple[Lens, ...]) -> Range | None:
    """The part that lenses lead to, and of `${NAME:-default}` the default."""
    start, end = 0, len(text)
    for lens in lenses:
        part = lens.focus(text[start:end])
        if part is None:
            return None
        start, end = start + part.start, start + part.end
    default = default_of(text[start:end])
    return Range(start + default.start, start + default.end) if default else Range(start, end)


def _site(text: str, part: Range, lenses: tuple[Lens, ...], span: Span) -> _Site:
    source = text[part.start : part.end]
    meaning = lenses[-1].read(source) if lenses else source
    return _Site(source if meaning is None else meaning, span, is_filled_in(source))


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


def dotted(path: JsonPath) -> str:
    """A path as it is written in a selector."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if re.fullmatch(r'[^\s."\[\]|*#]+', step) else json.dumps(step, ensure_ascii=False)
            text += f".{name}" if text else name
    return text


# ---- In any text ----------------------------------------------------------------------------------------------------


def _in_text(whole: Text, one: Point) -> Iterator[_Site]:
    for start, end in _candidates(whole.content, one.where):
        text = whole.content[start:end]
        part = _focused(text, one.lenses)
        if part is not None:
            yield _site(text, part, one.lenses, whole.span(start + part.start, start + part.end))


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
