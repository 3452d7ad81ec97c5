"""The frozen outcome of a run: what every output renders and every exit code comes from."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from guards._core.model import ExitCode, Fix, Level, Place, Problem, Rule, Span


class Verdict(enum.StrEnum):
    """The answer in one word. `incomplete`: something asked for was not checked, whatever else was found."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    WARN = "warn"
    FAIL = "fail"
    INCOMPLETE = "incomplete"


class GuardStatus(enum.StrEnum):
    """How one guard's part of the run ended."""

    PASSED = "passed"
    FINDINGS = "findings"
    SKIPPED = "skipped"
    FAILED = "failed"
    TIMEOUT = "timeout"


class FindingStatus(enum.StrEnum):
    """What policy made of a finding."""

    NEW = "new"
    BASELINED = "baselined"
    WAIVED = "waived"
    FIXED = "fixed"


class Ledger(Struct, frozen=True):
    """What happened to each path given to a guard: enumerated = checked + cached + skipped + excluded + failed."""

    enumerated: int = 0
    checked: int = 0
    cached: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Of no concern to this guard, by reason."""
    excluded: Mapping[str, int] = field(default_factory=dict)
    """Taken out by Config, by the pattern that did it."""
    failed: Mapping[str, int] = field(default_factory=dict)
    """Should have been checked and was not, by reason."""
    remarks: Mapping[str, int] = field(default_factory=dict)
    """How many of those that were looked at were not read as others are, by how."""

    def adds_up(self) -> bool:
        """True unless paths were lost or counted twice."""
        parts = sum(self.skipped.values()) + sum(self.excluded.values()) + sum(self.failed.values())
        return self.enumerated == self.checked + self.cached + parts

    def looked(self) -> int:
        """How many paths this verdict rests on."""
        return self.checked + self.cached


def settled(ledger: Ledger) -> Ledger:
    """The account of a run that was stopped while it was being written: what it has, and the rest as not reached."""
    checked = max(0, ledger.checked)
    told = checked + ledger.cached
    told += sum(sum(part.values()) for part in (ledger.skipped, ledger.excluded, ledger.failed))
    missed = max(0, ledger.enumerated - told)
    failed = {**ledger.failed, "not reached": ledger.failed.get("not reached", 0) + missed} if missed else ledger.failed
    return replace(ledger, enumerated=max(told, ledger.enumerated), checked=checked, failed=failed)


class Waiver(Struct, frozen=True):
    """Why an accepted finding is accepted, by whom, and until when."""

    reason: str
    owner: str = ""
    until: str = ""


class Reported(Struct, frozen=True):
    """A finding after policy: complete, placed and final."""

    rule: str
    guard: str
    level: Level
    message: str
    path: str
    span: Span | None
    subject: str
    fingerprint: str
    status: FindingStatus = FindingStatus.NEW
    hint: str = ""
    help_uri: str = ""
    related: tuple[Place, ...] = ()
    fix: Fix | None = None
    waiver: Waiver | None = None
    snippet: str | None = None
    """The source line, for people; masked where it holds something sensitive. Not part of the JSON report."""
    line_hash: str = ""
    """Code scanning's hash of the lines that follow the finding's start. Not part of the JSON report."""
    first: str = ""
    """The fingerprint of the first of its equals in the file, and which of them it is: what a baseline counts by."""
    ordinal: int = 1
    key: str = ""
    """What makes them equal: the subject, or the digest of the line."""


class GuardRun(Struct, frozen=True):
    """One guard's part of a run."""

    id: str
    status: GuardStatus
    ledger: Ledger
    reason: str = ""
    """Why it was skipped or failed."""
    duration_ms: int = 0
    engine: Mapping[str, str] = field(default_factory=dict)
    """Name to version of what did the work."""


class Run(Struct, frozen=True):
    """The header: everything about a run that is not its result."""

    id: str
    started: str
    """UTC, RFC 3339, whole seconds."""
    duration_ms: int
    root: str
    view: str
    """worktree, index, commit or history."""
    selection: str
    """`all`, the paths, or `since REV`, in words."""
    commit: str = ""
    base: str = ""
    profile: str = ""
    config_hash: str = ""
    canonical_hash: str = ""


class Report(Struct, frozen=True):
    """The outcome of a run; outputs are functions from this to text."""

    run: Run
    verdict: Verdict
    exit_code: ExitCode
    guards: tuple[GuardRun, ...]
    findings: tuple[Reported, ...]
    """Sorted by path, line, column, rule, fingerprint."""
    problems: tuple[Problem, ...]
    rules: tuple[Rule, ...] = ()
    """Every rule that ran, whether it found something or not; sorted by id."""
    files: int = 0
    """Distinct paths that at least one guard looked at."""
    status: str = ""
    """`skipped` when there was nothing to check, with the reason in `reason`; else empty."""
    reason: str = ""
    tool_version: str = ""

    def count(self, level: Level) -> int:
        """New findings of a level: those that count."""
        return sum(f.level is level and f.status is FindingStatus.NEW for f in self.findings)

    def with_status(self, status: FindingStatus) -> int:
        """Findings that policy gave this status."""
        return sum(f.status is status for f in self.findings)
