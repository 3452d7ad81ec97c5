"""What a model gets: one line per thing to do, a cap, and the verdict at the end."""

from __future__ import annotations

from msgspec.structs import replace

from guards._core.model import ExitCode, Problem
from guards._core.report import Report
from guards._output.agent import CHARACTERS, render
from guards._output.look import Look
from guards._output.phrases import EXIT_MEANINGS

from . import reports


def lines(report: Report) -> list[str]:
    return render(report, Look()).splitlines()


def test_a_finding_is_place_rule_level_message_and_hint() -> None:
    assert (
        "src/shop/budget.py:12:17 env/undeclared error BUDGET_USD is read here and declared nowhere"
        " → declare it in .env.example"
    ) in lines(reports.findings())


def test_the_worst_fifty_are_listed_and_the_rest_is_counted() -> None:
    shown = lines(reports.huge())
    assert sum(" env/undeclared error " in line for line in shown) == 50
    assert shown[-3:] == [
        "and 5,950 more findings",
        "total: 2,000 errors, 2,000 warnings, 2,000 notes, 0 problems; verdict fail",
        f"exit code 1: {EXIT_MEANINGS[ExitCode.FINDINGS]}",
    ]


def test_problems_come_first_with_their_next_step() -> None:
    report = replace(reports.findings(), problems=reports.problems().problems)
    assert [line.partition(":")[0] for line in lines(report)[:4]] == ["not checked"] * 3 + ["deploy/key.pem"]
    assert " (timeout) → exclude the path" in lines(report)[1]


def test_many_problems_are_counted() -> None:
    many = tuple(Problem(f"reason {number}", path=f"{number:03}.py") for number in range(30))
    shown = lines(replace(reports.green(), problems=many))
    assert "and 10 more problems" in shown
    assert len(shown) == 20 + 3


def test_no_text_buries_the_rest() -> None:
    report = replace(reports.findings(), findings=(reports.finding(message="m" * 10**6, hint="h" * 10**6),))
    assert max(map(len, lines(report))) < 3 * CHARACTERS


def test_skipped_guards_and_runs_say_why() -> None:
    assert lines(reports.skipped()) == [
        "skipped drift: canonical.yaml is absent",
        "skipped env: canonical.yaml is absent",
        "total: no new findings, 0 problems; verdict pass, nothing to check: no file is selected",
        f"exit code 0: {EXIT_MEANINGS[ExitCode.OK]}",
    ]
