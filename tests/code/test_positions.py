"""Lines and columns of offsets, in whatever order they are asked for."""

from __future__ import annotations

from hypothesis import given, strategies as st

from guards._code.positions import Positions


@given(st.text(alphabet="ab\nü", max_size=40), st.lists(st.integers(0, 39), max_size=8))
def test_places_are_those_of_the_text(text: str, places: list[int]) -> None:
    data = text.encode()
    positions = Positions(data)
    for place in (one for one in places if one <= len(text)):
        before = text[:place]
        offset = len(before.encode())
        span = positions.span(offset, offset)
        assert (span.line, span.column) == (before.count("\n") + 1, place - (before.rfind("\n") + 1) + 1)
