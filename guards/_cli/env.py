"""`guard env --live` looks at the environment of this process; `guard env init` drafts `env:`."""

from __future__ import annotations

import os
from typing import Any

import click

from guards._cli.cases import case_of
from guards._cli.check import check_with, options_of_a_verb
from guards._cli.writing import write_stdout
from guards._output.inert import line_start
from guards.env import drafting, live as checking
from guards.env.guard import GUARD
from guards.env.world import World


@click.command("--live", short_help="Check the environment of this process.")
@click.option("--live", is_flag=True, hidden=True, help="Look at the environment of this process.")
@click.option("--profile", type=click.Choice(["dev", "stage", "prod"]), default="prod", help="[default: prod]")
@click.option("--entry-point", default="", metavar="NAME", help="With what this entry point of `env-code` requires.")
@options_of_a_verb
def live(live: bool, profile: str, entry_point: str, **given: Any) -> int:
    """Check that the environment of this process has what `env:` in canonical.yaml requires, before anything starts.

    Nothing is taken from files of the environment, and no value is shown. Without a section `env` this fails.
    """
    guard = checking.guard(profile, entry_point, os.environ)
    return check_with(guard, {**given, "profile": profile})


@click.command("init", short_help="Draft `env:` from what is read.")
def init() -> int:
    """Show an `env:` section with every variable that code reads or a template has.

    Put it into canonical.yaml, say what is required where, and take out what the platform sets.
    """
    case, report = case_of(GUARD)
    found = drafting.drafted(World(case)) if case else []
    if found:
        write_stdout("".join(f"{line_start(line)}\n" for line in drafting.text(found).splitlines()))
    else:
        write_stdout("No variable is read, so there is nothing to draft.\n")
    return int(report.exit_code) if report.problems else 0
