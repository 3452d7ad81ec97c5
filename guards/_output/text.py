"""The report for people: findings by file with the line they stand on, what could not be checked, and a receipt.

In a log it is plain and stable; in a terminal the same lines are coloured, with the terminal's own sixteen colours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from guards._core.model import Level, Problem
from guards._core.report import FindingStatus, GuardRun, GuardStatus, Ledger, Report, Reported
from guards._output import inert, order
from guards._output.look import Look
from guards._output.phrases import (
    NEXT_STEPS,
    SEPARATOR,
    Tone,
    fixable,
    mended,
    place,
    playbooks,
    receipt,
    seconds,
    tone,
    waived,
)
from guards._output.snippet import snippet

_LEVELS: Mapping[Level, str] = {Level.ERROR: "1;31", Level.WARNING: "1;33", Level.NOTE: "1;34"}
_TONES: Mapping[Tone, str] = {Tone.GOOD: "1;32", Tone.NEUTRAL: "1;36", Tone.CAUTION: "1;33", Tone.BAD: "1;31"}
_STATUSES: Mapping[GuardStatus, str] = {
    GuardStatus.PASSED: "32",
    GuardStatus.FINDINGS: "31",
    GuardStatus.SKIPPED: "2",
    GuardStatus.FAILED: "1;31",
    GuardStatus.TIMEOUT: "1;31",
}
_BOLD, _DIM, _HINT = "1", "2", "36"
_LEAST_WIDTH = 20
_TABLE = ("guard", "status", "checked", "cached", "skipped", "excluded", "failed", "time")
_WORDS = 2


def render(report: Report, look: Look) -> str:
    """Blocks with a line between them, the receipt last."""
    blocks = [*_files(report, look), *_settled(report, look), *_problems(report, look)]
    if not look.quiet:
        blocks += _table(report, look)
    blocks.append([*([] if look.quiet else _remarks(report, look)), _receipt(report, look)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def one(finding: Reported, look: Look) -> str:
    """A single finding under its path, as it stands in a report."""
    where = _where(finding)
    head = _paint(inert.line_start(place(finding.path, None)), _BOLD, look)
    return "\n".join([head, *_finding(finding, where.rjust(2 + len(where)), look, "")]) + "\n"


def _files(report: Report, look: Look) -> Iterator[list[str]]:
    """A block per file: its path, then its findings."""
    commands = {} if look.quiet else playbooks(report, every=look.verbose)
    for path, findings in order.by_path(order.new(report)):
        wheres = [_where(finding) for finding in findings]
        margin = 2 + max(map(len, wheres))
        block = [_paint(inert.line_start(place(path, None)), _BOLD, look)]
        lines: list[str] = []
        for finding, where in zip(findings, wheres, strict=True):
            block += [""] if len(lines) > 1 else []
            command = commands.pop(finding.fingerprint, "")
            block += (lines := list(_finding(finding, where.rjust(margin), look, command)))
        yield block


def _where(finding: Reported) -> str:
    return f"{finding.span.line}:{finding.span.column} " if finding.span else ""


def _finding(finding: Reported, where: str, look: Look, command: str) -> Iterator[str]:
    level = _paint(f"{finding.level}[{inert.one_line(finding.rule)}]", _LEVELS[finding.level], look)
    yield f"{_paint(where, _DIM, look)}{level} {inert.one_line(finding.message)}"
    gutter = " " * len(where)
    yield from _source(finding, gutter, look)
    if finding.hint:
        yield f"{gutter}{_paint('→', _HINT, look)} {inert.one_line(finding.hint)}"
    if command:
        yield f"{gutter}{_paint('→', _HINT, look)} {inert.one_line(command)}"
    for related in finding.related:
        where = inert.one_line(place(related.path, related.span))
        note = f"  {inert.one_line(related.note)}" if related.note else ""
        yield _paint(f"{gutter}· {where}{note}", _DIM, look)


def _source(finding: Reported, gutter: str, look: Look) -> Iterator[str]:
    """The line, and carets under the span; not for a finding whose text must not be shown."""
    if finding.span is None or finding.snippet is None:
        return
    room = max(look.width - len(gutter) - 2, _LEAST_WIDTH)
    shown = snippet(finding.snippet, finding.span, room)
    number, bar = f"{finding.span.line} ".rjust(len(gutter)), _paint("│", _DIM, look)
    yield f"{_paint(number, _DIM, look)}{bar} {shown.line}"
    yield f"{gutter}{bar} {_carets(shown.marks, finding.level, look)}"


def _carets(marks: str, level: Level, look: Look) -> str:
    carets = marks.lstrip(" ")
    return " " * (len(marks) - len(carets)) + _paint(carets, _LEVELS[level], look)


def _settled(report: Report, look: Look) -> Iterator[list[str]]:
    """What was mended, and on demand what is accepted, one line each."""
    told = {FindingStatus.FIXED} | ({FindingStatus.BASELINED, FindingStatus.WAIVED} if look.verbose else set())
    if look.quiet or not any(finding.status in told for finding in report.findings):
        return
    yield [_settled_line(one, look) for one in order.by_place(report.findings) if one.status in told]


def _settled_line(finding: Reported, look: Look) -> str:
    where = inert.line_start(place(finding.path, finding.span))
    message = mended(finding) if finding.status is FindingStatus.FIXED else finding.message
    said = f"{finding.status.value} {where} [{inert.one_line(finding.rule)}] {inert.one_line(message)}"
    if waiver := finding.waiver:
        parts = (waiver.reason, waiver.owner, waiver.until and f"until {waiver.until}")
        said += f" ({inert.one_line(', '.join(filter(None, parts)))})"
    return _paint(said, _DIM, look)


def _problems(report: Report, look: Look) -> Iterator[list[str]]:
    if problems := order.problems(report):
        yield [_paint("not checked", "1;31", look), *(line for one in problems for line in _problem(one, look))]


def _problem(problem: Problem, look: Look) -> Iterator[str]:
    where = place(problem.path, problem.span) if problem.path else ""
    said = inert.one_line(": ".join(filter(None, (problem.guard, where))))
    kind = _paint(problem.kind.value, _DIM, look)
    yield f"  {_paint('✗', '31', look)} {_paint(said or 'the run', _BOLD, look)}  {kind}"
    yield f"    {inert.line_start(problem.reason)}"
    yield f"    {_paint('→', _HINT, look)} {NEXT_STEPS[problem.kind]}"


def _table(report: Report, look: Look) -> Iterator[list[str]]:
    """The ledgers: on demand, and unasked where a path that a guard was given was not checked."""
    lost = order.problems(report) or any(run.ledger.failed for run in report.guards)
    if not report.guards or not (lost or look.verbose):
        return
    runs = order.guards(report)
    head, *rows = _aligned([_TABLE, *map(_cells, runs)])
    block = [_paint("  " + "  ".join(head), _DIM, look)]
    for run, (guard, status, *rest) in zip(runs, rows, strict=True):
        block.append("  " + "  ".join((guard, _paint(status, _STATUSES[run.status], look), *rest)))
        block += [_paint(f"    {line}", _DIM, look) for line in _reasons(run.ledger, verbose=look.verbose)]
    yield block


def _cells(run: GuardRun) -> tuple[str, ...]:
    ledger = run.ledger
    sums = (sum(reasons.values()) for reasons in (ledger.skipped, ledger.excluded, ledger.failed))
    counts = (f"{count:,}" for count in (ledger.checked, ledger.cached, *sums))
    return (inert.line_start(run.id), run.status.value, *counts, seconds(run.duration_ms))


def _aligned(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Words to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = [str.ljust if at < _WORDS else str.rjust for at in range(len(widths))]
    return [[side(cell, width) for side, cell, width in zip(sides, row, widths, strict=True)] for row in rows]


def _reasons(ledger: Ledger, *, verbose: bool) -> Iterator[str]:
    """Why paths were not looked at; unasked only for those that should have been."""
    told = {"skipped": ledger.skipped, "excluded": ledger.excluded, "looked at": ledger.remarks} if verbose else {}
    for what, reasons in (told | {"failed": ledger.failed}).items():
        for reason, count in sorted(reasons.items()):
            yield f"{what} {count:,}: {inert.one_line(reason)}"


def _skipped(report: Report, look: Look) -> Iterator[str]:
    """Guards that did not run, by reason, so that a bare repository is told once what it lacks."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for run in order.guards(report):
        if run.status is GuardStatus.SKIPPED:
            by_reason[run.reason].append(run.id)
    for reason, ids in by_reason.items():
        said = f"skipped {', '.join(ids)}: {reason}" if reason else f"skipped {', '.join(ids)}"
        yield _paint(f"  {inert.one_line(said)}", _DIM, look)


def _remarks(report: Report, look: Look) -> Iterator[str]:
    """What is worth knowing beside the findings."""
    yield from _fixable(report, look)
    if said := waived(report):
        yield _paint(f"  {inert.one_line(said)}", _DIM, look)
    yield from _skipped(report, look)


def _fixable(report: Report, look: Look) -> Iterator[str]:
    if said := fixable(report):
        yield _paint(f"  {said} (--diff shows how)", _DIM, look)


def _receipt(report: Report, look: Look) -> str:
    mark = tone(report)
    said, *rest = inert.one_line(receipt(report)).split(SEPARATOR)
    verdict = _paint(f"{mark.value} {said}", _TONES[mark], look)
    return verdict + _paint("".join(SEPARATOR + part for part in rest), _DIM, look)


def _paint(text: str, style: str, look: Look) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if look.colour and text else text
