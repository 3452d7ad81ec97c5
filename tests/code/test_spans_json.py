"""JSON: the values of the json module, every position exact, everything odd or broken said at its place."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, strategies as st

from benchmarks.span_identity import check_data
from guards._code.spans import (
    Document,
    DocumentError,
    ErrorKind,
    Format,
    JsonPath,
    Limits,
    Part,
    RemarkKind,
    parse,
)
from guards._code.spans.swift import decoded
from guards._code.spans.text import UnsureError
from tests.code.spans_written import Written, error_of, is_inside, scalars, texts, values, write_json


def read(text: str | bytes, limits: Limits | None = None) -> Document:
    data = text if isinstance(text, bytes) else text.encode()
    (document,) = parse(data, Format.JSON, limits or Limits())
    return document


@given(values(scalars, texts), st.data())
def test_every_position_is_where_it_was_written(value: Any, data: Any) -> None:
    written = Written(data.draw(st.text(" \n\t", max_size=3)))
    write_json(written, value, (), data.draw)
    written.write(data.draw(st.text(" \n\t", max_size=3)))
    encoded = written.text.encode()
    document = read(encoded)
    assert document.value == json.loads(encoded)
    assert document.remarks == ()
    written.check(document, encoded)
    assert list(check_data(encoded, Format.JSON, Counter())) == []


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
@given(value=values(scalars, texts), data=st.data())
def test_offsets_count_the_bytes_of_the_encoding_and_its_mark(mark: bytes, codec: str, value: Any, data: Any) -> None:
    written = Written()
    write_json(written, value, (), data.draw)
    encoded = mark + written.text.encode(codec)
    written.check(read(encoded), encoded, mark=mark, codec=codec)


def test_offsets_are_exact_far_into_a_text_of_wide_characters() -> None:
    """Beyond the stride in which bytes are counted, on both sides of its borders."""
    items = ["é\U0001f600x" * (index % 7) for index in range(5_000)]
    data = json.dumps(items, ensure_ascii=False).encode()
    document = read(data)
    for index in range(0, len(items), 37):
        start, end = document.offsets((index,))
        assert json.loads(data[start:end]) == items[index]


@pytest.mark.parametrize(
    ("text", "remarks"),
    [
        ('{"a": 1, "b": 2, "a": 3}', [(RemarkKind.DUPLICATE_KEY, ("a",), (1, 18, 1, 21))]),
        ('{"a": {"x": 1, "\\u0078": 2}}', [(RemarkKind.DUPLICATE_KEY, ("a", "x"), (1, 16, 1, 24))]),
        ('[0,\n {"a": {"b": 1, "b": 2}, "a": 1}]', [
            (RemarkKind.DUPLICATE_KEY, (1, "a", "b"), (2, 17, 2, 20)),
            (RemarkKind.DUPLICATE_KEY, (1, "a"), (2, 26, 2, 29)),
        ]),
        ('[1e309, -1e999, 1e308, 1e+02, 1e0300]', [
            (RemarkKind.NONSTANDARD_NUMBER, (0,), (1, 2, 1, 7)),
            (RemarkKind.NONSTANDARD_NUMBER, (1,), (1, 9, 1, 15)),
        ]),
        ("[" + "9" * 300 + "e99]", [(RemarkKind.NONSTANDARD_NUMBER, (0,), (1, 2, 1, 305))]),
        ('["\\ud800", "\\ud83d\\ude00", "\\\\ud800"]', [(RemarkKind.LONE_SURROGATE, (0,), (1, 2, 1, 10))]),
        ('{"\\uDC00": 1}', [(RemarkKind.LONE_SURROGATE, ("\udc00",), (1, 2, 1, 10))]),
        ('{"a": [1, 1], "b": {"a": 1}}', []),
    ],
)  # fmt: skip
def test_what_is_odd_is_remarked_at_its_place(text: str, remarks: list[tuple[Any, ...]]) -> None:
    assert [(remark.kind, remark.path, tuple(remark.span)) for remark in read(text).remarks] == remarks


def test_of_duplicate_keys_the_last_one_counts_and_is_found() -> None:
    document = read('{"a": 1, "a": [2]}')
    assert document.value == {"a": [2]}
    assert (document.source(("a",)), document.offsets(("a", 0))) == ("[2]", (15, 16))
    assert document.offsets(("a",), Part.KEY) == (9, 12)


@pytest.mark.parametrize(
    ("text", "kind", "span"),
    [
        ("", ErrorKind.SYNTAX, (1, 1, 1, 1)),
        (" \n", ErrorKind.SYNTAX, (2, 1, 2, 1)),
        ('{"a": 1,}', ErrorKind.SYNTAX, (1, 9, 1, 10)),
        ("[1]\n[2]", ErrorKind.SYNTAX, (2, 1, 2, 2)),
        ('{"é😀": x}', ErrorKind.SYNTAX, (1, 8, 1, 9)),
        ('["a\nb"]', ErrorKind.SYNTAX, (1, 4, 1, 4)),
        ('["NaN", NaN]', ErrorKind.SYNTAX, (1, 9, 1, 12)),
        ('["\\"Infinity", -Infinity]', ErrorKind.SYNTAX, (1, 16, 1, 25)),
        ("\x00", ErrorKind.SYNTAX, (1, 1, 1, 2)),
        (b'{"a":\n"\xc3"}', ErrorKind.ENCODING, (2, 2, 2, 3)),
        (b"\xff\xfe[\x00\x00\xd8", ErrorKind.ENCODING, (1, 2, 1, 3)),
        ("[1, " + "7" * 5000 + "]", ErrorKind.LIMIT, (1, 5, 1, 5005)),
        ("[" * 201 + "]" * 201, ErrorKind.LIMIT, (1, 201, 1, 202)),
        ('["\\\\", ' + "[" * 300 + "]" * 301, ErrorKind.LIMIT, (1, 207, 1, 208)),
        ('["\\"", ' + "[" * 300 + "]" * 301, ErrorKind.LIMIT, (1, 207, 1, 208)),
    ],
)
def test_what_does_not_parse_is_an_error_at_its_place(
    text: str | bytes, kind: ErrorKind, span: tuple[int, int, int, int]
) -> None:
    with pytest.raises(DocumentError) as caught:
        read(text)
    assert (caught.value.kind, tuple(caught.value.span)) == (kind, span)


@given(st.integers(1, 30), st.booleans(), texts)
def test_depth_is_counted_outside_strings_only(depth: int, is_object: bool, noise: str) -> None:
    inner = json.dumps(noise + '["{[\\' + noise)
    text = ('{"a":' if is_object else "[") * depth + inner + ("}" if is_object else "]") * depth
    assert read(text, Limits(depth=depth)).span(())
    with pytest.raises(DocumentError) as caught:
        read(text, Limits(depth=depth - 1))
    assert caught.value.kind is ErrorKind.LIMIT


def test_values_sizes_and_remarks_are_limited() -> None:
    refused = [("[1,1,1]", Limits(nodes=3)), ("[1, 1]", Limits(size=5)), ('{"a":1,"a":1,"a":1}', Limits(remarks=1))]
    for text, limits in refused:
        with pytest.raises(DocumentError) as caught:
            read(text, limits)
        assert caught.value.kind is ErrorKind.LIMIT
    assert read("[1,1,1]", Limits(nodes=4)).value == [1, 1, 1]


@pytest.mark.parametrize("path", [("b",), (0,), ("a", "x"), ("a", 2), ("a", -1), ("a", 0, 0)])
def test_a_path_that_is_not_there_is_a_key_error(path: JsonPath) -> None:
    with pytest.raises(KeyError):
        read('{"a": [1, 2]}').span(path)


def test_what_has_no_key_answers_with_its_value() -> None:
    document = read('{"a": [1, 2]}')
    assert document.offsets((), Part.KEY) == document.offsets(())
    assert document.offsets(("a", 1), Part.KEY) == document.offsets(("a", 1)) == (10, 11)
    assert document.anchor(("a", 1)) is None


@given(st.integers(-(10**4000), 10**4000))
def test_integers_keep_every_digit(number: int) -> None:
    assert read(json.dumps([number])).value == [number]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_parses_or_is_an_error_inside_the_text(text: str) -> None:
    """Never another exception, and never a place that the text does not have."""
    error = error_of(text.encode(), Format.JSON)
    assert error is None or is_inside(error, text)


@pytest.mark.parametrize(
    ("content", "halves"),
    [
        (r'["\ud83d\ude00"]', 0),
        (r'["\ud83d\ude00\ude00"]', 1),
        (r'["\\ud83d\ude00"]', 1),
        (r'["\\\ud83d\ude00"]', 0),
        (r'["\ud83d", "\ude00"]', 2),
        (r'["\uD83D\uDE00\u0041"]', 0),
    ],
)
def test_whole_pairs_are_no_halves_however_backslashes_stand_around_them(content: str, halves: int) -> None:
    (document,) = parse(content.encode(), Format.JSON)
    assert [remark.kind for remark in document.remarks] == [RemarkKind.LONE_SURROGATE] * halves


@given(
    st.text(st.sampled_from('{}[]:,"ab\\u03aA0123456789eE+-. \n'), max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    ).map(json.dumps)
)
def test_the_swift_decoder_is_right_or_unsure(text: str) -> None:
    """Whatever it gives is what the exact decoder gives, to the type of each number, and no key stood twice."""
    try:
        value = decoded(text.encode())
    except UnsureError:
        return
    lost: list[int] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        lost.append(len(pairs) - len(dict(pairs)))
        return dict(pairs)

    assert repr(value) == repr(json.loads(text, object_pairs_hook=members))
    assert sum(lost) == 0


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '{"a" : 1, "a": ":"}',
        '{"\\u003a": 1, "a": 2, "a": 3}',
        '{"a": ":", "b": {"c": 1, "c": 2}}',
        "9223372036854775808",
        "[18446744073709551616]",
        "1e400",
        '"\\ud800"',
        "NaN",
        "[1,]",
        "",
    ],
)
def test_the_swift_decoder_leaves_what_is_odd(text: str) -> None:
    """Lost keys, numbers that would change, halves of pairs, and what does not parse."""
    with pytest.raises(UnsureError):
        decoded(text.encode())
