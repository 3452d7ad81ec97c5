"""CSV: a header, then rows of text, with positions.

The delimiter is one of `,` `;` tab `|`: the one that splits the first twenty records most evenly into as many cells as
the header, more cells being better. Nothing else is guessed. A cell that begins with `"` runs to the closing quote
(`""` is one quote) across lines; elsewhere a quote is an ordinary character. A record ends at LF or CR LF, and empty
lines are skipped. The path of a cell is (row, header), row 0 being the first after the header.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from guards._code.spans.document import Document, JsonPath, Limits, Place, RemarkKind, Remarks
from guards._code.spans.text import DocumentError, ErrorKind, Text, match_at
from guards._core.model import Json

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 20
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
    if "\0" in text.content:
        raise text.error("not valid CSV: a NUL character", text.content.index("\0"))
    records = _Records(text, _delimiter(text))
    return _Reader(text, limits, records).document()


class _Reader:
    """Records in, rows and remarks out."""

    def __init__(self, text: Text, limits: Limits, records: _Records) -> None:
        self._text = text
        self._limits = limits
        self._records = records
        self._remarks = Remarks(text, limits)
        self._rows: list[Json] = []
        self._starts = array("Q")

    def document(self) -> Document:
        """Every record after the header is a row."""
        records = iter(self._records)
        start, names = next(records, (0, []))
        header = list(self._records.cells(start)) if names else []
        self._check_header(header)
        for start, cells in records:
            self._add(names, cells, start)
        places = _Places(self._records, header, self._starts)
        return Document(self._rows, self._remarks.all(), self._text, places)

    def _check_header(self, header: list[Cell]) -> None:
        seen: set[str] = set()
        for cell in header:
            if cell.text in seen:
                self._remarks.add(RemarkKind.DUPLICATE_KEY, (), cell.start, cell.end)
            seen.add(cell.text)
            if cell.stray < cell.end:
                self._remarks.add(RemarkKind.STRAY_QUOTE, (), cell.stray, cell.end)

    def _add(self, names: list[str], cells: list[str], start: int) -> None:
        row = len(self._rows)
        if len(cells) != len(names) or self._records.has_stray:
            self._remark(names, row, start)
        self._rows.append(dict(zip(names, cells, strict=False)))
        self._starts.append(start)
        if (row + 1) * (len(names) + 1) > self._limits.nodes:
            raise self._text.error(f"more than {self._limits.nodes} values", start, kind=ErrorKind.LIMIT)

    def _remark(self, names: list[str], row: int, start: int) -> None:
        cells = list(islice(self._records.cells(start), len(names) + 1))
        for name, cell in zip(names, cells, strict=False):
            if cell.stray < cell.end:
                self._remarks.add(RemarkKind.STRAY_QUOTE, (row, name), cell.stray, cell.end)
        if len(cells) != len(names):
            odd = cells[-1].start if len(cells) > len(names) else start
            self._remarks.add(RemarkKind.RAGGED_ROW, (row,), odd, cells[-1].end)


class _Records:
    """The records of the text; without quotes a record costs no more than `str.split`."""

    def __init__(self, text: Text, delimiter: str) -> None:
        self._text = text
        self.content = text.content
        self._delimiter = delimiter
        self._plain = re.compile(rf"[^{re.escape(delimiter)}\n]*")
        self.has_stray = False
        """Whether the record that was yielded last has text after a closing quote."""

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        position = 0
        while position < len(self.content):
            end = self._line_end(position)
            line = self.content[position:end].removesuffix("\r")
            self.has_stray = False
            if '"' in line:
                cells = list(self.cells(position))
                self.has_stray = any(cell.stray < cell.end for cell in cells)
                yield position, [cell.text for cell in cells]
                end = self._line_end(cells[-1].end)
            elif line:
                yield position, line.split(self._delimiter)
            position = end + 1

    def cells(self, start: int) -> Iterator[Cell]:
        """The cells of the record that begins here, with their places."""
        is_last = False
        while not is_last:
            cell, end = self._cell(start)
            yield cell
            is_last = self.content[end : end + 1] != self._delimiter
            start = end + 1

    def end(self, start: int) -> int:
        """Where the record that begins here ends."""
        end = self._line_end(start)
        if '"' not in self.content[start:end]:
            return end - self.content[start:end].endswith("\r")
        *_, last = self.cells(start)
        return last.end

    def _cell(self, start: int) -> tuple[Cell, int]:
        """The cell that begins here, and where its delimiter or line end stands."""
        text, body = "", start
        if self.content.startswith('"', start):
            quoted = _QUOTED.match(self.content, start)
            if quoted is None:
                raise self._text.error("not valid CSV: a quoted cell is never closed", start)
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
    with suppress(DocumentError):  # an open quote: the reading proper will say so
        counts.extend(len(cells) for _, cells in islice(_Records(text, delimiter), _SAMPLE))
    if not counts or counts[0] < 2:
        return (0.0, 0)
    return (counts.count(counts[0]) / len(counts), counts[0])


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the records begin; the cells are found by reading a record again."""

    records: _Records
    header: list[Cell]
    starts: array[int]

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
        columns = {
            title.text: (cell, title) for title, cell in zip(self.header, self.records.cells(start), strict=False)
        }
        cell, title = columns[str(path[1])]
        return Place((cell.start, cell.end), (title.start, title.end))
