"""The summary fits where it is posted, keeps what matters most, and renders as the tables it is meant to be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from guards._core.model import Problem, ProblemKind
from guards._core.report import Report
from guards._output.look import Look
from guards._output.markdown import render

from . import reports

HUGE = reports.huge()


def html(report: Report, look: Look = Look()) -> str:  # noqa: B008 - frozen
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(render(report, look)))


def test_tables_are_tables() -> None:
    page = html(reports.findings())
    assert page.count("<table>") == 3
    assert page.count("<tr>") == 3 + 6 + 1 + 4
    assert page.count("<td") == 6 * 4 + 1 * 3 + 4 * 8


@pytest.mark.parametrize("room", [1_000, 4_000, 60_000, 900_000])
def test_a_huge_report_fits_and_tells_what_is_left_out(room: int) -> None:
    text = render(HUGE, Look(markdown_bytes=room))
    assert len(text.encode()) <= room
    shown = text.count("| <code>env/undeclared</code> |")
    assert f"and {6_000 - shown:,} more findings" in text
    assert text.endswith("`guard all`\n")
    assert room < 60_000 or shown > room // 400


@settings(deadline=None, max_examples=40)
@given(st.integers(1_000, 12_000), st.integers(0, 40), st.integers(0, 40))
def test_it_fits_however_much_there_is_of_each(room: int, problems: int, findings: int) -> None:
    report = replace(
        HUGE,
        problems=tuple(Problem("x" * number * 9, ProblemKind.LIMIT, f"{number}.py") for number in range(problems)),
        findings=HUGE.findings[:findings],
    )
    assert len(render(report, Look(markdown_bytes=room)).encode()) <= room


def test_the_worst_findings_are_kept() -> None:
    text = render(HUGE, Look(markdown_bytes=60_000))
    assert "🔴 error" in text
    assert "🟡 warning" not in text


def test_problems_come_first_and_leave_room_for_findings() -> None:
    many = tuple(Problem("x" * 400, ProblemKind.LIMIT, f"{number}.py", "env") for number in range(500))
    text = render(replace(HUGE, problems=many), Look(markdown_bytes=60_000))
    assert len(text.encode()) <= 60_000
    assert text.index("#### Not checked") < text.index("#### Findings") < text.index("#### Guards")
    assert "more problems" in text
    assert text.count("🔴 error") > 50


def test_one_enormous_message_does_not_hide_the_others() -> None:
    first = reports.finding(path="a.py", message="m" * 2_000_000)
    text = render(replace(HUGE, findings=(first, reports.finding(path="b.py"))), Look(markdown_bytes=10_000))
    assert "<code>a.py:12:17</code>" in text
    assert "<code>b.py:12:17</code>" in text


@pytest.mark.parametrize(
    ("report", "begin"),
    [
        ("green", "### ✅ guard: checked 1,204 files · 2 guards · 0 skipped"),
        ("findings", "### ❌ guard: 4 errors, 1 warning, 1 note in 5 files"),
        ("warned", "### ⚠️ guard: 1 warning in 1 file"),
        ("problems", "### ❌ guard: not everything was checked, 3 problems"),
        ("skipped", "### ⚪ guard: nothing to check: no file is selected"),
        ("interrupted", "### ❌ guard: interrupted before everything was checked, 2 problems, 1 error in 1 file"),
    ],
)
def test_the_first_line_is_the_verdict(report: str, begin: str) -> None:
    assert render(reports.SMALL[report], Look()).startswith(begin)


def test_a_guard_that_did_not_finish_stands_out_with_its_reason() -> None:
    assert "| **timeout: over 10 s on data/cases.json** |" in render(reports.problems(), Look())
