"""Line numbers of offsets, counted once over a text however many are asked for."""

from __future__ import annotations


class LineCounter:
    """Asked for ascending offsets."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def __call__(self, offset: int) -> int:
        """The 1-based line that an offset is on."""
        self._line += self._text.count(b"\n", self._at, offset)
        self._at = offset
        return self._line
