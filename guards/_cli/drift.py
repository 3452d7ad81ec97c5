"""`guard drift explain`: every place of a fact, what stands there, and whether it agrees."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import click

from guards._cli.writing import write_stdout
from guards._core import runner
from guards._core.errors import GuardError
from guards._core.model import Case, Guard, Judged, Place
from guards._core.options import nearest
from guards._core.registry import Registry
from guards._core.report import Report
from guards._output.inert import line_start, one_line
from guards.drift import GUARD, explaining

_WIDEST = 60


@click.command("explain", short_help="Show every place of a fact, and whether it agrees.")
@click.argument("fact")
@click.option("--config", default="", metavar="FILE", help="Settings in this file, and in no other.")
@click.option("--canonical", default="", metavar="FILE", help="This file in place of canonical.yaml.")
def explain(fact: str, config: str, canonical: str) -> int:
    """Show every place that FACT is bound to: what stands there, how it has to agree, and whether it does."""
    case, report = _case(config, canonical)
    problems = [f"{one_line(one.path)}: {one_line(one.reason)}" for one in report.problems]
    known = explaining.names(case) if case else ()
    if fact not in known and not problems:
        raise GuardError(f"there is no fact {fact!r}{nearest(fact, known)}", hint="Facts stand in canonical.yaml.")
    lines = list(_explanation(case, fact)) if case and fact in known else []
    lines += [f"not checked: {problem}" for problem in problems]
    write_stdout("\n".join(lines) + "\n")
    return int(report.exit_code) if problems else 0


def _explanation(case: Case[Any], fact: str) -> Iterator[str]:
    value = explaining.value_of(case, fact)
    yield line_start(f"{fact} has no value" if value is None else f"{fact} is {value}")
    yield ""
    yield from _table(list(explaining.rows(case, fact)))


def _case(config: str, canonical: str) -> tuple[Case[Any] | None, Report]:
    """What judge of this guard is given, and the report of the run that gave it."""
    cases: list[Case[Any]] = []

    def keep(case: Case[Any]) -> Sequence[Judged]:
        cases.append(case)
        return ()

    guard: Guard[Any] = replace(GUARD, judge=keep)
    request = runner.Request(
        cwd=os.getcwd(), guards=(guard.id,), environ=os.environ, config=config, canonical=canonical, use_cache=False
    )
    report = runner.run(request, registry=Registry(given=[guard]))
    return (cases[-1] if cases else None), report


def _table(rows: Sequence[explaining.Row]) -> Iterator[str]:
    cells = [
        ("place", "value", "relation", "verdict", "bound as"),
        *(
            (line_start(_where(row.place)), _shown(row.value), row.relation, row.verdict, one_line(row.selector))
            for row in rows
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for line in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _where(place: Place) -> str:
    return f"{place.path}:{place.span.line}:{place.span.column}" if place.span else place.path


def _shown(text: str) -> str:
    bare = one_line(text)
    return bare if len(bare) <= _WIDEST else f"{bare[: _WIDEST - 1]}…"
