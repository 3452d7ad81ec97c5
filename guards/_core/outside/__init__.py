"""What guards declare that they have to know from outside of the tree: databases, open ports, installed packages.

Each is read once in a run, side by side, and none for longer than the time limit. Only the catalogue of a database is
read, and nothing is written. Where a thing is may be a secret: what a driver says of it is told to nobody.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from guards._core.model import Answer, Outside, OutsideKind, Problem, ProblemKind
from guards._core.programs import is_below


class NoAnswerError(Exception):
    """Why something could not be read, in words that give nothing away."""

    def __init__(self, reason: str, kind: ProblemKind = ProblemKind.UNREADABLE) -> None:
        super().__init__(reason)
        self.problem = Problem(reason, kind)


class Circumstances(Struct, frozen=True):
    """Where and how a run may look."""

    root: str
    environ: Mapping[str, str]
    offline: bool
    seconds: float
    today: str = ""


def answers(wanted: Iterable[Outside], around: Circumstances) -> dict[Outside, Answer]:
    """What each of them says, or why that is not known."""
    told: queue.SimpleQueue[tuple[Outside, Answer]] = queue.SimpleQueue()
    waiting = set(wanted)
    found: dict[Outside, Answer] = {}
    for one in waiting:  # what hangs is left behind: a driver cannot be interrupted
        threading.Thread(target=_tell, args=(one, around, told.put), daemon=True).start()
    deadline = time.monotonic() + around.seconds
    while waiting:
        try:
            one, answer = told.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            late = Problem(f"no answer within {around.seconds:g} s", ProblemKind.TIMEOUT)
            return found | {one: Answer(problem=late) for one in waiting}
        found[one] = answer
        waiting.remove(one)
    return found


def _tell(one: Outside, around: Circumstances, tell: Callable[[tuple[Outside, Answer]], None]) -> None:
    try:
        answer = Answer(_read(one, around))
    except NoAnswerError as error:
        answer = Answer(problem=error.problem)
    except BaseException as error:  # noqa: BLE001 - its message may hold what must not be told
        reason = f"cannot be read: {type(error).__name__}"
        answer = Answer(problem=Problem(reason, ProblemKind.UNREADABLE))
    tell((one, answer))


def _read(one: Outside, around: Circumstances) -> tuple[str, ...] | None:
    if one.kind is OutsideKind.TODAY:
        return (around.today,)
    if one.kind is OutsideKind.LISTENING:
        from guards._core.outside import listening

        return listening.ports(around.root, around.seconds)
    where = _where(one, around)
    if one.kind is OutsideKind.INSTALLED:
        from guards._core.outside.installed import installed_in

        packages = installed_in(where)
        if not packages:
            raise NoAnswerError("no packages are installed there", ProblemKind.INPUT_MISSING)
        return tuple(f"{name} {version}" for name, version in sorted(packages.items()))
    if one.kind is OutsideKind.SQLITE:
        from guards._core.outside import sqlite

        return sqlite.columns(where, one.name, around.seconds)
    if around.offline:
        raise NoAnswerError("is reached by network, and this run is offline", ProblemKind.CONFIG)
    from guards._core.outside import postgresql

    return postgresql.columns(where, one.name, around.seconds)


_SQLITE = "sqlite:///"
"""How SQLAlchemy writes the path of a database: with a fourth slash it is absolute."""


def _where(one: Outside, around: Circumstances) -> str:
    """Where it is: as the environment says, or below the root."""
    if one.env:
        where = around.environ.get(one.env, "")
        if not where:
            raise NoAnswerError(f"the environment variable {one.env} is not set", ProblemKind.INPUT_MISSING)
        return where if one.kind is OutsideKind.POSTGRESQL else os.path.join(around.root, where.removeprefix(_SQLITE))
    path = os.path.join(around.root, one.at)
    if not is_below(os.path.realpath(path), os.path.realpath(around.root)):
        raise NoAnswerError(f"{one.at} leads out of the repository", ProblemKind.CONFIG)
    return path
