"""What several outputs say in the same words: counts, places, the verdict, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import Enum

from guards._core.model import ExitCode, Level, ProblemKind, Span
from guards._core.report import FindingStatus, GuardStatus, Report, Reported, Verdict
from guards._output import order

EXIT_MEANINGS: Mapping[ExitCode, str] = {
    ExitCode.OK: "everything asked for was checked, and nothing new reaches the fail level",
    ExitCode.FINDINGS: "there are findings at or above the fail level, or there were some to fix",
    ExitCode.ENVIRONMENT: "the command, its configuration or a tool it needs is not in order",
    ExitCode.SCHEMA: "a document does not parse or does not fit its schema",
    ExitCode.RUNTIME: "something crashed, timed out or could not be read",
    ExitCode.INTERRUPTED: "the run was interrupted: this report is partial",
}

NEXT_STEPS: Mapping[ProblemKind, str] = {
    ProblemKind.CRASHED: "this is a defect of the guard, not of the file: please report it with this message",
    ProblemKind.TIMEOUT: "exclude the path in the configuration if it need not be checked, or run again when idle",
    ProblemKind.UNREADABLE: "make the path readable, or exclude it in the configuration if it need not be checked",
    ProblemKind.LIMIT: "exclude the path in the configuration if it need not be checked",
    ProblemKind.TOOL_MISSING: "`guard doctor` shows which tools are missing and how to install them",
    ProblemKind.TOOL_FAILED: "`guard doctor` shows the tool and its version; run the tool alone to see all it says",
    ProblemKind.INPUT_MISSING: "provide the input that is named; history needs a full clone, not a shallow one",
    ProblemKind.CONFIG: "correct the configuration at this place and run again",
    ProblemKind.DOCUMENT: "mend the document: it must parse before it can be checked",
    ProblemKind.INTERRUPTED: "run again: what was finished is not checked twice",
    ProblemKind.INTERNAL: "this is a defect of guard itself: please report it with this message and `guard --version`",
}

SEPARATOR = " · "

_INCOMPLETE = ("not everything was checked", "interrupted before everything was checked")


class Tone(Enum):
    """How a verdict looks: green is for a verdict that was earned, and for nothing else."""

    GOOD = "✓"
    NEUTRAL = "–"
    CAUTION = "!"
    BAD = "✗"


def plural(count: int, noun: str) -> str:
    """`1 file`, `1,204 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def seconds(milliseconds: int) -> str:
    """`0.31 s`, `12.4 s`, `2 min 05 s`."""
    if milliseconds < 9_995:
        return f"{milliseconds / 1000:.2f} s"
    if milliseconds < 59_950:
        return f"{milliseconds / 1000:.1f} s"
    minutes, rest = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {rest:02d} s"


def place(path: str, span: Span | None) -> str:
    """`path`, or `path:line:column`; still untrusted."""
    where = path or "the repository"
    return f"{where}:{span.line}:{span.column}" if span else where


def shorten(text: str, characters: int) -> str:
    """The beginning of a text where one must not bury all others; still untrusted."""
    return text if len(text) <= characters else text[: characters - 1] + "…"


def tally(report: Report) -> str:
    """`3 errors, 1 warning`; empty where nothing is new."""
    counts = ((level, report.count(level)) for level in Level)
    return ", ".join(plural(count, level.value) for level, count in counts if count)


def settled(report: Report) -> list[str]:
    """What policy took out: `12 baselined`, `1 waived`, `2 fixed`; nothing where there is nothing."""
    statuses = (FindingStatus.FIXED, FindingStatus.BASELINED, FindingStatus.WAIVED)
    counts = ((status, report.with_status(status)) for status in statuses)
    return [f"{count:,} {status.value}" for status, count in counts if count]


def tone(report: Report) -> Tone:
    """The look of the verdict, judged again: whatever the verdict says, a problem is never green."""
    if order.problems(report) or report.verdict in (Verdict.FAIL, Verdict.INCOMPLETE):
        return Tone.BAD
    if report.status:
        return Tone.NEUTRAL
    return Tone.GOOD if report.verdict is Verdict.PASS and report.exit_code is ExitCode.OK else Tone.CAUTION


def verdict(report: Report) -> str:
    """The outcome in one clause; may hold the run's own reason, which is untrusted."""
    found, problems = _found(report), len(order.problems(report))
    if report.status and not problems and report.exit_code is ExitCode.ENVIRONMENT:
        return f"{_nothing(report)}, which is an error here"
    if problems or report.verdict is Verdict.INCOMPLETE:
        counted = plural(problems, "problem") if problems else ""
        return ", ".join(filter(None, (_INCOMPLETE[report.exit_code is ExitCode.INTERRUPTED], counted, found)))
    if report.status:
        return _nothing(report)
    if found:
        return found
    if fixed := report.with_status(FindingStatus.FIXED):
        return f"{plural(fixed, 'finding')} mended, and nothing new is left"
    if report.verdict is Verdict.PASS and report.exit_code is ExitCode.OK:
        return f"checked {plural(report.files, 'file')}"
    return EXIT_MEANINGS[report.exit_code] if report.exit_code else f"verdict: {report.verdict.value}"


def _nothing(report: Report) -> str:
    return f"nothing to check: {report.reason}" if report.reason else "nothing to check"


def fixable(report: Report) -> str:
    """How many new findings have a fix, and the command that makes it; nothing where none has one."""
    count = sum(one.fix is not None and one.status is FindingStatus.NEW for one in report.findings)
    return f"{plural(count, 'finding')} can be mended: guard all --fix" if count else ""


SHORT = 12
"""Characters of a fingerprint that tell it from others, for people to copy."""


def playbooks(report: Report, *, every: bool) -> dict[str, str]:
    """Fingerprint to the command that tells what to do about a new finding: each command once, or for every finding."""
    command_of = {rule.id: rule.playbook for rule in report.rules if rule.playbook}
    found: dict[str, str] = {}
    for _, findings in order.by_path(order.new(report)):
        for one in findings:
            command = command_of.get(one.rule, "")
            if command and (every or command not in found.values()):
                found[one.fingerprint] = command
    return {fingerprint: f"{command} {fingerprint[:SHORT]}" for fingerprint, command in found.items()}


def waived(report: Report) -> str:
    """How many findings of which rules are waived, the most first; nothing where none is. Rules are untrusted."""
    counts = Counter(one.rule for one in report.findings if one.status is FindingStatus.WAIVED)
    told = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return f"waived: {', '.join(f'{count:,} {rule}' for rule, count in told)}" if told else ""


def mended(finding: Reported) -> str:
    """What was wrong and what was done about it; still untrusted."""
    return f"{finding.message} → {finding.fix.summary}" if finding.fix else finding.message


def receipt(report: Report) -> str:
    """The last line of a run: the verdict and what it rests on."""
    said = verdict(report)
    checked = f"checked {plural(report.files, 'file')}"
    ran = sum(run.status is not GuardStatus.SKIPPED for run in report.guards)
    parts = [
        said,
        *([checked] if said != checked and not report.status else []),
        plural(ran, "guard"),
        f"{len(report.guards) - ran:,} skipped",
        *settled(report),
        seconds(report.run.duration_ms),
    ]
    return SEPARATOR.join(parts)


def _found(report: Report) -> str:
    counted = tally(report)
    paths = {finding.path for finding in report.findings if finding.status is FindingStatus.NEW}
    return f"{counted} in {plural(len(paths), 'file')}" if counted else ""
