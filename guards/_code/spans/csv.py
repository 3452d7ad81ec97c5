"""CSV: a header, then rows of text, with positions.

The delimiter is one of `,` `;` tab `|`: the one that splits the first twenty records most evenly into as many cells as
the header, more cells being better. Nothing else is guessed. A cell that begins with `"` runs to the closing quote
(`""` is one quote) across lines; elsewhere a quote is an ordinary character. A record ends at LF or CR LF, and empty
lines are skipped. The path of a cell is (row, header), row 0 being the first after the header.
"""

from __future__ import annotations

import codecs
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice, repeat
from typing import Any, NamedTuple

from msgspec import Struct

from guards._code.spans.document import DEFAULT_LIMITS, Document, JsonPath, Limits, Place, RemarkKind, Remarks
from guards._code.spans.text import DocumentError, ErrorKind, Text, decode, decode_as, match_at
from guards._core.model import Json, Span

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 20
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
"""UTF-32 in little-endian order begins as UTF-16 does."""
_QUOTED = re.compile(r'"(?:[^"]++|"")*+"')


class Cell(NamedTuple):
    """A cell of a record, quotes included in its range."""

    text: str
    start: int
    end: int
    stray: int
    """Where the text after a closing quote begins; `end` when there is none."""


def parse_csv(text: Text, limits: Limits) -> Document:
    """The table as a list of rows `{header: text}`."""
    return _Table(text, limits).block(text, is_last=True)[0]


def csv_blocks(pieces: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> Iterator[Document]:
    """The table block by block, in constant memory. Rows count from 0 in each block; spans are those in the file.

    The key of a cell is known in the first block only, which holds the header. A table that is no UTF-8 is one block,
    and no larger than any other document. DocumentError where it does not parse: the blocks before have been read.
    """
    table: _Table | None = None
    stream, held, line, offset = iter(pieces), b"", 1, 0
    while True:
        piece = next(stream, b"")
        held += piece
        if table is None and held.startswith(_WIDE_MARKS):
            yield parse_csv(decode(_whole(held, stream, limits)), limits)
            return
        body = held[: held.rfind(b"\n") + 1] if piece else held
        if body or not piece:
            text = decode_as("utf-8", body, first_line=line) if offset else decode(body)
            text.first_byte += offset
            if table is None or not table.names:
                table = _Table(text, limits)
            document, read = table.block(text, is_last=not piece)
            yield document
            line += text.content.count("\n", 0, read)
            end = text.byte(read) - offset
            held, offset = held[end:], offset + end
        if not piece:
            return
        if len(held) > limits.line:
            message = f"a record of more than {limits.line} bytes"
            raise DocumentError(message, Span(line, 1, line, 1), ErrorKind.LIMIT)


def _whole(held: bytes, stream: Iterator[bytes], limits: Limits) -> bytes:
    for piece in stream:
        held += piece
        if len(held) > limits.size:
            raise DocumentError(f"larger than {limits.size} bytes", Span(1, 1, 1, 1), ErrorKind.LIMIT)
    return held


class _Table:
    """What the blocks of a table have in common."""

    def __init__(self, text: Text, limits: Limits) -> None:
        """`text` is the beginning: the delimiter shows in it."""
        self._limits = limits
        self._delimiter = _delimiter(text)
        self.names: list[str] = []
        """The texts of the header, once it has been read."""

    def block(self, text: Text, *, is_last: bool) -> tuple[Document, int]:
        """The rows that end in this text, and where the first record begins that may not."""
        if "\0" in text.content:
            raise text.error("not valid CSV: a NUL character", text.content.index("\0"))
        block = _Block(text, self._limits, _Records(text, self._delimiter))
        header = [] if self.names else block.header(is_last=is_last)
        self.names = self.names or [cell.text for cell in header]
        return block.document(self.names, header, is_last=is_last), block.end


class _Block:
    """Records in, rows and remarks out."""

    def __init__(self, text: Text, limits: Limits, records: _Records) -> None:
        self._text = text
        self._limits = limits
        self._records = records
        self._remarks = Remarks(text, limits)
        self._rows: list[Json] = []
        self._starts: Sequence[int] = ()
        self.end = 0
        """Up to here the text has been read."""

    def header(self, *, is_last: bool) -> list[Cell]:
        """The first record, which names the columns; nothing if it is not all here."""
        for start, _ in self._whole_records(is_last=is_last):
            header = list(self._records.cells(start))
            self._check_header(header)
            self.end = self._records.next
            return header
        return []

    def document(self, names: list[str], header: list[Cell], *, is_last: bool) -> Document:
        """Every record after the header is a row."""
        lines = self._plain_lines() if names else None
        if lines is None:
            self._read(names, is_last=is_last)
        else:
            self._split(names, lines)
        places = _Places(self._records, names, header, self._starts)
        return Document(self._rows, self._remarks.all(), self._text, places)

    def _plain_lines(self) -> list[str] | None:
        """The lines that are left, if each of them is a record without quoted cells."""
        rest = self._text.content[self.end :]
        if '\n"' in rest or self._records.may_be_quoted(rest):
            return None
        lines = rest.removesuffix("\n").split("\n") if rest else []
        if "\r" in rest:
            lines = [line.removesuffix("\r") for line in lines]
        return None if "" in lines else lines

    def _split(self, names: list[str], lines: list[str]) -> None:
        """Rows of plain lines: no more than a cut and a pairing for each."""
        self._check_size(len(lines) - 1, names)
        records = list(map(str.split, lines, repeat(self._records.delimiter)))
        self._rows = list(map(dict, map(zip, repeat(names), records)))
        self._starts = starts = _LineStarts(self._text, self._text.content.count("\n", 0, self.end) + 1, len(lines))
        if set(map(len, records)) - {len(names)}:
            for row, cells in enumerate(records):
                if len(cells) != len(names):
                    self._remark(names, row, starts[row])
        self.end = len(self._text.content)

    def _read(self, names: list[str], *, is_last: bool) -> None:
        """Rows of records of any kind."""
        self._starts = starts = array("Q")
        for start, cells in self._whole_records(is_last=is_last):
            row = len(starts)
            if len(cells) != len(names) or self._records.has_stray:
                self._remark(names, row, start)
            self._rows.append(dict(zip(names, cells, strict=False)))
            starts.append(start)
            self._check_size(row, names)

    def _whole_records(self, *, is_last: bool) -> Iterator[tuple[int, list[str]]]:
        """The records from where reading stopped; what has an open quote has its end in the next block, if there is
        one."""
        try:
            for record in self._records.following(self.end):
                yield record
                self.end = self._records.next
        except _OpenQuoteError as error:
            if is_last:
                raise self._text.error("not valid CSV: a quoted cell is never closed", error.position) from None
        else:
            self.end = len(self._text.content)

    def _check_size(self, rows: int, names: list[str]) -> None:
        if (rows + 1) * (len(names) + 1) > self._limits.nodes:
            raise self._text.error(f"more than {self._limits.nodes} values", self.end, kind=ErrorKind.LIMIT)

    def _check_header(self, header: list[Cell]) -> None:
        seen: set[str] = set()
        for cell in header:
            if cell.text in seen:
                self._remarks.add(RemarkKind.DUPLICATE_KEY, (), cell.start, cell.end)
            seen.add(cell.text)
            if cell.stray < cell.end:
                self._remarks.add(RemarkKind.STRAY_QUOTE, (), cell.stray, cell.end)

    def _remark(self, names: list[str], row: int, start: int) -> None:
        cells = list(islice(self._records.cells(start), len(names) + 1))
        for name, cell in zip(names, cells, strict=False):
            if cell.stray < cell.end:
                self._remarks.add(RemarkKind.STRAY_QUOTE, (row, name), cell.stray, cell.end)
        if len(cells) != len(names):
            odd = cells[-1].start if len(cells) > len(names) else start
            self._remarks.add(RemarkKind.RAGGED_ROW, (row,), odd, cells[-1].end)


class _LineStarts(Sequence[int]):
    """Where the rows begin, if each line is one: found when it is asked for."""

    def __init__(self, text: Text, first_line: int, count: int) -> None:
        self._text = text
        self._first = first_line
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: Any) -> Any:
        return self._text.index(self._first + row, 1)


class _OpenQuoteError(Exception):
    """A quoted cell has no end."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class _Records:
    """The records of the text; without quotes a record costs no more than `str.split`."""

    def __init__(self, text: Text, delimiter: str) -> None:
        self._text = text
        self.content = text.content
        self.delimiter = delimiter
        self._opening = f'{delimiter}"'
        self.next = 0
        """Where the record after the one that was yielded last begins."""
        self._plain = re.compile(rf"[^{re.escape(delimiter)}\n]*")
        self.has_stray = False
        """Whether the record that was yielded last has text after a closing quote."""

    def following(self, position: int) -> Iterator[tuple[int, list[str]]]:
        """The records from a place on, each with its beginning and the texts of its cells."""
        while position < len(self.content):
            end = self._line_end(position)
            line = self.content[position:end].removesuffix("\r")
            self.has_stray = False
            if self.may_be_quoted(line):
                cells = list(self.cells(position))
                self.has_stray = any(cell.stray < cell.end for cell in cells)
                self.next = self._line_end(cells[-1].end) + 1
                yield position, [cell.text for cell in cells]
            else:
                self.next = end + 1
                if line:
                    yield position, line.split(self.delimiter)
            position = self.next

    def may_be_quoted(self, line: str) -> bool:
        """False if no cell of a line begins with a quote: then it can be cut at each delimiter."""
        return '"' in line and (line.startswith('"') or self._opening in line)

    def cells(self, start: int) -> Iterator[Cell]:
        """The cells of the record that begins here, with their places."""
        is_last = False
        while not is_last:
            cell, end = self._cell(start)
            yield cell
            is_last = self.content[end : end + 1] != self.delimiter
            start = end + 1

    def end(self, start: int) -> int:
        """Where the record that begins here ends."""
        end = self._line_end(start)
        if not self.may_be_quoted(self.content[start:end]):
            return end - self.content[start:end].endswith("\r")
        *_, last = self.cells(start)
        return last.end

    def _cell(self, start: int) -> tuple[Cell, int]:
        """The cell that begins here, and where its delimiter or line end stands."""
        text, body = "", start
        if self.content.startswith('"', start):
            quoted = _QUOTED.match(self.content, start)
            if quoted is None:
                raise _OpenQuoteError(start)
            text, body = quoted.group()[1:-1].replace('""', '"'), quoted.end()
        stop = end = match_at(self._plain, self.content, body).end()
        if end > body and self.content[end - 1] == "\r" and self.content[end : end + 1] in ("", "\n"):
            end -= 1
        return Cell(text + self.content[body:end], start, end, body if body > start else end), stop

    def _line_end(self, position: int) -> int:
        found = self.content.find("\n", position)
        return len(self.content) if found < 0 else found


def _delimiter(text: Text) -> str:
    """The delimiter that splits the first records best; the order of the candidates breaks ties."""
    return max(_DELIMITERS, key=lambda delimiter: _evenness(text, delimiter))


def _evenness(text: Text, delimiter: str) -> tuple[float, int]:
    """The share of records with as many cells as the header, and how many those are; nothing for a single column."""
    counts: list[int] = []
    with suppress(_OpenQuoteError):  # the reading proper will say so
        counts.extend(len(cells) for _, cells in islice(_Records(text, delimiter).following(0), _SAMPLE))
    if not counts or counts[0] < 2:
        return (0.0, 0)
    return (counts.count(counts[0]) / len(counts), counts[0])


class _Places(Struct, frozen=True):
    """Where the records begin; the cells are found by reading a record again."""

    records: _Records
    names: list[str]
    header: list[Cell]
    """Empty in a block that does not hold it."""
    starts: Sequence[int]

    def find(self, path: JsonPath) -> Place:
        """The place of the table, of a row, or of a cell, whose key is the cell of the header."""
        if not path:
            return Place((0, len(self.records.content)), None)
        row = path[0]
        if not isinstance(row, int) or not 0 <= row < len(self.starts) or len(path) > 2:
            raise KeyError(path)
        start = self.starts[row]
        if len(path) == 1:
            return Place((start, self.records.end(start)), None)
        column = dict(zip(self.names, enumerate(self.records.cells(start)), strict=False))
        number, cell = column[str(path[1])]
        title = self.header[number] if self.header else None
        return Place((cell.start, cell.end), (title.start, title.end) if title else None)
