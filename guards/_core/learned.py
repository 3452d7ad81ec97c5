"""What scan learned about one file, and how it is written down to be recalled for the same bytes later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from guards._core.model import Edit, Fact, Finding, Fix, Level, Place, Problem, Remark, Span


class Learned(NamedTuple):
    """What one task learned about one file; there is none for a file that was checked and gave nothing."""

    task: int
    path: str
    findings: tuple[Finding, ...] = ()
    facts: tuple[Fact, ...] = ()
    problem: Problem | None = None
    """Why the file counts as not checked."""
    remark: Remark | None = None


def encode(learned: Learned) -> bytes:
    """What scan learned about a blob, without the path under which it was found."""
    data: dict[str, list[Any]] = {
        "f": [finding_out(one) for one in learned.findings],
        "a": [fact_out(one) for one in learned.facts],
    }
    if learned.remark is not None:
        data["r"] = remark_out(learned.remark)
    return json.dumps(data, separators=(",", ":")).encode("ascii")


def decode(data: bytes, task: int, path: str) -> Learned:
    """What scan learned about a blob, for a path at which it stands."""
    raw = json.loads(data)
    findings = tuple(finding_in(one, path) for one in raw["f"])
    remark = Remark(*raw["r"]) if "r" in raw else None
    return Learned(task, path, findings, tuple(map(fact_in, raw["a"])), remark=remark)


def remark_out(remark: Remark) -> list[Any]:
    """A remark as plain data: what it is made of."""
    return [remark.reason, remark.is_unread]


def fact_out(fact: Fact) -> list[Any]:
    """A fact as plain data."""
    return [fact.kind, fact.data, fact.span]


def fact_in(raw: Sequence[Any]) -> Fact:
    """The fact that `fact_out` made this of."""
    kind, data, span = raw
    return Fact(kind, data, _span_in(span))


def _span_in(span: Sequence[int] | None) -> Span | None:
    return Span(*span) if span is not None else None


def finding_out(finding: Finding) -> dict[str, Any]:
    """A finding as plain data, without its path."""
    raw = {
        "rule": finding.rule,
        "message": finding.message,
        "span": finding.span,
        "subject": finding.subject,
        "hint": finding.hint,
        "level": finding.level,
        # A place without a path is one in this very file.
        "related": [("" if p.path == finding.path else p.path, p.span, p.note) for p in finding.related],
        "fix": _fix_out(finding.fix) if finding.fix else None,
        "snippet": finding.snippet,
        "line_key": finding.line_key,
        "line_hash": finding.line_hash,
    }
    return {key: value for key, value in raw.items() if value is not None and (value or key == "snippet")}


def finding_in(raw: Mapping[str, Any], path: str) -> Finding:
    """The finding that `finding_out` made this of."""
    return Finding(
        rule=raw["rule"],
        message=raw["message"],
        path=path,
        span=_span_in(raw.get("span")),
        subject=raw.get("subject", ""),
        hint=raw.get("hint", ""),
        level=Level(raw["level"]) if "level" in raw else None,
        related=tuple(Place(at or path, _span_in(span), note) for at, span, note in raw.get("related", ())),
        fix=_fix_in(*raw["fix"]) if "fix" in raw else None,
        snippet=raw.get("snippet"),
        line_key=raw.get("line_key", ""),
        line_hash=raw.get("line_hash", ""),
    )


def _fix_out(fix: Fix) -> list[Any]:
    edits = [(one.start, one.end, one.old.hex(), one.new.hex(), one.at, one.within, one.also) for one in fix.edits]
    return [fix.summary, edits, fix.untrack, fix.ignore, fix.quarantine, fix.path]


def _fix_in(summary: str, edits: Sequence[Any], *rest: Any) -> Fix:
    untrack, ignore, quarantine, path = rest
    return Fix(summary, tuple(_edit_in(*one) for one in edits), tuple(untrack), tuple(ignore), quarantine, path)


def _edit_in(start: int, end: int, old: str, new: str, *rest: Any) -> Edit:
    at, within, also = rest
    place = None if at is None else tuple(at)
    return Edit(start, end, bytes.fromhex(old), bytes.fromhex(new), place, within, tuple(map(tuple, also)))
