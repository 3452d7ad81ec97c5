"""Lines and columns of byte offsets in UTF-8, for readers that work on bytes."""

from __future__ import annotations

from guards._core.model import Span


class Positions:
    """Counted from the last place on, because places are mostly asked for in the order of the text."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._line = 1
        self._start = 0
        """Where that line starts."""

    def span(self, start: int, end: int) -> Span:
        """The region from one byte to another."""
        return Span(*self._position(start), *self._position(end))

    def _position(self, offset: int) -> tuple[int, int]:
        if offset < self._start:
            self._line, self._start = 1, 0
        start = self._text.rfind(b"\n", self._start, offset) + 1
        if start:
            self._line += self._text.count(b"\n", self._start, start)
            self._start = start
        before = self._text[self._start : offset]
        return self._line, 1 + (len(before) if before.isascii() else len(before.decode("utf-8", "replace")))
