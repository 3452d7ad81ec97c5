"""The default mode on one text: pieces, detectors, what was decoded, private keys, and the tags that cover them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from guards._core.model import Level, Span, Trigger
from guards.secrets import decoding, foreign, private_keys, tags
from guards.secrets.detectors import ALL, Accepted, Detector, Seen
from guards.secrets.foreign import ForeignRule
from guards.secrets.pieces import HitsIn, Piece, pieces
from guards.secrets.places import Kind, Place

_FIRST_ENCODING = len(ALL)
_KEY = _FIRST_ENCODING + len(decoding.TRIGGERS)
_TAG = _KEY + 1
TRIGGERS: tuple[Trigger, ...] = (
    *(detector.trigger for detector in ALL),
    *decoding.TRIGGERS,
    private_keys.TRIGGER,
    tags.TRIGGER,
)

CUSTOM = "secrets/custom"
_ELSEWHERE = "Take it out of the file, and change it where it is used."
_LARGEST_BLOCK = 64 << 10
PRIVATE_KEY = "secrets/private-key"
_REVOKE = "Revoke it and make a new one: removing it from here does not help, the history keeps it."


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


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a file: the whole of it, or one block of a stream."""

    data: bytes
    hits: Mapping[int, Sequence[int]]
    place: Place
    hits_in: HitsIn
    first_line: int = 1
    binary: bool = False
    rules: tuple[ForeignRule, ...] = ()
    """Of this repository; their triggers come after all others."""


def look(text: Text) -> tuple[list[Found], list[tags.Tag]]:
    """All secrets of a text in order, and the tags in it."""
    found: list[Found] = []
    marks: list[tags.Tag] = []
    lines = list(pieces(text.data, text.hits, text.hits_in, text.first_line))
    decoder = decoding.Decoder(_FIRST_ENCODING, text.hits_in)
    for piece in (*lines, *([] if text.binary else decoder.decoded(lines))):
        found += _in_piece(piece, text)
    for piece in lines:
        if _TAG in piece.indices:
            marks += tags.tags(piece.text, piece.line)
    found += _keys(text, decoder)
    found += _by_rules(lines, text)
    return list(_apart(found)), marks


def _in_piece(piece: Piece, text: Text) -> Iterator[Found]:
    for index in piece.indices:
        if index >= _FIRST_ENCODING:
            continue
        detector = ALL[index]
        if detector.is_format or (text.place.kind in detector.kinds and not text.binary):
            yield from _found_by(detector, piece, text)


def _found_by(detector: Detector, piece: Piece, text: Text) -> Iterator[Found]:
    line = piece.text
    if detector.is_block and piece.offset >= 0:
        line = text.data[piece.offset : piece.offset + _LARGEST_BLOCK].decode("utf-8", "replace")
    for match in detector.look(Seen(line, len(piece.text), text.place)):
        if piece.start <= match.start < piece.end:
            yield Found(
                match.accepted, match.value, piece.span(match.start, min(match.end, len(piece.text))), piece.via
            )


def _keys(text: Text, decoder: decoding.Decoder) -> Iterator[Found]:
    if _KEY in text.hits:
        yield from _keys_in_lines(text)
    for decoded, span, via in decoder.texts:
        if "PRIVATE KEY" in decoded:
            yield from (Found(_key(key, text.place), key.body, span, via) for key in private_keys.private_keys(decoded))


def _keys_in_lines(text: Text) -> Iterator[Found]:
    start = min(text.hits[_KEY])
    line = text.first_line + text.data.count(b"\n", 0, start)
    rest = text.data[start:].decode("utf-8", "replace")
    at = 0
    for key in private_keys.private_keys(rest):
        line += rest.count("\n", at, key.start)
        at = key.start
        column = key.start - (rest.rfind("\n", 0, key.start) + 1) + 1
        yield Found(_key(key, text.place), key.body, Span(line, column, line, column + key.end - key.start))


def _key(key: private_keys.Key, place: Place) -> Accepted:
    level = Level.WARNING if key.encrypted else None
    if place.for_tests or place.kind is Kind.TEXT:
        level = Level.NOTE
    what = f"{key.what}, encrypted with a passphrase" if key.encrypted else key.what
    return Accepted(PRIVATE_KEY, what, _REVOKE, level, rank=3)


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
