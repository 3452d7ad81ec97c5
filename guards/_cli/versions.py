"""`guard versions installed`: every dependency as it is declared, locked, installed and documented."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence

import click

from guards._cli.cases import case_of, shortened, table
from guards._cli.writing import write_stdout
from guards._core.errors import GuardError
from guards._core.model import ExitCode
from guards._core.outside.installed import installed_in
from guards._output.inert import line_start, one_line
from guards.versions import GUARD
from guards.versions.installed import Row, Verdict, rows
from guards.versions.judge import repository_of

_shown = functools.partial(shortened, widest=40)


@click.command("installed", short_help="Compare what is declared with what is installed in an environment.")
@click.argument("environment")
@click.option("--project", default="", metavar="FOLDER", help="The project in this folder, from the root.")
@click.option("--config", default="", metavar="FILE", help="Settings in this file, and in no other.")
@click.option("--canonical", default="", metavar="FILE", help="This file in place of canonical.yaml.")
def installed(environment: str, project: str, config: str, canonical: str) -> int:
    """Show every dependency of a project: as it is declared, locked, documented, and installed in ENVIRONMENT."""
    packages = installed_in(environment)
    if not packages:
        hint = "Name the folder of an environment, such as .venv."
        raise GuardError(f"no packages are installed in {environment!r}", hint=hint)
    case, report = case_of(GUARD, config, canonical)
    found = list(rows(repository_of(case), project.strip("/"), packages)) if case else []
    if not found and not report.problems:
        raise GuardError("no dependencies are declared there", hint="Name the folder of a project with `--project`.")
    problems = [f"not checked: {one_line(one.path)}: {one_line(one.reason)}" for one in report.problems]
    counts = Counter(row.verdict for row in found)
    summary = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])
    write_stdout("\n".join([*_lines(found), *problems, "", summary]) + "\n")
    if problems:
        return int(report.exit_code)
    return ExitCode.FINDINGS if counts[Verdict.DIFFERS] or counts[Verdict.MISSING] else ExitCode.OK


def _lines(found: Sequence[Row]) -> list[str]:
    cells: list[tuple[str, ...]] = [("place", "declared", "locked", "installed", "documented", "verdict")]
    cells += [
        (line_start(_where(row)), _shown(row.place.value.text), *map(_shown, row[1:4]), row.verdict) for row in found
    ]
    return table(cells)


def _where(row: Row) -> str:
    span = row.place.span
    return f"{row.place.path}:{span.line}" if span else row.place.path
