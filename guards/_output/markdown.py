"""Markdown for a step summary or a pull request comment; short enough to be accepted, whatever was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from guards._core.model import Level, Problem
from guards._core.report import GuardRun, GuardStatus, Report, Reported
from guards._output import inert, order
from guards._output.look import Look
from guards._output.phrases import (
    NEXT_STEPS,
    Tone,
    fixable,
    mended,
    place,
    plural,
    receipt,
    seconds,
    shorten,
    tone,
    waived,
)

_ICONS: Mapping[Tone, str] = {Tone.GOOD: "✅", Tone.NEUTRAL: "⚪", Tone.CAUTION: "⚠️", Tone.BAD: "❌"}
_LEVELS: Mapping[Level, str] = {Level.ERROR: "🔴 error", Level.WARNING: "🟡 warning", Level.NOTE: "🔵 note"}
_ROOM_FOR_MORE = 200
CHARACTERS = 500
"""Of one untrusted text, so that no finding takes the room of the others."""


def render(report: Report, look: Look) -> str:
    """Verdict, problems, findings, what was fixed, guards; where room is short the last of them give way first."""
    head = f"### {_ICONS[tone(report)]} guard: {inert.markdown(receipt(report))}\n"
    tail = _guards(report) + "\nTo see the same on your machine: `guard all`\n"
    for said in filter(None, (fixable(report), waived(report))):
        tail += f"\n{inert.markdown(said)}\n"
    room = look.markdown_bytes - _size(head) - _size(tail)
    problems = _problems(order.problems(report), room // 2)
    findings = _findings(order.by_rank(order.new(report)), room - _size(problems))
    fixed = _fixed(order.fixed(report), room - _size(problems) - _size(findings))
    return head + problems + findings + fixed + tail


def _problems(problems: Sequence[Problem], room: int) -> str:
    if not problems:
        return ""
    head = "\n#### Not checked\n\n| guard | place | why | next step |\n|---|---|---|---|\n"
    return head + _table(map(_problem, problems), len(problems), "problem", room - _size(head))


def _findings(findings: Sequence[Reported], room: int) -> str:
    if not findings:
        return ""
    head = "\n#### Findings\n\n| level | rule | place | what |\n|---|---|---|---|\n"
    return head + _table(map(_finding, findings), len(findings), "finding", room - _size(head))


def _fixed(findings: Sequence[Reported], room: int) -> str:
    if not findings:
        return ""
    head = "\n#### Fixed\n\n| rule | place | what |\n|---|---|---|\n"
    return head + _table(map(_mended, findings), len(findings), "finding", room - _size(head))


def _mended(finding: Reported) -> str:
    return _row(_code(finding.rule), _code(place(finding.path, finding.span)), _prose(mended(finding)))


def _guards(report: Report) -> str:
    if not report.guards:
        return ""
    head = "\n#### Guards\n\n| guard | status | checked | cached | skipped | excluded | failed | time |\n"
    return head + "|---|---|--:|--:|--:|--:|--:|--:|\n" + "".join(map(_guard, order.guards(report)))


def _table(rows: Iterable[str], count: int, noun: str, room: int) -> str:
    """As many rows as there is room for, and how many there are beyond them."""
    room -= _ROOM_FOR_MORE
    kept: list[str] = []
    for row in rows:
        room -= _size(row)
        if room < 0:
            break
        kept.append(row)
    left_out = count - len(kept)
    return "".join(kept) + (f"\nand {plural(left_out, f'more {noun}')}\n" if left_out else "")


def _problem(problem: Problem) -> str:
    where = _code(place(problem.path, problem.span)) if problem.path else "the run"
    why = f"{_prose(problem.reason)} ({problem.kind})"
    return _row(_prose(problem.guard), where, why, NEXT_STEPS[problem.kind])


def _finding(finding: Reported) -> str:
    what = _prose(finding.message)
    if finding.hint:
        what += f"<br>→ {_prose(finding.hint)}"
    for related in finding.related:
        where = _code(place(related.path, related.span))
        what += f"<br>see {where} {_prose(related.note)}".rstrip()
    where = _code(place(finding.path, finding.span))
    return _row(_LEVELS[finding.level], _code(finding.rule), where, what)


def _guard(run: GuardRun) -> str:
    status = run.status.value
    if run.reason:
        status += f": {_prose(run.reason)}"
    if run.status in (GuardStatus.FAILED, GuardStatus.TIMEOUT):
        status = f"**{status}**"
    ledger = run.ledger
    sums = (sum(reasons.values()) for reasons in (ledger.skipped, ledger.excluded, ledger.failed))
    counts = (f"{count:,}" for count in (ledger.checked, ledger.cached, *sums))
    return _row(_code(run.id), status, *counts, seconds(run.duration_ms))


def _prose(text: str) -> str:
    return inert.markdown(shorten(text, CHARACTERS))


def _code(text: str) -> str:
    return inert.markdown_code(shorten(text, CHARACTERS))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _size(text: str) -> int:
    return len(text.encode("utf-8"))
