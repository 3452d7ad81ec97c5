"""Running commands side by side, and the arithmetic on what they took.

The machine is never quiet, so nothing is compared with anything that was measured at another time: every command of a
comparison runs once in every round, and ratios are taken within a round.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class MeasureError(Exception):
    """A command did something else than what was to be measured."""


@dataclass(frozen=True, slots=True)
class Command:
    """One contestant."""

    name: str
    argv: tuple[str, ...]
    cwd: str
    codes: frozenset[int] = frozenset({0})
    """The exit codes of a run that did its work; with any other one there is no result."""


class Sample(NamedTuple):
    """What one run took."""

    wall: float
    """Seconds from start to end."""
    cpu: float
    """Seconds of user and system time, children included."""
    peak: float
    """The most memory that a single process of it held, in MB."""


class Spread(NamedTuple):
    """Some numbers in three."""

    low: float
    median: float
    high: float


Prepare = Callable[[int], None]


def nothing(number: int) -> None:
    """The preparation of a comparison that needs none."""


def compare(
    commands: Sequence[Command],
    rounds: int,
    *,
    environment: Mapping[str, str],
    prepare: Prepare = nothing,
    warm_ups: int = 2,
) -> dict[str, list[Sample]]:
    """Samples by the command's name, in the order of the rounds.

    `prepare` is called before every single run, with a number that never comes twice.
    """
    samples: dict[str, list[Sample]] = {command.name: [] for command in commands}
    number = 0
    for turn in range(warm_ups + rounds):
        for command in rotated(commands, turn):
            prepare(number)
            number += 1
            sample = run(command, environment)
            if turn >= warm_ups:
                samples[command.name].append(sample)
    return samples


def rotated(commands: Sequence[Command], turn: int) -> list[Command]:
    """The order of a round: each command comes first, and after each other one, equally often."""
    start = turn % len(commands)
    order = [*commands[start:], *commands[:start]]
    return order[::-1] if turn // len(commands) % 2 else order


def run(command: Command, environment: Mapping[str, str]) -> Sample:
    """Run a command to its end."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in command.codes:
        raise MeasureError(f"{command.name} ended with code {process.returncode}: {' '.join(command.argv)}")
    return Sample(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def spread(numbers: Iterable[float]) -> Spread:
    """The least, the middle and the greatest of some numbers."""
    ordered = sorted(numbers)
    if not ordered:
        raise ValueError("there are no numbers")
    return Spread(ordered[0], statistics.median(ordered), ordered[-1])


def ratios(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    """How many times as long ours took as theirs, round by round."""
    return spread(own / other for own, other in zip(ours, theirs, strict=True))


def noise(yardstick: Sequence[float]) -> float:
    """How far the machine was from quiet: the slowest run of something that never changes over the middle one."""
    calm = spread(yardstick)
    return calm.high / calm.median
