"""`guard waive`: accept one finding, with a reason, somebody who answers for it, and a last day."""

from __future__ import annotations

import time

import click

from guards._cli.accepting import Found, look, meant, named, read, settings_name, write
from guards._cli.writing import write_stdout
from guards._core import waivers
from guards._core.globs import matcher
from guards._core.options import date_of
from guards._core.settings_file import waiver_text, with_waiver
from guards._core.waivers import Terms
from guards._output import inert


@click.command("waive", short_help="Accept a finding until a day, with a reason.")
@click.argument("finding", default="")
@click.option("--reason", default="", help="Why it is accepted.")
@click.option("--owner", default="", help="Who answers for it.")
@click.option("--until", default="", metavar="DATE", help="The last day on which it is accepted, such as 2027-01-31.")
def waive(finding: str, reason: str, owner: str, until: str) -> int:
    """Write a waiver for FINDING into the settings, and show it.

    FINDING is a fingerprint, the beginning of one, or a place such as src/app.py:12. Without it, those that there are
    are listed.
    """
    if not finding:
        return _list(look())
    terms = _terms(reason, owner, until)
    found = look()
    one = meant(finding, found)
    path = one.path if _names_itself(one.path) else ""
    full = Terms(terms.reason, one.rule, path, one.fingerprint, terms.owner, terms.until)
    name = settings_name(found.root)
    write(found.root, name, with_waiver(read(found.root, name) or b"", full, name=name))
    shown = "\n".join(map(inert.one_line, waiver_text(full, name=name).splitlines()))
    write_stdout(f"wrote into {name}:\n\n{shown}\n")
    return int(found.code)


def _terms(reason: str, owner: str, until: str) -> Terms:
    missing = [
        name for name, value in (("--reason", reason), ("--owner", owner), ("--until", until)) if not value.strip()
    ]
    if missing:
        raise click.UsageError(f"A waiver needs {', '.join(missing)}.")
    try:
        day = date_of(until)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--until") from error
    if day < waivers.today(time.time_ns()):
        raise click.BadParameter(f"{day} has passed.", param_hint="--until")
    return Terms(reason, owner=owner, until=day, rule="*")


def _names_itself(path: str) -> bool:
    """Whether a path, read as a glob, means itself."""
    try:
        return not set("*?[]{}!") & set(path) and matcher([path])(path) and path.isprintable()
    except ValueError:
        return False


def _list(found: Found) -> int:
    write_stdout("".join(f"{line}\n" for line in map(named, found.new)) or "There is nothing to waive.\n")
    return int(found.code)
