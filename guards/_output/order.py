"""Which findings and problems an output shows, and in which order: never that in which they happened to arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from guards._core.model import ExitCode, Problem, ProblemKind, Span
from guards._core.report import FindingStatus, GuardRun, GuardStatus, Report, Reported

_NOWHERE = Span(0, 0, 0, 0)
_BROKEN: Mapping[GuardStatus, ProblemKind] = {
    GuardStatus.FAILED: ProblemKind.CRASHED,
    GuardStatus.TIMEOUT: ProblemKind.TIMEOUT,
}


def by_place(findings: Iterable[Reported]) -> list[Reported]:
    """By path, line, column, rule and fingerprint; a finding on a whole path before those inside it."""
    return sorted(findings, key=_place)


def by_rank(findings: Iterable[Reported]) -> list[Reported]:
    """The worst level first, then by place: what is kept where there is room for some only."""
    return sorted(findings, key=lambda finding: (finding.level.rank, *_place(finding)))


def new(report: Report) -> list[Reported]:
    """The findings that count, by place."""
    return by_place(finding for finding in report.findings if finding.status is FindingStatus.NEW)


def fixed(report: Report) -> list[Reported]:
    """The findings that were there and are mended, by place."""
    return by_place(finding for finding in report.findings if finding.status is FindingStatus.FIXED)


def by_path(findings: Iterable[Reported]) -> Iterator[tuple[str, list[Reported]]]:
    """Each path with its findings, by place."""
    for path, group in groupby(by_place(findings), key=lambda finding: finding.path):
        yield path, list(group)


def problems(report: Report) -> list[Problem]:
    """By guard, path, line, kind and reason; those of the run as a whole first.

    A guard that failed and left no problem behind is one itself: no output may pass over it.
    """
    told = {problem.guard for problem in report.problems}
    untold = (run for run in report.guards if run.status in _BROKEN and run.id not in told)
    kind = ProblemKind.INTERRUPTED if report.exit_code is ExitCode.INTERRUPTED else None
    return sorted([*report.problems, *(_broken(run, kind) for run in untold)], key=_problem)


def guards(report: Report) -> list[GuardRun]:
    """By id."""
    return sorted(report.guards, key=lambda run: run.id)


def _broken(run: GuardRun, kind: ProblemKind | None) -> Problem:
    return Problem(reason=run.reason or "the guard did not finish", kind=kind or _BROKEN[run.status], guard=run.id)


def _place(finding: Reported) -> tuple[str, Span, str, str, str]:
    return finding.path, finding.span or _NOWHERE, finding.rule, finding.fingerprint, finding.message


def _problem(problem: Problem) -> tuple[str, str, Span, str, str]:
    return problem.guard, problem.path, problem.span or _NOWHERE, problem.kind, problem.reason
