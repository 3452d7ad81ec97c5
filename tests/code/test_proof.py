"""The proof of edits: values are compared, so whatever the bytes do beyond the plan is seen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guards._code.proof import differences, disproof


@pytest.mark.parametrize(
    ("path", "before", "after", "planned"),
    [
        ("a.json", b'{"port": 8080}', b'{"port": 9090}', {("port",)}),
        ("a.json", b'{"port": 8080}', b'{"port": "8080"}', {("port",)}),
        ("a.json", b"[1, 1]", b"[1, 1.0]", {(1,)}),
        ("a.yaml", b"port: 8080 # old\n", b"port: 8080 # new\n", set()),
        ("a.yaml", b"a: 1\n---\na: 1\n", b"a: 1\n---\na: 2\n", {(1, "a")}),
        ("a.yaml", b"a: {}\n", b"a: {b: 1}\n", {("a", "b")}),
        ("a.yaml", b"- 1\n- 2\n", b"- 1\n", {(1,)}),
        ("a.toml", b'\xef\xbb\xbf[tool]\r\nport = 1\r\n', b'\xef\xbb\xbf[tool]\r\nport = 2\r\n', {("tool", "port")}),
        ("a.csv", b"a,b\n1,2\n", b"a,b\n1,3\n", {(0, "b")}),
        ("a.jsonl", b'{"a": 1}\n{"a": 1}\n', b'{"a": 1}\n{"a": 2}\n', {(1, "a")}),
        ("a.txt", b"{", b"}", set()),
    ],
)  # fmt: skip
def test_what_was_planned_is_proved(path: str, before: bytes, after: bytes, planned: set[Any]) -> None:
    assert disproof(path, before, after, planned) == ""


@pytest.mark.parametrize(
    ("path", "before", "after", "planned", "why"),
    [
        ("a.yaml", b"a: &x 1\nb: *x\n", b"a: &x 2\nb: *x\n", {("a",)}, "2 values"),
        ("a.json", b'{"a": 1, "a": 1}', b'{"a": 2, "a": 1}', {("a",)}, "0 values"),
        ("a.yaml", b"a: 1\nb: 2\n", b"a: \"1\nb: 2\n", {("a",)}, "would not parse"),
        ("a.yaml", b"a: 1\n", b"a: 1\nb: 2\n", {("a",)}, "1 value where 1 should change, or others"),
        ("a.yaml", b"a: 1\n", b"a: 1\n---\nb: 2\n", {("a",)}, "another number of documents"),
        ("a.yaml", b"- 1\n- 2\n", b"--- 1\n--- 2\n", set(), "another number of documents"),
        ("a.json", b"{", b"{}", set(), "does not parse"),
        ("a.toml", b"a = 1\n", b"a = 1\n", {("a",)}, "0 values"),
    ],
)  # fmt: skip
def test_what_was_not_planned_is_seen(path: str, before: bytes, after: bytes, planned: set[Any], why: str) -> None:
    assert why in disproof(path, before, after, planned)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, VALUES)
def test_differences_are_exactly_where_two_values_differ(one: Any, other: Any) -> None:
    """Nothing differs from itself, and putting the other side in at each difference makes the two the same."""
    assert list(differences(one, json.loads(json.dumps(one)))) == []
    merged = json.loads(json.dumps(one))
    # From the back, so that items which are taken away do not move the others.
    for path in sorted(differences(one, other), key=lambda path: [(isinstance(s, int), s) for s in path], reverse=True):
        merged = _with(merged, other, path)
    assert list(differences(merged, other)) == []


def _with(value: Any, source: Any, path: tuple[str | int, ...]) -> Any:
    """A value with what the other has at a path."""
    if not path:
        return source
    step, *rest = path
    known = step in source if isinstance(source, dict) else isinstance(step, int) and step < len(source)
    if not known:
        del value[step]
    elif rest:
        value[step] = _with(value[step], source[step], tuple(rest))
    elif isinstance(value, list) and isinstance(step, int) and step >= len(value):
        value[len(value) :] = source[len(value) : step + 1]
    else:
        value[step] = source[step]
    return value


@pytest.mark.parametrize(
    ("path", "before", "after", "within", "why"),
    [
        ("a.md", b"x:1\n|u|\n|-|\n|x:1|\n", b"x:2\n|u|\n|-|\n|x:2|\n", [(0, 3), (13, 16)], ""),
        ("a.md", b"x:1\n|u|\n|-|\n|x:1|\n", b"x:2\n|u|\n|-|\n|x:2|\n", [(0, 3)], "1 value where 0"),
        ("a.yaml", b"a: x:1 # x:1\n", b"a: x:2 # x:2\n", [(3, 6), (9, 12)], ""),
        ("a.yaml", b"a: &a x:1\nb: *a\n", b"a: &a x:2\nb: *a\n", [(6, 9)], "2 values where 1"),
        ("a.toml", b"[b.c]\nd = 'x'\n[b]\ne = 'y'\n", b"[b.c]\nd = 'z'\n[b]\ne = 'y'\n", [(11, 12)], ""),
        (".env", b"A=1\nB=2\n", b"A=1\nB=3\n", [(6, 7)], ""),
        ("Dockerfile", b"FROM a:1\n", b"FROM a:2\n", [(5, 8)], ""),
        ("a.txt", b"1", b"2", [(0, 1)], ""),
    ],
)
def test_what_stands_in_a_value_may_change_it_and_nothing_else(
    path: str, before: bytes, after: bytes, within: list[tuple[int, int]], why: str
) -> None:
    said = disproof(path, before, after, set(), within=within)
    assert why in said if why else not said
