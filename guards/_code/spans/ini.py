"""INI files as Python's `configparser` reads them, with positions: `{section: {key: text}}`.

A key ends at the first `=` or `:`. Lines that are indented deeper than their key go on with its value. Lines that begin
with `#` or `;` are comments. Keys before the first section stand at the top. What is neither is passed over.
Keys keep their case, and nothing is interpolated.
"""

from __future__ import annotations

import re

from guards._code.spans.document import Document, Limits, RemarkKind, Remarks
from guards._code.spans.text import ErrorKind, Text
from guards._code.spans.tree import Node, Tree
from guards._core.model import Json

_LINE = re.compile(r"(?P<indent>[ \t]*+)(?P<body>[^\n]*+)\n?")
_SECTION = re.compile(r"\[(?P<name>[^\]\r\n]++)\]")
_SEPARATOR = re.compile(r"[=:]")
_COMMENTS = ("#", ";")


def parse_ini(text: Text, limits: Limits) -> Document:
    """The sections, and what stands before them."""
    return _Reader(text, limits).read()


class _Reader:
    """One walk over the lines."""

    def __init__(self, text: Text, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self._remarks = Remarks(text, limits)
        self._values: dict[str, Json] = {}
        self._top: dict[str, Node] = {}
        self._section: tuple[str, ...] = ()
        self._members = self._values
        self._nodes = self._top
        self._nodes_of: dict[str, dict[str, Node]] = {}
        self._key = ""
        self._indent = 0
        self._count = 0
        self._lines: list[str] = []
        """Of the value that is being read."""

    def read(self) -> Document:
        """All lines."""
        content, at = self._text.content, 0
        while at < len(content):
            found = _LINE.match(content, at)
            if found is None or found.end() == at:
                break
            body = found["body"].rstrip(" \t\r")
            if body and not body.startswith(_COMMENTS):
                self._line(body, len(found["indent"]), found.start("body"))
            at = found.end()
        self._close()
        return Document(self._values, self._remarks.all(), self._text, Tree(Node(0, len(content), members=self._top)))

    def _line(self, body: str, indent: int, start: int) -> None:
        section = _SECTION.match(body)
        if self._key and indent > self._indent:
            self._continue(body, start)
        elif section:
            self._open(section["name"], (start + section.start("name"), start + section.end("name")))
        else:
            self._enter(body, indent, start)

    def _continue(self, body: str, start: int) -> None:
        node = self._nodes[self._key]
        node.start = node.start if self._lines else start
        node.end = start + len(body)
        self._lines.append(body)

    def _close(self) -> None:
        if self._key:
            self._members[self._key] = "\n".join(self._lines)

    def _open(self, name: str, key: tuple[int, int]) -> None:
        self._close()
        self._key, self._section = "", (name,)
        there = self._values.get(name)
        if not isinstance(there, dict):
            there = self._values[name] = {}
            self._nodes_of[name] = {}
            self._top[name] = Node(*key, key=key, members=self._nodes_of[name])
        self._members = there
        self._nodes = self._nodes_of[name]

    def _enter(self, body: str, indent: int, start: int) -> None:
        self._close()
        separator = _SEPARATOR.search(body)
        end, after = separator.span() if separator else (len(body), len(body))
        self._key, self._indent = body[:end].rstrip(" \t"), indent
        if not self._key:
            return
        key = (start, start + len(self._key))
        self._count += 1
        if self._count > self._limits.nodes:
            raise self._text.error(f"more than {self._limits.nodes} values", start, kind=ErrorKind.LIMIT)
        if self._key in self._members:
            self._remarks.add(RemarkKind.DUPLICATE_KEY, (*self._section, self._key), *key)
        value = body[after:].lstrip(" \t")
        self._members[self._key] = ""
        self._lines = [value] if value else []
        self._nodes[self._key] = Node(start + len(body) - len(value), start + len(body), key=key)
