"""TOML: the values of tomllib as plain JSON, tables and dotted keys at their places."""

from __future__ import annotations

import datetime
import json
import tomllib
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, strategies as st

from benchmarks.span_identity import check_data
from guards._code.spans import Document, DocumentError, ErrorKind, Format, JsonPath, Limits, Part, RemarkKind, parse
from guards._core.model import Json
from tests.code.spans_written import Written, error_of, is_inside, quoted, scalars, texts, values


def read(text: str | bytes, limits: Limits | None = None) -> Document:
    data = text if isinstance(text, bytes) else text.encode()
    (document,) = parse(data, Format.TOML, limits or Limits())
    return document


leaves = scalars.filter(lambda value: value is not None and (not isinstance(value, int) or abs(value) < 2**63))
spaces = st.sampled_from(["", " ", "\t"])


def write_key(out: Written, path: JsonPath, draw: Any) -> None:
    key = str(path[-1])
    styles = [quoted(key)]
    if key.isprintable() and "'" not in key:
        styles.append(f"'{key}'")
    if key.isascii() and key.isalnum():
        styles.append(key)
    out.place(path, Part.KEY, draw(st.sampled_from(styles)))


def write_value(out: Written, value: Json, path: JsonPath, draw: Any) -> None:
    start = len(out.text)
    if isinstance(value, dict):
        out.write("{")
        for index, (key, member) in enumerate(value.items()):
            out.write(("," if index else "") + draw(spaces))
            write_key(out, (*path, key), draw)
            out.write(draw(spaces) + "=" + draw(spaces))
            write_value(out, member, (*path, key), draw)
        out.write(draw(spaces) + "}")
    elif isinstance(value, list):
        out.write("[")
        for index, item in enumerate(value):
            out.write(("," if index else "") + draw(st.sampled_from(["", " ", "\n", " # ], é\n", "\r\n"])))
            write_value(out, item, (*path, index), draw)
        out.write(draw(st.sampled_from(["", "\n"])) + "]")
    else:
        out.write(draw(st.sampled_from(spellings(value))))
    out.ranges[path, Part.VALUE] = (start, len(out.text))


def spellings(value: Json) -> list[str]:
    if not isinstance(value, str):
        return [json.dumps(value)]
    plain = value.replace("\n", "").isprintable()
    found = [quoted(value), f'"""\n{quoted(value)[1:-1]}"""']
    found += [f"'{value}'"] * (value.isprintable() and "'" not in value)
    found += [f"'''\n{value}'''"] * (plain and "'''" not in value and not value.endswith("'"))
    return found


@given(st.dictionaries(texts, values(leaves, texts), max_size=5), st.data())
def test_every_position_is_where_it_was_written(value: dict[str, Json], data: Any) -> None:
    """Tables, arrays of tables, and pairs, each in any spelling."""
    written = Written(data.draw(st.sampled_from(["", "# é\U0001f600\r\n", "\n"])))
    tables = {key: member for key, member in value.items() if isinstance(member, dict)}
    arrays = {key: member for key, member in value.items() if _is_array_of_tables(member) and data.draw(st.booleans())}
    for key, member in value.items():
        if key not in tables and key not in arrays:
            _write_pair(written, member, (key,), data.draw)
    for key, table in tables.items():
        _write_table(written, table, (key,), data.draw, "[]")
    for key, array in arrays.items():
        for index, item in enumerate(array if isinstance(array, list) else []):
            _write_table(written, item, (key, index), data.draw, "[[]]")
    encoded = written.text.encode()
    document = read(encoded)
    assert document.value == tomllib.loads(written.text) == value
    written.check(document, encoded)
    assert list(check_data(encoded, Format.TOML, Counter())) == []


def _is_array_of_tables(value: Json) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _write_pair(out: Written, value: Json, path: JsonPath, draw: Any) -> None:
    out.write(draw(spaces))
    write_key(out, path, draw)
    out.write(draw(spaces) + "=" + draw(spaces))
    write_value(out, value, path, draw)
    out.write(draw(st.sampled_from(["\n", " # x = 1\n", "\r\n\r\n"])))


def _write_table(out: Written, table: Any, path: JsonPath, draw: Any, brackets: str) -> None:
    start = len(out.text)
    half = len(brackets) // 2
    out.write(brackets[:half] + quoted(str(path[0])) + brackets[half:])
    end = len(out.text)
    out.write("\n")
    for key, member in table.items():
        _write_pair(out, member, (*path, key), draw)
        end = out.ranges[(*path, key), Part.VALUE][1]
    out.ranges[path, Part.VALUE] = (start, end)


TABLES = """\
title = 'x'
a.b.c = 1          # dotted
a . "b" . d = 2
[ x . y ]          # implies x
k = { p.q = [1, {r = 2}] }
[x]
z = 3
[[list]]
n = 1
[list.sub]
m = 2
[[list]]
[[list.inner]]
o = 4
"""


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        (("title",), "'x'", "title"),
        (("a",), "a", "a"),
        (("a", "b"), "b", "b"),
        (("a", "b", "c"), "1", "c"),
        (("a", "b", "d"), "2", "d"),
        (("x",), "[x]\nz = 3", "x"),
        (("x", "y"), "[ x . y ]          # implies x\nk = { p.q = [1, {r = 2}] }", "y"),
        (("x", "y", "k"), "{ p.q = [1, {r = 2}] }", "k"),
        (("x", "y", "k", "p"), "p", "p"),
        (("x", "y", "k", "p", "q"), "[1, {r = 2}]", "q"),
        (("x", "y", "k", "p", "q", 1, "r"), "2", "r"),
        (("list",), TABLES[TABLES.index("[[list]]") : -len("\n[[list.inner]]\no = 4\n")], "list"),
        (("list", 0), "[[list]]\nn = 1", "[[list]]\nn = 1"),
        (("list", 0, "sub"), "[list.sub]\nm = 2", "sub"),
        (("list", 1), "[[list]]", "[[list]]"),
        (("list", 1, "inner", 0, "o"), "4", "o"),
    ],
)
def test_tables_begin_at_their_header_and_end_with_their_last_own_pair(path: JsonPath, value: str, key: str) -> None:
    document = read(TABLES)
    assert document.source(path) == value
    assert document.source(path, Part.KEY) == key


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1979-05-27T07:32:00Z", "1979-05-27T07:32:00Z"),
        ("1979-05-27 07:32:00-07:00", "1979-05-27T07:32:00-07:00"),
        ("1979-05-27t00:32:00.5+00:00", "1979-05-27T00:32:00.500000Z"),
        ("1979-05-27T07:32:00", "1979-05-27T07:32:00"),
        ("1979-05-27", "1979-05-27"),
        ("07:32:00.25", "07:32:00.250000"),
        ("0xFF", 255),
        ("1_000", 1000),
        ("9223372036854775808123", 9223372036854775808123),
        ('"""\na"""""', 'a""'),
        ("''''x'''", "'x"),
    ],
)
def test_values_are_plain_json(text: str, value: Json) -> None:
    """Dates as RFC 3339 text, also in arrays; every spelling found whole, whatever follows it."""
    document = read(f"k = {text}#c\nl = [ {text},{text} ]\n")
    assert document.value == {"k": value, "l": [value, value]}
    assert [document.source(path) for path in (("k",), ("l", 0), ("l", 1))] == [text] * 3


zones = st.integers(-1439, 1439).map(lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)))


@given(st.datetimes(datetime.datetime(1000, 1, 1)), st.none() | zones)
def test_dates_come_back(moment: datetime.datetime, zone: datetime.timezone | None) -> None:
    moment = moment.replace(tzinfo=zone)
    value: Any = read(f"k = {moment.isoformat()}").value
    assert datetime.datetime.fromisoformat(value["k"]) == moment


def test_infinite_numbers_are_remarked() -> None:
    (first, second) = read("a = [1.0, -inf]\n[t]\nb = nan\n").remarks
    assert (first.kind, first.path, tuple(first.span)) == (RemarkKind.NONSTANDARD_NUMBER, ("a", 1), (1, 11, 1, 15))
    assert (second.kind, second.path, tuple(second.span)) == (RemarkKind.NONSTANDARD_NUMBER, ("t", "b"), (3, 5, 3, 8))


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", "\ufeff", "\ufeff# x\r\n"])
def test_an_empty_document_is_an_empty_table(text: str) -> None:
    assert read(text).value == {}
    assert read(text).span(())[:2] == (1, 1)


def test_offsets_count_the_byte_order_mark() -> None:
    document = read("\ufeffé = 'x'".replace("é", '"é"'))
    assert (document.offsets(("é",), Part.KEY), tuple(document.span(("é",)))) == ((3, 7), (1, 7, 1, 10))


@pytest.mark.parametrize(
    ("text", "kind", "span"),
    [
        ("a = ", ErrorKind.SYNTAX, (1, 5, 1, 5)),
        ("a = 1\r\nb = é\r\n", ErrorKind.SYNTAX, (2, 5, 2, 6)),
        ("a = 1\r\na = 2\r\n", ErrorKind.SYNTAX, (2, 6, 2, 6)),
        ("a = 1\rb = 2", ErrorKind.SYNTAX, (1, 6, 1, 6)),
        ("a = 'x\0'", ErrorKind.SYNTAX, (1, 7, 1, 8)),
        ("[a]\n[a]", ErrorKind.SYNTAX, (2, 3, 2, 4)),
        (b"a = '\xff'", ErrorKind.ENCODING, (1, 6, 1, 7)),
        ("a = " + "[" * 300 + "]" * 300, ErrorKind.LIMIT, (1, 204, 1, 205)),
        ("a = " + "[" * 100_000, ErrorKind.LIMIT, (1, 205, 1, 206)),
        (".".join(["a"] * 50_000) + " = 1", ErrorKind.LIMIT, (1, 402, 1, 403)),
        ("a = 'x'\n[" + " . ".join(["'.'"] * 202) + "]", ErrorKind.LIMIT, (2, 1200, 2, 1201)),
        ("a = " + "1" * 5000, ErrorKind.LIMIT, (1, 5, 1, 5005)),
    ],
)
def test_what_does_not_parse_is_an_error_at_its_place(text: str | bytes, kind: ErrorKind, span: Any) -> None:
    with pytest.raises(DocumentError) as caught:
        read(text)
    assert (caught.value.kind, tuple(caught.value.span)) == (kind, span)


def test_errors_do_not_repeat_the_document() -> None:
    for text in ("[name-x]\n[name-x]", "a.name-x = 1\n[a.name-x]", "t = {name-x = 1, name-x = 2}"):
        error = error_of(text.encode(), Format.TOML)
        assert error is not None
        assert "name-x" not in error.message


def test_dots_outside_keys_are_no_nesting() -> None:
    text = f'# {"." * 500}\na = \'{"x." * 500}\'\nb = """\n{"y." * 500}\n"""\nc = [{"1.5, " * 500}]\n'
    assert read(text).value == tomllib.loads(text)


@given(st.integers(1, 12))
def test_depth_counts_tables_arrays_and_dotted_parts(depth: int) -> None:
    limits = Limits(depth=depth)
    for deep in (".".join("a" * depth) + " = 1", f"[{'.'.join('a' * (depth - 1))}]" if depth > 1 else "a = 1"):
        assert read(deep, limits)
    for deeper in (".".join("a" * (depth + 1)) + " = 1", f"a = {'[' * depth}{']' * depth}"):
        with pytest.raises(DocumentError) as caught:
            read(deeper, limits)
        assert caught.value.kind is ErrorKind.LIMIT


def test_names_and_values_are_limited() -> None:
    for text in ("a=1\nb=1\nc=1\n", "a.b=1\nc=1\n", "a = [" + "1," * 40 + "]"):
        with pytest.raises(DocumentError) as caught:
            read(text, Limits(nodes=20))
        assert caught.value.kind is ErrorKind.LIMIT
    assert read("a=1.5\nb=[1.5, 2.5]", Limits(nodes=40)).value == {"a": 1.5, "b": [1.5, 2.5]}


@given(st.text(st.sampled_from("ab01.=[]{}\"'#,\\ \n\té"), max_size=40))
def test_any_text_parses_or_is_an_error_inside_the_text(text: str) -> None:
    """Never another exception; what does parse survives both proofs."""
    error = error_of(text.encode(), Format.TOML)
    assert error is None or is_inside(error, text)
    assert list(check_data(text.encode(), Format.TOML, Counter())) == []
