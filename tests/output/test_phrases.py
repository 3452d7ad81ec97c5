"""Numbers and words that several outputs share."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from guards._core.model import ExitCode, ProblemKind, Span
from guards._core.report import Verdict
from guards._output import order
from guards._output.phrases import EXIT_MEANINGS, NEXT_STEPS, place, plural, seconds, shorten, verdict

from . import reports


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (0, "0.00 s"),
        (312, "0.31 s"),
        (9_994, "9.99 s"),
        (9_996, "10.0 s"),
        (59_940, "59.9 s"),
        (59_960, "1 min 00 s"),
        (125_400, "2 min 05 s"),
    ],
)
def test_durations_are_as_exact_as_is_useful(milliseconds: int, said: str) -> None:
    assert seconds(milliseconds) == said


def test_counts_and_places() -> None:
    assert [plural(count, "file") for count in (0, 1, 2, 1_204)] == ["0 files", "1 file", "2 files", "1,204 files"]
    assert place("a.py", Span(3, 4, 5, 6)) == "a.py:3:4"
    assert place("a.py", None) == "a.py"
    assert place("", None) == "the repository"
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("abcd", 4) == "abcd"


def test_every_problem_has_a_next_step_and_every_code_a_meaning() -> None:
    assert set(NEXT_STEPS) == set(ProblemKind)
    assert set(EXIT_MEANINGS) == set(ExitCode)
    assert not any(said[-1:] in ".!\n" for said in (*NEXT_STEPS.values(), *EXIT_MEANINGS.values()))


def test_a_failure_without_a_finding_explains_itself() -> None:
    """A grown baseline or an applied fix fails a run in which nothing is new."""
    failed = replace(reports.green(), verdict=Verdict.FAIL, exit_code=ExitCode.FINDINGS)
    assert verdict(failed) == EXIT_MEANINGS[ExitCode.FINDINGS]
    assert verdict(replace(failed, exit_code=ExitCode.OK)) == "verdict: fail"


def test_findings_are_ordered_by_place_and_by_rank() -> None:
    found = order.by_place(reports.findings().findings)
    assert found == sorted(found, key=lambda one: (one.path, one.span or (0,)))
    ranks = [one.level.rank for one in order.by_rank(found)]
    assert ranks == sorted(ranks)
    assert {one.status for one in order.new(reports.findings())} == {"new"}


def test_having_nothing_to_check_says_why_also_where_that_is_an_error() -> None:
    strict = replace(reports.skipped(), verdict=Verdict.INCOMPLETE, exit_code=ExitCode.ENVIRONMENT)
    assert verdict(strict) == "nothing to check: no file is selected, which is an error here"
    assert verdict(replace(strict, reason="")) == "nothing to check, which is an error here"
    assert "nothing to check" not in verdict(replace(strict, exit_code=ExitCode.RUNTIME))
