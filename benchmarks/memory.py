"""The most memory that a command and all its children hold at one moment, pages that they share counted once."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator, Mapping

from benchmarks.measure import Command, MeasureError

_PAUSE = 0.005


def peak(command: Command, environment: Mapping[str, str]) -> float:
    """MB. Looks at the processes every few milliseconds, so a peak shorter than that is missed; Linux only."""
    highest = 0.0
    with subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            highest = max(highest, sum(map(held, family(process.pid))))
            time.sleep(_PAUSE)
    if process.returncode not in command.codes:
        raise MeasureError(f"{command.name} ended with code {process.returncode}: {' '.join(command.argv)}")
    if not highest:
        raise MeasureError("this system does not tell what its processes hold")
    return highest


def family(pid: int) -> Iterator[int]:
    """A process and all its descendants, as far as they are still there."""
    yield pid
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", "rb") as file:
                for child in file.read().split():
                    yield from family(int(child))


def held(pid: int) -> float:
    """The proportional set size of a process in MB; nothing for one that is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup", "rb") as file:
        for line in file:
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
