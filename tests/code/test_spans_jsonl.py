"""JSON Lines: a stream in constant memory, every line numbered and placed, errors carried along."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guards._code.spans import (
    DocumentError,
    ErrorKind,
    Format,
    Limits,
    Line,
    Part,
    RemarkKind,
    jsonl,
    parse,
    parse_line,
)
from tests.code.spans_written import error_of, scalars, texts, values


@given(
    st.lists(st.sampled_from(["", " \t", "{}", "\u2028", "ab\r", "\r"]), max_size=8), st.integers(1, 7), st.booleans()
)
def test_lines_are_the_same_however_the_stream_is_cut(lines: list[str], size: int, has_end: bool) -> None:
    text = "\n".join(lines) + ("\n" if has_end else "")
    data = text.encode()
    expected, offset = [], 0
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip(" \t\r"):
            expected.append(Line(number, line.removesuffix("\r").encode(), offset))
        offset += len(line.encode()) + 1
    assert list(jsonl([data[start : start + size] for start in range(0, len(data), size)])) == expected
    assert list(jsonl(io.BytesIO(data))) == expected


@given(st.lists(values(scalars, texts), max_size=5), st.sampled_from(["\n", "\r\n", "\n \n"]), st.booleans())
def test_positions_in_a_line_are_those_in_the_stream(items: list[Any], line_end: str, has_mark: bool) -> None:
    """And reading the whole as one document gives the same places, a level down."""
    text = "".join(json.dumps({"k": item}, ensure_ascii=False) + line_end for item in items)
    data = b"\xef\xbb\xbf" * has_mark + text.encode()
    (whole,) = parse(data, Format.JSONL)
    assert whole.value == [{"k": item} for item in items]
    for index, line in enumerate(jsonl([data])):
        document = parse_line(line)
        assert document.value == {"k": items[index]}
        for part in Part:
            assert document.span(("k",), part) == whole.span((index, "k"), part)
            assert document.offsets(("k",), part) == whole.offsets((index, "k"), part)
        start, end = document.offsets(("k",))
        assert json.loads(data[start:end]) == items[index]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert list(jsonl([b"\xef\xbb\xbf1\n\xef\xbb\xbf2"])) == [Line(1, b"1", 3), Line(2, b"\xef\xbb\xbf2", 5)]


def test_a_line_over_the_limit_is_an_error_and_the_next_ones_come() -> None:
    lines = list(jsonl([b"[1]\n[", b"1" * 50, b"1" * 50, b"]\n[3]\n[2222]"], Limits(line=5)))
    assert [(line.number, line.offset) for line in lines] == [(1, 0), (2, 4), (3, 107), (4, 111)]
    assert [lines[index].data for index in (0, 2)] == [b"[1]", b"[3]"]
    for line in (lines[1], lines[3]):
        assert isinstance(line.data, DocumentError)
        assert (line.data.kind, line.data.span.line) == (ErrorKind.LIMIT, line.number)
        with pytest.raises(DocumentError):
            parse_line(line)


@pytest.mark.parametrize(
    ("line", "kind", "span"),
    [
        (b'{"a": }', ErrorKind.SYNTAX, (7, 7, 7, 8)),
        (b'{"a": 1},', ErrorKind.SYNTAX, (7, 9, 7, 10)),
        (b'"\xc3\xa9\xff"', ErrorKind.ENCODING, (7, 3, 7, 4)),
        (b"\xff\xfe1\x00", ErrorKind.ENCODING, (7, 1, 7, 2)),
        (b"[NaN]", ErrorKind.SYNTAX, (7, 2, 7, 5)),
    ],
)
def test_errors_stand_at_the_line_of_the_stream(line: bytes, kind: ErrorKind, span: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_line(Line(7, line, 100))
    assert (caught.value.kind, tuple(caught.value.span)) == (kind, span)


def test_the_whole_stops_at_the_first_broken_line_and_keeps_remarks() -> None:
    error = error_of(b'{"a": 1}\n\n{"a": }\n', Format.JSONL)
    assert error is not None
    assert tuple(error.span) == (3, 7, 3, 8)
    (document,) = parse(b'1\n{"a": 1, "a": 2}\n', Format.JSONL)
    assert [(remark.kind, remark.path, tuple(remark.span)) for remark in document.remarks] == [
        (RemarkKind.DUPLICATE_KEY, (1, "a"), (2, 10, 2, 13))
    ]
    for path in ((2,), (-1,), ("a",), (1, "b")):
        with pytest.raises(KeyError):
            document.span(path)


def test_the_limits_hold_for_all_lines_together() -> None:
    duplicates = b'{"a": 1, "a": 2}\n' * 3
    for data, limits in ((b"[1, 2]\n" * 3, Limits(nodes=8)), (duplicates, Limits(remarks=2))):
        with pytest.raises(DocumentError) as caught:
            parse(data, Format.JSONL, limits)
        assert (caught.value.kind, caught.value.span.line) == (ErrorKind.LIMIT, 3)


def test_memory_does_not_grow_with_the_stream() -> None:
    """64 MiB in lines, and a line of 64 MiB, with no more held than a few chunks."""
    import tracemalloc

    def chunks() -> Iterator[bytes]:
        for _ in range(1024):
            yield b'{"a": "' + b"x" * 65_000 + b'"}\n'
        for _ in range(1024):
            yield b"y" * 65_536

    tracemalloc.start()
    try:
        kinds = [type(line.data) for line in jsonl(chunks(), Limits(line=100_000))]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kinds == [bytes] * 1024 + [DocumentError]
    assert peak < 2 * 1024 * 1024
