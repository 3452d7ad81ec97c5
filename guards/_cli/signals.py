"""Signals that ask us to stop: the first ends the work and still gets a report, the second ends the process."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

from guards._core.errors import Interrupted
from guards._core.model import ExitCode

_STOPPING = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_state = {"received": 0, "held": 0}


def install() -> None:
    """Take over the signals; they raise `Interrupted` in the main thread from now on."""
    for name in _STOPPING:
        number = getattr(signal, name)
        # A signal that our parent told us to ignore (nohup, a background job of a plain shell) stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _received)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Let the block finish: what it writes would otherwise be cut off in the middle."""
    _state["held"] += 1
    try:
        yield
    finally:
        _state["held"] -= 1


def _received(number: int, frame: FrameType | None) -> None:
    _state["received"] += 1
    if _state["received"] > 1:
        loaded = sys.modules.get("guards._core.workers")
        if loaded is not None:
            loaded.end_all()
        os._exit(ExitCode.INTERRUPTED)
    if not _state["held"]:
        raise Interrupted(signal.Signals(number).name)
