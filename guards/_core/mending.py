"""`--fix` and `--diff`: a run, what its fixes come to, doing that, and a run that looks again.

A fix that was in the way of another leaves it for the next round, so that a second `--fix` finds nothing to do.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from guards._code.proof import disproof
from guards._core import fixes, git as git_, policy, replacing, runner, workers
from guards._core.errors import GuardError, Interrupted
from guards._core.examination import Progress
from guards._core.fixes import Ignoring, Outcome, Plan, Tracked
from guards._core.git import Git, IndexEntry, parse_index
from guards._core.model import Edit, Guard, Problem, ProblemKind
from guards._core.registry import Registry
from guards._core.replacing import RefusedError, Standing
from guards._core.report import FindingStatus, Reported
from guards._core.runner import Ran, Request, ViewName
from guards._core.scanning import describe

_ROUNDS = 5
_PATIENCE = 30.0
_SUBMODULE = "160000"
_OPTIONS_OF_VIEWS = {ViewName.INDEX: "--staged", ViewName.COMMIT: "--rev", ViewName.HISTORY: "--history"}


class Preview(NamedTuple):
    """A run, and what `--fix` would do after it."""

    ran: Ran
    plan: Plan


def require_worktree(request: Request, option: str) -> None:
    """Only what is on disk can be mended."""
    other = _OPTIONS_OF_VIEWS.get(request.view)
    if other is not None:
        raise GuardError(
            f"{option} is about the files on disk, so it does not go with {other}",
            hint=f"Run guard with {option} alone, look at what it did, and stage it.",
        )


def preview(
    request: Request, *, registry: Registry | None = None, progress: Progress = lambda done, total: None
) -> Preview:
    """Look, and say what fixes would do. Nothing is written."""
    require_worktree(request, "--diff")
    began_ns = time.time_ns()
    ran = runner.run_with_evidence(request, registry=registry, progress=progress)
    return Preview(ran._replace(evidence=None), _planned(request, ran, began_ns))


def mend(request: Request, *, registry: Registry | None = None, progress: Progress = lambda done, total: None) -> Ran:
    """Look, do what the fixes of the findings say, and look again. The report has what was mended as `fixed`."""
    require_worktree(request, "--fix")
    before: dict[str, Reported] = {}
    applied: set[str] = set()
    refused: Mapping[str, str] = {}
    problems: list[Problem] = []
    began_ns = time.time_ns()
    ran = runner.run_with_evidence(request, registry=registry, progress=progress)
    for _ in range(_ROUNDS):
        outcome = Outcome()
        stop = _attempt(request, ran, began_ns, outcome)
        before |= {one.fingerprint: one for one in ran.report.findings}
        refused = {**outcome.plan.refused, **outcome.refused}
        done = outcome.done()
        applied |= done
        problems += [Problem(why, ProblemKind.UNREADABLE, path) for path, why in outcome.not_moved.items()]
        if stop is not None:
            problems.append(stop)
        if stop is not None or not done:
            break
        began_ns = time.time_ns()
        ran = runner.run_with_evidence(request, registry=registry, progress=progress)
    report = policy.mended(
        ran.report,
        before.values(),
        applied=applied,
        refused=refused,
        problems=problems,
        exit_zero=request.exit_zero,
    )
    # A record says again what was said, and does nothing again.
    return ran._replace(report=report, evidence=None)


def _attempt(request: Request, ran: Ran, began_ns: int, outcome: Outcome) -> Problem | None:
    """Plan and do; what put an end to it. The outcome, and the report of what was found, must not be lost with it."""
    try:
        outcome.plan = _planned(request, ran, began_ns)
        git = git_.discover(request.cwd) if outcome.plan.untracking else None
        fixes.carry_out(outcome, ran.report.run.root, git.untrack if git else _nothing, run=ran.report.run.id)
    except Interrupted as error:
        return Problem(f"stopped by {error.signal_name}", ProblemKind.INTERRUPTED)
    except GuardError as error:
        return Problem(f"nothing more was fixed: {error.message}", ProblemKind.CONFIG)
    except Exception as error:  # noqa: BLE001 - a bug of ours must not lose what was done before it
        return Problem(f"internal error: {describe(error)}", ProblemKind.INTERNAL)
    return None


def _nothing(paths: Sequence[str]) -> None:
    """Without git there is no index."""


def _planned(request: Request, ran: Ran, began_ns: int) -> Plan:
    """What the fixes of a finished run come to. What is accepted is left alone."""
    report = ran.report
    found = [one for one in report.findings if one.fix is not None and one.status is FindingStatus.NEW]
    if not found or any(problem.kind in _UNFINISHED for problem in report.problems):
        return Plan()
    guards = {task.guard.id: task.guard for task in ran.tasks}
    sensitive = frozenset(rule.id for rule in report.rules if rule.sensitive)
    ground = _Ground(report.run.root, git_.discover(request.cwd))
    return fixes.plan(found, ground, _Prover(guards), began_ns=began_ns, sensitive=sensitive)


_UNFINISHED = {ProblemKind.INTERRUPTED, ProblemKind.INTERNAL}


class _Ground:
    """The work tree and its index."""

    def __init__(self, root: str, git: Git | None) -> None:
        self._root = root
        self._git = git
        self._index: list[IndexEntry] | None = None
        self._paths: list[str] = []

    def read(self, path: str) -> Standing | None:
        if any(item.stage for item in self._at(path)):
            raise RefusedError("its merge is not finished")
        return replacing.read(self._root, path)

    def tracked(self, path: str) -> Tracked:
        items = [*self._at(path), *self._between(f"{path}/", f"{path}0")]  # `0` is the character after `/`
        objection = ""
        if any(item.stage for item in items):
            objection = "its merge is not finished"
        elif any(item.mode == _SUBMODULE for item in items):
            objection = "it holds a submodule"
        return Tracked(tuple(dict.fromkeys(item.path for item in items)), objection)

    def cannot_move(self, path: str) -> str:
        try:
            return "" if replacing.is_file(self._root, path) else "only a regular file can go into quarantine"
        except RefusedError as error:
            return f"it cannot go into quarantine: {error}"

    def ignoring(self, paths: Sequence[str]) -> Mapping[str, Ignoring]:
        lines = self._git.ignoring(paths) if self._git and paths else {}
        # What one person ignores everywhere, or in one clone, keeps nothing out of everybody else's.
        return {
            path: Ignoring(file, pattern)
            for path, (file, pattern) in lines.items()
            if file.rpartition("/")[2] == fixes.GITIGNORE and not file.startswith("/")
        }

    def _at(self, path: str) -> list[IndexEntry]:
        return self._between(path, f"{path}\0")

    def _between(self, first: str, end: str) -> list[IndexEntry]:
        if self._index is None:
            listed = self._git.output("ls-files", "-s", "-v", "-z") if self._git else b""
            self._index = sorted(parse_index(listed), key=lambda item: (item.path, item.stage))
            self._paths = [item.path for item in self._index]
        return self._index[bisect_left(self._paths, first) : bisect_left(self._paths, end)]


class _Prover:
    """Proves edits: the values of a document by comparing them, and what a guard can prove by asking it."""

    def __init__(self, guards: Mapping[str, Guard[Any]]) -> None:
        self._guards = guards

    def __call__(self, path: str, before: bytes, after: bytes, edits: Sequence[Edit], rules: Sequence[str]) -> str:
        planned = {at for edit in edits for at in (edit.at, *edit.also) if at is not None}
        within = [(edit.start, edit.end) for edit in edits if edit.within]
        said = disproof(path, before, after, planned, within=within)
        for guard_id in sorted({rule.partition("/")[0] for rule in rules}):
            said = said or _asked(self._guards[guard_id], path, before, after)
        return said


def _asked(guard: Guard[Any], path: str, before: bytes, after: bytes) -> str:
    """What a guard's own proof says. One that is not ours has a process of its own, as its scan has."""
    proof = guard.proof
    if proof is None:
        return ""

    def answer() -> str:
        try:
            return str(proof(path, before, after))
        except Exception as error:  # noqa: BLE001 - a proof that fails proves nothing
            return f"the proof of its guard {describe(error)}"

    if guard.is_builtin:
        return answer()
    said = workers.isolated(answer, guard.id, _PATIENCE)
    return f"the proof of its guard {said.reason}" if isinstance(said, Problem) else said
