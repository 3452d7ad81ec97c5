"""A line that a trigger hits always holds one of its signs, and what is left of a pattern matches wherever it did."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings, strategies as st

from guards._core.dialect import byte_pattern, read, written
from guards._core.model import Trigger
from guards._core.signs import core, signs, starts_anywhere
from tests.core.test_triggers import TEXTS, TRIGGERS


@settings(max_examples=400, deadline=None)
@given(trigger=TRIGGERS, texts=st.lists(TEXTS, min_size=1, max_size=12))
def test_no_hit_without_a_sign(trigger: Trigger, texts: list[bytes]) -> None:
    node = read(trigger)
    found = signs(node)
    whole = re.compile(byte_pattern(trigger).encode(), re.MULTILINE)
    left = re.compile(written(core(node)).encode(), re.MULTILINE)
    for line in (line for text in texts for line in text.split(b"\n")):
        if whole.search(line):
            assert found is None or any(text in line.lower() for text in found)
            assert left.search(line)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("ghp_[0-9A-Za-z]{36}", {b"ghp_"}),
        ("(?:abia|akia)[0-9A-Z]{16}", {b"abia", b"akia"}),
        ("x{3}zebra(?:$|[^a-z])", {b"xxxzeb"}),
        ("(?:red|blue)-?fish[0-9]", {b"edfish", b"d-fish", b"bluefi", b"blue-f"}),
        ("[0-9]+walrus(?:es)?[0-9]+rhinoceros", {b"walrus"}),
        ("(?:zoo|[0-9]+koala)=", {b"zoo", b"koala"}),
        ("(?i)moon", {b"moon"}),
        ("(?i)kelp", {b"kelp", "\u212aelp".encode()}),
        ("qz_[0-9]{9}", {b"qz_"}),
        ("key-[0-9]{9}", {b"key-"}),
        ("(?:okta_[a-z]{1,9}token|token[a-z]{1,9}okta)=", {b"okta_", b"okta"}),
    ],
)
def test_signs_are_the_rarest_texts_that_a_match_must_hold(pattern: str, expected: frozenset[bytes]) -> None:
    found = signs(read(Trigger(pattern)))
    assert found == expected


@pytest.mark.parametrize(
    "pattern", ["[0-9a-f]{32}", "ab[0-9]{9}", "(?:walrus|[0-9]{9})", "(?:walrus)?[0-9]{9}", "password"]
)
def test_what_stands_everywhere_or_need_not_be_there_is_no_sign(pattern: str) -> None:
    assert signs(read(Trigger(pattern))) is None


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("(?:^|[^a-z])ab[0-9]{3}(?:$|[^0-9])", "ab[0-9]{3}"),
        ("^ab[0-9]{3}", "^ab[0-9]{3}"),
        ("[A-Z][0-9a-f]{20,}:[0-9]{9}=", r"\x3a[0-9]{9}\x3d"),
        ("[A-Z][0-9a-f]{20,}:x=", r"[A-Z][0-9a-f]{20,}\x3ax\x3d"),
        ("ab:=[0-9a-f]{20,}:[0-9]{9}=", r"ab\x3a\x3d[0-9a-f]{20,}\x3a[0-9]{9}\x3d"),
        ("ab[0-9]{3,}[a-z]{0,9}", "ab[0-9]{3}"),
        ("(?:[a-f][0-9]){8}|x=[0-9]{4,}", r"(?:(?:[a-f][0-9]){3}|x\x3d[0-9]{4})"),
    ],
)
def test_what_tells_little_is_left_out(pattern: str, left: str) -> None:
    """What stands around, a wide start, and what need not come at the end, but never so much that it is common."""
    assert written(core(read(Trigger(pattern)))) == left


@pytest.mark.parametrize(
    ("pattern", "anywhere"), [("[0-9a-f]{20}", True), ("x|[a-z]{9}", True), ("sk_[0-9a-f]{20}", False)]
)
def test_a_value_in_which_a_pattern_starts_everywhere_is_told(pattern: str, anywhere: bool) -> None:
    assert starts_anywhere(read(Trigger(pattern))) is anywhere


def test_what_comes_with_the_package_is_what_would_be_computed() -> None:
    """And it is all there, so that nobody has to wait for it."""
    from guards._core import inline
    from guards._core.registry import Registry
    from guards._core.triggers import _known_signs, computed_signs, digest

    registry = Registry()
    loaded = [registry.load(name) for name in (*registry.builtin(), inline.ID)]
    triggers = [one for guard in loaded for one in guard.triggers_for(guard.scan_slice(guard.options(), None), {})]
    assert len(triggers) > 300
    assert _known_signs() == {digest([one]): computed_signs(one) for one in triggers}
