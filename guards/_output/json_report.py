"""The JSON report, `guard-report/1`: written field by field, because other programs rely on every name.

`guard-report-1.schema.json` beside this module says what each field means. Absent texts are "", lists [], and places,
waivers and fixes null. Keys that came after the first release stand at the end of their object.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from guards._core.model import Edit, Json, Level, Place, Problem, Span
from guards._core.report import FindingStatus, GuardRun, Ledger, Report, Reported, Run, Waiver
from guards._output import inert, order
from guards._output.look import Look

SCHEMA = "guard-report/1"


def render(report: Report, look: Look) -> str:
    """The whole report, whatever the look."""
    sensitive = frozenset(rule.id for rule in report.rules if rule.sensitive)
    return inert.json_document(
        {
            "schema": SCHEMA,
            "tool": {"name": "guard", "version": report.tool_version},
            "run": _run(report.run),
            "verdict": report.verdict.value,
            "exit_code": report.exit_code.value,
            "summary": _summary(report),
            "guards": [_guard(run) for run in order.guards(report)],
            "findings": list(map(partial(_finding, sensitive=sensitive), order.by_place(report.findings))),
            "problems": [_problem(problem) for problem in order.problems(report)],
            "status": report.status,
            "reason": report.reason,
        }
    )


def _run(run: Run) -> Json:
    return {
        "id": run.id,
        "started": run.started,
        "duration_ms": run.duration_ms,
        "root": run.root,
        "view": run.view,
        "selection": run.selection,
        "commit": run.commit,
        "base": run.base,
        "profile": run.profile,
        "config_hash": run.config_hash,
        "canonical_hash": run.canonical_hash,
    }


def _summary(report: Report) -> Json:
    return {
        "error": report.count(Level.ERROR),
        "warning": report.count(Level.WARNING),
        "note": report.count(Level.NOTE),
        "new": report.with_status(FindingStatus.NEW),
        "baselined": report.with_status(FindingStatus.BASELINED),
        "waived": report.with_status(FindingStatus.WAIVED),
        "problems": len(order.problems(report)),
        "fixed": report.with_status(FindingStatus.FIXED),
        "files": report.files,
    }


def _guard(run: GuardRun) -> Json:
    return {
        "id": run.id,
        "status": run.status.value,
        "reason": run.reason,
        "duration_ms": run.duration_ms,
        "ledger": _ledger(run.ledger),
        "engine": _sorted(run.engine),
    }


def _ledger(ledger: Ledger) -> Json:
    return {
        "enumerated": ledger.enumerated,
        "checked": ledger.checked,
        "cached": ledger.cached,
        "skipped": _sorted(ledger.skipped),
        "excluded": _sorted(ledger.excluded),
        "failed": _sorted(ledger.failed),
        "remarks": _sorted(ledger.remarks),
    }


def _finding(finding: Reported, *, sensitive: frozenset[str]) -> Json:
    return {
        "rule": finding.rule,
        "guard": finding.guard,
        "level": finding.level.value,
        "message": finding.message,
        "path": finding.path,
        **_span(finding.span),
        "subject": finding.subject,
        "fingerprint": finding.fingerprint,
        "status": finding.status.value,
        "help_uri": finding.help_uri,
        "hint": finding.hint,
        "fix": _fix(finding, withheld=finding.rule in sensitive),
        "related": [_related(place) for place in finding.related],
        "waiver": _waiver(finding.waiver),
    }


def _span(span: Span | None) -> dict[str, Json]:
    if span is None:
        return {"line": None, "column": None, "end_line": None, "end_column": None}
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def _fix(finding: Reported, *, withheld: bool) -> Json:
    """The text that a fix replaces is the secret itself where the rule is sensitive: there only its summary is told."""
    if finding.fix is None:
        return None
    edits: list[Json] = [] if withheld else [_edit(edit) for edit in finding.fix.edits]
    fix = finding.fix
    return {
        "summary": fix.summary,
        "path": fix.path or finding.path,
        "edits": edits,
        "untrack": [*fix.untrack],
        "ignore": [*fix.ignore],
        "quarantine": fix.quarantine,
    }


def _edit(edit: Edit) -> Json:
    try:
        old, new, encoding = edit.old.decode(), edit.new.decode(), "utf-8"
    except UnicodeDecodeError:
        old, new, encoding = edit.old.hex(), edit.new.hex(), "hex"
    return {"start": edit.start, "end": edit.end, "old": old, "new": new, "encoding": encoding}


def _related(place: Place) -> Json:
    return {"path": place.path, **_span(place.span), "note": place.note}


def _waiver(waiver: Waiver | None) -> Json:
    return {"reason": waiver.reason, "owner": waiver.owner, "until": waiver.until} if waiver else None


def _problem(problem: Problem) -> Json:
    return {
        "guard": problem.guard,
        "path": problem.path,
        "reason": problem.reason,
        "kind": problem.kind.value,
        **_span(problem.span),
    }


def _sorted(mapping: Mapping[str, int] | Mapping[str, str]) -> dict[str, Json]:
    return dict(sorted(mapping.items()))
