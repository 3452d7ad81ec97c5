"""The verbs of drift: `explain` shows every place of a fact, `init` drafts canonical.yaml, `live` looks outside."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

import guards
from guards._cli.cases import case_of, shortened, table
from guards._cli.check import check_with, options_of_a_verb
from guards._cli.writing import write_stdout
from guards._core import canonical, replacing
from guards._core.errors import GuardError
from guards._core.model import Case, Guard
from guards._core.options import nearest
from guards._core.report import Report
from guards._output.inert import line_start, one_line
from guards._output.phrases import place, plural
from guards.drift import GUARD, drafting, explaining, living
from guards.drift.section import is_below_root

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


@click.command("live", short_help="Compare facts with databases, open ports and installed packages.")
@click.argument("facts", nargs=-1, metavar="[FACT]...")
@options_of_a_verb
def live(facts: tuple[str, ...], **given: Any) -> int:
    """Compare what `live` in canonical.yaml names with its FACTs: by default with all of them.

    Nothing else ever looks at a database, a port or an environment: no hook, and no other run. Databases are read in
    transactions that cannot write, and connection strings come from the environment and go nowhere.
    """
    return check_with(living.guard(facts), given)


@click.command("init", short_help="Draft a canonical.yaml from what the repository holds.")
@click.option("--write", is_flag=True, help="Write it, where there is none yet. Without this it is only shown.")
@click.option(
    "--schema",
    default="",
    metavar="FILE|URL",
    help="Tell editors that the JSON Schema is there. --write puts it into FILE, to be committed.",
)
def init(write: bool, schema: str) -> int:
    """Draft a canonical.yaml: values that stand in several places under like names become facts, bound to them.

    What is drafted agrees today. Which of it has to, only you can say: take out what happens to be equal.
    """
    is_address = "://" in schema
    if schema and not is_address and not is_below_root(schema):
        raise GuardError(f"{schema} is no path from the root", hint="Name a file of the repository, or an address.")
    found = draft(schema)
    if not found.facts:
        write_stdout("Nothing stands in several places under like names, so there is no fact to draft.\n")
    elif write:
        write_draft(found, "" if is_address else schema)
        wrote = f"wrote {canonical.FILES[0]} with {plural(found.facts, 'fact')}"
        write_stdout(f"{wrote}: `guard drift` compares their places.\n")
    else:
        write_stdout("".join(f"{line_start(line)}\n" for line in found.text.splitlines()))
    return int(found.report.exit_code) if found.report.problems else 0


class Draft(NamedTuple):
    """A canonical.yaml that could be."""

    text: str
    facts: int
    """How many it has."""
    report: Report


def draft(schema: str = "") -> Draft:
    """What the repository holds, as facts. `schema`: the file or address of the JSON Schema that it names."""
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
    return Draft(drafting.text(found, schema), len(found), report)


def write_draft(draft: Draft, schema: str = "") -> None:
    """Put a draft in its place, where there is none yet, and the JSON Schema where it says."""
    root = draft.report.run.root
    there = next((path for path in canonical.FILES if os.path.lexists(os.path.join(root, path))), "")
    if there:
        raise GuardError(f"{there} is there already", hint="Without --write the draft is shown; take from it.")
    if not os.path.isdir(os.path.join(root, posixpath.dirname(schema))):
        raise GuardError(f"there is no folder for {schema}", hint="Make it, or name a file in one that is there.")
    try:
        if schema:
            _lay_out_schema(root, schema)
        replacing.replace(root, canonical.FILES[0], draft.text.encode(), None)
    except replacing.RefusedError as error:
        raise GuardError(f"cannot write {canonical.FILES[0]}: {error}") from error


def _lay_out_schema(root: str, path: str) -> None:
    """Put the JSON Schema of canonical.yaml where the modeline says, unless something is there."""
    with open(os.path.join(os.path.dirname(guards.__file__), "_schemas", "canonical.schema.json"), "rb") as file:
        schema = file.read()
    if not os.path.lexists(os.path.join(root, path)):
        replacing.replace(root, path, schema, None)


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
