"""`guard drift explain`: every place of a fact, what stands there, and whether it agrees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import click

from guards._cli.cases import case_of, table
from guards._cli.writing import write_stdout
from guards._core.errors import GuardError
from guards._core.model import Case, Place
from guards._core.options import nearest
from guards._output.inert import line_start, one_line
from guards.drift import GUARD, explaining

_WIDEST = 60


@click.command("explain", short_help="Show every place of a fact, and whether it agrees.")
@click.argument("fact")
@click.option("--config", default="", metavar="FILE", help="Settings in this file, and in no other.")
@click.option("--canonical", default="", metavar="FILE", help="This file in place of canonical.yaml.")
def explain(fact: str, config: str, canonical: str) -> int:
    """Show every place that FACT is bound to: what stands there, how it has to agree, and whether it does."""
    case, report = case_of(GUARD, config, canonical)
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


def _table(rows: Sequence[explaining.Row]) -> list[str]:
    cells = [
        ("place", "value", "relation", "verdict", "bound as"),
        *(
            (line_start(_where(row.place)), _shown(row.value), row.relation, row.verdict, one_line(row.selector))
            for row in rows
        ),
    ]
    return table(cells)


def _where(place: Place) -> str:
    return f"{place.path}:{place.span.line}:{place.span.column}" if place.span else place.path


def _shown(text: str) -> str:
    bare = one_line(text)
    return bare if len(bare) <= _WIDEST else f"{bare[: _WIDEST - 1]}…"
