"""JSON Lines: one JSON value per line, read as a stream of any length in constant memory, or whole.

Lines end at LF only (U+2028 is data), a CR before it is dropped, lines of white space are skipped, and a UTF-8
byte-order mark before the first line is no part of it.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from functools import partial
from typing import BinaryIO, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from guards._code.spans.document import DEFAULT_LIMITS, Document, JsonPath, Limits, Offsets, Place, Remark
from guards._code.spans.json import Table, check_shape, parse_json
from guards._code.spans.text import DocumentError, ErrorKind, Text, decode_as
from guards._core.model import Json, Span

_CHUNK = 256 * 1024
_BLANK = b" \t\r"


class Line(NamedTuple):
    """One line of a stream."""

    number: int
    """1-based, as an editor counts."""
    data: bytes | DocumentError
    """The line without its end, or why it is not here; the lines after it still come."""
    offset: int
    """Of its first byte in the stream."""


def jsonl(reader: BinaryIO | Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> Iterator[Line]:
    """The lines that are not blank, of a binary stream, of chunks of bytes, or of `[data]`."""
    for line in _lines(_chunks(reader), limits.line):
        if isinstance(line.data, DocumentError) or line.data.strip(_BLANK):
            yield line


def parse_line(line: Line, limits: Limits = DEFAULT_LIMITS) -> Document:
    """The document on a line; spans and offsets are those in the stream. DocumentError when there is none."""
    if isinstance(line.data, DocumentError):
        raise line.data
    text = decode_as("utf-8", line.data, first_line=line.number)
    text.first_byte = line.offset
    return parse_json(text, limits)


def parse_lines(text: Text, limits: Limits) -> Document:
    """All lines as one document: a list of their values."""
    values: list[Json] = []
    remarks: list[Remark] = []
    tables = _Tables(text.content)
    budget = limits.nodes
    for number, begin, end in _ranges(text.content):
        line = Text(text.content[begin:end], first_line=number)
        budget -= check_shape(line, limits)
        if budget < 0:
            raise line.error(f"more than {limits.nodes} values", 0, kind=ErrorKind.LIMIT)
        document = parse_json(line, limits)
        remarks += (replace(remark, path=(len(values), *remark.path)) for remark in document.remarks)
        if len(remarks) > limits.remarks:
            raise line.error(f"more than {limits.remarks} oddities", 0, kind=ErrorKind.LIMIT)
        values.append(document.value)
        tables.ranges.append((begin, end))
    return Document(values, tuple(remarks), text, tables)


class _Tables(Struct):
    """Positions by line: a table for each line that was asked about."""

    content: str
    ranges: list[Offsets] = field(default_factory=list)
    made: dict[int, Table] = field(default_factory=dict)

    def find(self, path: JsonPath) -> Place:
        if not path:
            return Place((0, len(self.content)), None)
        index, *rest = path
        if not isinstance(index, int) or not 0 <= index < len(self.ranges):
            raise KeyError(index)
        if index not in self.made:
            self.made[index] = Table(self.content, *self.ranges[index])
        return self.made[index].find(tuple(rest))


def _ranges(content: str) -> Iterator[tuple[int, int, int]]:
    """Number, begin and end of each line that is not blank."""
    begin = 0
    for number, line in enumerate(content.split("\n"), start=1):
        if line.strip(" \t\r"):
            yield number, begin, begin + len(line)
        begin += len(line) + 1


def _chunks(reader: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    read = getattr(reader, "read", None)
    return iter(reader) if read is None else iter(partial(read, _CHUNK), b"")


def _lines(chunks: Iterator[bytes], limit: int) -> Iterator[Line]:
    number, offset, held = 1, 0, _Held(limit)
    for chunk in chunks:
        *complete, rest = chunk.split(b"\n")
        for piece in complete:
            held.add(piece)
            yield held.line(number, offset)
            number, offset = number + 1, offset + held.length + 1
            held = _Held(limit)
        held.add(rest)
    if held.length:
        yield held.line(number, offset)


class _Held:
    """The line that is being read: its pieces, as long as it is within the limit."""

    __slots__ = ("length", "limit", "pieces")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.length = 0
        self.pieces: list[bytes] = []

    def add(self, piece: bytes) -> None:
        self.length += len(piece)
        if self.length <= self.limit:
            self.pieces.append(piece)
        else:
            self.pieces.clear()

    def line(self, number: int, offset: int) -> Line:
        if self.length > self.limit:
            message = f"a line of more than {self.limit} bytes"
            return Line(number, DocumentError(message, Span(number, 1, number, 1), ErrorKind.LIMIT), offset)
        data = b"".join(self.pieces)
        if number == 1 and data.startswith(codecs.BOM_UTF8):
            data, offset = data[len(codecs.BOM_UTF8) :], len(codecs.BOM_UTF8)
        return Line(number, data.removesuffix(b"\r"), offset)
