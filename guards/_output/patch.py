"""What fixes would do, as a patch with the commands that go with it: `--diff`.

Only lines that a fix changes are shown, and none of a rule whose text must not be shown.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from guards._core.fixes import Change, Plan, Untracking, in_quarantine
from guards._core.report import Report
from guards._core.untracking import shell_quoted, untrack_command
from guards._output import inert
from guards._output.phrases import place

_NOWHERE = "/dev/null"


def render(plan: Plan, report: Report) -> str:
    """Texts first, then what git lets go of, then what would not be done, with the reason; a line in the end."""
    lines = [line for change in plan.changes for line in _change(change)]
    lines += [line for one in plan.untracking for line in _commands(one, report.run.id)]
    lines += _refused(plan, report)
    return "".join(f"{line}\n" for line in [*lines, ""]) if lines else ""


def _change(change: Change) -> Iterator[str]:
    path = inert.one_line(change.path)
    yield f"--- {_NOWHERE if change.before is None else f'a/{path}'}"
    yield f"+++ b/{path}"
    if change.withheld:
        yield "(not shown: this is about text that must not be shown)"
        return
    old, new = (_lines(text) for text in (change.before.data if change.before else b"", change.after))
    for line in list(difflib.unified_diff(old, new, n=0, lineterm=""))[2:]:
        body, end, rest = line.partition("\n")
        kept = body.removesuffix("\r")
        # The carriage return of a line end moves nothing, and without it the patch would not be one.
        yield inert.one_line(kept) + body[len(kept) :]
        if not end and not line.startswith("@@") and not rest:
            yield "\\ No newline at end of file"


def _lines(data: bytes) -> list[str]:
    """The lines with their ends; only a line feed ends one."""
    *whole, last = data.decode("utf-8", "surrogateescape").split("\n")
    return [f"{line}\n" for line in whole] + ([last] if last else [])


def _commands(one: Untracking, run: str) -> Iterator[str]:
    yield f"$ {untrack_command(one.path, folder=one.is_folder)}"
    if one.quarantine:
        yield from (f"$ mv -- {shell_quoted(file)} {shell_quoted(in_quarantine(run, file))}" for file in one.files)


def _refused(plan: Plan, report: Report) -> Iterator[str]:
    for finding in report.findings:
        if reason := plan.refused.get(finding.fingerprint):
            where = inert.one_line(place(finding.path, finding.span))
            yield f"# {where} {inert.one_line(finding.rule)} would not be fixed: {inert.one_line(reason)}"
