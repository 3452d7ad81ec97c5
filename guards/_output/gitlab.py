"""GitLab code quality: an array of issues, which the merge request compares with the one of its target branch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256

from guards._core.model import Json, Level, Problem, Span
from guards._core.report import Report, Reported
from guards._output import inert, order
from guards._output.look import Look

_SEVERITIES: Mapping[Level, str] = {Level.ERROR: "critical", Level.WARNING: "major", Level.NOTE: "info"}
_BLOCKER_FROM = 9.0
_WHOLE_REPOSITORY = "."


def render(report: Report, look: Look) -> str:
    """New findings, and problems as blockers: a merge request must not look better for what was not checked."""
    blockers = {rule.id for rule in report.rules if (rule.security_severity or 0) >= _BLOCKER_FROM}
    seen: Counter[str] = Counter()
    issues: list[Json] = [_problem(problem, seen) for problem in order.problems(report)]
    issues += [_finding(finding, seen, blocks=finding.rule in blockers) for finding in order.new(report)]
    return inert.json_document(issues)


def _finding(finding: Reported, seen: Counter[str], *, blocks: bool) -> Json:
    severity = "blocker" if blocks and finding.level is Level.ERROR else _SEVERITIES[finding.level]
    description = f"{finding.message} ({finding.hint})" if finding.hint else finding.message
    return _issue(description, finding.rule, severity, _unique(finding.fingerprint, seen), finding.path, finding.span)


def _problem(problem: Problem, seen: Counter[str]) -> Json:
    key = "\0".join((problem.guard, problem.path, problem.kind, problem.reason))
    digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    description = f"{problem.guard or 'guard'} could not check this: {problem.reason}"
    return _issue(description, f"problem/{problem.kind}", "blocker", _unique(digest, seen), problem.path, problem.span)


def _issue(description: str, check: str, severity: str, fingerprint: str, path: str, span: Span | None) -> Json:
    return {
        "description": inert.one_line(description),
        "check_name": check,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path or _WHOLE_REPOSITORY, "lines": {"begin": span.line if span else 1}},
    }


def _unique(fingerprint: str, seen: Counter[str]) -> str:
    """GitLab shows issues of one fingerprint as one, so the second and later ones are numbered."""
    seen[fingerprint] += 1
    return fingerprint if seen[fingerprint] == 1 else f"{fingerprint}:{seen[fingerprint]}"
