"""Reports to render: one of each shape that a run can end in, and one whose every text is hostile."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from guards._core.model import Edit, ExitCode, Fix, Level, Place, Problem, ProblemKind, Rule, Span
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

HOSTILE = (
    "\x1b[2J\x1b]8;;https://evil.example\x07click\x1b]8;;\x07\r::error::forged\r\n::stop-commands::token\n"
    " ::add-mask::x ##[add-mask]x ##vso[task.complete]\x9b31m\x7f\x00\u202egnp.exe\u2066\u200b\u2028"
    "|`code`|*bold*|@octo-org/team #12 GH-7 https://evil.example www.evil.example"
    "![i](https://evil.example/b.png)[l](1)<img src=x onerror=alert(1)></code></script>&lt;]]>"
    '=1+1,"quoted",\'%0A%0D \udcff\udc80\ud800 \ufffe {0} $x$ ~~s~~ \U000e0041漢字e\u0301'
)
"""What a name, a message or a line could hold to deceive a person or command a program that reads along."""

RULES = (
    Rule(
        id="env/undeclared",
        summary="A variable is read here and declared nowhere.",
        help=(
            "Deployments that lack the variable fail when the line runs, not when they start.\n\n"
            "Bad:\n\n```python\nos.environ['BUDGET_USD']\n```\n\nGood: the same, and a line in `.env.example`."
        ),
        tags=("maintainability",),
    ),
    Rule(
        id="env/unused",
        summary="A variable is declared here and read nowhere.",
        level=Level.WARNING,
        help="# Unused variables\n\nWhoever deploys this must find a value for nothing.\n",
    ),
    Rule(
        id="hygiene/case-clash",
        summary="Two paths differ only in case.",
        level=Level.NOTE,
    ),
    Rule(
        id="secrets/private-key",
        summary="A private key is in the tree.",
        help="Whoever can read the repository can use the key. " + "Replace it at its issuer. " * 60,
        tags=("credentials", *(f"tag-{number}" for number in range(15))),
        security_severity=9.5,
        sensitive=True,
    ),
)

RUN = Run(
    id="20260131T120000Z-1f3a",
    started="2026-01-31T12:00:00Z",
    duration_ms=310,
    root="/srv/checkout/shop",
    view="worktree",
    selection="all",
    commit="3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
    profile="dev",
    config_hash="c0ffee00",
    canonical_hash="decade00",
)

PASSED = (
    GuardRun(
        id="env",
        status=GuardStatus.PASSED,
        ledger=Ledger(
            enumerated=1_204,
            checked=61,
            cached=340,
            skipped={"not a kind of file that it reads": 800},
            excluded={"vendor/**": 3},
        ),
        duration_ms=41,
    ),
    GuardRun(
        id="secrets",
        status=GuardStatus.PASSED,
        ledger=Ledger(enumerated=1_204, checked=1_200, cached=0, skipped={"symlink": 4}),
        duration_ms=182,
        engine={"hyperscan": "0.9.1", "google-re2": "1.1"},
    ),
)


def finding(**changes: object) -> Reported:
    """An ordinary finding, as policy leaves it, with some of its fields changed."""
    ordinary = Reported(
        rule="env/undeclared",
        guard="env",
        level=Level.ERROR,
        message="BUDGET_USD is read here and declared nowhere",
        path="src/shop/budget.py",
        span=Span(12, 17, 12, 41),
        subject="BUDGET_USD",
        fingerprint="5d41402abc4b2a76",
        hint="declare it in .env.example",
        help_uri="https://guard.example/rules/env/undeclared",
        related=(Place(".env.example", Span(3, 1, 3, 10), "the neighbour is declared here"),),
        snippet='    cap = float(os.environ["BUDGET_USD"])  # per day',
        line_hash="8d626f8e4bac18f6:1",
    )
    return replace(ordinary, **changes)


def green() -> Report:
    """Everything was checked and nothing was found."""
    return Report(
        run=RUN,
        verdict=Verdict.PASS,
        exit_code=ExitCode.OK,
        guards=PASSED,
        findings=(),
        problems=(),
        rules=RULES,
        files=1_204,
        tool_version="0.1.0",
    )


def findings() -> Report:
    """Every level and status, spans of every kind, and one finding in which every text is hostile."""
    return replace(
        green(),
        verdict=Verdict.FAIL,
        exit_code=ExitCode.FINDINGS,
        guards=(
            *(replace(run, status=GuardStatus.FINDINGS) for run in PASSED),
            GuardRun(id="hygiene", status=GuardStatus.FINDINGS, ledger=Ledger(enumerated=1_204, cached=1_204)),
            GuardRun(id="drift", status=GuardStatus.SKIPPED, ledger=Ledger(), reason="canonical.yaml has no `facts`"),
        ),
        findings=tuple(sorted((*_new(), *_settled()), key=lambda one: (one.path, one.span or (0,), one.rule))),
    )


def _new() -> tuple[Reported, ...]:
    return (
        finding(),
        finding(
            span=Span(40, 2, 42, 2),
            fingerprint="00aa",
            message="PORT is read here and declared nowhere",
            subject="PORT",
            hint="",
            related=(),
            snippet="\tport = int(",
            fix=Fix("declare PORT", (Edit(0, 0, b"", b"PORT=\n"), Edit(9, 12, b"\xff\x00!", b"\xfe"))),
        ),
        finding(
            rule="env/unused",
            level=Level.WARNING,
            path="config/漢字 und Umlaute ä.env",
            span=Span(7, 8, 7, 14),
            message="漢字_URL is declared here and read nowhere",
            fingerprint="00bb",
            hint="",
            help_uri="",
            related=(),
            snippet="export 漢字_URL=1  # ünïcode",
        ),
        finding(
            rule="secrets/private-key",
            guard="secrets",
            path="deploy/key.pem",
            span=Span(1, 1, 1, 28),
            message="a private key, hash 7f3c",
            subject="7f3c",
            fingerprint="00cc",
            help_uri="https://guard.example/rules/secrets/private-key",
            hint="replace the key at its issuer, then remove the file",
            related=(),
            fix=Fix("remove the key", (Edit(0, 5, b"-----", b""),)),
            snippet=None,
        ),
        finding(
            rule="hygiene/case-clash",
            guard="hygiene",
            help_uri="",
            level=Level.NOTE,
            path="docs/README.md",
            span=None,
            message="docs/Readme.md is the same path on many machines",
            fingerprint="00dd",
            hint="",
            related=(Place("docs/Readme.md"),),
            snippet=None,
            line_hash="",
        ),
        finding(
            path=f"src/{HOSTILE}.py",
            span=Span(1, 5, 1, 19),
            message=HOSTILE,
            subject=HOSTILE,
            fingerprint="00ee",
            hint=HOSTILE,
            help_uri="",
            related=(Place(HOSTILE, Span(2, 1, 2, 2), HOSTILE),),
            snippet=HOSTILE,
        ),
    )


def _settled() -> tuple[Reported, ...]:
    old = finding(fingerprint="10aa", path="src/old.py", status=FindingStatus.BASELINED, related=())
    waiver = Waiver(reason="the vendor needs it until the move", owner="payments", until="2027-01-31")
    return (
        old,
        replace(old, fingerprint="10bb", span=Span(20, 1, 20, 5), status=FindingStatus.WAIVED, waiver=waiver),
        replace(old, fingerprint="10cc", span=Span(30, 1, 30, 5), status=FindingStatus.FIXED),
    )


def warned() -> Report:
    """Only a warning, in a line that is far too long to be shown whole."""
    line = "x" * 3_000 + "needle" + "y" * 3_000
    warning = finding(
        rule="env/unused", level=Level.WARNING, span=Span(1, 3_001, 1, 3_007), snippet=line, hint="", related=()
    )
    return replace(green(), verdict=Verdict.WARN, findings=(warning,))


def problems() -> Report:
    """Nothing was found, and not everything was looked at."""
    timeout = GuardRun(
        id="schema",
        status=GuardStatus.TIMEOUT,
        ledger=Ledger(enumerated=9, checked=7, failed={"over the time limit": 1, HOSTILE: 1}),
        reason="over 10 s on data/cases.json",
        duration_ms=72_400,
    )
    return replace(
        green(),
        verdict=Verdict.INCOMPLETE,
        exit_code=ExitCode.RUNTIME,
        guards=(*PASSED, timeout),
        problems=(
            Problem("canonical.yaml: unknown key `factz`", ProblemKind.CONFIG, "canonical.yaml", "", Span(3, 1, 3, 6)),
            Problem("over 10 s", ProblemKind.TIMEOUT, "data/cases.json", "schema"),
            Problem(HOSTILE, ProblemKind.UNREADABLE, HOSTILE, "secrets"),
        ),
    )


def skipped() -> Report:
    """There was nothing to check, and no guard ran."""
    reason = "canonical.yaml is absent"
    return replace(
        green(),
        guards=tuple(GuardRun(name, GuardStatus.SKIPPED, Ledger(), reason) for name in ("env", "drift")),
        rules=(),
        files=0,
        status="skipped",
        reason="no file is selected",
    )


def interrupted() -> Report:
    """A signal ended the run; what was known by then is in the report."""
    cut = GuardRun(id="env", status=GuardStatus.FAILED, ledger=Ledger(enumerated=9, checked=2, failed={"stopped": 7}))
    return replace(
        green(),
        verdict=Verdict.INCOMPLETE,
        exit_code=ExitCode.INTERRUPTED,
        guards=(cut,),
        findings=(finding(),),
        problems=(Problem("stopped by SIGTERM", ProblemKind.INTERRUPTED),),
        files=2,
    )


def fixed() -> Report:
    """After `--fix`: what was mended by an edit and by untracking, and one that could not be."""
    edited = finding(
        status=FindingStatus.FIXED,
        fix=Fix("declare it", (Edit(0, 0, b"", b"BUDGET_USD=\n"),)),
        related=(),
    )
    untracked = finding(
        rule="hygiene/generated-file",
        guard="hygiene",
        path=f"out/{HOSTILE}.pyc",
        span=None,
        subject="out",
        message=HOSTILE,
        fingerprint="20aa",
        status=FindingStatus.FIXED,
        related=(),
        snippet=None,
        line_hash="",
        fix=Fix(f"untrack it {HOSTILE}", untrack=("out", HOSTILE), ignore=("out/", HOSTILE), quarantine=True),
    )
    left = finding(
        level=Level.WARNING,
        path="src/shop/rates.py",
        fingerprint="20bb",
        hint="Not fixed: the file changed since it was looked at. declare it in .env.example",
        related=(),
    )
    return replace(
        green(),
        verdict=Verdict.FAIL,
        exit_code=ExitCode.FINDINGS,
        guards=(
            *(replace(run, status=GuardStatus.FINDINGS) for run in PASSED),
            GuardRun(id="hygiene", status=GuardStatus.FINDINGS, ledger=Ledger(enumerated=1_204, cached=1_204)),
        ),
        findings=(untracked, edited, left),
    )


def huge() -> Report:
    """More findings than any service takes: 6,000, of which each third is worse than the next."""
    levels = (Level.NOTE, Level.WARNING, Level.ERROR)
    many = (
        finding(
            level=levels[number % 3],
            path=f"src/module_{number // 40:03}.py",
            span=Span(number % 40 + 1, 18, number % 40 + 1, 30),
            fingerprint=f"{number:016x}",
            related=(),
        )
        for number in range(6_000)
    )
    return replace(green(), verdict=Verdict.FAIL, exit_code=ExitCode.FINDINGS, findings=tuple(many))


SMALL: Mapping[str, Report] = {
    "green": green(),
    "findings": findings(),
    "warned": warned(),
    "problems": problems(),
    "skipped": skipped(),
    "interrupted": interrupted(),
    "fixed": fixed(),
}
"""The reports whose renderings are kept as golden files."""
