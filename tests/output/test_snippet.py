"""The marks stand under what they mean, in any script and in lines of any length."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from guards._core.model import Span
from guards._output.snippet import cells, snippet

from .hostile import texts


def marked(text: str, column: int, end: int, width: int = 60) -> tuple[str, str]:
    shown = snippet(text, Span(1, column, 1, end), width)
    return shown.line, shown.marks


@pytest.mark.parametrize(
    ("text", "column", "end", "line", "marks"),
    [
        ("port = 80", 8, 10, "port = 80", "       ^^"),
        ("    port = 80\n", 5, 9, "port = 80", "^^^^"),
        ("\tif\tport:", 5, 9, "if  port:", "    ^^^^"),
        ("漢字 = 1", 1, 3, "漢字 = 1", "^^^^"),
        ("漢字 = 1", 6, 7, "漢字 = 1", "       ^"),
        ("e\u0301t = 1", 6, 7, "e\u0301t = 1", "    ^"),
        ("a\x1bb", 3, 4, r"a\x1bb", "     ^"),
        ("x = 1   ", 6, 9, "x = 1   ", "     ^^^"),
        ("short", 6, 6, "short", "     ^"),
        ("short", 99, 120, "short", "     ^"),
        ("", 1, 1, "", "^"),
    ],
)
def test_marks_stand_under_the_span(text: str, column: int, end: int, line: str, marks: str) -> None:
    assert marked(text, column, end) == (line, marks)


def test_a_span_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    shown = snippet("call(a,", Span(3, 6, 5, 2), 60)
    assert shown.marks == "     ^^"


def test_a_long_line_is_cut_on_both_sides_around_the_span() -> None:
    line, marks = marked("x" * 500 + "needle" + "y" * 500, 501, 507, 40)
    assert line.startswith("…x")
    assert line.endswith("y…")
    assert line[marks.index("^") :][: marks.count("^")] == "needle"
    assert cells(line) == 40


def test_a_span_that_is_too_long_itself_is_cut() -> None:
    line, marks = marked("a" * 10 + "n" * 900 + "z", 11, 911, 40)
    assert cells(line) <= 40
    assert "n" * 20 in line
    assert cells(marks) <= 40


def test_only_the_window_of_a_huge_line_is_looked_at() -> None:
    """Ten million characters in one line cost no more than a hundred."""
    text = "漢" * 10_000_000
    shown = snippet(text, Span(1, 5_000_001, 1, 5_000_002), 40)
    assert shown.marked == "漢"
    assert cells(shown.line) <= 40


@given(texts, st.integers(1, 60), st.integers(0, 30), st.integers(20, 80))
def test_any_line_fits_and_marks_something_in_it(text: str, column: int, length: int, width: int) -> None:
    shown = snippet(text, Span(1, column, 1, column + length), width)
    assert cells(shown.line) <= width
    assert shown.marks.strip(" ") == "^" * max(1, cells(shown.marked))
    assert len(shown.marks) - len(shown.marks.lstrip(" ")) == cells(shown.before)
    assert not any(character in shown.line for character in "\n\r\t\x1b\x85\u2028")


@given(st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=300), st.data())
def test_the_marked_piece_is_the_span_or_its_beginning(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    shown = snippet(text, Span(1, start + 1, 1, end + 1), 60)
    assert text[start:end].startswith(shown.marked.removesuffix("…")) or shown.marked == text[start:end]
