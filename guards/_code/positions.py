"""Lines and columns of byte offsets in UTF-8, for readers that work on bytes."""

from __future__ import annotations

from bisect import bisect_right

from guards._core.model import Span


class Positions:
    """The line starts of a text, found when the first position is asked for."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._starts: list[int] = []

    def span(self, start: int, end: int) -> Span:
        """The region from one byte to another."""
        return Span(*self._position(start), *self._position(end))

    def _position(self, offset: int) -> tuple[int, int]:
        if not self._starts:
            self._starts = _line_starts(self._text)
        line = bisect_right(self._starts, offset)
        before = self._text[self._starts[line - 1] : offset]
        return line, 1 + (len(before) if before.isascii() else len(before.decode("utf-8", "replace")))


def _line_starts(text: bytes) -> list[int]:
    starts = [0]
    at = text.find(b"\n")
    while at >= 0:
        starts.append(at + 1)
        at = text.find(b"\n", at + 1)
    return starts
