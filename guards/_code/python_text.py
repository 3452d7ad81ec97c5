"""Which parts of a Python text are code, and which are strings and comments: read from its tokens, without a parser."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

_NOT_CODE = re.compile(
    rb'#[^\n]*|"""(?:[^"\\]+|\\.|""?(?!"))*(?:"""|\Z)|\'\'\'(?:[^\'\\]+|\\.|\'\'?(?!\'))*(?:\'\'\'|\Z)'
    rb'|"(?:[^"\\\n]+|\\.)*"?|\'(?:[^\'\\\n]+|\\.)*\'?',
    re.DOTALL,
)
_HOLDS_CODE = re.compile(rb"[fFtT]")
"""Letters before the quote of a string with code in it."""


class Ranges:
    """Ranges of a text, ascending and apart."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        pairs = list(ranges)
        self.starts = [start for start, _ in pairs]
        self._ends = [end for _, end in pairs]

    def around(self, offset: int) -> tuple[int, int] | None:
        """The range that an offset is in."""
        at = bisect_right(self.starts, offset) - 1
        return (self.starts[at], self._ends[at]) if at >= 0 and offset < self._ends[at] else None

    def holds(self, offset: int) -> bool:
        """Whether an offset is in one of them."""
        return self.around(offset) is not None


def strings_and_comments(text: bytes, end: int) -> Ranges:
    """Those that begin before an offset."""
    return Ranges(found.span() for found in _NOT_CODE.finditer(text, 0, end))


def may_hold_code(text: bytes, start: int) -> bool:
    """Whether the string that begins at an offset may have code in it."""
    return _HOLDS_CODE.search(text, max(0, start - 2), start) is not None


def line_end(text: bytes, offset: int) -> int:
    """Where the line that an offset is in ends."""
    at = text.find(b"\n", offset)
    return len(text) if at < 0 else at
