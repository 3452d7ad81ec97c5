"""A table that any reader gets back as it was meant, and that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import re

from hypothesis import HealthCheck, given, settings

from guards._core.report import Report
from guards._output.csv_table import COLUMNS, render
from guards._output.look import Look

from . import hostile, reports


def rows(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render(report, Look()))))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(hostile.reports)
def test_every_finding_is_one_row_and_one_line(report: Report) -> None:
    text = render(report, Look())
    assert text.count("\n") == len(text.splitlines()) == len(report.findings) + 1
    assert all(set(row) == set(COLUMNS) for row in rows(report))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(hostile.reports)
def test_no_cell_is_a_formula_even_where_the_separator_is_another(report: Report) -> None:
    """Texts are quoted, so that a spreadsheet which splits at semicolons keeps them whole too."""
    for line in render(report, Look()).splitlines():
        assert re.fullmatch(r'(?:(?:"(?:[^"]|"")*"|\d+)(?:,|$))+', line)
    for row in rows(report):
        assert not any(cell.lstrip()[:1] in tuple("=+-@＝＋－＠") and cell.strip() for cell in row.values())


def test_values_are_those_of_the_finding() -> None:
    by_fingerprint = {row["fingerprint"]: row for row in rows(reports.findings())}
    row = by_fingerprint["10bb"]
    assert [row[name] for name in ("level", "status", "rule", "path", "line", "end_column")] == [
        "error", "waived", "env/undeclared", "src/old.py", "20", "5",
    ]  # fmt: skip
    assert [row[f"waiver_{name}"] for name in ("owner", "until")] == ["payments", "2027-01-31"]
    assert by_fingerprint["00dd"]["line"] == ""


def test_a_report_without_findings_is_a_header() -> None:
    assert render(reports.green(), Look()) == ",".join(f'"{name}"' for name in COLUMNS) + "\n"
