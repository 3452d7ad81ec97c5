"""What facts stand on in Markdown, with positions: tables, fenced blocks and marked words.

- `table` is the list of tables, each a list of rows `{header: cell}`. Of a cell that is all code or all bold, the marks
  are left out.
- `fence` is a mapping of languages to their blocks, each a text.
- `marker` is a mapping of names to what stands between `<!-- fact: name -->` and `<!-- /fact -->`.

Tables are those of GitHub: a header, a row of dashes, and rows until one that has no bar. Nothing is looked for inside
of a fenced block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from guards._code.spans.document import Document, Limits, Offsets, RemarkKind, Remarks
from guards._code.spans.text import ErrorKind, Text
from guards._code.spans.tree import Node, Tree
from guards._core.model import Json

_LINE = re.compile(r"([^\n]*+)(?:\n|\Z)")
_FENCE = re.compile(r"[ \t>]*+(`{3,}+|~{3,}+)[ \t]*+([^\s`]*+)")
_DASHES = re.compile(r"[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t\r]*+")
_BAR = re.compile(r"(?<!\\)\|")
_WRAPPED = re.compile(r"(?P<mark>`|\*\*)(?P<inner>[^`*]++)(?P=mark)")
_MARKER = re.compile(r"<!--[ \t]*+(?:fact:[ \t]*+(?P<name>[^\s>]++)|(?P<close>/fact))[ \t]*+-->")


def parse_markdown(text: Text, limits: Limits) -> Document:
    """The tables, blocks and markers of a page."""
    return _Reader(text, limits).read()


class _Reader:
    """One walk over the lines."""

    def __init__(self, text: Text, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._remarks = Remarks(text, limits)
        self._lines = [found.span(1) for found in _LINE.finditer(text.content)]
        self._tables: list[tuple[list[Json], Node]] = []
        self._fences: dict[str, list[Offsets]] = {}
        self._markers: dict[str, tuple[Offsets, Offsets]] = {}
        self._count = 0

    def read(self) -> Document:
        """All lines."""
        at = 0
        while at < len(self._lines):
            at = self._block(at)
        values: dict[str, Json] = {
            "table": [rows for rows, _ in self._tables],
            "fence": {name: [self._slice(one) for one in blocks] for name, blocks in self._fences.items()},
            "marker": {name: self._slice(value) for name, (_, value) in self._markers.items()},
        }
        return Document(values, self._remarks.all(), self._text, Tree(self._root()))

    def _root(self) -> Node:
        end = len(self._text.content)
        fences = {name: Node(blocks[0][0], blocks[-1][1], items=[Node(*one) for one in blocks])
                  for name, blocks in self._fences.items()}  # fmt: skip
        markers = {name: Node(*value, key=key) for name, (key, value) in self._markers.items()}
        members = {
            "table": Node(0, end, items=[node for _, node in self._tables]),
            "fence": Node(0, end, members=fences),
            "marker": Node(0, end, members=markers),
        }
        return Node(0, end, members=members)

    def _slice(self, place: Offsets) -> str:
        return self._text.content[slice(*place)]

    def _block(self, at: int) -> int:
        """Take in what begins at a line; the line after it."""
        start, end = self._lines[at]
        fence = _FENCE.match(self._text.content, start, end)
        if fence:
            return self._fence(at, fence[1], fence[2])
        following = self._lines[at + 1] if at + 1 < len(self._lines) else None
        if following and self._is_header(start, end) and _DASHES.fullmatch(self._text.content, *following):
            return self._table(at)
        self._marked(start, end)
        return at + 1

    def _is_header(self, start: int, end: int) -> bool:
        return self._text.content.find("|", start, end) >= 0

    def _fence(self, at: int, mark: str, language: str) -> int:
        """A block up to its own mark, or to the end."""
        closing = re.compile(rf"[ \t>]*+{re.escape(mark)}{re.escape(mark[0])}*+[ \t\r]*+")
        last = at + 1
        while last < len(self._lines) and not closing.fullmatch(self._text.content, *self._lines[last]):
            last += 1
        if last > at + 1:
            self._counted(self._lines[at][0])
            self._fences.setdefault(language, []).append((self._lines[at + 1][0], self._lines[last - 1][1]))
        return last + 1

    def _table(self, at: int) -> int:
        headers = [self._slice(cell) for cell in self._cells(*self._lines[at])]
        rows: list[Json] = []
        nodes: list[Node] = []
        last = at + 2
        while last < len(self._lines) and self._is_header(*self._lines[last]):
            start, end = self._lines[last]
            cells = dict(zip(headers, self._cells(start, end), strict=False))
            self._counted(start, len(cells))
            rows.append({header: self._slice(cell) for header, cell in cells.items()})
            nodes.append(Node(start, end, members={header: Node(*cell) for header, cell in cells.items()}))
            self._marked(start, end)
            last += 1
        self._tables.append((rows, Node(self._lines[at][0], self._lines[last - 1][1], items=nodes)))
        return last

    def _cells(self, start: int, end: int) -> Iterator[Offsets]:
        """Where the contents of a row's cells stand."""
        bars = [found.start() for found in _BAR.finditer(self._text.content, start, end)]
        bounds = [start - 1, *bars, end]
        pieces = [self._stripped(left + 1, right) for left, right in pairwise(bounds)]
        yield from (piece for at, piece in enumerate(pieces) if 0 < at < len(pieces) - 1 or piece[0] < piece[1])

    def _stripped(self, start: int, end: int) -> Offsets:
        source = self._text.content[start:end]
        bare = source.strip(" \t\r")
        start += len(source) - len(source.lstrip(" \t\r"))
        wrapped = _WRAPPED.fullmatch(bare)
        return (start + wrapped.start("inner"), start + wrapped.end("inner")) if wrapped else (start, start + len(bare))

    def _marked(self, start: int, end: int) -> None:
        if self._text.content.find("fact:", start, end) < 0:
            return
        opened: re.Match[str] | None = None
        for found in _MARKER.finditer(self._text.content, start, end):
            if opened and found["close"]:
                self._mark(opened["name"], opened.span("name"), self._stripped(opened.end(), found.start()))
            opened = found if found["name"] else None

    def _mark(self, name: str, key: Offsets, value: Offsets) -> None:
        self._counted(key[0])
        if name in self._markers:
            self._remarks.add(RemarkKind.DUPLICATE_KEY, ("marker", name), *key)
        self._markers[name] = (key, value)

    def _counted(self, start: int, more: int = 1) -> None:
        self._count += more
        if self._count > self._limits.nodes:
            raise self._text.error(f"more than {self._limits.nodes} values", start, kind=ErrorKind.LIMIT)
