"""The pieces of a text in which detectors look: lines, windows of very long lines, and what was decoded.

A pattern is only ever run over a few thousand characters, so what it costs is bounded, and a line of five megabytes is
as cheap as a file with as many lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guards._core.model import Span

HitsIn = Callable[[bytes], Mapping[int, Sequence[int]]]

LONG = 4096
"""Characters; a longer line is looked at in windows."""
_STEP = 3072
_MARGIN = 1024
"""What a window shows beyond its own part, on both sides: no match of a line is longer."""
_FARTHEST = 16384
"""How far a value of several lines may go on, if they are written as one."""


class Piece(NamedTuple):
    """A part of a text, the triggers that hit in it, and where it stands."""

    text: str
    indices: tuple[int, ...]
    line: int
    column: int
    """Of its first character, 1-based."""
    start: int
    end: int
    """Matches that begin outside of this part belong to another piece."""
    spans: Span | None = None
    """Where all of its matches stand, if not where they are: the text was decoded from there."""
    via: str = ""
    """What it was decoded from, for people."""
    offset: int = -1
    """Where in the text it begins, in bytes, if it is a whole line of it."""
    beyond: str = ""
    """What comes after a window in its line."""

    def span(self, start: int, end: int) -> Span:
        """Where characters of this piece stand in the file."""
        if self.spans is not None:
            return self.spans
        return Span(self.line, self.column + start, self.line, self.column + end)


def pieces(text: bytes, hits: Mapping[int, Sequence[int]], hits_in: HitsIn, first_line: int = 1) -> Iterator[Piece]:
    """The lines with hits, in order."""
    by_start: dict[int, list[int]] = {}
    for index, starts in hits.items():
        for start in starts:
            by_start.setdefault(start, []).append(index)
    number, at = first_line, 0
    for start in sorted(by_start):
        number += text.count(b"\n", at, start)
        at = start
        end = text.find(b"\n", start)
        line = text[start : end if end >= 0 else len(text)].decode("utf-8", "replace").removesuffix("\r")
        if len(line) <= LONG:
            yield Piece(line, tuple(sorted(by_start[start])), number, 1, 0, len(line) + 1, offset=start)
        else:
            yield from _windows(line, number, hits_in)


def _windows(line: str, number: int, hits_in: HitsIn) -> Iterator[Piece]:
    """The parts of a long line in which something hits. Each owns the matches that begin in its own step."""
    starts = range(0, len(line), _STEP)
    parts = [line[max(0, start - _MARGIN) : start + _STEP + _MARGIN] for start in starts]
    for part, start, indices in zip(parts, starts, hit_lines(parts, hits_in), strict=True):
        if indices:
            begins = max(0, start - _MARGIN)
            own = start - begins
            after = begins + len(part)
            beyond = line[after : after + _FARTHEST]
            yield Piece(part, indices, number, begins + 1, own, own + _STEP, beyond=beyond)


def hit_lines(texts: Sequence[str], hits_in: HitsIn) -> list[tuple[int, ...]]:
    """For each text, which triggers hit in it: one pass over all of them."""
    encoded = [text.replace("\n", " ").encode("utf-8", "replace") for text in texts]
    numbers = {}
    at = 0
    for number, data in enumerate(encoded):
        numbers[at] = number
        at += len(data) + 1
    found: list[set[int]] = [set() for _ in texts]
    for index, starts in hits_in(b"\n".join(encoded)).items():
        for start in starts:
            found[numbers[start]].add(index)
    return [tuple(sorted(indices)) for indices in found]
