"""The exit-code matrix: everything that can turn red into green is decided in one function, and these are its laws."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from guards._core import policy
from guards._core.baseline import Line
from guards._core.config import RuleLevel, Settings
from guards._core.fingerprint import fingerprints
from guards._core.model import ExitCode, Finding, Fix, Level, Place, Problem, ProblemKind, Rule, Span
from guards._core.options import date_of
from guards._core.policy import Accepted, Decision
from guards._core.report import (
    FindingStatus,
    GuardRun,
    GuardStatus,
    Ledger,
    Report,
    Reported,
    Run,
    Verdict,
    Waiver,
)
from guards._core.waivers import Placed, Terms, Waivers

RULES = {
    "g/error": Rule("g/error", "E."),
    "g/warning": Rule("g/warning", "W.", Level.WARNING),
    "g/note": Rule("g/note", "N.", Level.NOTE),
    "s/schema": Rule("s/schema", "S.", exit_code=ExitCode.SCHEMA),
    "g/ok": Rule("g/ok", "Declares a code of 0, which no finding may have.", exit_code=ExitCode.OK),
}
CHECKED = GuardRun("g", GuardStatus.PASSED, Ledger(1, 1))


def finding(rule: str, *, subject: str = "", line: int = 1, level: Level | None = None, path: str = "f") -> Finding:
    return Finding(rule, "message", path, Span(line, 1, line, 2), subject, level=level, line_key="k")


def identity(one: Finding) -> str:
    return next(iter(fingerprints([one])))


def accepting(baseline: Mapping[str, int] | None = None, waivers: Mapping[str, Waiver] | None = None) -> Accepted:
    """By fingerprint: how often it is in the baseline, and the waiver that covers it."""
    lines = {mark: Line(mark, "a/rule", "f", times) for mark, times in (baseline or {}).items()}
    placed = [
        Placed(
            Terms(one.reason, fingerprint=mark, owner=one.owner, until=(one.until and date_of(one.until)) or None),
            Place("guard.toml"),
        )
        for mark, one in (waivers or {}).items()
    ]
    return Accepted(lines, Waivers(placed))


def decide(
    found: Sequence[Finding] = (),
    *,
    problems: Sequence[Problem] = (),
    guards: Sequence[GuardRun] = (CHECKED,),
    settings: Settings | None = None,
    accepted: Accepted | None = None,
    known: Sequence[str] = (),
    nothing_checked: bool = False,
    exit_zero: bool = False,
) -> Decision:
    return policy.decide(
        found,
        rules=RULES,
        guards=guards,
        problems=problems,
        settings=settings or Settings(),
        accepted=accepted or Accepted(),
        known=frozenset(known),
        nothing_checked=nothing_checked,
        exit_zero=exit_zero,
    )


# --- the matrix ---------------------------------------------------------------------------------------------------

FAILS = {  # level: does it fail at fail level error, warning, note?
    Level.ERROR: (True, True, True),
    Level.WARNING: (False, True, True),
    Level.NOTE: (False, False, True),
}


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("fail_level", Level)
@pytest.mark.parametrize("status", ["new", "baselined", "waived", "known", "off"])
@pytest.mark.parametrize("exit_zero", [False, True])
@pytest.mark.parametrize("rule", ["g/error", "s/schema", "g/ok"])
def test_a_finding_fails_the_run_when_it_is_new_and_bad_enough(
    level: Level, fail_level: Level, status: str, exit_zero: bool, rule: str
) -> None:
    one = finding(rule, level=level)
    mark = identity(one)
    decision = decide(
        [one],
        settings=Settings(fail_level=fail_level, levels={rule: RuleLevel.OFF} if status == "off" else {}),
        accepted=accepting(
            {mark: 1} if status == "baselined" else {}, {mark: Waiver("because")} if status == "waived" else {}
        ),
        known=[mark] if status == "known" else [],
        exit_zero=exit_zero,
    )
    counts = status == "new" and FAILS[level][list(Level).index(fail_level)]
    expected = (ExitCode.SCHEMA if rule == "s/schema" else ExitCode.FINDINGS) if counts else ExitCode.OK
    shown_as_failed = decision.verdict is Verdict.FAIL
    assert shown_as_failed == counts
    assert decision.exit_code == (ExitCode.OK if exit_zero and expected is ExitCode.FINDINGS else expected)
    assert [one.status.value for one in decision.findings] == ([] if status in {"known", "off"} else [status])


CODES = {
    "crashed": 4, "timeout": 4, "unreadable": 4, "limit": 4, "tool-missing": 2, "tool-failed": 4, "input-missing": 2,
    "config": 2, "document": 3, "interrupted": 5, "internal": 5,
}  # fmt: skip


def test_every_kind_of_problem_has_its_code() -> None:
    assert {kind.value: int(code) for kind, code in policy.CODES.items()} == CODES
    assert set(policy.CODES) == set(ProblemKind)


@pytest.mark.parametrize("kind", ProblemKind)
@pytest.mark.parametrize("with_finding", [False, True])
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("exit_zero", [False, True])
def test_a_problem_is_never_green_and_nothing_masks_it(
    kind: ProblemKind, with_finding: bool, strict: bool, exit_zero: bool
) -> None:
    decision = decide(
        [finding("g/error")] if with_finding else [],
        problems=[Problem("because", kind, guard="g")],
        settings=Settings(strict=strict),
        exit_zero=exit_zero,
    )
    assert decision.exit_code == CODES[kind.value]
    assert decision.verdict is Verdict.INCOMPLETE


def test_the_largest_code_of_all_parts_is_the_code() -> None:
    for kinds in itertools.combinations(ProblemKind, 2):
        decision = decide([finding("s/schema")], problems=[Problem("because", kind) for kind in kinds])
        assert decision.exit_code == max(3, *(CODES[kind.value] for kind in kinds))


@pytest.mark.parametrize("code", ExitCode)
def test_exit_zero_masks_findings_and_nothing_else(code: ExitCode) -> None:
    parts = {
        ExitCode.OK: decide(exit_zero=True),
        ExitCode.FINDINGS: decide([finding("g/error")], exit_zero=True),
        ExitCode.ENVIRONMENT: decide(problems=[Problem("x", ProblemKind.CONFIG)], exit_zero=True),
        ExitCode.SCHEMA: decide([finding("s/schema")], exit_zero=True),
        ExitCode.RUNTIME: decide(problems=[Problem("x", ProblemKind.CRASHED)], exit_zero=True),
        ExitCode.INTERRUPTED: decide(problems=[Problem("x", ProblemKind.INTERRUPTED)], exit_zero=True),
    }
    assert parts[code].exit_code == (ExitCode.OK if code is ExitCode.FINDINGS else code)


# --- a guard's own account ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [GuardStatus.FAILED, GuardStatus.TIMEOUT])
@pytest.mark.parametrize("exit_zero", [False, True])
def test_a_guard_that_failed_without_a_word_is_not_green(status: GuardStatus, exit_zero: bool) -> None:
    silent = decide(guards=[CHECKED, GuardRun("h", status, Ledger(1, 1))], exit_zero=exit_zero)
    assert (silent.exit_code, silent.verdict) == (ExitCode.RUNTIME, Verdict.INCOMPLETE)


def test_files_that_failed_without_a_word_are_not_green() -> None:
    ledger = Ledger(3, 2, failed={"not reached": 1})
    assert decide(guards=[GuardRun("h", GuardStatus.PASSED, ledger)]).exit_code == ExitCode.RUNTIME


def test_a_guard_that_said_why_keeps_the_code_of_what_it_said() -> None:
    failed = GuardRun("g", GuardStatus.FAILED, Ledger(1, 0, failed={"x": 1}))
    said = decide(guards=[failed], problems=[Problem("x", ProblemKind.DOCUMENT, guard="g")])
    assert said.exit_code == ExitCode.SCHEMA
    other = decide(guards=[failed], problems=[Problem("x", ProblemKind.DOCUMENT, guard="other")])
    assert other.exit_code == ExitCode.RUNTIME


@pytest.mark.parametrize(
    "ledger", [Ledger(2, 1), Ledger(1, 2), Ledger(3, 1, 1, {"a": 2}), Ledger(0, 0, excluded={"a": 1})]
)
def test_a_ledger_that_does_not_add_up_is_an_internal_error(ledger: Ledger) -> None:
    assert not ledger.adds_up()
    decision = decide(guards=[GuardRun("g", GuardStatus.PASSED, ledger)], exit_zero=True)
    assert (decision.exit_code, decision.verdict) == (ExitCode.INTERRUPTED, Verdict.INCOMPLETE)


COUNTS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 5))


@given(
    checked=st.integers(0, 9),
    cached=st.integers(0, 9),
    skipped=COUNTS,
    excluded=COUNTS,
    failed=COUNTS,
    lost=st.integers(-3, 3),
)
def test_a_ledger_adds_up_when_nothing_is_lost_or_counted_twice(
    checked: int, cached: int, skipped: dict[str, int], excluded: dict[str, int], failed: dict[str, int], lost: int
) -> None:
    total = checked + cached + sum(skipped.values()) + sum(excluded.values()) + sum(failed.values())
    ledger = Ledger(total + lost, checked, cached, skipped, excluded, failed)
    assert ledger.adds_up() == (lost == 0)
    assert ledger.looked() == checked + cached


def test_having_nothing_to_check_is_an_error_only_when_strict() -> None:
    skipped = [GuardRun("g", GuardStatus.SKIPPED, Ledger())]
    assert decide(guards=skipped, nothing_checked=True).exit_code == ExitCode.OK
    assert decide(guards=skipped, settings=Settings(strict=True)).exit_code == ExitCode.OK
    strict = decide(guards=skipped, nothing_checked=True, settings=Settings(strict=True), exit_zero=True)
    assert (strict.exit_code, strict.verdict) == (ExitCode.ENVIRONMENT, Verdict.INCOMPLETE)


# --- levels and verdicts ------------------------------------------------------------------------------------------


def test_config_wins_over_the_finding_over_the_rule() -> None:
    rule = RULES["g/warning"]
    for chosen, own, expected in (
        (None, None, Level.WARNING), (None, Level.NOTE, Level.NOTE), (RuleLevel.ERROR, Level.NOTE, Level.ERROR),
        (RuleLevel.NOTE, None, Level.NOTE), (RuleLevel.OFF, Level.ERROR, None),
    ):  # fmt: skip
        settings = Settings(levels={} if chosen is None else {"g/warning": chosen})
        assert policy.level_of(finding("g/warning", level=own), rule, settings) is expected


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ({"g/*": "note"}, [Level.NOTE, Level.NOTE, Level.NOTE]),
        ({"g/*": "warning"}, [Level.WARNING, Level.WARNING, Level.NOTE]),
        ({"g/*": "error"}, [Level.ERROR, Level.WARNING, Level.NOTE]),
        ({"g/*": "off"}, [None, None, None]),
        ({"g/*": "note", "g/error": "error"}, [Level.ERROR, Level.NOTE, Level.NOTE]),
        ({"g/*": "off", "g/error": "warning"}, [Level.WARNING, None, None]),
        ({"other/*": "off"}, [Level.ERROR, Level.WARNING, Level.NOTE]),
    ],
)
def test_a_guard_may_begin_by_watching(levels: dict[str, str], expected: list[Level | None]) -> None:
    """No finding of it is worse than that; what is said of a single rule counts all the same."""
    settings = Settings(levels={name: RuleLevel(level) for name, level in levels.items()})
    rules = ["g/error", "g/warning", "g/note"]
    assert [policy.level_of(finding(rule), RULES[rule], settings) for rule in rules] == expected


@pytest.mark.parametrize(
    ("rules", "verdict"),
    [
        ([], "pass"),
        (["g/note"], "pass"),
        (["g/warning"], "warn"),
        (["g/note", "g/warning"], "warn"),
        (["g/error"], "fail"),
    ],
)
def test_the_verdict_in_one_word(rules: list[str], verdict: str) -> None:
    assert decide([finding(rule) for rule in rules]).verdict.value == verdict


def test_an_accepted_finding_is_no_warning() -> None:
    one = finding("g/warning")
    assert decide([one], accepted=accepting({identity(one): 1})).verdict is Verdict.PASS


@pytest.mark.parametrize("count", [0, -1])
def test_a_baseline_entry_that_accepts_no_finding_accepts_none(count: int) -> None:
    one = finding("g/error")
    assert decide([one], accepted=accepting({identity(one): count})).exit_code == ExitCode.FINDINGS


def test_a_second_finding_of_a_kind_is_not_covered_by_the_first() -> None:
    first, second = finding("g/error", line=1), finding("g/error", line=2)
    decision = decide([first, second], accepted=accepting({identity(first): 1}), known=())
    assert [one.status for one in decision.findings] == [FindingStatus.BASELINED, FindingStatus.NEW]
    assert decision.exit_code == ExitCode.FINDINGS
    assert decide([first, second], known=[identity(first)]).exit_code == ExitCode.FINDINGS


def test_a_waiver_stays_with_its_finding() -> None:
    one, waiver = finding("g/error"), Waiver("because", "me", "2030-01-01")
    (reported,) = decide([one], accepted=accepting({identity(one): 1}, {identity(one): waiver})).findings
    assert (reported.status, reported.waiver) == (FindingStatus.WAIVED, waiver)


# --- laws ---------------------------------------------------------------------------------------------------------

FINDINGS = st.builds(
    finding,
    st.sampled_from(sorted(RULES)),
    subject=st.sampled_from(["", "a", "b"]),
    line=st.integers(1, 4),
    level=st.none() | st.sampled_from(Level),
    path=st.sampled_from(["f", "g"]),
)
PROBLEMS = st.builds(Problem, st.just("because"), st.sampled_from(ProblemKind), guard=st.sampled_from(["", "g", "s"]))
SETTINGS = st.builds(
    Settings,
    fail_level=st.sampled_from(Level),
    strict=st.booleans(),
    levels=st.dictionaries(st.sampled_from(sorted(RULES)), st.sampled_from(RuleLevel), max_size=2),
)
RUNS = st.lists(
    st.builds(
        GuardRun,
        st.sampled_from(["g", "s"]),
        st.sampled_from(GuardStatus),
        st.sampled_from([Ledger(), Ledger(1, 1), Ledger(2, 1, failed={"x": 1})]),
    ),
    max_size=2,
)


@given(
    found=st.lists(FINDINGS, max_size=5), more=FINDINGS, problems=st.lists(PROBLEMS, max_size=2), guards=RUNS,
    settings=SETTINGS, base=st.lists(FINDINGS, max_size=3), exit_zero=st.booleans(),
)  # fmt: skip
def test_one_more_finding_never_lowers_the_code(
    found: list[Finding], more: Finding, problems: list[Problem], guards: list[GuardRun], settings: Settings,
    base: list[Finding], exit_zero: bool,
) -> None:  # fmt: skip
    """Also with findings that were there at the base: wherever the new one stands, no old one hides behind another."""
    known = list(fingerprints(sorted(base, key=policy.order)))

    def code(findings: list[Finding]) -> ExitCode:
        return decide(
            findings, problems=problems, guards=guards, settings=settings, known=known, exit_zero=exit_zero
        ).exit_code

    assert code([*found, more]) >= code(found)


@given(
    found=st.lists(FINDINGS, max_size=4), problems=st.lists(PROBLEMS, max_size=2), more=PROBLEMS, guards=RUNS,
    settings=SETTINGS,
)  # fmt: skip
def test_one_more_problem_never_makes_it_green(
    found: list[Finding], problems: list[Problem], more: Problem, guards: list[GuardRun], settings: Settings
) -> None:
    """It may explain a failure that had no words, and so take the place of the code that silence has."""
    said = decide(found, problems=[*problems, more], guards=guards, settings=settings)
    assert said.exit_code >= policy.CODES[more.kind] >= ExitCode.ENVIRONMENT
    assert said.verdict is Verdict.INCOMPLETE
    silent = [g for g in guards if (g.status in {GuardStatus.FAILED, GuardStatus.TIMEOUT} or g.ledger.failed)]
    if not any(guard.id == more.guard for guard in silent):
        assert said.exit_code >= decide(found, problems=problems, guards=guards, settings=settings).exit_code


@given(found=st.lists(FINDINGS, max_size=6), settings=SETTINGS, randoms=st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(found: list[Finding], settings: Settings, randoms: object) -> None:
    shuffled = list(found)
    randoms.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = decide(found, settings=settings), decide(shuffled, settings=settings)
    assert one.exit_code == other.exit_code
    assert sorted(f.fingerprint for f in one.findings) == sorted(f.fingerprint for f in other.findings)


def test_findings_are_reported_by_place() -> None:
    found = [finding("g/note", path="b"), finding("g/error", line=9, path="a"), finding("g/error", line=2, path="a")]
    assert [(one.path, one.span and one.span.line) for one in decide(found).findings] == [("a", 2), ("a", 9), ("b", 1)]


# --- after fixes --------------------------------------------------------------------------------------------------


def reported(name: str, *, level: Level = Level.ERROR, path: str = "f") -> Reported:
    return Reported("g/error", "g", level, "message", path, None, name, name, hint="Do it.", fix=Fix("mend it"))


def after(*findings: Reported, problems: tuple[Problem, ...] = (), code: ExitCode = ExitCode.OK) -> Report:
    run = Run("id", "2026-01-01T00:00:00Z", 1, "/r", "worktree", "all")
    verdict = Verdict.INCOMPLETE if problems else Verdict.PASS
    return Report(run, verdict, code, (CHECKED,), findings, problems, files=1)


@pytest.mark.parametrize("exit_zero", [False, True])
@pytest.mark.parametrize("code", list(ExitCode))
def test_a_fix_never_makes_a_run_greener(code: ExitCode, exit_zero: bool) -> None:
    for applied, refused in (({"a"}, {}), (set(), {"a": "it is a link"})):
        report = policy.mended(after(code=code), [reported("a")], applied=applied, refused=refused, exit_zero=exit_zero)
        assert report.exit_code == max(code, ExitCode.OK if exit_zero else ExitCode.FINDINGS)
        assert report.verdict is Verdict.FAIL


def test_without_anything_to_fix_a_report_is_what_it_was() -> None:
    assert policy.mended(after(reported("a")), [reported("a")], applied=set(), refused={}) == after(reported("a"))


def test_what_is_gone_is_fixed_and_what_is_left_is_not() -> None:
    before = [reported("a"), reported("b"), reported("c")]
    report = policy.mended(after(reported("b"), reported("c")), before, applied={"a", "b"}, refused={"c": "no"})
    assert [(one.fingerprint, one.status.value, one.hint, one.fix is None) for one in report.findings] == [
        ("a", "fixed", "Do it.", False),
        ("b", "new", "Do it.", False),
        ("c", "new", "Not fixed: no. Do it.", True),
    ]
    assert report.guards[0].status is GuardStatus.FINDINGS


def test_what_somebody_else_mended_is_not_ours() -> None:
    assert policy.mended(after(), [reported("a")], applied=set(), refused={}).findings == ()


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (Problem("r", ProblemKind.CRASHED, "f", "g"), FindingStatus.NEW),
        (Problem("r", ProblemKind.CRASHED, "", "g"), FindingStatus.NEW),
        (Problem("r", ProblemKind.INTERRUPTED), FindingStatus.NEW),
        (Problem("r", ProblemKind.CRASHED, "other", "g"), FindingStatus.FIXED),
        (Problem("r", ProblemKind.CRASHED, "f", "another"), FindingStatus.FIXED),
    ],
)
def test_a_finding_stands_where_nobody_could_look_again(problem: Problem, status: FindingStatus) -> None:
    report = policy.mended(after(problems=(problem,)), [reported("a")], applied={"a"}, refused={})
    assert [one.status for one in report.findings] == [status]
    assert report.verdict is Verdict.INCOMPLETE
    assert report.exit_code == policy.CODES[problem.kind]


# --- two guards, one thing ------------------------------------------------------------------------------------------

_TWO = {
    "a/key": Rule("a/key", "A key.", Level.WARNING, yields_to=frozenset({"b/key", "b/other"})),
    "b/key": Rule("b/key", "The same key, and whose it is."),
}
_FIX = Fix("untrack it", untrack=("f",))


def _told(found: Sequence[Finding], **more: Any) -> list[tuple[str, Level, str]]:
    given = {"guards": (CHECKED,), "problems": (), "settings": Settings(), "accepted": Accepted(), "known": frozenset()}
    decision = policy.decide(found, rules=_TWO, **{**given, **more})
    return [(one.rule, one.level, one.status.value) for one in decision.findings]


def test_what_two_guards_say_of_one_line_is_told_once() -> None:
    """With the fix that either has, the worst level, and a word about the other."""
    both = [replace(finding("a/key"), fix=_FIX), finding("b/key", level=Level.NOTE)]
    for found in (both, both[::-1]):
        decision = policy.decide(
            found, rules=_TWO, guards=(), problems=(), settings=Settings(), accepted=Accepted(), known=frozenset()
        )
        (one,) = decision.findings
        assert (one.rule, one.level, one.fix and one.fix.untrack) == ("b/key", Level.WARNING, ("f",))
        assert [(place.path, place.note) for place in one.related] == [("f", "a/key says the same")]


def test_nothing_is_lost_where_only_one_of_them_speaks() -> None:
    """The other guard did not run, passed it over, speaks of another line or file, or its rule is off."""
    alone = [("a/key", Level.WARNING, "new")]
    assert _told([finding("a/key")]) == alone
    assert _told([finding("a/key"), finding("b/key", line=2)]) == [*alone, ("b/key", Level.ERROR, "new")]
    assert _told([finding("a/key"), finding("b/key", path="g")]) == [*alone, ("b/key", Level.ERROR, "new")]
    off = Settings(levels={"b/key": RuleLevel.OFF})
    assert _told([finding("a/key"), finding("b/key")], settings=off) == alone
    known = frozenset({identity(finding("b/key"))})
    assert _told([finding("a/key"), finding("b/key")], known=known) == alone


def test_who_speaks_for_another_is_accepted_for_both_and_not_by_the_other() -> None:
    speaker, other = finding("b/key"), finding("a/key")
    waived = accepting(waivers={identity(speaker): Waiver("known")})
    assert _told([speaker, other], accepted=waived) == [("b/key", Level.ERROR, "waived")]
    waived = accepting(waivers={identity(other): Waiver("known")})
    assert _told([speaker, other], accepted=waived) == [("b/key", Level.ERROR, "new")]
