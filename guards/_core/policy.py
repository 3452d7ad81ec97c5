"""The one pure function from what was found to what it means: statuses, verdict and exit code.

Everything that can turn red into green lives here and nowhere else.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set as AbstractSet

from msgspec import Struct, field
from msgspec.structs import replace

from guards._core import baseline as baseline_, inline
from guards._core.baseline import Baseline, Line
from guards._core.config import RuleLevel, Settings
from guards._core.fingerprint import Identity, identities
from guards._core.model import OWN_PATH, ExitCode, Finding, Fix, Level, Place, Problem, ProblemKind, Rule
from guards._core.report import FindingStatus, GuardRun, GuardStatus, Report, Reported, Verdict, Waiver
from guards._core.waivers import Placed, Waivers

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


_SOME_DAY = datetime.date(2000, 1, 1)


class Accepted(Struct, frozen=True):
    """What was accepted before, and what day it is for those who said until when."""

    baseline: Baseline = field(default_factory=dict)
    waivers: Waivers = field(default_factory=Waivers)
    today: datetime.date = _SOME_DAY
    before: Baseline | None = None
    """What the baseline was that this one may not outgrow; None where it may."""
    changed: tuple[Place, ...] = ()
    """What would accept or decide something else, and does not count, for it is new."""

    def of(self, finding: Finding, identity: Identity) -> tuple[FindingStatus, Sequence[int]]:
        """What it makes of a finding, and the numbers of the waivers that speak of it; the first one holds, if any."""
        line = finding.span.line if finding.span else 0
        speaking = self.waivers.covering(finding.rule, finding.path, line, identity.fingerprint)
        if speaking:
            speaking.sort(key=self._is_over)
            if not self._is_over(speaking[0]):
                return FindingStatus.WAIVED, speaking
        line_ = self.baseline.get(identity.first)
        is_old = line_ is not None and identity.ordinal <= line_.times
        return FindingStatus.BASELINED if is_old else FindingStatus.NEW, speaking

    def _is_over(self, number: int) -> bool:
        return self.waivers.all[number].terms.is_over(self.today)

    def not_accepted(self, found: Iterable[Finding]) -> frozenset[str]:
        """The fingerprints of the findings among these that it does not accept."""
        placed = sorted(found, key=order)
        told = zip(placed, identities(placed), strict=True)
        return frozenset(who.fingerprint for one, who in told if self.of(one, who)[0] is FindingStatus.NEW)


class Reach(enum.Enum):
    """How much a run looked at: what it did not find there is gone."""

    PART = "some files, or what changed"
    GUARDS = "all files, with some guards"
    EVERYTHING = "all files, with all guards that are enabled"


class Decision(Struct, frozen=True):
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
    reach: Reach = Reach.PART,
) -> Decision:
    """Judge a run. `known`: the fingerprints at the base revision; a finding that was there is not reported."""
    placed = sorted(found, key=order)
    reported = []
    uses = _Uses(accepted)
    for finding, identity in zip(placed, identities(placed), strict=True):
        level = level_of(finding, rules[finding.rule], settings)
        if level is None:
            continue
        status, speaking = accepted.of(finding, identity)
        is_known = identity.fingerprint in known
        uses.add(finding, identity, status, speaking, is_known=is_known)
        if not is_known:
            reported.append(_reported(finding, identity, level, status, uses.waiver(status, speaking)))
    reported = _told_once(reported, rules)
    looked = frozenset[str]() if reach is Reach.PART else complete(guards, problems)
    own = list(_own(uses, _Looked(looked, everybody=bool(looked) and reach is Reach.EVERYTHING), rules, settings))
    reported = sorted([*reported, *own], key=_place_order) if own else reported
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
    return (*_place_order(finding), finding.fingerprint)


def _place_order(finding: Reported) -> tuple[object, ...]:
    return (finding.path, *(finding.span or (0, 0, 0, 0)), finding.rule)


def level_of(finding: Finding, rule: Rule, settings: Settings) -> Level | None:
    """The level that counts: Config's over the finding's own over the rule's, and no worse than Config's for all of a
    guard; None where Config turned it off."""
    chosen = settings.levels.get(finding.rule)
    worst = settings.levels.get(f"{finding.rule.partition('/')[0]}/*") if chosen is None else None
    if RuleLevel.OFF in {chosen, worst}:
        return None
    level = Level(chosen.value) if chosen is not None else finding.level or rule.level
    return max(level, Level(worst.value), key=lambda one: one.rank) if worst is not None else level


def order(finding: Finding) -> tuple[object, ...]:
    """The order of findings in a report, and of equal ones among each other."""
    span = finding.span or (0, 0, 0, 0)
    return (finding.path, *span, finding.rule, finding.subject, finding.message)


class _Uses:
    """What becomes of what was accepted, while findings are gone through."""

    def __init__(self, accepted: Accepted) -> None:
        self.accepted = accepted
        self.used: set[int] = set()
        """Numbers of the waivers that cover something, in force or not."""
        self.back: dict[int, Place] = {}
        """Numbers of waivers that are over to the first finding that is back."""
        self.found: dict[str, int] = {}
        """How many findings there are of each line of the baseline."""

    def add(
        self, finding: Finding, identity: Identity, status: FindingStatus, speaking: Sequence[int], *, is_known: bool
    ) -> None:
        """Take a finding into account."""
        self.found[identity.first] = identity.ordinal
        self.used.update(speaking if status is not FindingStatus.WAIVED else speaking[:1])
        if speaking and status is FindingStatus.NEW and not is_known:
            place = Place(finding.path, finding.span, f"{finding.rule} is back")
            self.back.setdefault(speaking[0], place)

    def waiver(self, status: FindingStatus, speaking: Sequence[int]) -> Placed | None:
        """The waiver that holds for a finding, or held."""
        return self.accepted.waivers.all[speaking[0]] if speaking and status is not FindingStatus.BASELINED else None


def complete(guards: Sequence[GuardRun], problems: Sequence[Problem]) -> frozenset[str]:
    """The guards that looked at everything that concerns them in what they were given."""
    if any(not problem.guard for problem in problems):
        return frozenset()
    broken = {problem.guard for problem in problems}
    return frozenset(run.id for run in guards if _is_done(run) and run.id not in broken)


def _is_done(run: GuardRun) -> bool:
    """A guard that was given paths and none of them concerned it is done as well."""
    given_none = run.status is GuardStatus.SKIPPED and run.ledger.enumerated > 0
    return given_none or run.status in {GuardStatus.PASSED, GuardStatus.FINDINGS}


class _Looked(Struct, frozen=True):
    """Who looked at everything."""

    guards: frozenset[str]
    everybody: bool

    def for_rule(self, rule: str) -> bool:
        """Whether what a rule finds was looked for; several rules may be anybody's."""
        guard, slash, _ = rule.partition("/")
        return guard in self.guards if slash else self.everybody


def _own(uses: _Uses, looked: _Looked, rules: Mapping[str, Rule], settings: Settings) -> Iterator[Reported]:
    """What policy itself has to say: of waivers and of the baseline. None of it can be accepted."""
    told = [*_of_waivers(uses, looked), *_of_baseline(uses, looked), *map(_of_change, uses.accepted.changed)]
    for finding, identity in zip(told, identities(told), strict=True):
        level = level_of(finding, rules[finding.rule], settings) if finding.rule in rules else None
        if level is not None:
            yield _reported(finding, identity, level, FindingStatus.NEW, None)


def _of_waivers(uses: _Uses, looked: _Looked) -> Iterator[Finding]:
    today = uses.accepted.today
    for number, waiver in enumerate(uses.accepted.waivers.all):
        terms, (path, span, _) = waiver.terms, waiver.place
        over = f"; it ended with {terms.until}" if terms.is_over(today) else ""
        what = terms.fingerprint or " in ".join(filter(None, (terms.rule, terms.path)))
        subject = " ".join((terms.rule, terms.path, terms.fingerprint, str(terms.until), terms.reason))
        if number in uses.back:
            message = f"the waiver of {what} ended with {terms.until}, and what it covered is back"
            hint = "Mend what it covered and remove the waiver" + (f", or ask {terms.owner}." if terms.owner else ".")
            yield Finding(inline.EXPIRED, message, path, span, subject, hint, related=(uses.back[number],))
        elif number not in uses.used and looked.for_rule(terms.rule):
            message = f"the waiver of {what} covers nothing{over}"
            yield Finding(inline.UNUSED, message, path, span, subject, "Remove it.")
        if waiver.is_broad and looked.guards:
            hint = "Name the rule and the path, or the fingerprint of the finding."
            yield Finding(inline.BROAD, f"the waiver of {what} covers whatever comes", path, span, subject, hint)


def _of_baseline(uses: _Uses, looked: _Looked) -> Iterator[Finding]:
    accepted = uses.accepted
    lines = [line for line in accepted.baseline.values() if looked.for_rule(line.rule)]
    for line in lines:
        gone = line.times - uses.found.get(line.fingerprint, 0)
        if gone > 0:
            yield _of_line(inline.STALE, line, f"accepts {_times(gone, line)}, which is gone", "guard baseline prune")
    if accepted.before is not None:
        for line in baseline_.grown(accepted.before, accepted.baseline):
            what = f"accepts {_times(line.times, line)} more than it did"
            yield _of_line(inline.GROWN, line, what, "Mend it, or use guard waive; a baseline only shrinks.")


def _times(count: int, line: Line) -> str:
    return f"{line.rule} in {line.path}" + (f" {count:,} times" if count > 1 else "")


def _of_change(place: Place) -> Finding:
    what = "this waiver is new" if place.span else f"{place.path} is not what it was"
    message = f"{what} at the revision whose policy counts"
    return Finding(inline.CHANGED, message, place.path, place.span, hint="Look at what changes, and why.")


def _of_line(rule: str, line: Line, message: str, hint: str) -> Finding:
    return Finding(rule, f"the baseline {message}", baseline_.FILE, subject=line.fingerprint, hint=hint)


def _told_of(waiver: Placed) -> Waiver:
    terms = waiver.terms
    return Waiver(terms.reason, terms.owner, str(terms.until) if terms.until else "")


def _reported(
    finding: Finding, identity: Identity, level: Level, status: FindingStatus, waiver: Placed | None
) -> Reported:
    """`waiver`: the one that holds for it; or held, if it is back."""
    held: tuple[Place, ...] = ()
    if waiver is not None and status is FindingStatus.NEW:
        said = f"the waiver ended with {waiver.terms.until}: {waiver.terms.reason}"
        held = (waiver.place._replace(note=said),)
    return Reported(
        rule=finding.rule,
        guard=finding.rule.partition("/")[0],
        level=level,
        message=finding.message,
        path=finding.path,
        span=finding.span,
        subject=finding.subject,
        fingerprint=identity.fingerprint,
        status=status,
        hint=finding.hint,
        related=(*finding.related, *held),
        fix=_placed(finding.fix, finding.path) if finding.fix else None,
        waiver=_told_of(waiver) if waiver and status is FindingStatus.WAIVED else None,
        snippet=finding.snippet,
        line_hash=finding.line_hash,
        first=identity.first,
        ordinal=identity.ordinal,
        key=finding.subject or finding.line_key,
    )


def _told_once(reported: Sequence[Reported], rules: Mapping[str, Rule]) -> list[Reported]:
    """Without findings for which one of another guard speaks. That one takes their fix and the worst level."""
    if not any(rules[name].yields_to for name in {one.rule for one in reported}):
        return list(reported)
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
