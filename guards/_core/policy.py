"""The one pure function from what was found to what it means: statuses, verdict and exit code.

Everything that can turn red into green lives here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, field, replace

from guards._core.config import RuleLevel, Settings
from guards._core.fingerprint import fingerprints
from guards._core.model import OWN_PATH, ExitCode, Finding, Fix, Level, Place, Problem, ProblemKind, Rule
from guards._core.report import FindingStatus, GuardRun, GuardStatus, Report, Reported, Verdict, Waiver

CODES: Mapping[ProblemKind, ExitCode] = {
    ProblemKind.CRASHED: ExitCode.RUNTIME,
    ProblemKind.TIMEOUT: ExitCode.RUNTIME,
    ProblemKind.UNREADABLE: ExitCode.RUNTIME,
    ProblemKind.LIMIT: ExitCode.RUNTIME,
    ProblemKind.TOOL_MISSING: ExitCode.ENVIRONMENT,
    ProblemKind.TOOL_FAILED: ExitCode.RUNTIME,
    ProblemKind.INPUT_MISSING: ExitCode.ENVIRONMENT,
    ProblemKind.CONFIG: ExitCode.ENVIRONMENT,
    ProblemKind.DOCUMENT: ExitCode.SCHEMA,
    ProblemKind.INTERRUPTED: ExitCode.INTERRUPTED,
    ProblemKind.INTERNAL: ExitCode.INTERRUPTED,
}
"""What each kind of problem makes of a run."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was accepted before: fingerprints and how often, and fingerprints with the waiver that covers them."""

    baseline: Mapping[str, int] = field(default_factory=dict)
    waivers: Mapping[str, Waiver] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What policy made of a run."""

    findings: tuple[Reported, ...]
    verdict: Verdict
    exit_code: ExitCode


def decide(
    found: Sequence[Finding],
    *,
    rules: Mapping[str, Rule],
    guards: Sequence[GuardRun],
    problems: Sequence[Problem],
    settings: Settings,
    accepted: Accepted,
    known: AbstractSet[str],
    nothing_checked: bool = False,
    exit_zero: bool = False,
) -> Decision:
    """Judge a run. `known`: the fingerprints at the base revision; a finding that was there is not reported."""
    placed = sorted(found, key=order)
    reported = []
    for finding, fingerprint in zip(placed, fingerprints(placed), strict=True):
        level = level_of(finding, rules[finding.rule], settings)
        if level is not None and fingerprint not in known:
            reported.append(_reported(finding, fingerprint, level, accepted))
    reported = _told_once(reported, rules)
    code = _exit_code(reported, rules=rules, guards=guards, problems=problems, settings=settings)
    if settings.strict and nothing_checked:
        code = max(code, ExitCode.ENVIRONMENT)
    verdict = _verdict(reported, code, problems)
    if exit_zero and code is ExitCode.FINDINGS:
        code = ExitCode.OK
    return Decision(tuple(reported), verdict, code)


def worsened(report: Report, problem: Problem) -> Report:
    """A report with a problem that came up when the run was over: a file that it could not be written to."""
    code = max(report.exit_code, CODES[problem.kind])
    problems = (*report.problems, problem)
    return replace(report, problems=problems, verdict=Verdict.INCOMPLETE, exit_code=code, status="", reason="")


def mended(
    report: Report,
    before: Iterable[Reported],
    *,
    applied: AbstractSet[str],
    refused: Mapping[str, str],
    problems: Sequence[Problem] = (),
    exit_zero: bool = False,
) -> Report:
    """The report of a run that looked again after fixes, with what they mended.

    `before`: the findings that were there. `applied`: the fingerprints of those whose fix was made. `refused`: of those
    whose fix was not, with the reason. Asking for fixes never makes a run greener: one that was made, or could not be,
    fails it, and where a guard did not get to look again its findings stand.
    """
    now = {finding.fingerprint for finding in report.findings}
    gone = [one for one in before if one.fingerprint in applied and one.fingerprint not in now]
    unsure = [one for one in gone if any(_may_hide(problem, one) for problem in report.problems)]
    problems = (*report.problems, *problems)
    fixed = [replace(one, status=FindingStatus.FIXED) for one in gone if one not in unsure]
    left = [_with_reason(one, refused.get(one.fingerprint, "")) for one in report.findings]
    findings = sorted((*left, *unsure, *fixed), key=_reported_order)
    code = max(report.exit_code, *(CODES[problem.kind] for problem in problems), ExitCode.OK)
    verdict = report.verdict
    if applied or refused:
        code = max(code, ExitCode.OK if exit_zero else ExitCode.FINDINGS)
        verdict = Verdict.FAIL
    if problems or report.verdict is Verdict.INCOMPLETE:
        verdict = Verdict.INCOMPLETE
    guards = tuple(_with_findings(run, (*unsure, *fixed)) for run in report.guards)
    status, reason = ("", "") if findings or problems else (report.status, report.reason)
    return replace(
        report,
        findings=tuple(findings),
        problems=problems,
        guards=guards,
        verdict=verdict,
        exit_code=code,
        status=status,
        reason=reason,
    )


def _may_hide(problem: Problem, finding: Reported) -> bool:
    """Whether something could not be looked at that may be where the finding still is."""
    return problem.guard in {"", finding.guard} and problem.path in {"", finding.path}


def _with_reason(finding: Reported, reason: str) -> Reported:
    """A finding whose fix was refused no longer offers it."""
    return replace(finding, fix=None, hint=f"Not fixed: {reason}. {finding.hint}".rstrip()) if reason else finding


def _with_findings(run: GuardRun, findings: Iterable[Reported]) -> GuardRun:
    own = run.status is GuardStatus.PASSED and any(finding.guard == run.id for finding in findings)
    return replace(run, status=GuardStatus.FINDINGS) if own else run


def _reported_order(finding: Reported) -> tuple[object, ...]:
    return (finding.path, *(finding.span or (0, 0, 0, 0)), finding.rule, finding.fingerprint)


def level_of(finding: Finding, rule: Rule, settings: Settings) -> Level | None:
    """The level that counts: Config's over the finding's own over the rule's; None where Config turned it off."""
    chosen = settings.levels.get(finding.rule)
    if chosen is RuleLevel.OFF:
        return None
    return Level(chosen.value) if chosen is not None else finding.level or rule.level


def order(finding: Finding) -> tuple[object, ...]:
    """The order of findings in a report, and of equal ones among each other."""
    span = finding.span or (0, 0, 0, 0)
    return (finding.path, *span, finding.rule, finding.subject, finding.message)


def _reported(finding: Finding, fingerprint: str, level: Level, accepted: Accepted) -> Reported:
    waiver = accepted.waivers.get(fingerprint)
    status = FindingStatus.NEW
    if waiver is not None:
        status = FindingStatus.WAIVED
    elif accepted.baseline.get(fingerprint, 0) > 0:
        status = FindingStatus.BASELINED
    return Reported(
        rule=finding.rule,
        guard=finding.rule.partition("/")[0],
        level=level,
        message=finding.message,
        path=finding.path,
        span=finding.span,
        subject=finding.subject,
        fingerprint=fingerprint,
        status=status,
        hint=finding.hint,
        related=finding.related,
        fix=_placed(finding.fix, finding.path) if finding.fix else None,
        waiver=waiver,
        snippet=finding.snippet,
        line_hash=finding.line_hash,
    )


def _told_once(reported: Sequence[Reported], rules: Mapping[str, Rule]) -> list[Reported]:
    """Without findings for which one of another guard speaks. That one takes their fix and the worst level."""
    spoken_for: dict[int, list[Reported]] = {}
    there = {(one.path, one.span.line, one.rule): at for at, one in enumerate(reported) if one.span}
    told: list[int] = []
    for at, one in enumerate(reported):
        places = ((one.path, one.span.line, rule) for rule in rules[one.rule].yields_to) if one.span else ()
        speakers = [there[place] for place in places if place in there]
        if speakers:
            spoken_for.setdefault(min(speakers), []).append(one)
        else:
            told.append(at)
    return [_speaking_for(reported[at], spoken_for.get(at, ())) for at in told]


def _speaking_for(finding: Reported, others: Sequence[Reported]) -> Reported:
    if not others:
        return finding
    return replace(
        finding,
        level=min((finding.level, *(other.level for other in others)), key=lambda level: level.rank),
        fix=next((one.fix for one in (finding, *others) if one.fix), None),
        related=(*finding.related, *(Place(one.path, one.span, f"{one.rule} says the same") for one in others)),
    )


def _placed(fix: Fix, path: str) -> Fix:
    """A fix that scan made, with the path that scan did not know."""
    return replace(fix, untrack=tuple(path if one == OWN_PATH else one for one in fix.untrack))


def _exit_code(
    findings: Iterable[Reported],
    *,
    rules: Mapping[str, Rule],
    guards: Sequence[GuardRun],
    problems: Sequence[Problem],
    settings: Settings,
) -> ExitCode:
    codes = [ExitCode.OK]
    codes += [CODES[problem.kind] for problem in problems]
    for finding in findings:
        if finding.status is FindingStatus.FIXED:
            codes.append(ExitCode.FINDINGS)
        elif finding.status is FindingStatus.NEW and finding.level.rank <= settings.fail_level.rank:
            codes.append(max(ExitCode.FINDINGS, rules[finding.rule].exit_code))
    codes += [_code_of(guard, problems) for guard in guards]
    return max(codes)


def _code_of(guard: GuardRun, problems: Iterable[Problem]) -> ExitCode:
    """What a guard's own account adds to its problems: losing a path, or failing, without a word is never green."""
    if not guard.ledger.adds_up():
        return ExitCode.INTERRUPTED
    failed = guard.status in {GuardStatus.FAILED, GuardStatus.TIMEOUT} or any(guard.ledger.failed.values())
    if failed and not any(problem.guard == guard.id for problem in problems):
        return ExitCode.RUNTIME
    return ExitCode.OK


def _verdict(findings: Sequence[Reported], code: ExitCode, problems: Sequence[Problem]) -> Verdict:
    if problems or code > ExitCode.SCHEMA or code is ExitCode.ENVIRONMENT:
        return Verdict.INCOMPLETE
    if code is not ExitCode.OK:
        return Verdict.FAIL
    new = [finding for finding in findings if finding.status is FindingStatus.NEW]
    return Verdict.WARN if any(finding.level is not Level.NOTE for finding in new) else Verdict.PASS
