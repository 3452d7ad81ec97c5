"""JSON Lines and CSV: exact places at any length, constant memory, and lines that try to pass for something else."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guards._code.spans import Format, parse
from guards._core.model import Fact, Finding, Kind, Problem, ProblemKind, Seen, Source, Span
from guards._core.options import parse as parse_section
from guards.schema import GUARD, Options, rows
from guards.schema.engine import Engine
from guards.schema.library import HOST, Library
from guards.schema.options import Section
from guards.schema.rows import Lines

SCHEMA = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}, "text": {"type": "string"}, "deep": True},
}


def scan(
    path: str, data: bytes | Iterable[bytes], schema: Any = SCHEMA, *, entry: Any = "s.schema.json", most: int = 100
) -> list[Seen]:
    """Scan of one mapped file; an iterable of bytes is handed over as a stream."""
    section, errors = parse_section(Section, {path: entry})
    assert errors == []
    slice_ = GUARD.scan_slice(Options(max_errors=most), section)
    path_class = GUARD.classify(path, slice_)
    assert isinstance(path_class, str)
    assert GUARD.scan is not None
    documents = {"s.schema.json": json.dumps(schema).encode()}
    whole = data if isinstance(data, bytes) else b""
    reader: Any = None if isinstance(data, bytes) else Stream(data)
    source: Source[Options] = Source(
        whole, whole, Kind.FILE, path_class, {}, slice_, reader=reader, documents=documents
    )
    return list(GUARD.scan(source))


class Stream(io.RawIOBase):
    """A stream that is never whole anywhere."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    def read(self, size: int = -1) -> bytes:
        """The next piece, whatever size was asked for."""
        return next(self._pieces, b"")


def places(seen: list[Seen]) -> list[tuple[int, int, str]]:
    """Line, column and rule of the findings."""
    return [(each.span.line, each.span.column, each.rule) for each in seen if isinstance(each, Finding) and each.span]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("bad_at", [0, 1, 31, 32, 63, 64, 199])
def test_one_bad_line_among_many(bad_at: int, streamed: bool) -> None:
    """The place is exact wherever the line stands in the batch, and whichever way the bytes come."""
    lines = [b'{"id": %d, "text": "\xc3\xa9\xf0\x9f\x8e\x88"}\n' % number for number in range(200)]
    lines[bad_at] = '{"text": "é🎈", "id": "1"}\n'.encode()
    data = b"".join(lines)
    pieces = [data[start : start + 7] for start in range(0, len(data), 7)]
    assert places(scan("a.jsonl", pieces if streamed else data)) == [(bad_at + 1, 22, "schema/violation")]


LINES = st.sampled_from([
    '{"id": 1}', '{"id": 2, "text": "],["}', '{"id": "x"}', "{}", "[", "]", "],[", "1],[2", '"abc', 'def"', "[1", "2]",
    '{"id": 1', "}", '{"id": 1, "id": 2}', "", "  ", "NaN", '{"id": 1}{"id": 2}', '{"id": 1},{"id": 2}', "\u2028",
    '{"id": 1, "text": "\\ud800"}', '{"id": 1, "text": "\\ud83c\\udf88"}', '{"id": 1}\r', "\ufeff{}", '{"id": 1e999}',
    '{"id": 1, "deep": ' + "[" * 160 + "]" * 160 + "}", '{"id": 1, "deep": ' + "[" * 250 + "]" * 250 + "}",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=8), st.sampled_from([1, 20, 60, 8192]), st.sampled_from([1, 5, 40, 10_000]))
def test_many_lines_are_judged_as_each_alone(lines: list[str], batch: int, piece: int) -> None:
    """Reading lines together finds what reading each alone finds: no line hides in, or spoils, its neighbours.

    However many are read at once, and wherever the pieces of the file end.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "_BATCH", batch)
        patch.setattr(rows, "_PIECE", piece)
        _check_alone_and_together(lines)


def _check_alone_and_together(lines: list[str]) -> None:
    together = places(scan("a.jsonl", "\n".join(lines).encode(), entry={"schema": "s.schema.json", "min-items": 0}))
    alone = []
    for number, line in enumerate(lines):
        # Blank lines in front give the line its number, and keep a byte-order mark from being the first thing.
        data = b"\n" * number + line.encode()
        alone += places(scan("a.jsonl", data, entry={"schema": "s.schema.json", "min-items": 0}))
    assert together == alone


def test_breaking_out_of_a_batch_is_seen() -> None:
    """Three broken lines whose brackets and quotes would cancel out are three findings."""
    found = places(scan("a.jsonl", b'"abc\ndef"\n1],[2\n', True))
    assert [(line, rule) for line, _, rule in found] == [(line, "schema/parse") for line in (1, 2, 3)]


def test_findings_are_capped_and_counted() -> None:
    """After `max-errors` findings the rest is one finding with the exact number of all."""
    found = scan("a.jsonl", b'{"id": ""}\n' * 1234, most=10)
    assert len(found) == 11
    assert isinstance(found[-1], Finding)
    assert found[-1].message == "1224 more findings in this file are not listed, 1234 in all"
    assert places(found)[-1] == (10, 8, "schema/violation")


def test_empty_data_is_a_finding_unless_allowed() -> None:
    """No record, only blank lines, or only a header: an empty data set satisfies every schema."""
    for path, data in (("a.jsonl", b""), ("a.jsonl", b" \n\r\n"), ("a.csv", b"id,text\n"), ("a.csv", b"")):
        assert places(scan(path, data)) == [(1, 1, "schema/empty-data")], data
        allowed = scan(path, data, entry={"schema": "s.schema.json", "min-items": 0})
        assert allowed == [Fact("records", 0)]


def test_records_are_counted_for_min_items() -> None:
    """The number of records is a fact, so that an entry's files can be counted together."""
    entry = {"schema": "s.schema.json", "min-items": 9}
    assert scan("a.jsonl", b'{"id": 1}\n\n{"id": 2}', entry=entry) == [Fact("records", 2)]
    assert scan("a.csv", b"id\n1\n2\n3\n", entry=entry) == [Fact("records", 3)]
    assert scan("a.json", b"[1, 2]", True, entry=entry) == [Fact("records", 2)]


def test_line_that_is_too_long_is_a_problem() -> None:
    """A line beyond the limit is not silently skipped, and the lines after it are still checked."""
    pieces = [b'{"id": 1, "text": "', *[b"x" * 1_000_000] * 9, b'"}\n{"id": "2"}\n']
    seen = scan("a.jsonl", pieces)
    assert [type(each) for each in seen] == [Problem, Finding]
    assert places(seen) == [(2, 8, "schema/violation")]


def test_memory_is_constant() -> None:
    """Twenty times the lines need no more memory: nothing is kept of a line that was read."""
    peaks = []
    for count in (1_000, 20_000):
        chunks: Iterator[bytes] = (b'{"id": %d, "text": "%s"}\n' % (number, b"x" * 200) for number in range(count))
        tracemalloc.start()
        assert scan("a.jsonl", chunks) == []
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000


def test_errors_that_are_only_counted_need_no_memory() -> None:
    """What is only counted is not kept."""
    chunks: Iterator[bytes] = (b'{"id": ""}\n' * 1000 for _ in range(4))
    tracemalloc.start()
    assert len(scan("a.jsonl", chunks, most=5)) == 6
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


CELLS = {
    "required": ["n"],
    "properties": {
        "n": {"type": "integer"},
        "x": {"type": ["number", "null"]},
        "b": {"type": "boolean"},
        "s": {"type": "string", "pattern": "^[0-9]*$"},
        "r": {"$ref": "#/$defs/small"},
        "t": {"type": ["integer", "string"]},
    },
    "$defs": {"small": {"type": "integer", "maximum": 9}},
}


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("1,0.5,true,007,3,x", []),
        ("-12,,,,,", []),
        ("+1,1e3,false,1,9,4", []),
        (",1,true,1,1,", [("n", 2, 1)]),
        ("1.5,1,true,1,1,", [("n", 2, 1)]),
        ("1,nan,TRUE,a,10,", [("x", 2, 3), ("b", 2, 7), ("s", 2, 12), ("r", 2, 14)]),
        ("0x1,1_000,1,1,1,", [("n", 2, 1), ("x", 2, 5), ("b", 2, 11)]),
        ('"1"," 1",true,1,"10",', [("x", 2, 5), ("r", 2, 17)]),
    ],
)
def test_cells_are_read_by_their_declared_type(row: str, found: list[tuple[str, int, int]]) -> None:
    """Numbers and booleans only where the column is declared so and the cell has the form; all else is text."""
    seen = scan("a.csv", f"n,x,b,s,r,t\n{row}\n".encode(), CELLS)
    placed = [(each.subject, each.span) for each in seen if isinstance(each, Finding) and each.span]
    assert sorted((subject.split(".")[-1][0], *span[:2]) for subject, span in placed) == sorted(found)


def test_missing_column_is_one_finding() -> None:
    """A column that the header lacks is one mistake, not one for each row."""
    found = scan("a.csv", b"text\na\nb\nc\n")
    assert places(found) == [(2, 1, "schema/violation")]


def test_huge_numbers_do_not_crash() -> None:
    """Digits without end, in lines and in cells."""
    assert places(scan("a.jsonl", b'{"id": ' + b"9" * 400 + b"}\n")) == []
    (problem,) = scan("a.jsonl", b'{"id": ' + b"9" * 10_000 + b"}\n")
    assert isinstance(problem, Problem)
    assert places(scan("a.csv", b"id\n" + b"9" * 10_000 + b"\n")) == [(2, 1, "schema/violation")]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(["id", "text", "é"]), st.integers() | st.text(max_size=5)), max_size=9))
def test_lines_agree_with_documents(records: list[dict[str, Any]]) -> None:
    """A file of lines has a finding on a line exactly if that line, as a document, does not fit."""
    library = Library({HOST + "s.json": json.dumps(SCHEMA).encode()})
    engine = Engine(HOST + "s.json", library)
    texts = [json.dumps(record, ensure_ascii=number % 2 == 0) for number, record in enumerate(records)]
    values = [parse(text.encode(), Format.JSON)[0].value for text in texts]
    bad = {number for number, value in enumerate(values, 1) if not engine.fits(value)}
    lines = Lines("\n".join(texts).encode(), engine, library)
    spans = [draft() for draft in lines.drafts()]
    assert {each.span.line for each in spans if isinstance(each, Finding) and each.span} == bad
    assert lines.count == len(records)


def test_span_covers_the_value() -> None:
    """The end of a place is exact too."""
    (found,) = scan("a.jsonl", b'\n{"id": "\\u00e9\\n"}')
    assert isinstance(found, Finding)
    assert found.span == Span(2, 8, 2, 18)


@pytest.mark.parametrize("path", ["a.jsonl", "a.csv"])
def test_a_file_of_nothing_but_errors_is_not_read_to_its_end(path: str) -> None:
    """At ten thousand findings it is over: that is a problem, and nobody is told how many records there are."""
    read: list[int] = []

    def pieces() -> Iterator[bytes]:
        yield b"id,text\n"
        for number in range(100):
            read.append(number)
            yield b'{"id": "x"}\n' * 1_000 if path == "a.jsonl" else b"x,y\n" * 1_000

    *shown, rest, problem, records = scan(path, pieces(), entry={"schema": "s.schema.json", "min-items": 1}, most=3)
    assert len(shown) == 3
    assert isinstance(rest, Finding)
    assert "at least 9998 more" in rest.message
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.LIMIT
    assert records == Fact("records", None)
    assert len(read) < 20


def test_rows_of_any_number_take_constant_memory() -> None:
    """Two hundred thousand rows, of which the last one is wrong, in the memory of a few blocks."""
    rows = (b"7,seven\n" * 8_000 for _ in range(25))
    tracemalloc.start()
    found = scan("a.csv", chain([b"id,text\n"], rows, [b"x,last\n"]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert places(found) == [(2 + 25 * 8_000, 1, "schema/violation")]
    assert [each.subject for each in found if isinstance(each, Finding)] == ["$[200000].id type"]
    assert peak < 16 << 20


@pytest.mark.slow
def test_official_suite() -> None:
    """All required cases of the JSON Schema Test Suite agree, drafts 4 to 2020-12, and so do all format cases."""
    command = [sys.executable, "-m", "benchmarks.json_schema_suite"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" required ") == 5


@pytest.mark.slow
def test_benchmark_finds_every_planted_error() -> None:
    """The benchmark's own check: each planted error at its line and column, and no other."""
    command = [sys.executable, "-m", "benchmarks.schema", "--lines", "5000", "--files", "20", "--rounds", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all exact: True" in done.stdout
