"""What the verbs of guards share: the case that a judge is given, and tables of what they found."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from guards._cli.progress import progress_bar
from guards._core import runner
from guards._core.model import Case, Guard, Judged
from guards._core.registry import Registry
from guards._core.report import Report
from guards._output.inert import one_line


def case_of(guard: Guard[Any], config: str = "", canonical: str = "") -> tuple[Case[Any] | None, Report]:
    """What its judge is given at last, and the report of the run that gave it."""
    cases: list[Case[Any]] = []

    def keep(case: Case[Any]) -> Sequence[Judged]:
        cases.append(case)
        return ()

    request = runner.Request(
        cwd=os.getcwd(), guards=(guard.id,), environ=os.environ, config=config, canonical=canonical, use_cache=False
    )
    with progress_bar(enabled=True) as progress:
        report = runner.run(request, registry=Registry(given=[replace(guard, judge=keep)]), progress=progress)
    return (cases[-1] if cases else None), report


def shortened(text: str, widest: int) -> str:
    """A text of the repository for a cell of a table."""
    bare = one_line(text)
    return bare if len(bare) <= widest else f"{bare[: widest - 1]}…"


def table(cells: Sequence[Sequence[str]]) -> list[str]:
    """Lines of columns, each as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
