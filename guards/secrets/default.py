"""The default mode on one text: pieces, detectors, what was decoded, and the tags that cover them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from guards._core.model import Span, Trigger
from guards.secrets import decoding, foreign, tags
from guards.secrets.detectors import ALL, Accepted, Detector, Match, Seen
from guards.secrets.docstrings import Docstrings, docstrings
from guards.secrets.foreign import ForeignRule
from guards.secrets.pieces import HitsIn, Piece, pieces
from guards.secrets.places import Kind, Place

_FIRST_ENCODING = len(ALL)
_TAG = _FIRST_ENCODING + len(decoding.TRIGGERS)
TRIGGERS: tuple[Trigger, ...] = (
    *(detector.trigger for detector in ALL),
    *decoding.TRIGGERS,
    tags.TRIGGER,
)

CUSTOM = "secrets/custom"
_ELSEWHERE = "Take it out of the file, and change it where it is used."
_LARGEST_BLOCK = 64 << 10
_ARMOUR = re.compile("-----BEGIN |---- BEGIN |PuTTY-User")


class Found(NamedTuple):
    """A secret, and where it stands."""

    accepted: Accepted
    value: str
    span: Span
    via: str = ""
    """What it was decoded from."""
    only_at: str = ""
    """An expression that must be found in its path."""
    not_at: tuple[str, ...] = ()
    """Expressions that must not."""


class Text(Struct, frozen=True, dict=True):
    """One text of a file: the whole of it, or one block of a stream."""

    data: bytes
    hits: Mapping[int, Sequence[int]]
    place: Place
    hits_in: HitsIn
    first_line: int = 1
    binary: bool = False
    rules: tuple[ForeignRule, ...] = ()
    """Of this repository; their triggers come after all others."""

    @functools.cached_property
    def docstrings(self) -> Docstrings:
        """Where it speaks to people. Of a block of a stream nobody knows."""
        return docstrings(self.data if self.first_line == 1 else b"")


def look(text: Text) -> tuple[list[Found], list[tags.Tag]]:
    """All secrets of a text in order, and the tags in it."""
    marks: list[tags.Tag] = []
    found = everything(text, marks)
    return list(_apart(found)), marks


def everything(text: Text, marks: list[tags.Tag] | None = None) -> list[Found]:
    """Whatever is taken for a secret, also where one lies in another. The tags go to `marks`."""
    found: list[Found] = []
    lines = list(pieces(text.data, believed(text), text.hits_in, text.first_line))
    decoder = decoding.Decoder(_FIRST_ENCODING, text.hits_in)
    for piece in (*lines, *([] if text.binary else decoder.decoded(lines))):
        in_piece = list(_in_piece(piece, text, text.place))
        if in_piece and _is_shown(piece, text):  # a document never counts for more than a program
            in_piece = list(_in_piece(piece, text, text.place._replace(kind=Kind.TEXT)))
        found += in_piece
    for piece in lines:
        if marks is not None and _TAG in piece.indices:
            marks += tags.tags(piece.text, piece.line)
    found += _decoded_blocks(decoder, text)
    found += _by_rules(lines, text)
    return found


def believed(text: Text) -> Mapping[int, Sequence[int]]:
    """The hits that can come to something in this file: what only others may hold is no reason to read a line."""
    return {
        index: starts
        for index, starts in text.hits.items()
        if index >= _FIRST_ENCODING or ALL[index].is_believed(text.place, binary=text.binary)
    }


def _is_shown(piece: Piece, text: Text) -> bool:
    """Whether it stands in a docstring: what that shows counts as what a document shows."""
    return text.place.kind is Kind.CODE and piece.offset >= 0 and text.docstrings.hold(piece.offset)


def _in_piece(piece: Piece, text: Text, place: Place) -> Iterator[Found]:
    for index in piece.indices:
        if index >= _FIRST_ENCODING:
            continue
        if ALL[index].is_believed(place, binary=text.binary):
            yield from _found_by(ALL[index], piece, text, place)


def _found_by(detector: Detector, piece: Piece, text: Text, place: Place) -> Iterator[Found]:
    line = piece.text
    if detector.is_block:
        beyond = text.data[piece.offset : piece.offset + _LARGEST_BLOCK].decode("utf-8", "replace")
        line = beyond if piece.offset >= 0 else line + piece.beyond
    for match in detector.look(Seen(line, len(piece.text), place)):
        if piece.start <= match.start < piece.end:
            span = piece.span(match.start, min(match.end, len(piece.text)))
            yield Found(match.accepted, match.value, span, piece.via)
        elif piece.offset >= 0 and match.start >= piece.end:
            yield Found(match.accepted, match.value, _span_below(piece, line, match), piece.via)


def _span_below(piece: Piece, text: str, match: Match) -> Span:
    """Where a value stands whose line is one below that of its name."""
    line = piece.line + text.count("\n", 0, match.start)
    column = match.start - text.rfind("\n", 0, match.start)
    return Span(line, column, line, column + len(match.value))


def _decoded_blocks(decoder: decoding.Decoder, text: Text) -> Iterator[Found]:
    """What goes on over several lines, such as a private key, in what was decoded."""
    for decoded, span, via in decoder.texts:
        if _ARMOUR.search(decoded):
            seen = Seen(decoded, len(decoded), text.place)
            blocks = (one for one in ALL if one.is_block and one.is_believed(text.place, binary=text.binary))
            matches = (match for detector in blocks for match in detector.look(seen))
            yield from (Found(match.accepted, match.value, span, via) for match in matches)


def _by_rules(lines: Sequence[Piece], text: Text) -> Iterator[Found]:
    """What the rules of the repository find: in the lines that they hit, else in all lines."""
    active = [(number, rule) for number, rule in enumerate(text.rules, start=len(TRIGGERS)) if number in text.hits]
    if not active:
        return
    lowered = text.data.decode("utf-8", "replace").lower()
    for number, rule in active:
        if not foreign.has_keyword(rule, lowered):
            continue
        own = [piece for piece in lines if number in piece.indices] if rule.trigger else _every_line(text)
        for piece in own:
            for match in foreign.matches(rule, piece.text):
                if piece.start <= match.start < piece.end:
                    what = f"what the rule {rule.id} looks for"
                    accepted = Accepted(CUSTOM, what, rule.description or _ELSEWHERE, rank=8)
                    span = piece.span(match.start, match.end)
                    yield Found(accepted, match.secret, span, "", rule.path, match.unless)


def _every_line(text: Text) -> Iterator[Piece]:
    for number, line in enumerate(text.data.decode("utf-8", "replace").split("\n"), start=text.first_line):
        yield Piece(line.removesuffix("\r"), (), number, 1, 0, len(line) + 1)


def _apart(found: Iterable[Found]) -> Iterator[Found]:
    """Of those that overlap only the one of the best rank, in the order in which they stand."""
    kept: dict[int, list[Found]] = {}
    for one in sorted(found, key=lambda one: (one.accepted.rank, one.span, one.accepted.rule)):
        rivals = kept.setdefault(one.span.line, [])
        if not any(_overlap(one.span, rival.span) for rival in rivals):
            rivals.append(one)
    everything = [one for group in kept.values() for one in group]
    yield from sorted(everything, key=lambda one: (one.span, one.accepted.rule))


def _overlap(one: Span, other: Span) -> bool:
    return one.column < other.end_column and other.column < one.end_column
