"""Values of facts where nobody declared them: in a line that names the fact, or at a path that does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from guards._code.reading import Reader, documents
from guards._code.spans import Document, DocumentError, JsonPath
from guards._core.model import Fact, Json, Source, Span
from guards.drift import facts
from guards.drift.hunting import Hunted, words
from guards.drift.kinds import text_of
from guards.drift.lenses import lens
from guards.drift.mapping import PathClass, Slice
from guards.drift.paths import dotted

_LONGEST_LINE = 2000
"""What is longer was not written by a person."""
_PIECE = 1 << 20


class _Mention(NamedTuple):
    """A value of a fact that nobody declared."""

    fact: str
    value: str
    grade: str
    span: Span
    point: str = ""
    """Where it stands, for a selector."""

    def told(self) -> Fact:
        data: Json = {"fact": self.fact, "value": self.value, "grade": self.grade, "point": self.point}
        return Fact(facts.MENTION, data, self.span)


def mentions(source: Source[object], path_class: PathClass) -> Iterator[Fact]:
    """The undeclared values in a file of which some trigger hit a line."""
    slice_: Slice = source.scan_slice
    if b"\0" in source.text[:4096]:
        return
    found = list(_in_lines(_hit_lines(source.text, source.hits), slice_))
    if _may_tell(source.text, slice_):
        found += _in_documents(source.data, path_class.reader, slice_)
    yield from (one.told() for one in _strongest(found))


def mentions_in_stream(source: Source[object], reader: BinaryIO) -> Iterator[Fact]:
    """The same for a file that is too large to be read whole: of such a file only its lines count."""
    first, rest = 1, b""
    while piece := reader.read(_PIECE):
        text = rest + piece
        end = text.rfind(b"\n") + 1
        text, rest = text[:end], text[end:]
        yield from (one.told() for one in _in_lines(_hit_lines(text, source.hits_in(text), first), source.scan_slice))
        first += text.count(b"\n")
        if len(rest) > _PIECE:  # a line that nobody wrote: what is left of it will not be taken for one
            rest = b"x" * (_LONGEST_LINE + 1)
    yield from (one.told() for one in _in_lines(_hit_lines(rest, source.hits_in(rest), first), source.scan_slice))


def _strongest(found: Iterable[_Mention]) -> Iterator[_Mention]:
    """One for each place and fact; what is known to be out of date first, and with its path where there is one."""
    best: dict[tuple[str, Span], _Mention] = {}
    order = (facts.ZOMBIE, facts.TWIN, facts.LITERAL)
    for one in found:
        other = best.get((one.fact, one.span))
        if other is None or (order.index(one.grade), not one.point) < (order.index(other.grade), not other.point):
            best[one.fact, one.span] = one
    return iter(best.values())


# ---- In lines -------------------------------------------------------------------------------------------------------


def _hit_lines(text: bytes, hits: Mapping[int, Sequence[int]], first: int = 1) -> Iterator[tuple[int, str]]:
    """The lines that hold a value, with their numbers. `first`: the number of the first line of the text."""
    starts = {start for own in hits.values() for start in own}
    at = 0
    for number, line in enumerate(text.split(b"\n") if starts else (), start=first):
        if at in starts and len(line) <= _LONGEST_LINE:
            yield number, line.decode("utf-8", "replace").rstrip("\r")
        at += len(line) + 1


def _in_lines(lines: Iterable[tuple[int, str]], slice_: Slice) -> Iterator[_Mention]:
    for number, line in lines:
        known = frozenset(words(line))
        for one in slice_.hunted:
            if known.issuperset(one.words):
                for text, start in _former_in(line, one):
                    yield _Mention(one.fact, text, facts.ZOMBIE, _on_line(number, start, text))
        for one in slice_.hunted if slice_.literals else ():
            for start in _places(line, one.present) if one.is_telling else ():
                yield _Mention(one.fact, one.present, facts.LITERAL, _on_line(number, start, one.present))


def _former_in(line: str, one: Hunted) -> Iterator[tuple[str, int]]:
    """The former values in a line; none in one that tells of both, for that is a story and not a setting.

    Where the present value is not known here, any two tell a story, and so do words about earlier times.
    """
    if one.present and any(_places(line, one.present)):
        return
    found = [(text, start) for text in one.former for start in _places(line, text)]
    if one.present or (len({text for text, _ in found}) == 1 and not _TELLS_OF_OLD.search(line)):
        yield from found


_TELLS_OF_OLD = re.compile(
    r"(?:\b|(?<=_))(?:since|until|before|after|prior|previous|earlier|old|older|oldest|former|formerly|was|were|new|adds?"
    r"|added|chang\w*|deprecat\w*|remov\w*|introduc\w*|fix\w*|upgrad\w*|downgrad\w*|updat\w*|migrat\w*|releas\w*"
    r"|legacy|compat\w*|bump\w*|requires?|supports?|min|minimum|least|or later|or newer|example|e\.g|version(?:added"
    r"|changed|removed))\b|[<>~^!]=?|copyright",
    re.IGNORECASE,
)


def _on_line(number: int, start: int, text: str) -> Span:
    return Span(number, start + 1, number, start + 1 + len(text))


def _places(line: str, text: str) -> list[int]:
    """Where a value stands by itself: 8080 neither in 18080 nor in 8080.5, and 1.4 not in 1.4.2."""
    return [found.start("value") for found in _alone(text).finditer(line)] if text and text in line else []


@lru_cache(maxsize=1024)
def _alone(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.-])[vV]?(?P<value>{re.escape(text)})(?![\w-]|\.\w)")


# ---- In documents ---------------------------------------------------------------------------------------------------


def _may_tell(text: bytes, slice_: Slice) -> bool:
    """Whether a file holds all words of any fact: only then is it worth parsing."""
    lowered = text.lower()
    return any(all(word.encode() in lowered for word in one.words) for one in slice_.hunted)


def _in_documents(data: bytes, reader: str, slice_: Slice) -> Iterator[_Mention]:
    if reader in {Reader.TEXT, Reader.MARKDOWN, Reader.SQL}:
        return
    try:
        found = documents(data, reader)
    except DocumentError:
        return  # whoever binds a fact to it, or checks its syntax, says so
    for document in found:
        yield from _in_document(document, slice_)


def _in_document(document: Document, slice_: Slice) -> Iterator[_Mention]:
    for path, value in _leaves(document.value):
        text = text_of(value)
        near = [one for one in slice_.hunted if _stands_in(text, one)]
        known = frozenset(word for step in path for word in words(str(step))) if near else frozenset()
        for one in near:
            if one.is_release and _is_one_of_several(path):
                continue
            if known.issuperset(one.words) and set(one.words).intersection(words(_last_name(path))):
                yield from _at(document, path, text, one)


def _is_one_of_several(path: JsonPath) -> bool:
    """Whether a value is an item of a list, or belongs to a matrix: one version of many that are all meant."""
    return "matrix" in path or isinstance(path[-1], int)


def _stands_in(text: str, one: Hunted) -> bool:
    return len(text) <= _LONGEST_LINE and any(value and value in text for value in (*one.former, one.present))


def _at(document: Document, path: JsonPath, text: str, one: Hunted) -> Iterator[_Mention]:
    gone = [(facts.ZOMBIE, value, start) for value, start in _former_in(text, one)]
    there = [(facts.TWIN, one.present, start) for start in _places(text, one.present)[:1] if one.is_telling]
    for grade, value, start in gone or there:
        span = _span(document, path, text, start, value)
        yield _Mention(one.fact, value, grade, span, _selected(path, text, start, value))


_LIKELY_LENSES = ("port.container", "port.host", "url.port", "image.tag", "url.host", "url.path", "pep508.spec")


def _selected(path: JsonPath, text: str, start: int, value: str) -> str:
    """The point of a value for a selector; empty where no lens leads to it."""
    if text == value:
        return dotted(path)
    parts = ((name, lens(name).focus(text)) for name in _LIKELY_LENSES)
    name = next((name for name, part in parts if part == (start, start + len(value))), "")
    return f"{dotted(path)} | {name}" if name else ""


def _span(document: Document, path: JsonPath, text: str, start: int, value: str) -> Span:
    source = document.source(path)
    shift = 0 if source == text else 1 if source[1:-1] == text else None
    if shift is None or document.anchor(path) is not None:
        return document.span(path)
    return document.span_within(path, start + shift, start + shift + len(value))


def _last_name(path: JsonPath) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")


def _leaves(value: Json) -> Iterator[tuple[JsonPath, Json]]:
    waiting: list[tuple[JsonPath, Json]] = [((), value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*path, key), member) for key, member in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), item) for index, item in enumerate(value)]
        elif path:
            yield path, value
