"""Files of records: each line of JSON Lines and each row of CSV is one document of the schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

from guards._code.spans import DEFAULT_LIMITS, Document, DocumentError, Format, Line, csv_blocks, jsonl, parse_line
from guards._code.spans.swift import decoded
from guards._code.spans.text import UnsureError
from guards._core.model import Json, Span
from guards.schema.engine import Engine
from guards.schema.library import Library
from guards.schema.placing import Draft, remark_drafts, unreadable, violation

_BATCH = 8 * 1024
"""Bytes of lines that are checked at once. More is slower: the values leave the processor's cache before that."""
_BATCH_ROWS = 32
_PIECE = 64 * 1024
_TABLE_PIECE = 16 * 1024


class Lines:
    """JSON Lines, in constant memory: lines that fit are read and checked many at once, only others are looked into."""

    def __init__(self, source: BinaryIO | bytes, engine: Engine | None, library: Library) -> None:
        """Without an engine the lines are only read."""
        self._source = source
        self._engine = engine
        self._library = library
        self.count = 0
        """Records seen so far."""

    def drafts(self) -> Iterator[Draft]:
        """What is wrong, line by line."""
        pieces = _pieces(self._source, _PIECE)
        number, offset, held = 1, 0, b""
        for piece in pieces:
            held += piece
            end = held.rfind(b"\n") + 1
            if end:
                yield from self._block(held[:end], number, offset)
                number, offset, held = number + held.count(b"\n"), offset + end, held[end:]
            elif len(held) > DEFAULT_LIMITS.line:
                yield from self._each(chain((held,), pieces), number, offset)
                return
        yield from self._block(held, number, offset)

    def _block(self, text: bytes, number: int, offset: int) -> Iterator[Draft]:
        """Whole lines, of which the first has this number and begins at this offset."""
        start = 0
        while start < len(text):
            end = text.rfind(b"\n", start, start + _BATCH) + 1 or text.find(b"\n", start) + 1 or len(text)
            batch = text[start:end].removesuffix(b"\n")
            yield from self._batch(batch, number, offset + start)
            number, start = number + batch.count(b"\n") + 1, end

    def _batch(self, text: bytes, number: int, offset: int) -> Iterator[Draft]:
        """As many lines as are best checked at once, without the end of the last one."""
        try:
            values = _together(text)
        except UnsureError:
            yield from self._each((text,), number, offset)
            return
        if self._engine is None or self._engine.fit_all(values):
            self.count += len(values)
        else:
            yield from self._sifted(text.split(b"\n"), values, number, offset)

    def _sifted(self, lines: list[bytes], values: list[list[Json]], number: int, offset: int) -> Iterator[Draft]:
        """The lines that do not fit, found by halving: most often it is one among many."""
        if self._engine is None or self._engine.fit_all(values):
            self.count += len(lines)
        elif len(lines) == 1:
            self.count += 1
            yield from self._exact(Line(number, lines[0], offset))
        else:
            half = len(lines) // 2
            yield from self._sifted(lines[:half], values[:half], number, offset)
            offset += sum(map(len, lines[:half])) + half
            yield from self._sifted(lines[half:], values[half:], number + half, offset)

    def _each(self, chunks: Iterable[bytes], number: int, offset: int) -> Iterator[Draft]:
        """Line by line. A blank line in front keeps a byte-order mark further down from passing for the first thing."""
        chunks = chunks if number == 1 else chain((b"\n",), chunks)
        number, offset = (0, 0) if number == 1 else (number - 2, offset - 1)
        for line in jsonl(chunks):
            self.count += 1
            yield from self._exact(line._replace(number=line.number + number, offset=line.offset + offset))

    def _exact(self, line: Line) -> Iterator[Draft]:
        if isinstance(line.data, DocumentError):
            span = Span(line.number, 1, line.number, 1)
            yield partial(unreadable, DocumentError(line.data.message, span, line.data.kind), "line")
            return
        try:
            document = parse_line(line)
        except DocumentError as error:
            yield partial(unreadable, error, "line")
            return
        yield from remark_drafts(document)
        if self._engine is not None and not self._engine.fits(document.value):
            for flaw in self._engine.flaws(document.value, whole="the line"):
                yield partial(violation, flaw, document, self._library)


class Rows:
    """CSV, in constant memory: rows are checked many at once, and only those that do not fit are looked into."""

    def __init__(self, source: BinaryIO | bytes, schema: Json, engine: Engine, library: Library) -> None:
        """Cells are read by the types that the schema declares for their columns."""
        self._source = source
        self._engine = engine
        self._library = library
        self._casts = _casts(schema)
        self._required = _required(schema)
        self._lost: set[str] = set()
        self.count = 0
        """Records seen so far."""

    def drafts(self) -> Iterator[Draft]:
        """What is wrong, row by row."""
        try:
            for block in csv_blocks(_pieces(self._source, _TABLE_PIECE)):
                yield from remark_drafts(block, before=self.count)
                rows: Any = block.value
                yield from self._block(block, [self._row(cells) for cells in rows] if self._casts else rows)
        except DocumentError as error:
            yield partial(unreadable, error, Format.CSV)

    def _block(self, block: Document, rows: list[dict[str, Json]]) -> Iterator[Draft]:
        for start in range(0, len(rows), _BATCH_ROWS):
            batch = rows[start : start + _BATCH_ROWS]
            if not self._engine.fit_all([[row] for row in batch]):
                for index, row in enumerate(batch, start):
                    if not self._engine.fits(row):
                        yield from self._wrong(block, index, row, first=self.count - start)
            self.count += len(batch)

    def _wrong(self, block: Document, index: int, row: dict[str, Json], *, first: int) -> Iterator[Draft]:
        cells: Any = block.value
        for flaw in self._engine.flaws(row, whole="the row"):
            # A column that no row has is one mistake, made in the header.
            if not flaw.keyword.startswith("required ") or flaw.keyword not in self._lost:
                yield partial(violation, flaw, block, self._library, above=(index,), before=first)
            if flaw.keyword.startswith("required ") and flaw.keyword[9:] not in cells[index]:
                self._lost.add(flaw.keyword)

    def _row(self, cells: dict[str, Json]) -> dict[str, Json]:
        casts, required = self._casts, self._required
        row = {name: _cell(text, casts.get(name), required=name in required) for name, text in cells.items()}
        return {name: value for name, value in row.items() if value is not _ABSENT}


def _pieces(source: BinaryIO | bytes, size: int) -> Iterator[bytes]:
    if isinstance(source, bytes):
        return (source[start : start + size] for start in range(0, len(source), size))
    return iter(partial(source.read, size), b"")


def _together(lines: bytes) -> list[list[Json]]:
    """The values of lines, each in a list of its own, from one run of the decoder.

    A line that is not one value cannot hide: where it breaks out of its list there is a list too many, and where it
    reaches into the next line a list has two items. No string runs on into the next line: it may not hold a line end.
    """
    if len(lines) > DEFAULT_LIMITS.line:
        raise UnsureError
    values: Any = decoded(b"[[" + lines.replace(b"\n", b"],\n[") + b"]]")
    if len(values) != lines.count(b"\n") + 1 or set(map(len, values)) != {1}:
        raise UnsureError
    return values  # type: ignore[no-any-return]


_ABSENT = object()
_INTEGER = re.compile(r"[+-]?\d{1,400}")
_NUMBER = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_BOOLEANS = {"true": True, "false": False}


def _required(schema: Json) -> frozenset[str]:
    named = schema.get("required") if isinstance(schema, dict) else None
    return frozenset(name for name in named if isinstance(name, str)) if isinstance(named, list) else frozenset()


def _casts(schema: Json) -> dict[str, tuple[str, ...]]:
    """The declared types of each column that is declared to be something else than text."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    found = {}
    for name, column in properties.items() if isinstance(properties, dict) else ():
        declared = _resolved(column, schema).get("type")
        types = [declared] if isinstance(declared, str) else declared if isinstance(declared, list) else []
        if types and types != ["string"]:
            found[name] = tuple(str(one) for one in types)
    return found


def _resolved(column: Json, schema: Json) -> Mapping[str, Json]:
    """The schema of a column, through one reference within the same file."""
    if not isinstance(column, dict):
        return {}
    target: Any = schema
    steps = str(column.get("$ref", "")).split("/")
    for step in steps[1:] if steps[0] == "#" else ():
        target = target.get(step) if isinstance(target, dict) else None
    return target if steps[0] == "#" and isinstance(target, dict) else column


def _cell(text: Json, types: tuple[str, ...] | None, *, required: bool) -> Any:
    """The value of a cell: by its declared types if it has their form, else the text as it stands."""
    if types is None or not isinstance(text, str):
        return text
    if text == "" and "string" not in types:
        return None if "null" in types else text if required else _ABSENT
    for type_ in ("integer", "number", "boolean"):
        if type_ in types and (value := _READ[type_](text)) is not None:
            return value
    return text


_READ: Mapping[str, Callable[[str], Json]] = {
    "integer": lambda text: int(text) if _INTEGER.fullmatch(text) else None,
    "number": lambda text: float(text) if _NUMBER.fullmatch(text) else None,
    "boolean": lambda text: _BOOLEANS.get(text),
}
