"""Which parts of a Python text are code, and which are strings and comments: read from its tokens, without a parser."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

_NOT_CODE = re.compile(
    rb'#[^\n]*+|"""(?:[^"\\]++|\\.|""?(?!"))*+(?:"""|\\?\Z)|\'\'\'(?:[^\'\\]++|\\.|\'\'?(?!\'))*+(?:\'\'\'|\\?\Z)'
    rb'|"(?:[^"\\\n]++|\\.)*+"?|\'(?:[^\'\\\n]++|\\.)*+\'?',
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

    def before(self, offset: int) -> Iterator[tuple[int, int]]:
        """The ranges that begin before an offset, the last first."""
        for at in range(bisect_right(self.starts, offset - 1) - 1, -1, -1):
            yield self.starts[at], self._ends[at]


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


def is_comment(text: bytes, around: tuple[int, int]) -> bool:
    """Whether such a range is a comment."""
    return text[around[0] : around[0] + 1] == b"#"


_PREFIX = re.compile(rb"[ \t]*[rRuU]?")
_HEADER = re.compile(rb"[ \t]*(?:(?:async[ \t]+)?def\b|class\b|\)).*:[ \t]*(?:#.*)?\r?")
_ASIDE = re.compile(rb"[ \t]*(?:#.*)?\r?")


def is_docstring(text: bytes, around: tuple[int, int]) -> bool:
    """Whether a string certainly is documentation: alone on its lines, and first in a module, class or function."""
    start, end = around
    begin = text.rfind(b"\n", 0, start) + 1
    if not _PREFIX.fullmatch(text, begin, start) or not _ASIDE.fullmatch(text, end, line_end(text, end)):
        return False
    while begin:
        before = text.rfind(b"\n", 0, begin - 1) + 1
        if not _ASIDE.fullmatch(text, before, begin - 1):
            return _HEADER.fullmatch(text, before, begin - 1) is not None
        begin = before
    return True


def joined_until(text: bytes, offset: int, strings: Ranges) -> bytes:
    """What stands before an offset in its string, and in those that are joined with it because they stand before it."""
    parts: list[bytes] = []
    end = offset
    for start, stop in strings.before(offset + 1):
        if parts and (text[stop:end].strip(b" \t\r\n\\rRbBuUfFtT") or is_comment(text, (start, stop))):
            break
        parts.append(text[start : min(stop, offset)].strip(b"\"'"))
        end = start
    return b"".join(reversed(parts))


def open_bracket(text: bytes, offset: int, strings: Ranges) -> int:
    """The innermost bracket that is open at an offset in code; -1 for none."""
    depth = 0
    for start, end in _code_before(text, offset, strings):
        for at in range(end - 1, start - 1, -1):
            letter = text[at]
            if letter in b")]}":
                depth += 1
            elif letter in b"([{":
                if not depth:
                    return at
                depth -= 1
    return -1


def _code_before(text: bytes, offset: int, strings: Ranges) -> Iterator[tuple[int, int]]:
    """What lies between strings and comments, the last first."""
    end = offset
    for start, stop in strings.before(offset):
        yield stop, end
        end = start
    yield 0, end
