"""Conflicts of a merge that somebody committed as they were."""

from __future__ import annotations

import enum
import re
from bisect import bisect_right
from collections.abc import Iterator

from guards._core.model import Finding, Level, Span
from guards.hygiene.lines import LineCounter
from guards.hygiene.rules import MERGE_CONFLICT

OPENING = b"<<<<<<< "
_MARKER = re.compile(rb"^(?:(<{7}) [^\r\n]+|(={7})|(>{7}) [^\r\n]+)\r?$", re.MULTILINE)
_NAMES = {1: "<", 2: "=", 3: ">"}
_MARKDOWN_FENCE = re.compile(rb"^[ \t>]*(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_ASCIIDOC_FENCE = re.compile(rb"^(-{4,}|\.{4,}|`{3,})[ \t]*\r?$", re.MULTILINE)
_HEREDOC = re.compile(rb"(?<!<)<<[-~]?[ \t]*\\?(['\"]?)([A-Za-z_]\w*)\1(?!\w)")


class Quoting(enum.Enum):
    """How a kind of document shows text that is not its own."""

    NONE = enum.auto()
    MARKDOWN = enum.auto()
    ASCIIDOC = enum.auto()
    HEREDOC = enum.auto()


def conflicts(text: bytes, quoting: Quoting, *, for_tests: bool) -> Iterator[Finding]:
    """A finding for each complete block that the document does not quote."""
    quoted = list(_QUOTED[quoting](text))
    line_of = LineCounter(text)
    for opening, closing in _blocks(text):
        at = bisect_right(quoted, (opening.start(), len(text)))
        if at and opening.start() < quoted[at - 1][1]:
            continue
        line, last = line_of(opening.start()), line_of(closing.start())
        marker = opening[0].removesuffix(b"\r").decode("utf-8", "replace")
        message = f"a conflict was never resolved: its markers stand on lines {line} to {last}"
        hint = "Keep what should stand there and remove the marker lines."
        if for_tests:
            hint += " If a test reads it as it is, exclude the file."
        level = Level.WARNING if for_tests else None
        yield Finding(MERGE_CONFLICT.id, message, span=Span.of_line(line, marker), hint=hint, level=level)


def _unquoted(text: bytes) -> Iterator[tuple[int, int]]:
    yield from ()


def _in_markdown_fences(text: bytes) -> Iterator[tuple[int, int]]:
    """Fences end with at least as many of the same characters, and nothing behind them."""
    start, fence = 0, b""
    for line in _MARKDOWN_FENCE.finditer(text):
        if not fence:
            start, fence = line.start(), line[1]
        elif line[1].startswith(fence) and not line[2].strip():
            yield start, line.start()
            fence = b""


def _in_asciidoc_blocks(text: bytes) -> Iterator[tuple[int, int]]:
    """Blocks end with the line that they begin with. The same line under a title is its underline."""
    start, fence = 0, b""
    for line in _ASCIIDOC_FENCE.finditer(text):
        if not fence and not _is_underline(text, line.start(), len(line[1])):
            start, fence = line.start(), line[1]
        elif line[1] == fence:
            yield start, line.start()
            fence = b""


def _is_underline(text: bytes, start: int, length: int) -> bool:
    title = text[text.rfind(b"\n", 0, max(start - 1, 0)) + 1 : start].strip()
    return abs(len(title) - length) <= 2 and not title.startswith((b"[", b"."))


def _heredocs(text: bytes) -> Iterator[tuple[int, int]]:
    """From each `<<WORD` to the line that is WORD alone."""
    ends: dict[bytes, list[int]] = {}
    words = {match[2] for match in _HEREDOC.finditer(text)}
    for line in re.finditer(rb"^[ \t]*(\w+)[ \t]*\r?$", text, re.MULTILINE):
        if line[1] in words:
            ends.setdefault(line[1], []).append(line.start())
    after = 0
    for match in _HEREDOC.finditer(text):
        lines = ends.get(match[2], [])
        at = bisect_right(lines, match.end())
        if match.start() >= after and at < len(lines):
            after = lines[at]
            yield match.start(), after


_QUOTED = {
    Quoting.NONE: _unquoted,
    Quoting.MARKDOWN: _in_markdown_fences,
    Quoting.ASCIIDOC: _in_asciidoc_blocks,
    Quoting.HEREDOC: _heredocs,
}
"""To the regions of a text that are quoted, ascending."""


def _blocks(text: bytes) -> Iterator[tuple[re.Match[bytes], re.Match[bytes]]]:
    """Opening, divider and closing marker in this order; a divider alone is an underline of a heading."""
    opening: re.Match[bytes] | None = None
    divided = False
    for marker in _MARKER.finditer(text):
        kind = _NAMES[marker.lastindex or 0]
        if kind == "<":
            opening, divided = marker, False
        elif kind == "=" and opening:
            divided = True
        elif kind == ">":
            if opening and divided:
                yield opening, marker
            opening, divided = None, False
