"""A progress bar on stderr for work that takes longer than a second, and only where somebody watches."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

_PATIENCE = 1.0


@contextlib.contextmanager
def progress_bar(*, enabled: bool) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how many of how many files are done."""
    if not enabled or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda done, total: None
        return
    bar = _Bar()
    try:
        yield bar.update
    finally:
        bar.close()


class _Bar:
    def __init__(self) -> None:
        self._started = time.monotonic()
        self._shown: Any = None
        self._task: Any = None
        self._next = self._started + _PATIENCE
        self._stream = sys.stderr

    def update(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + 0.1
        if self._shown is None:
            self._open(total)
        self._shown.update(self._task, completed=done, total=total)

    def close(self) -> None:
        if self._shown is not None:
            self._shown.stop()

    def _open(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._shown = Progress(
            TextColumn("checking"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("files"),
            console=Console(file=self._stream),
            transient=True,
            redirect_stdout=False,  # it would be given back when guards no longer run: other streams than it took
            redirect_stderr=False,
        )
        self._task = self._shown.add_task("checking", total=total)
        self._shown.start()
