"""Compact text for language models: one line per thing to do, the worst first, and the verdict last."""

from __future__ import annotations

from collections.abc import Iterator

from guards._core.model import Problem
from guards._core.report import GuardStatus, Report, Reported
from guards._output import inert, order
from guards._output.look import Look
from guards._output.phrases import EXIT_MEANINGS, NEXT_STEPS, fixable, mended, place, plural, shorten, tally, verdict

FINDINGS = 50
PROBLEMS = 20
CHARACTERS = 400
"""Of one untrusted text: enough to act on, too little to bury the rest."""


def render(report: Report, look: Look) -> str:
    """Problems, new findings, what was fixed and what can be, skipped guards, the total and the exit code's meaning."""
    return "".join(inert.line_start(line) + "\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    problems, found = order.problems(report), order.by_rank(order.new(report))
    yield from map(_problem, problems[:PROBLEMS])
    if len(problems) > PROBLEMS:
        yield f"and {plural(len(problems) - PROBLEMS, 'more problem')}"
    yield from map(_finding, found[:FINDINGS])
    if len(found) > FINDINGS:
        yield f"and {plural(len(found) - FINDINGS, 'more finding')}"
    fixed = order.fixed(report)
    yield from (
        f"fixed: {_short(place(one.path, one.span))} {one.rule} {_short(mended(one))}" for one in fixed[:FINDINGS]
    )
    if len(fixed) > FINDINGS:
        yield f"and {plural(len(fixed) - FINDINGS, 'more finding')} fixed"
    if said := fixable(report):
        yield said
    for run in order.guards(report):
        if run.status is GuardStatus.SKIPPED:
            yield f"skipped {run.id}: {_short(run.reason)}"
    yield _total(report)
    yield f"exit code {report.exit_code.value}: {EXIT_MEANINGS[report.exit_code]}"


def _problem(problem: Problem) -> str:
    where = " ".join(filter(None, (problem.guard, _short(place(problem.path, problem.span)))))
    return f"not checked: {where}: {_short(problem.reason)} ({problem.kind}) → {NEXT_STEPS[problem.kind]}"


def _finding(finding: Reported) -> str:
    line = f"{_short(place(finding.path, finding.span))} {finding.rule} {finding.level} {_short(finding.message)}"
    return f"{line} → {_short(finding.hint)}" if finding.hint else line


def _total(report: Report) -> str:
    total = f"total: {tally(report) or 'no new findings'}, {plural(len(order.problems(report)), 'problem')}"
    return f"{total}; verdict {report.verdict.value}" + (f", {_short(verdict(report))}" if report.status else "")


def _short(text: str) -> str:
    return shorten(inert.one_line(text), CHARACTERS)
