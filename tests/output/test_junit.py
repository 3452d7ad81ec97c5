"""JUnit XML that parses, whose counts are true, and in which nothing passes that was not checked."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from guards._core.model import Problem
from guards._core.report import GuardStatus, Report
from guards._output.junit import render
from guards._output.look import Look

from . import hostile, reports

KINDS = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}


def suites(report: Report) -> ET.Element:
    return ET.fromstring(render(report, Look()))


def outcomes(report: Report) -> dict[str, str]:
    """Case to what stands in it, `passed` for nothing."""
    return {
        f"{case.get('classname')}: {case.get('name')}": next((outcome.tag for outcome in case), "passed")
        for case in suites(report).iter("testcase")
    }


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(hostile.reports)
def test_counts_are_those_of_the_elements(report: Report) -> None:
    root = suites(report)
    for element in (root, *root.iter("testsuite")):
        assert {kind: element.get(kind) for kind in KINDS} == {
            kind: str(len(list(element.iter(tag)))) for kind, tag in KINDS.items()
        }


def test_each_rule_is_a_case_and_each_guard_says_whether_it_was_complete() -> None:
    assert outcomes(reports.green()) == {
        "env: complete": "passed",
        "env: env/undeclared": "passed",
        "env: env/unused": "passed",
        "secrets: complete": "passed",
        "secrets: secrets/private-key": "passed",
    }


def test_findings_of_a_rule_are_one_failure_with_a_line_each() -> None:
    (failure,) = (case[0] for case in suites(reports.huge()).iter("testcase") if case.get("name") == "env/undeclared")
    assert failure.get("message") == "6,000 findings"
    assert failure.get("type") == "error"
    lines = (failure.text or "").split("\n")
    assert len(lines) == 6_000
    assert lines[0] == (
        "src/module_000.py:1:18: note: BUDGET_USD is read here and declared nowhere → declare it in .env.example"
    )


@pytest.mark.parametrize("status", [GuardStatus.FAILED, GuardStatus.TIMEOUT])
def test_a_guard_that_did_not_finish_passes_nothing(status: GuardStatus) -> None:
    broken = replace(reports.PASSED[0], status=status, reason="it broke")
    report = replace(reports.green(), guards=(broken,), rules=reports.RULES[:2], findings=(reports.finding(),))
    assert outcomes(report) == {
        "env: complete": "error",
        "env: env/undeclared": "failure",
        "env: env/unused": "skipped",
    }
    assert "it broke" in (next(suites(report).iter("error")).text or "")


def test_a_skipped_guard_is_skipped_with_its_reason() -> None:
    assert outcomes(reports.skipped()) == {"drift: complete": "skipped", "env: complete": "skipped"}
    assert next(suites(reports.skipped()).iter("skipped")).get("message") == "canonical.yaml is absent"


def test_a_problem_of_the_run_has_a_suite_of_its_own() -> None:
    report = replace(reports.green(), guards=(), problems=(Problem("no such revision"),))
    assert outcomes(report) == {"guard: complete": "error"}


def test_settled_findings_are_no_failures() -> None:
    settled = tuple(one for one in reports.findings().findings if one.status != "new")
    assert len(settled) == 3
    assert "failure" not in outcomes(replace(reports.green(), findings=settled)).values()
