"""JUnit XML: a suite per guard and a case per rule, so that a test view tells "found something" from "could not look".

Findings of a rule are its `failure`, and what was fixed stands in its output; what could not be checked is an `error`
of the guard's own case; a guard that had nothing to do is `skipped`. A rule that found nothing passes only where its
guard finished.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from guards._core.model import Problem, Rule
from guards._core.report import FindingStatus, GuardRun, GuardStatus, Report, Reported
from guards._output import inert, order
from guards._output.look import Look
from guards._output.phrases import NEXT_STEPS, mended, place, plural

_RUN = "guard"
_UNFINISHED = (GuardStatus.FAILED, GuardStatus.TIMEOUT)


def render(report: Report, look: Look) -> str:
    """Suites by guard id; problems of the run as a whole have a suite of their own, called `guard`."""
    suites = _suites(report)
    head = f'<testsuites name="guard" {_counts(suites)} time="{_seconds(report.run.duration_ms)}">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>", ""])


def _suites(report: Report) -> list[str]:
    problems: dict[str, list[Problem]] = defaultdict(list)
    for problem in order.problems(report):
        problems[problem.guard].append(problem)
    findings: dict[str, list[Reported]] = defaultdict(list)
    for finding in (*order.new(report), *order.fixed(report)):
        findings[finding.guard].append(finding)
    rules: dict[str, list[Rule]] = defaultdict(list)
    for rule in report.rules:
        rules[rule.id.partition("/")[0]].append(rule)
    runs = {run.id: run for run in order.guards(report)}
    return [
        _suite(guard, runs.get(guard), rules[guard], findings[guard], problems[guard], report.run.started)
        for guard in sorted({*runs, *problems, *findings})
    ]


def _suite(
    guard: str,
    run: GuardRun | None,
    rules: Sequence[Rule],
    findings: Sequence[Reported],
    problems: Sequence[Problem],
    started: str,
) -> str:
    name = guard or _RUN
    cases = [*_own_case(name, run, problems), *_rule_cases(name, run, rules, findings)]
    when = f' timestamp="{inert.xml(started.removesuffix("Z"))}"' if started else ""
    time = _seconds(run.duration_ms if run else 0)
    head = f'  <testsuite name="{inert.xml(name)}" {_counts(cases)} time="{time}"{when}>'
    return "\n".join([head, *cases, "  </testsuite>"])


def _own_case(name: str, run: GuardRun | None, problems: Sequence[Problem]) -> list[str]:
    """The case of the guard itself: that it looked at everything it was given."""
    unfinished = run is not None and run.status in _UNFINISHED
    if problems or unfinished:
        lines = [*([run.reason] if run and unfinished and run.reason else []), *map(_problem, problems)]
        body = "\n".join(map(inert.xml, lines))
        summary = inert.xml(f"{name} could not check everything")
        return [_case(name, "complete", f'<error message="{summary}">{body}</error>')]
    if run is None:
        return []
    skipped = f'<skipped message="{inert.xml(run.reason)}"/>' if run.status is GuardStatus.SKIPPED else ""
    return [_case(name, "complete", skipped)]


def _rule_cases(name: str, run: GuardRun | None, rules: Sequence[Rule], findings: Sequence[Reported]) -> list[str]:
    by_rule: Mapping[str, list[Reported]] = {rule.id: [] for rule in rules} | {one.rule: [] for one in findings}
    for finding in findings:
        by_rule[finding.rule].append(finding)
    unfinished = run is None or run.status in (*_UNFINISHED, GuardStatus.SKIPPED)
    return [_rule_case(name, rule, by_rule[rule], unfinished=unfinished) for rule in sorted(by_rule)]


def _rule_case(name: str, rule: str, findings: Sequence[Reported], *, unfinished: bool) -> str:
    fixed = [one for one in findings if one.status is FindingStatus.FIXED]
    findings = [one for one in findings if one.status is not FindingStatus.FIXED]
    told = "".join(f"{inert.xml(f'fixed: {_fixed(one)}')}\n" for one in fixed)
    after = f"<system-out>{told}</system-out>" if told else ""
    if findings:
        worst = min((finding.level for finding in findings), key=lambda level: level.rank)
        lines = "\n".join(inert.xml(_finding(finding)) for finding in findings)
        message = plural(len(findings), "finding")
        return _case(name, rule, f'<failure message="{message}" type="{worst.value}">{lines}</failure>{after}')
    return _case(name, rule, ('<skipped message="the guard did not finish"/>' if unfinished else "") + after)


def _case(guard: str, name: str, outcome: str = "") -> str:
    head = f'    <testcase classname="{inert.xml(guard)}" name="{inert.xml(name)}"'
    return f"{head}>{outcome}</testcase>" if outcome else f"{head}/>"


def _finding(finding: Reported) -> str:
    line = f"{place(finding.path, finding.span)}: {finding.level}: {finding.message}"
    return f"{line} → {finding.hint}" if finding.hint else line


def _fixed(finding: Reported) -> str:
    return f"{place(finding.path, finding.span)}: {mended(finding)}"


def _problem(problem: Problem) -> str:
    said = f"{place(problem.path, problem.span)}: {problem.reason}" if problem.path else problem.reason
    return f"{said} ({problem.kind}) → {NEXT_STEPS[problem.kind]}"


def _counts(parts: Sequence[str]) -> str:
    """Counted in what is written, where only our own elements can begin with `<`."""
    kinds = {"tests": "<testcase", "failures": "<failure", "errors": "<error", "skipped": "<skipped"}
    return " ".join(f'{kind}="{sum(part.count(tag) for part in parts)}"' for kind, tag in kinds.items())


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"
