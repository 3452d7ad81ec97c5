"""`guard drift explain`: every place of a fact, and whether it agrees; `guard drift init`: a first canonical.yaml."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

import guards
from guards._cli.cases import case_of, shortened, table
from guards._cli.writing import write_stdout
from guards._core import canonical, replacing
from guards._core.errors import GuardError
from guards._core.model import Case, Guard
from guards._core.options import nearest
from guards._core.report import Report
from guards._core.store import open_store
from guards._core.workspace import STORE
from guards._output.inert import line_start, one_line
from guards._output.phrases import place
from guards.drift import GUARD, drafting, explaining

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


@click.command("init", short_help="Draft a canonical.yaml from what the repository holds.")
@click.option("--write", is_flag=True, help="Write it, where there is none yet. Without this it is only shown.")
def init(write: bool) -> int:
    """Draft a canonical.yaml: values that stand in several places under like names become facts, bound to them.

    What is drafted agrees today. Which of it has to, only you can say: take out what happens to be equal.
    """
    found = draft()
    if not found.facts:
        write_stdout("Nothing stands in several places under like names, so there is no fact to draft.\n")
    elif write:
        write_draft(found)
        write_stdout(f"wrote {canonical.FILES[0]} with {found.facts} facts: `guard drift` compares their places.\n")
    else:
        write_stdout("".join(f"{line_start(line)}\n" for line in found.text.splitlines()))
    return int(found.report.exit_code) if found.report.problems else 0


class Draft(NamedTuple):
    """A canonical.yaml that could be."""

    text: str
    facts: int
    """How many it has."""
    report: Report


def draft() -> Draft:
    """What the repository holds, as facts."""
    guard: Guard[Any] = Guard(
        id=GUARD.id,
        summary=GUARD.summary,
        rules=GUARD.rules,
        options=GUARD.options,
        classify=drafting.classify,
        scan=drafting.scan,
        stream=True,
        sees_tree=True,
    )
    case, report = case_of(guard)
    found = drafting.drafted(case.facts, case.paths) if case else []
    return Draft(drafting.text(found, _SCHEMA), len(found), report)


def write_draft(draft: Draft) -> None:
    """Put a draft in its place, where there is none yet."""
    root = draft.report.run.root
    there = next((path for path in canonical.FILES if os.path.lexists(os.path.join(root, path))), "")
    if there:
        raise GuardError(f"{there} is there already", hint="Without --write the draft is shown; take from it.")
    try:
        replacing.replace(root, canonical.FILES[0], draft.text.encode(), None)
        _lay_out_schema(root)
    except replacing.RefusedError as error:
        raise GuardError(f"cannot write {canonical.FILES[0]}: {error}") from error


_SCHEMA = f"{STORE}/canonical.schema.json"
"""Where the modeline of a draft says that editors find the JSON Schema: the same in every clone."""


def _lay_out_schema(root: str) -> None:
    """Put the JSON Schema where the modeline says, if that place is ours."""
    with open(os.path.join(os.path.dirname(guards.__file__), "_schemas", "canonical.schema.json"), "rb") as file:
        schema = file.read()
    store = open_store(root)
    if store is not None and store.save(_MARK, b""):  # makes the folder, and keeps it out of git
        replacing.replace(root, _SCHEMA, schema, replacing.read(root, _SCHEMA))


_MARK = "drafted"


def _table(rows: Sequence[explaining.Row]) -> list[str]:
    cells = [
        ("place", "value", "relation", "verdict", "bound as"),
        *(
            (
                line_start(place(row.place.path, row.place.span)),
                shortened(row.value, _WIDEST),
                row.relation,
                row.verdict,
                one_line(row.selector),
            )
            for row in rows
        ),
    ]
    return table(cells)
