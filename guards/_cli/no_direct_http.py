"""`guard no-direct-http init`: a first `clients:` for canonical.yaml."""

from __future__ import annotations

from typing import Any

import click

from guards._cli.cases import case_of
from guards._cli.writing import write_stdout
from guards._core.model import Guard
from guards._output.inert import line_start
from guards.no_direct_http import GUARD, drafting
from guards.no_direct_http.mapping import triggers


@click.command("init", short_help="Draft `clients:` from the calls that there are.")
def init() -> int:
    """Show a `clients:` section with every host that code calls, and the files that call it.

    Put it into canonical.yaml, keep the APIs that have one client, and in `via` only that client.
    """
    guard: Guard[Any] = Guard(
        id=GUARD.id,
        summary=GUARD.summary,
        rules=GUARD.rules,
        options=GUARD.options,
        select=GUARD.select,
        classify=drafting.classify,
        triggers=triggers(drafting.ANY, {}),
        scan=drafting.scan,
        judge=lambda case: (),
    )
    case, report = case_of(guard)
    found = drafting.drafted(case.facts) if case else []
    if found:
        write_stdout("".join(f"{line_start(line)}\n" for line in drafting.text(found).splitlines()))
    else:
        write_stdout("No call has a host that is known, so there is nothing to draft.\n")
    return int(report.exit_code) if report.problems else 0
