"""CSV: rows as the csv module reads them, cells at their places, what is ragged remarked."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guards._code.spans import (
    Document,
    DocumentError,
    ErrorKind,
    Format,
    JsonPath,
    Limits,
    Part,
    RemarkKind,
    csv_blocks,
    parse,
)
from guards._core.model import Json
from tests.code.spans_written import Written, error_of, is_inside


def read(text: str | bytes, limits: Limits | None = None) -> Document:
    data = text if isinstance(text, bytes) else text.encode()
    (document,) = parse(data, Format.CSV, limits or Limits())
    return document


cells = st.text(
    st.sampled_from("ab1 \"'\n\té\U0001f600\u2028") | st.characters(exclude_categories=["Cs", "Cc"]), max_size=6
)
headers = st.lists(st.text("abcé_", min_size=1, max_size=5), min_size=2, max_size=5, unique=True)


@given(st.sampled_from(",;\t|"), headers, st.lists(st.lists(cells, min_size=5, max_size=5), max_size=6), st.data())
def test_every_cell_is_where_it_was_written(delimiter: str, header: list[str], rows: Any, data: Any) -> None:
    """And the csv module, told the delimiter, reads the same rows."""
    line_end = data.draw(st.sampled_from(["\n", "\r\n"]))
    written = Written(delimiter.join(header) + line_end)
    for index, row in enumerate(rows):
        start = len(written.text)
        for column, name in enumerate(header):
            written.write(delimiter if column else "")
            text = row[column]
            needs_quotes = delimiter in text or "\n" in text or '"' in text or data.draw(st.booleans())
            escaped = '"' + text.replace('"', '""') + '"'
            written.place((index, name), Part.VALUE, escaped if needs_quotes else text)
        written.ranges[(index,), Part.VALUE] = (start, len(written.text))
        written.write(line_end)
    encoded = written.text.encode()
    document = read(encoded)
    assert document.value == list(csv.DictReader(io.StringIO(written.text, newline=""), delimiter=delimiter))
    assert document.remarks == ()
    written.check(document, encoded)
    for name in header:
        assert not rows or document.source((0, name), Part.KEY) == name


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2\n", ";"),
        ("a\tb\n1,5\t2;3\n", "\t"),
        ("a|b|c\n1,2|3|4\n", "|"),
        ("a,b;c,d\n1;2\n3;4\n", ";"),
        ('"a,b";c\n1;2\n', ";"),
        ("only\nvalue\n", ","),
    ],
)
def test_the_delimiter_is_the_one_that_splits_most_evenly(text: str, delimiter: str) -> None:
    names = next(csv.reader(io.StringIO(text), delimiter=delimiter))
    value = read(text).value
    assert isinstance(value, list)
    assert all(isinstance(row, dict) and list(row) == names[: len(row)] for row in value)


@pytest.mark.parametrize(
    ("text", "value", "remarks"),
    [
        ("a,b\n1\n", [{"a": "1"}], [(RemarkKind.RAGGED_ROW, (0,), (2, 1, 2, 2))]),
        ("a,b\n1,2,3,4\n", [{"a": "1", "b": "2"}], [(RemarkKind.RAGGED_ROW, (0,), (2, 5, 2, 6))]),
        ("a,b,a\n1,2,3\n", [{"a": "3", "b": "2"}], [(RemarkKind.DUPLICATE_KEY, (), (1, 5, 1, 6))]),
        ('a,b\n"x"y,2\n', [{"a": "xy", "b": "2"}], [(RemarkKind.STRAY_QUOTE, (0, "a"), (2, 4, 2, 5))]),
        ('a,"b"c\n1,2\n', [{"a": "1", "bc": "2"}], [(RemarkKind.STRAY_QUOTE, (), (1, 6, 1, 7))]),
        ('a,b\nx"y"z, "2"\n', [{"a": 'x"y"z', "b": ' "2"'}], []),
        ("a,b\n\n\r\n1,2", [{"a": "1", "b": "2"}], []),
        ("a,b\n1,x\ry\n", [{"a": "1", "b": "x\ry"}], []),
        ("\ufeffa,b\r\n1,\r\n", [{"a": "1", "b": ""}], []),
        ("", [], []),
        ("a,b\n", [], []),
    ],
)
def test_what_is_odd_is_remarked_at_its_place(text: str, value: Json, remarks: list[Any]) -> None:
    document = read(text)
    assert document.value == value
    assert [(remark.kind, remark.path, tuple(remark.span)) for remark in document.remarks] == remarks


def test_lines_are_physical_and_offsets_count_the_mark() -> None:
    document = read('\ufeff"a",b\r\n"x\r\n""y""",é\r\n3,4')
    assert document.value == [{"a": 'x\r\n"y"', "b": "é"}, {"a": "3", "b": "4"}]
    assert tuple(document.span((0, "a"))) == (2, 1, 3, 7)
    assert tuple(document.span((0, "b"))) == (3, 8, 3, 9)
    assert document.offsets((0, "b")) == (3 + 7 + 4 + 7, 3 + 7 + 4 + 7 + 2)
    assert tuple(document.span((1, "b"))) == (4, 3, 4, 4)
    assert document.source((1, "a"), Part.KEY) == '"a"'


@pytest.mark.parametrize(
    ("text", "kind", "span"),
    [
        ('a,b\n1,"x\n2,3\n', ErrorKind.SYNTAX, (2, 3, 2, 4)),
        ("a,b\n1,\0\n", ErrorKind.SYNTAX, (2, 3, 2, 4)),
        (b"a,b\n\xe9,1\n", ErrorKind.ENCODING, (2, 1, 2, 2)),
    ],
)
def test_what_does_not_parse_is_an_error_at_its_place(text: str | bytes, kind: ErrorKind, span: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        read(text)
    assert (caught.value.kind, tuple(caught.value.span)) == (kind, span)


@pytest.mark.parametrize("path", [("a",), (5,), (-1,), (0, "x"), (0, "a", 0), (1, "b")])
def test_a_path_that_is_not_there_is_a_key_error(path: JsonPath) -> None:
    with pytest.raises(KeyError):
        read("a,b\n1,2\n3\n").span(path)


def test_rows_and_remarks_are_limited() -> None:
    for text, limits in (("a,b\n1,2\n1,2\n", Limits(nodes=5)), ("a,b\n1\n1\n", Limits(remarks=1))):
        with pytest.raises(DocumentError) as caught:
            read(text, limits)
        assert caught.value.kind is ErrorKind.LIMIT


@given(st.text(st.sampled_from('ab,;|\t"\r\n é'), max_size=40))
def test_any_text_parses_or_is_an_error_inside_the_text(text: str) -> None:
    """Never another exception; every cell can be found again."""
    error = error_of(text.encode(), Format.CSV)
    assert error is None or is_inside(error, text)
    if error is None:
        document = read(text)
        assert isinstance(document.value, list)
        for index, row in enumerate(document.value):
            assert isinstance(row, dict)
            for name, cell in row.items():
                source = document.source((index, name))
                assert source == cell or source.startswith('"')


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=8), st.integers(1, 40), st.booleans())
def test_blocks_are_the_table(rows: list[list[str]], size: int, is_marked: bool) -> None:
    """However the bytes come, all blocks together hold the rows and remarks of the whole, each at the same place."""
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows]
    data = ("\ufeff" * is_marked + '"aé","b","c"\n' + "".join(",".join(row) + "\n" for row in quoted)).encode()
    whole = read(data)
    blocks = list(csv_blocks([data[start : start + size] for start in range(0, len(data), size)]))
    rows_of: list[list[Any]] = [block.value for block in blocks if isinstance(block.value, list)]
    assert [row for some in rows_of for row in some] == whole.value
    places = [(block, (index,)) for block, some in zip(blocks, rows_of, strict=True) for index in range(len(some))]
    every: list[JsonPath] = [(index,) for index in range(len(places))]
    assert [block.span(path) for block, path in places] == [whole.span(path) for path in every]
    assert [block.offsets(path) for block, path in places] == [whole.offsets(path) for path in every]
    assert [remark.span for block in blocks for remark in block.remarks] == [remark.span for remark in whole.remarks]


def test_open_quote_in_a_later_block() -> None:
    """A quote that is never closed is an error at its place, after the rows before it."""
    blocks = csv_blocks([b"a,b\n1,2\n", b'3,"', b"x\n", b"4,5\n"])
    rows: list[Any] = []
    with pytest.raises(DocumentError) as caught:
        rows.extend(row for block in blocks for row in block.value)  # type: ignore[union-attr]
    assert rows == [{"a": "1", "b": "2"}]
    assert (caught.value.span.line, caught.value.span.column) == (3, 3)
