"""Annotations in GitHub Actions, as workflow commands.

A step may annotate ten errors and ten warnings; whatever comes after them GitHub drops without a word. So the worst
come first, and a notice tells how many there are beyond them.
"""

from __future__ import annotations

from collections.abc import Iterable

from guards._core.model import Level, Problem, Span
from guards._core.report import FindingStatus, Report, Reported
from guards._output import inert, order
from guards._output.look import Look
from guards._output.phrases import NEXT_STEPS, plural, shorten, verdict

ERRORS = 10
WARNINGS = 10
CHARACTERS = 2_000
"""Of one untrusted text, so that the log stays readable."""


def render(report: Report, look: Look) -> str:
    """Problems and errors, then warnings, then one notice with the verdict and what did not fit."""
    found = order.new(report)
    errors = [_problem(problem) for problem in order.problems(report)]
    errors += [_finding("error", finding) for finding in found if finding.level is Level.ERROR]
    warnings = [_finding("warning", finding) for finding in found if finding.level is Level.WARNING]
    notes = report.count(Level.NOTE)
    more = max(0, len(errors) - ERRORS) + max(0, len(warnings) - WARNINGS)
    lines = [*errors[:ERRORS], *warnings[:WARNINGS], _notice(report, more, notes)]
    return "".join(line + "\n" for line in lines)


def _finding(command: str, finding: Reported) -> str:
    texts = (finding.message, finding.hint and f"→ {finding.hint}")
    return _command(command, finding.path, finding.span, finding.rule, filter(None, texts))


def _problem(problem: Problem) -> str:
    title = f"{problem.guard or 'guard'}: not checked ({problem.kind.value})"
    return _command("error", problem.path, problem.span, title, (problem.reason, f"→ {NEXT_STEPS[problem.kind]}"))


def _notice(report: Report, more: int, notes: int) -> str:
    parts = [verdict(report)]
    if more:
        parts.append(f"and {plural(more, 'more finding')} beyond the annotations shown: see the whole report")
    if fixed := report.with_status(FindingStatus.FIXED):
        parts.append(f"{plural(fixed, 'finding')} fixed")
    if notes:
        parts.append(f"{plural(notes, 'note')} without an annotation")
    return _command("notice", "", None, "guard", ("; ".join(parts),))


def _command(name: str, path: str, span: Span | None, title: str, texts: Iterable[str]) -> str:
    properties = [*_place(path, span), f"title={inert.command_property(title)}"]
    message = "%0A".join(inert.command_data(shorten(text, CHARACTERS)) for text in texts)
    return f"::{name} {','.join(properties)}::{message}"


def _place(path: str, span: Span | None) -> list[str]:
    """GitHub takes columns only for a region within one line."""
    if not path:
        return []
    place = [f"file={inert.command_property(path)}"]
    if span is None:
        return [*place, "line=1"]
    place += [f"line={span.line}", f"endLine={span.end_line}"]
    if span.line == span.end_line:
        place += [f"col={span.column}", f"endColumn={span.end_column}"]
    return place
