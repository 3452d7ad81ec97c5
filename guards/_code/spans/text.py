"""Text and the positions in it: code points to lines, columns and bytes of the original data."""

from __future__ import annotations

import bisect
import codecs
import enum
import re
from array import array

from msgspec import Struct, field

from guards._core.model import Span

_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STRIDE = 4096
_LINE_END = re.compile("\n")


class ErrorKind(enum.StrEnum):
    """Why a document could not be read."""

    SYNTAX = "syntax"
    LIMIT = "limit"
    ENCODING = "encoding"
    MISSING = "missing"
    """What reads such documents is not installed."""


class DocumentError(Exception):
    """A document does not parse, or passes a limit."""

    def __init__(self, message: str, span: Span, kind: ErrorKind) -> None:
        super().__init__(message, span, kind)
        self.message = message
        """What is wrong or was expected, in one short phrase without document data."""
        self.span = span
        self.kind = kind

    def __str__(self) -> str:
        return self.message


class UnsureError(Exception):
    """What was read fast is not sound, or is worth a remark, or might be: a closer look has to say."""


class Text(Struct):
    """The decoded text of a document. A line ends at LF (or CR LF); any other character is part of its line."""

    content: str
    """Without the byte-order mark."""
    codec: str = "utf-8"
    first_byte: int = 0
    """The offset of the first character in the original data."""
    first_line: int = 1
    """The line of the first character: more than 1 for a line of JSON Lines."""
    _lines: array[int] = field(default_factory=lambda: array("Q"))
    _bytes: array[int] = field(default_factory=lambda: array("Q"))

    def byte(self, index: int) -> int:
        """The offset of a code point in the original data."""
        if self.codec == "utf-8" and self.content.isascii():
            return self.first_byte + index
        if not self._bytes:
            self._bytes = self._strides()
        stride = index // _STRIDE
        return self._bytes[stride] + len(self.content[stride * _STRIDE : index].encode(self.codec))

    def span(self, start: int, end: int) -> Span:
        """The region from one code point to another."""
        return Span(*self._position(start), *self._position(end))

    def point(self, index: int) -> Span:
        """The one character at a code point; empty at the end of a line."""
        index = min(index, len(self.content))
        at_end = self.content[index : index + 1] in ("", "\n", "\r")
        return self.span(index, index if at_end else index + 1)

    def index(self, line: int, column: int) -> int:
        """The code point at a 1-based line and column, or the end of the text."""
        starts = self._line_starts()
        if line > len(starts):
            return len(self.content)
        return min(starts[line - 1] + column - 1, len(self.content))

    def error(
        self, message: str, start: int, end: int | None = None, kind: ErrorKind = ErrorKind.SYNTAX
    ) -> DocumentError:
        """What to raise about the region from one code point to another, or about one character."""
        return DocumentError(message, self.point(start) if end is None else self.span(start, end), kind)

    def _position(self, index: int) -> tuple[int, int]:
        starts = self._line_starts()
        line = bisect.bisect_right(starts, index)
        return line + self.first_line - 1, index - starts[line - 1] + 1

    def _line_starts(self) -> array[int]:
        if not self._lines:
            self._lines = array("Q", [0])
            self._lines.extend(found.end() for found in _LINE_END.finditer(self.content))
        return self._lines

    def _strides(self) -> array[int]:
        offsets = array("Q", [self.first_byte])
        for start in range(0, len(self.content), _STRIDE):
            offsets.append(offsets[-1] + len(self.content[start : start + _STRIDE].encode(self.codec)))
        return offsets


def decode(data: bytes) -> Text:
    """The text of a document: UTF-8, or what its byte-order mark says (UTF-8, UTF-16 or UTF-32)."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return decode_as(codec, data, first_byte=len(mark))
    return decode_as("utf-8", data)


def decode_as(codec: str, data: bytes, *, first_byte: int = 0, first_line: int = 1) -> Text:
    """The text of `data` from `first_byte` on, in a known encoding. DocumentError at the first byte that is none."""
    try:
        content = str(memoryview(data)[first_byte:], codec)
    except UnicodeDecodeError as error:
        before = Text(str(memoryview(data)[first_byte : first_byte + error.start], codec), first_line=first_line)
        start = before.span(len(before.content), len(before.content))
        span = start._replace(end_column=start.column + 1)
        raise DocumentError(f"not valid {codec.upper()}", span, ErrorKind.ENCODING) from None
    return Text(content, codec, first_byte, first_line)


def match_at(pattern: re.Pattern[str], content: str, position: int) -> re.Match[str]:
    """The match that must begin here, because the text has been accepted by a parser."""
    found = pattern.match(content, position)
    if found is None:
        raise ValueError(f"the text was accepted, but no {pattern.pattern!r} begins at {position}")
    return found
