"""A source line as people see it, with marks under the part that a finding is about."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from guards._core.model import Span
from guards._output import inert

_TAB = 4
_CUT = "…"


class Snippet(NamedTuple):
    """Three pieces of one shown line, so that the middle one can be underlined: before, marked, after."""

    before: str
    marked: str
    after: str

    @property
    def line(self) -> str:
        """The whole line, inert, tabs expanded."""
        return self.before + self.marked + self.after

    @property
    def marks(self) -> str:
        """Spaces and carets that stand under the marked piece, wide characters counted as two."""
        return " " * cells(self.before) + "^" * max(1, cells(self.marked))


def snippet(text: str, span: Span, width: int) -> Snippet:
    """The line around the span in at most `width` columns; what is cut off stands there as `…`.

    `text` is the line that the span begins on. A span over several lines is marked up to the end of its first.
    """
    text = text.rstrip("\r\n")
    start = min(span.column - 1, len(text))
    end = len(text) if span.end_line > span.line else min(max(span.end_column - 1, start), len(text))
    before, marked, after = _pieces(text, start, end, width)
    if cells(before) + cells(marked) + cells(after) <= width:
        return Snippet(before, marked, after)
    return _window(before, marked, after, width)


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _pieces(text: str, start: int, end: int, width: int) -> tuple[str, str, str]:
    """The pieces as shown, without indentation. Of a very long line only what could be in the window is looked at."""
    first, marked_end, last = max(0, start - 2 * width), min(end, start + width), end + width
    before = _CUT + _shown(text[first:start], 1) if first else _shown(text[:start].lstrip(), 0)
    marked = _shown(text[start:marked_end], cells(before))
    if marked_end < end:
        return _harmless(before, marked, _CUT)
    after = _shown(text[end:last].rstrip(), cells(before) + cells(marked))
    return _harmless(before, marked, after + _CUT if last < len(text) else after)


def _harmless(before: str, marked: str, after: str) -> tuple[str, str, str]:
    """The same, unless pieces that are inert alone make a command for a log in a row, as `#` and `#[error]` do."""
    line = before + marked + after
    if inert.one_line(line) == line:
        return before, marked, after
    return before.replace("#", r"\x23"), marked.replace("#", r"\x23"), after.replace("#", r"\x23")


def _shown(text: str, column: int) -> str:
    """Inert, with tabs expanded to the next stop; `column` is where the text begins."""
    parts = text.split("\t")
    shown = inert.one_line(parts[0])
    for part in parts[1:]:
        shown += " " * (_TAB - (column + cells(shown)) % _TAB) + inert.one_line(part)
    return shown


def _window(before: str, marked: str, after: str, width: int) -> Snippet:
    """Marked text first, then as much before it as leaves a third for what follows."""
    marked = _head(marked, width - 2 if before or after else width)
    room = width - cells(marked)
    tail = _head(after, max(room - cells(before), room // 3, 1 if after else 0))
    return Snippet(_tail(before, room - cells(tail)), marked, tail)


def _head(text: str, width: int) -> str:
    """The beginning of a text in at most `width` columns."""
    if cells(text) <= width:
        return text
    kept, used = 0, 0
    while (used := used + _cells(text[kept])) < width:
        kept += 1
    return text[:kept] + _CUT if width > 0 else ""


def _tail(text: str, width: int) -> str:
    """The end of a text in at most `width` columns."""
    if cells(text) <= width:
        return text
    kept, used = len(text), 0
    while (used := used + _cells(text[kept - 1])) < width:
        kept -= 1
    return _CUT + text[kept:] if width > 0 else ""
