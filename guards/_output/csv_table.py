"""A row per finding, for spreadsheets: every text is quoted and inert, and a cell never holds a line end."""

from __future__ import annotations

import csv
import io

from guards._core.report import Report, Reported
from guards._output import inert, order
from guards._output.look import Look

COLUMNS = (
    "level", "status", "rule", "guard", "path", "line", "column", "end_line", "end_column", "message", "hint",
    "subject", "fingerprint", "help_uri", "waiver_reason", "waiver_owner", "waiver_until",
)  # fmt: skip
"""The header. New columns come last."""


def render(report: Report, look: Look) -> str:
    """All findings, the settled ones too. Problems are not findings: a run that has some says so by its exit code."""
    table = io.StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(finding) for finding in order.by_place(report.findings))
    return table.getvalue()


def _row(finding: Reported) -> list[int | str]:
    waiver = finding.waiver
    texts = (finding.message, finding.hint, finding.subject, finding.fingerprint, finding.help_uri)
    return [
        *map(inert.csv_cell, (finding.level, finding.status, finding.rule, finding.guard, finding.path)),
        *(finding.span or ("", "", "", "")),
        *map(inert.csv_cell, texts),
        *map(inert.csv_cell, (waiver.reason, waiver.owner, waiver.until) if waiver else ("", "", "")),
    ]
