"""Code quality issues with the fields that GitLab reads, each with a fingerprint of its own."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from guards._core.model import Level
from guards._core.report import Report
from guards._output.gitlab import render
from guards._output.look import Look

from . import hostile, reports


def issues(report: Report) -> list[dict[str, Any]]:
    parsed = json.loads(render(report, Look()))
    assert isinstance(parsed, list)
    return parsed


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(hostile.reports)
def test_every_issue_is_complete_and_unique(report: Report) -> None:
    found = issues(report)
    for issue in found:
        assert list(issue) == ["description", "check_name", "fingerprint", "severity", "location"]
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["path"]
        assert issue["location"]["lines"]["begin"] >= 1
    assert len({issue["fingerprint"] for issue in found}) == len(found)


def test_equal_fingerprints_are_numbered() -> None:
    twice = (reports.finding(), reports.finding())
    assert [issue["fingerprint"] for issue in issues(replace(reports.green(), findings=twice))] == [
        "5d41402abc4b2a76",
        "5d41402abc4b2a76:2",
    ]


def test_a_description_hides_nothing_from_who_reads_it_in_a_browser() -> None:
    (issue,) = issues(replace(reports.green(), findings=(reports.finding(message="\u202egnp.exe", hint=""),)))
    assert issue["description"] == r"\u202egnp.exe"


def test_levels_are_severities() -> None:
    def severity(**changes: object) -> str:
        (issue,) = issues(replace(reports.green(), findings=(reports.finding(**changes),)))
        return str(issue["severity"])

    assert [severity(level=level) for level in Level] == ["critical", "major", "info"]
    assert severity(rule="secrets/private-key") == "blocker"
    assert severity(rule="secrets/private-key", level=Level.NOTE) == "info"


def test_problems_block() -> None:
    found = issues(reports.problems())
    assert [(issue["check_name"], issue["severity"]) for issue in found] == [
        ("problem/config", "blocker"),
        ("problem/timeout", "blocker"),
        ("problem/unreadable", "blocker"),
    ]
    assert found[0]["location"] == {"path": "canonical.yaml", "lines": {"begin": 3}}


def test_settled_findings_are_no_issues() -> None:
    assert len(issues(reports.findings())) == 6
    assert issues(reports.green()) == []
