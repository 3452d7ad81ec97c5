"""A line that a trigger hits always holds one of its signs, and what is left of a pattern matches wherever it did."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings, strategies as st

from guards._core.dialect import byte_pattern, read, written
from guards._core.model import Trigger
from guards._core.signs import core, signs
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


def test_only_what_stands_around_is_left_out() -> None:
    trigger = Trigger("(?:^|[^a-z])ab[0-9]{3}(?:$|[^0-9])")
    assert written(core(read(trigger))) == "ab[0-9]{3}"
    plain = read(Trigger("^ab[0-9]{3}"))
    assert core(plain) is plain


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
