"""YAML: values by the 1.2 core schema, aliases and merges as used, every position exact."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st

from benchmarks.span_identity import check_data
from guards._code.spans import Document, DocumentError, ErrorKind, Format, Limits, Part, RemarkKind, parse
from guards._code.spans.text import Text, UnsureError
from guards._code.spans.yaml import Composer, events_of, plain_values
from guards._core.model import Json
from tests.code.spans_written import (
    Written,
    error_of,
    is_inside,
    quoted,
    scalars,
    texts,
    values,
    write_flow,
    write_yaml,
)


def read(text: str, limits: Limits | None = None) -> Document:
    (document,) = parse(text.encode(), Format.YAML, limits or Limits())
    return document


def remarks(document: Document) -> list[tuple[RemarkKind, Any, Any]]:
    return [(remark.kind, remark.path, tuple(remark.span)) for remark in document.remarks]


keys = texts.filter(lambda key: len(key) < 40)


@given(st.dictionaries(keys, values(scalars, keys), min_size=1, max_size=4), st.data())
def test_every_position_is_where_it_was_written(value: dict[str, Json], data: Any) -> None:
    """Block and flow, quotes, literals with indentation said, comments, tags and anchors, wide characters."""
    written = Written(data.draw(st.sampled_from(["", "# é\U0001f600\n", "%YAML 1.2\n---\n"])))
    for key, member in value.items():
        written.place((key,), Part.KEY, quoted(key))
        written.write(":")
        write_yaml(written, member, (key,), data.draw, 0)
    encoded = written.text.encode()
    document = read(written.text)
    assert document.value == json.loads(json.dumps(value))
    written.check(document, encoded)
    assert list(check_data(encoded, Format.YAML, Counter())) == []


@given(values(scalars, keys), st.data())
def test_flow_style_positions(value: Json, data: Any) -> None:
    written = Written("---  ")
    write_flow(written, value, (), data.draw)
    document = read(written.text)
    assert document.value == json.loads(json.dumps(value))
    written.check(document, written.text.encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((word, None) for word in ("", "~", "null", "Null", "NULL")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *(("0", 0), ("-7", -7), ("+12", 12), ("010", 10), ("0o17", 15), ("0x1F", 31), ("1" * 30, int("1" * 30))),
        *(("1.10", 1.1), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), ("-1.5E-2", -0.015), ("+.5", 0.5)),
        *((word, word) for word in ("on", "yes", "no", "off", "y", "N", "tRue", "nULL")),
        *((word, word) for word in ("22:22", "2001-01-01", "2001-12-14T21:59:43Z", "1_000", "0b1", "0o8", "0xg", "=")),
        *((word, word) for word in ("1e", "e3", ".", "+", "-.", "0x", "0o", "--1", "1.2.3", "-0x1F", "0O17", "1e+")),
        *((f'"{word}"', word) for word in ("", "~", "1", "true", "null", "1.5")),
        *((f"'{word}'", word) for word in ("", "0x1F", "false")),
        *(("!!str 12", "12"), ("!!int '12'", 12), ("!!float 1", 1.0), ("!!bool 'true'", True), ("!!null ''", None)),
        *(("!!int x", "x"), ("! 12", "12"), ("!Ref Bucket", "Bucket"), ("!Ref 12", "12"), ("!<tag:x> 1", "1")),
        *(
            ("!Sub [1, !Ref a]", [1, "a"]),
            ("!vault |\n  aa\n  bb\n", "aa\nbb\n"),
            ("!!set {a, b}", {"a": None, "b": None}),
        ),
    ],
)
def test_plain_scalars_follow_the_core_schema_and_tags(text: str, value: Json) -> None:
    """In a mapping, where an empty scalar has a place too; the type counts (1 is not 1.0 or true)."""
    document = read(f"key: {text}")
    assert repr(document.value) == repr({"key": value})
    assert document.remarks == ()


@pytest.mark.parametrize(
    ("text", "value", "source"),
    [
        ("k: |\n  a\n   b\n\n\nl: 1\n", "a\n b\n", "|\n  a\n   b"),
        ("k: |-\n  a\n\nl: 1\n", "a", "|-\n  a"),
        ("k: |+\n  a\n\n\nl: 1\n", "a\n\n\n", "|+\n  a"),
        ("k: |2\n   a\nl: 1\n", " a\n", "|2\n   a"),
        ("k: | # why\n  a  \nl: 1\n", "a  \n", "| # why\n  a  "),
        ("k: >\n  a\n  b\n\n  c\n# after\nl: 1\n", "a b\nc\n", ">\n  a\n  b\n\n  c"),
        ("k: >-\r\n  a\r\n  b\r\nl: 1\r\n", "a b", ">-\r\n  a\r\n  b"),
        ("k: |\n\nl: 1\n", "", "|"),
        ("k: |\n  \U0001f600\t\nl: 1", "\U0001f600\t\n", "|\n  \U0001f600\t"),
        ("k: a\n  b # c\nl: 1\n", "a b", "a\n  b"),
        ('k: "a\n  b"  # c\nl: 1\n', "a b", '"a\n  b"'),
        ("k: 'it''s'\nl: 1\n", "it's", "'it''s'"),
        ("k: &x !t\n  # comment\n  v\nl: 1\n", "v", "v"),
        ("k: !!null\nl: 1\n", None, ""),
        ("k: &x\nl: 1\n", None, ""),
        ("? k\n: v\n? l\n: 1\n", "v", "v"),
    ],
)
def test_scalars_stand_without_properties_and_up_to_their_last_line(text: str, value: Json, source: str) -> None:
    document = read(text)
    assert document.value == {"k": value, "l": 1}
    assert document.source(("k",)) == source
    assert (document.source(("k",), Part.KEY), document.source(("l",))) == ("k", "1")


def test_block_collections_end_with_their_last_member() -> None:
    document = read("a: &x\n  # about b\n  b:\n  - 1\n  - c: {d: e}  # tail\n\n# after\nf: [g: h ,]\n")
    assert document.source(("a",)) == "b:\n  - 1\n  - c: {d: e}"
    assert document.source(("a", "b")) == "- 1\n  - c: {d: e}"
    assert document.source(("f",)) == "[g: h ,]"
    assert document.source(("f", 0)) == "g: h"


MERGES = """\
base: &base {x: 1, y: &deep [1, {z: 2}]}
more: &more
  x: 9
  w: 3
one:
  <<: *base
  x: own
two: {<<: [*base, *more]}
three:
  <<: {v: 4}
alias: *deep
list: &list [*more, *base]
four: {<<: *list}
five: {<<: *more}
"""


def test_merges_and_aliases_have_the_value_that_they_stand_for() -> None:
    value: Any = read(MERGES).value
    deep = [1, {"z": 2}]
    assert value["one"] == {"x": "own", "y": deep}
    assert value["two"] == {"x": 1, "y": deep, "w": 3}
    assert value["three"] == {"v": 4}
    assert value["alias"] == deep
    assert value["four"] == {"x": 9, "w": 3, "y": deep}
    assert value["five"] == {"x": 9, "w": 3}


@pytest.mark.parametrize(
    ("path", "use", "anchor"),
    [
        (("one", "x"), "own", None),
        (("one", "y"), "*base", (1, 29)),
        (("one", "y", 1, "z"), "*base", (1, 37)),
        (("two", "x"), "*base", (1, 17)),
        (("two", "w"), "*more", (4, 6)),
        (("three", "v"), "4", None),
        (("alias",), "*deep", (1, 29)),
        (("alias", 1, "z"), "*deep", (1, 37)),
        (("four", "w"), "*list", (4, 6)),
        (("base", "y", 0), "1", None),
    ],
)
def test_what_came_through_an_alias_stands_where_it_is_used(path: Any, use: str, anchor: Any) -> None:
    document = read(MERGES)
    assert document.source(path) == use
    found = document.anchor(path)
    assert (found and tuple(found[:2])) == anchor


def test_keys_under_a_merge_point_to_its_use() -> None:
    document = read(MERGES)
    assert document.source(("one", "y"), Part.KEY) == "*base"
    assert document.source(("one", "x"), Part.KEY) == "x"
    assert document.source(("alias",), Part.KEY) == "alias"


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("a: 1\nb: 2\na: 3", {"a": 3, "b": 2}, [(RemarkKind.DUPLICATE_KEY, ("a",), (3, 1, 3, 2))]),
        ("- {a: 1, 'a': 2}", [{"a": 2}], [(RemarkKind.DUPLICATE_KEY, (0, "a"), (1, 10, 1, 13))]),
        ("1.10: x", {"1.10": "x"}, [(RemarkKind.NON_STRING_KEY, ("1.10",), (1, 1, 1, 5))]),
        ("k: {true: x}", {"k": {"true": "x"}}, [(RemarkKind.NON_STRING_KEY, ("k", "true"), (1, 5, 1, 9))]),
        ("? [a, b]\n: x", {"[a, b]": "x"}, [(RemarkKind.NON_STRING_KEY, ("[a, b]",), (1, 3, 1, 9))]),
        ("1: a\n'1': b", {"1": "b"}, [
            (RemarkKind.NON_STRING_KEY, ("1",), (1, 1, 1, 2)),
            (RemarkKind.DUPLICATE_KEY, ("1",), (2, 1, 2, 4)),
        ]),
        ("- .inf", [float("inf")], [(RemarkKind.NONSTANDARD_NUMBER, (0,), (1, 3, 1, 7))]),
        ("- 1e999", [float("inf")], [(RemarkKind.NONSTANDARD_NUMBER, (0,), (1, 3, 1, 8))]),
        ("<<: 1", {"<<": 1}, [(RemarkKind.INVALID_MERGE, ("<<",), (1, 5, 1, 6))]),
        ("'<<': {a: 1}", {"<<": {"a": 1}}, []),
        ("<<: {a: 1}\n<<: {a: 2}", {"a": 2}, [(RemarkKind.DUPLICATE_KEY, ("<<",), (2, 1, 2, 3))]),
        ("on: x", {"on": "x"}, []),
        ("a: &k b\n*k : c", {"a": "b", "b": "c"}, []),
    ],
)  # fmt: skip
def test_what_is_odd_is_remarked_at_its_place(text: str, value: Json, found: list[Any]) -> None:
    document = read(text)
    assert document.value == value
    assert remarks(document) == found


def test_nan_is_remarked() -> None:
    document = read("[.nan, -.INF]")
    assert repr(document.value) == "[nan, -inf]"
    assert [kind for kind, *_ in remarks(document)] == [RemarkKind.NONSTANDARD_NUMBER] * 2


@pytest.mark.parametrize(
    ("text", "values_"),
    [
        ("", [None]),
        ("# only a comment\n", [None]),
        ("---\n", [None]),
        ("---\n---\n- a\n...\n", [None, ["a"]]),
        ("a: 1\n--- # two\nb: 2\n", [{"a": 1}, {"b": 2}]),
    ],
)
def test_a_stream_is_its_documents(text: str, values_: list[Json]) -> None:
    assert [document.value for document in parse(text.encode(), Format.YAML)] == values_


def test_each_document_knows_its_place_in_the_stream_and_no_anchor_of_the_other() -> None:
    _, second = parse(b"a: &x 1\n---\nb: {c: d}\n", Format.YAML)
    assert (tuple(second.span(("b", "c"))), second.offsets(("b",))) == ((3, 8, 3, 9), (15, 21))
    assert tuple(parse(b"", Format.YAML)[0].span(())) == (1, 1, 1, 1)
    error = error_of(b"a: &x 1\n---\nb: *x\n", Format.YAML)
    assert error is not None
    assert (error.kind, tuple(error.span)) == (ErrorKind.SYNTAX, (3, 4, 3, 6))


@pytest.mark.parametrize(
    ("text", "kind", "span"),
    [
        ("a: [", ErrorKind.SYNTAX, (1, 5, 1, 5)),
        ("é: 1\n\tb: 1", ErrorKind.SYNTAX, (2, 1, 2, 2)),
        ("é😀: @x", ErrorKind.SYNTAX, (1, 5, 1, 6)),
        ("é😀: \x07", ErrorKind.SYNTAX, (1, 5, 1, 6)),
        ("a: 1\0", ErrorKind.SYNTAX, (1, 5, 1, 6)),
        ("&a [1, *a]", ErrorKind.LIMIT, (1, 8, 1, 10)),
        ("a: " + "1" * 5000, ErrorKind.LIMIT, (1, 4, 1, 5004)),
        ("? [" + "a, " * 400 + "]\n: x", ErrorKind.LIMIT, (1, 3, 1, 1205)),
        ("- " * 201, ErrorKind.LIMIT, (1, 401, 1, 402)),
        ("a: &a [[x]]\nb: &b [*a]\nc: {d: [*b]}", ErrorKind.LIMIT, (3, 9, 3, 10)),
    ],
)
def test_what_does_not_parse_is_an_error_at_its_place(text: str, kind: ErrorKind, span: Any) -> None:
    """The last one is deep only after its aliases are followed."""
    limits = Limits(depth=5) if text.startswith("a: &a") else Limits()
    with pytest.raises(DocumentError) as caught:
        read(text, limits)
    assert caught.value.kind == kind
    assert tuple(caught.value.span) == span or tuple(caught.value.span)[:2] == span[:2]


def test_aliases_count_what_they_expand_to() -> None:
    text = "a: &a [1, 2, 3]\nb: [*a, *a]\n"  # 4 values, then 1 + 2 * 4
    assert read(text, Limits(nodes=5 * 13)).value == {"a": [1, 2, 3], "b": [[1, 2, 3]] * 2}
    with pytest.raises(DocumentError) as caught:
        read(text, Limits(nodes=5 * 11))
    assert (caught.value.kind, caught.value.span[:2]) == (ErrorKind.LIMIT, (2, 9))


@given(st.text(st.sampled_from("ab01.:-?,[]{}&*!|>'\"%#\n\t \r~<=é\U0001f600"), max_size=40))
def test_any_text_parses_or_is_an_error_inside_the_text(text: str) -> None:
    """Never another exception; what does parse survives the two proofs."""
    error = error_of(text.encode(), Format.YAML)
    assert error is None or is_inside(error, text)
    if error is None:
        for document in parse(text.encode(), Format.YAML):
            assert is_inside(DocumentError("", document.span(()), ErrorKind.SYNTAX), text)


@given(
    st.text(st.sampled_from("ab01.:-?,[]{}&*!|>'\"%#<=\n\n  \ré"), max_size=40)
    | st.dictionaries(keys, values(scalars, keys), max_size=3).map(lambda value: yaml.safe_dump(value))
)
def test_reading_without_notes_is_the_same_reading(text: str) -> None:
    """What is read fast has the values that the exact reading has, and nothing that it would remark on."""
    try:
        fast = list(plain_values(Text(text), Limits()))
    except (UnsureError, DocumentError):
        return
    exact = list(Composer(Text(text), Limits()).documents(events_of(Text(text))))
    assert repr(fast) == repr([document.value for document in exact])
    assert [document.remarks for document in exact] == [()] * len(exact)
    for document, noted in zip(parse(text.encode(), Format.YAML), exact, strict=False):
        assert document.span(()) == noted.span(()) if fast else True


@given(st.dictionaries(keys, values(scalars, keys), min_size=1, max_size=3))
def test_the_python_parser_reads_the_same(value: dict[str, Json]) -> None:
    """Where PyYAML comes without libyaml its own parser stands in, with the same marks."""
    text = yaml.safe_dump(value, allow_unicode=True)
    with pytest.MonkeyPatch.context() as patch:
        fast = parse(text.encode(), Format.YAML)
        patch.delattr(yaml, "CSafeLoader")
        slow = parse(text.encode(), Format.YAML)
    for one, two in zip(fast, slow, strict=True):
        assert (one.value, one.remarks) == (two.value, two.remarks)
        assert isinstance(one.value, dict)
        assert [one.offsets((key,)) for key in one.value] == [two.offsets((key,)) for key in one.value]
