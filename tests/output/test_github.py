"""Annotations: within GitHub's limits, the worst first, and nothing dropped without a word."""

from __future__ import annotations

import re
from urllib.parse import unquote

from msgspec.structs import replace

from guards._core.model import Level, Problem, ProblemKind, Span
from guards._core.report import FindingStatus, Report, Reported
from guards._output.github import render
from guards._output.look import Look

from . import reports


def lines(report: Report) -> list[str]:
    return render(report, Look()).splitlines()


def with_findings(*findings: Reported) -> Report:
    return replace(reports.findings(), findings=findings)


def commands(report: Report) -> list[str]:
    return [line.split(" ")[0].strip(":") for line in lines(report)]


def test_a_finding_is_one_command_with_its_place() -> None:
    first, notice = lines(with_findings(reports.finding()))
    assert first == (
        "::error file=src/shop/budget.py,line=12,endLine=12,col=17,endColumn=41,title=env/undeclared"
        "::BUDGET_USD is read here and declared nowhere%0A→ declare it in .env.example"
    )
    assert notice == "::notice title=guard::1 error in 1 file"


def test_columns_are_given_only_within_one_line() -> None:
    (line, _) = lines(with_findings(reports.finding(span=Span(3, 9, 5, 2))))
    assert "line=3,endLine=5,title" in line
    (line, _) = lines(with_findings(reports.finding(span=None)))
    assert "line=1,title" in line


def test_the_worst_ten_of_each_level_are_shown_and_the_rest_is_counted() -> None:
    report = reports.huge()
    assert commands(report) == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert lines(report)[-1].endswith(
        "and 3,980 more findings beyond the annotations shown: see the whole report; 2,000 notes without an annotation"
    )


def test_problems_are_errors_and_come_before_findings() -> None:
    problems = tuple(Problem(f"reason {number}", ProblemKind.LIMIT, f"{number}.py", "env") for number in range(8))
    report = replace(reports.huge(), problems=problems)
    shown = lines(report)
    assert commands(report) == ["error"] * 10 + ["warning"] * 10 + ["notice"]
    assert sum("not checked (limit)" in line for line in shown) == 8
    assert "3,988 more findings" in shown[-1]


def test_only_new_findings_are_annotated() -> None:
    settled = [reports.finding(status=status) for status in FindingStatus if status is not FindingStatus.NEW]
    assert commands(with_findings(*settled)) == ["notice"]
    assert commands(with_findings(reports.finding(level=Level.NOTE))) == ["notice"]


def test_a_hostile_finding_is_one_inert_command() -> None:
    """Parsed as the runner does: split at the first `::` after the properties, each property unescaped."""
    (line, _) = lines(with_findings(reports.finding(path=reports.HOSTILE, message=reports.HOSTILE, hint="")))
    match = re.fullmatch(r"::error ([^:]*)::(.*)", line)
    assert match
    properties = dict(part.split("=", 1) for part in match[1].split(","))
    assert sorted(properties) == ["col", "endColumn", "endLine", "file", "line", "title"]
    assert unquote(properties["file"]).endswith("e\u0301")
    assert "\\r\\n::stop-commands::token\\n" in unquote(match[2])
    assert "%250A%250D" in match[2]


def test_a_green_run_says_so_in_one_notice() -> None:
    assert lines(reports.green()) == ["::notice title=guard::checked 1,204 files"]
