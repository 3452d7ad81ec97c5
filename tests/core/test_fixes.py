"""What fixes come to: which edits go together, what they make of a text, and lines for .gitignore."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from guards._core.fixes import appended, applied, merged
from guards._core.model import Edit
from guards._core.replacing import RefusedError


@st.composite
def edited(draw: st.DrawFn) -> tuple[bytes, list[Edit]]:
    """A text, and edits of it that do not overlap, in any order."""
    data = draw(st.binary(max_size=60))
    cuts = sorted(draw(st.sets(st.integers(0, len(data)), max_size=12)))
    edits = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        edits.append(Edit(start, end, data[start:end], draw(st.binary(max_size=6))))
    return data, draw(st.permutations(edits))


@given(edited())
def test_edits_and_their_inverse_give_the_text_again(case: tuple[bytes, list[Edit]]) -> None:
    """Applied in whatever order they came; what lies between them is the same byte for byte."""
    data, edits = case
    plan = merged(data, [], edits)
    after = applied(data, plan)
    moved, inverse, at = 0, [], 0
    for edit in plan:
        start = edit.start + moved
        assert after[at + moved : start] == data[at : edit.start]
        inverse.append(Edit(start, start + len(edit.new), edit.new, edit.old))
        moved += len(edit.new) - len(edit.old)
        at = edit.end
    assert applied(after, merged(after, [], inverse)) == data


@given(edited(), st.integers(0, 60), st.integers(0, 60))
def test_an_edit_is_taken_if_and_only_if_it_shares_no_byte_and_no_start(
    case: tuple[bytes, list[Edit]], one: int, other: int
) -> None:
    data, edits = case
    start, end = sorted((min(one, len(data)), min(other, len(data))))
    more = Edit(start, end, data[start:end], b"\0another\0")
    shared = any(
        set(range(start, end)) & set(range(edit.start, edit.end))
        or start == edit.start
        or (start == end and edit.start < start < edit.end)
        or (edit.start == edit.end and start < edit.start < end)
        for edit in edits
    )
    if shared:
        with pytest.raises(RefusedError, match="another fix"):
            merged(data, merged(data, [], edits), [more])
    else:
        assert more in merged(data, merged(data, [], edits), [more])


@given(edited())
def test_the_same_edit_twice_is_made_once(case: tuple[bytes, list[Edit]]) -> None:
    data, edits = case
    assert merged(data, merged(data, [], edits), edits) == merged(data, [], edits)


@pytest.mark.parametrize(
    "edit", [Edit(0, 3, b"xyz", b""), Edit(2, 9, b"c", b""), Edit(-1, 0, b"", b"x"), Edit(2, 1, b"", b"")]
)
def test_an_edit_of_another_text_is_refused(edit: Edit) -> None:
    with pytest.raises(RefusedError, match="does not hold"):
        merged(b"abc", [], [edit])


def test_a_fix_is_taken_whole_or_not_at_all() -> None:
    taken = merged(b"abcdef", [], [Edit(2, 4, b"cd", b"X")])
    with pytest.raises(RefusedError):
        merged(b"abcdef", taken, [Edit(0, 1, b"a", b"Y"), Edit(3, 5, b"de", b"Z")])
    assert applied(b"abcdef", taken) == b"abXef"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"/a b\n*.x\n"),
        (b"old\n", b"old\n/a b\n*.x\n"),
        (b"old", b"old\n/a b\n*.x\n"),
        (b"old\r\n", b"old\r\n/a b\r\n*.x\r\n"),
        (b"first\r\nlast", b"first\r\nlast\r\n/a b\r\n*.x\r\n"),
        (b"first\r\nold\n", b"first\r\nold\n/a b\n*.x\n"),
        (b"\xef\xbb\xbfold\n", b"\xef\xbb\xbfold\n/a b\n*.x\n"),
        (b"caf\xe9\n", b"caf\xe9\n/a b\n*.x\n"),
    ],
)
def test_lines_are_added_as_the_text_ends_its_own(before: bytes, after: bytes) -> None:
    edit = appended(before, ["/a b", "*.x"])
    assert applied(before, merged(before, [], [edit])) == after


def test_no_line_is_added_to_what_is_no_text() -> None:
    with pytest.raises(RefusedError, match="plain text"):
        appended("a\n".encode("utf-16"), ["x"])
