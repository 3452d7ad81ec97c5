"""Guards that wrap a program: it gets copies of the files that nothing is known about, and has to account for each.

A copy stands alone in a folder of its own, outside of the tree, under a made-up name, and holds the very bytes under
whose identity the answer is kept. Programs run while Python scans; what one says is judged by its output alone.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import sys
import sysconfig
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from typing import Any, NamedTuple, Self

from msgspec import Struct
from msgspec.structs import replace

from guards._core import programs, workers
from guards._core.errors import GuardError
from guards._core.learned import Learned
from guards._core.model import Finding, Guard, Output, Problem, ProblemKind, Program, Seen, Source, Span, Told
from guards._core.programs import Completed, Running, Tool
from guards._core.scanning import Job, Lines, Looked, Scanner, Task, describe

_MOST_FILES = 500
_MOST_BYTES = 32 << 20
"""What one start of a program is given at most, unless a single file is larger."""
_SECONDS_PER_FILE = 0.1
"""What each file adds to the time limit."""
_MOST_OUTPUT = 64 << 20
_MOST_RETRIES = 20
"""How often the files of a program that broke are given to it again, half as many at a time."""
_VERSION_SECONDS = 20.0
_VERSION = re.compile(rb"\d+(?:\.\d+)+")
_REST = 0.02


class MissingToolError(Exception):
    """A program that is not here, or not in a version that is understood; the message says how to get it."""


def find_tool(program: Program, root: str) -> Tool:
    """The program on this machine: beside the Python that we run in, else on PATH, but never inside the tree."""
    own = _beside_python(program.name)
    is_there = os.path.isfile(own) and os.access(own, os.X_OK)
    path = own if is_there else programs.find(program.name, outside=root)
    if path is None:
        raise MissingToolError(f"{program.name} is not installed: {program.install}")
    version = _version(path)
    wanted = ".".join(map(str, program.oldest))
    if version is None:
        raise MissingToolError(f"{path} does not tell its version: {program.install}")
    if tuple(map(int, version.split("."))) < program.oldest:
        raise MissingToolError(f"{program.name} {version} is too old, {wanted} is needed: {program.install}")
    return Tool(program.name, path, version)


def places(program: Program, root: str, found: Tool | None) -> list[str]:
    """Where a program was looked for, up to where it was found: whatever is put there later would be found instead."""
    looked_at = [_beside_python(program.name), *programs.candidates(program.name, outside=root)]
    return looked_at[: looked_at.index(found.path) + 1] if found is not None else looked_at


def _beside_python(name: str) -> str:
    """Where an extra of this distribution is installed to. It is trusted as the code is that asks for it."""
    return os.path.join(sysconfig.get_path("scripts"), name + (".exe" if sys.platform == "win32" else ""))


def _version(path: str) -> str | None:
    with contextlib.suppress(GuardError, OSError), programs.private_folder() as folder:
        done = programs.run(
            [path, "--version"], cwd=folder, env=_environment(folder), timeout=_VERSION_SECONDS, limit=1 << 16
        )
        found = _VERSION.search(done.stdout)
        return found[0].decode() if found and done.returncode == 0 else None
    return None


def _environment(folder: str) -> dict[str, str]:
    """A small one: what the caller has in its own could be options of the program."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "SYSTEMDRIVE") if name in os.environ}
    return kept | {
        "PATH": os.defpath,
        "HOME": folder,
        "TMPDIR": folder,
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }


def divided(tasks: Sequence[Task], jobs: list[Job]) -> list[Job]:
    """The same jobs, with a job of its own for each file that a program is to look at."""
    wrapping = {number for number, task in enumerate(tasks) if task.guard.program is not None}
    return list(_divided(wrapping, jobs)) if wrapping else jobs


def _divided(wrapping: AbstractSet[int], jobs: Iterable[Job]) -> Iterator[Job]:
    for job in jobs:
        if wrapping.isdisjoint(number for number, _ in job.wanted):
            yield job
            continue
        own = tuple(one for one in job.wanted if one[0] not in wrapping)
        if own:
            yield job._replace(wanted=own)
        yield from (job._replace(wanted=(one,)) for one in job.wanted if one[0] in wrapping)


def apart(tasks: Sequence[Task], jobs: Sequence[Job]) -> tuple[Sequence[Job], Sequence[Job]]:
    """Of jobs that were divided those for programs, and the others."""
    if all(task.guard.program is None for task in tasks):
        return (), jobs
    is_for_program = [tasks[job.wanted[0][0]].guard.program is not None for job in jobs]
    given, own = (list(itertools.compress(jobs, (wanted is one for one in is_for_program))) for wanted in (True, False))
    return given, own


class _Copy(NamedTuple):
    """A file that a program is to look at."""

    job: Job
    looked: Looked
    source: Source[Any]


class _Batch(Struct, frozen=True):
    """The files of one start of a program."""

    task: int
    copies: Sequence[_Copy]


class _Start(Struct):
    """A program that is looking at its files."""

    batch: _Batch
    names: Mapping[str, _Copy]
    folder: str
    running: Running
    closing: contextlib.ExitStack
    since: float


class Programs:
    """The programs of a run and the files that wait for them. Leaving it as a context ends and removes everything."""

    def __init__(self, scanner: Scanner, jobs: Iterable[Job], *, root: str, count: int) -> None:
        self._scanner = scanner
        self._root = root
        self._count = max(1, count)
        self._jobs: dict[int, deque[Job]] = {}
        for job in jobs:
            self._jobs.setdefault(job.wanted[0][0], deque()).append(job)
        self._again: deque[_Batch] = deque()
        self._retries = _MOST_RETRIES
        self._starts: list[_Start] = []
        self._sources: list[Source[Any]] = []
        scanner.set_aside = self._set_aside

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        while self._starts:
            self._starts.pop().closing.close()

    def attend(self) -> list[tuple[Job, Looked]]:
        """What is known by now, without waiting; where a program has ended, the next one starts."""
        found: list[tuple[Job, Looked]] = []
        for start in tuple(self._starts):
            done = start.running.look()
            if done is not None:
                self._starts.remove(start)
                found += self._ended(start, done)
        while (task := self._next()) is not None:
            found += self._begin(task)
        return found

    def rest(self) -> Iterator[tuple[Job, Looked]]:
        """All that is left, waiting for it."""
        yield from self.attend()
        while self._starts:
            time.sleep(_REST)
            yield from self.attend()

    # What a program is given

    def _next(self) -> int | None:
        """The task whose program may start now."""
        for task in [*(batch.task for batch in self._again), *self._jobs]:
            program = self._program(task)
            alike = sum(start.batch.task == task for start in self._starts)
            if alike < (1 if program.uses_all_processors else self._count):
                return task
        return None

    def _begin(self, task: int) -> Iterator[tuple[Job, Looked]]:
        batch = next((batch for batch in self._again if batch.task == task), None)
        if batch is not None:
            self._again.remove(batch)
        else:
            copies: list[_Copy] = []
            yield from self._gather(task, copies)
            batch = _Batch(task, copies)
        if batch.copies:
            yield from self._start(batch)

    def _gather(self, task: int, copies: list[_Copy]) -> Iterator[tuple[Job, Looked]]:
        """Read files until there are enough; what the program need not see is answered at once."""
        waiting = self._jobs[task]
        size = 0
        while waiting and len(copies) < _MOST_FILES and size < _MOST_BYTES:
            job = waiting.popleft()
            self._sources.clear()
            looked = self._scanner.look(job)
            if self._sources:
                copies.append(_Copy(job, looked, self._sources.pop()))
                size += copies[-1].source.size
            else:
                yield job, looked
        if not waiting:
            del self._jobs[task]

    def _set_aside(self, source: Source[Any]) -> Iterable[Seen]:
        self._sources.append(source)
        return ()

    def _start(self, batch: _Batch) -> Iterator[tuple[Job, Looked]]:
        closing = contextlib.ExitStack()
        try:
            folder = closing.enter_context(programs.private_folder())
            if programs.is_below(folder, os.path.realpath(self._root)):
                closing.close()
                reason = "the folder for temporary files is inside the tree: set TMPDIR to another one"
                yield from self._failed(batch, reason, ProblemKind.CONFIG)
                return
            names = self._write(batch, folder)
            running = closing.enter_context(contextlib.closing(self._run(batch, list(names), folder)))
        except (GuardError, OSError) as error:
            closing.close()
            why = error.strerror if isinstance(error, OSError) else str(error)
            yield from self._failed(batch, f"{self._program(batch.task).name} could not be started: {why}")
        except BaseException:
            closing.close()
            raise
        else:
            self._starts.append(_Start(batch, names, folder, running, closing, time.perf_counter()))

    def _write(self, batch: _Batch, folder: str) -> dict[str, _Copy]:
        """Copies of the files by their names below a folder, each alone in its own."""
        names = {}
        for number, copy in enumerate(batch.copies):
            own = str(number)
            name = f"{own}/{self._program(batch.task).file_name(copy.source.path_class)}"
            os.mkdir(os.path.join(folder, own), 0o700)
            descriptor = os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(copy.source.data)
            names[name] = copy
        return names

    def _run(self, batch: _Batch, names: Sequence[str], folder: str) -> Running:
        task = self._scanner.tasks[batch.task]
        assert task.tool is not None  # noqa: S101 - a task without its tool is not made
        argv = [task.tool.path, *self._program(batch.task).command(task.scan_slice, names)]
        timeout = self._scanner.limits.seconds + _SECONDS_PER_FILE * len(names)
        return Running(argv, cwd=folder, env=_environment(folder), timeout=timeout, limit=_MOST_OUTPUT)

    # What a program said

    def _ended(self, start: _Start, done: Completed) -> Iterator[tuple[Job, Looked]]:
        """What became of each file of a program that ended."""
        with start.closing:
            self._scanner.spent[start.batch.task] += time.perf_counter() - start.since
            name = self._program(start.batch.task).name
            if done.timed_out:
                reason = f"{name} took longer than it may and was ended"
                yield from self._failed(start.batch, reason, ProblemKind.TIMEOUT)
            elif done.truncated:
                yield from self._failed(start.batch, f"{name} said more than {_MOST_OUTPUT >> 20} MiB and was ended")
            else:
                told, problem = self._understood(start, done)
                if problem is None:
                    yield from self._answers(start, told)
                else:
                    yield from self._broken(start.batch, problem)

    def _understood(self, start: _Start, done: Completed) -> tuple[dict[str, Told], Problem | None]:
        """What a program said of each file; a problem where it broke or said what it cannot have seen."""
        guard = self._scanner.tasks[start.batch.task].guard
        program = self._program(start.batch.task)
        if done.returncode < 0:
            return {}, Problem(f"{program.name} was ended by {_signal_name(-done.returncode)}", ProblemKind.TOOL_FAILED)
        classes = {name: copy.source.path_class for name, copy in start.names.items()}
        output = Output(done.returncode, done.stdout, done.stderr, start.folder)

        def parsed() -> Iterator[Told | Problem]:
            try:
                yield from program.parse(output, classes)
            except Exception as error:  # noqa: BLE001 - any: nothing is known of what a program may say
                why = describe(error).removeprefix("crashed: ")
                yield Problem(f"what {program.name} said was not understood ({why})", ProblemKind.TOOL_FAILED)

        items, problem = _apart(self._scanner, guard, parsed)
        problem = problem or next((item for item in items if isinstance(item, Problem)), None)
        told = {item.name: item for item in items if isinstance(item, Told)}
        if problem is None and (len(told) != len(items) or not told.keys() <= classes.keys()):
            reason = f"{program.name} speaks of files that it was not given, or of one twice"
            problem = Problem(reason, ProblemKind.TOOL_FAILED)
        return told, problem

    def _answers(self, start: _Start, told: Mapping[str, Told]) -> Iterator[tuple[Job, Looked]]:
        task = start.batch.task
        for name, copy in start.names.items():
            if name not in told:
                yield self._failure(copy, f"{self._program(task).name} did not look at it", ProblemKind.TOOL_FAILED)
                continue
            guard, path = self._scanner.tasks[task].guard, copy.job.entry.path
            text = copy.source.text
            seen, problem = self._scanner.run(guard, path, lambda: _in_our_lines(told[name].seen, text))  # noqa: B023
            learned = self._scanner.learned(task, path, seen, problem, Lines(text))
            yield copy.job, copy.looked._replace(learned=(learned,) if learned is not None else ())

    def _broken(self, batch: _Batch, problem: Problem) -> Iterator[tuple[Job, Looked]]:
        """One file may be to blame for what became of all: try again with half as many, up to a limit."""
        half = len(batch.copies) // 2
        if half and self._retries > 0 and problem.kind is ProblemKind.TOOL_FAILED:
            self._retries -= 1
            self._again += [_Batch(batch.task, part) for part in (batch.copies[:half], batch.copies[half:])]
        else:
            yield from self._failed(batch, problem.reason, problem.kind)

    def _failed(
        self, batch: _Batch, reason: str, kind: ProblemKind = ProblemKind.TOOL_FAILED
    ) -> Iterator[tuple[Job, Looked]]:
        """None of these files was checked. What concerns several is one problem, and each file's in the ledger."""
        for copy in batch.copies:
            yield self._failure(copy, reason, kind, alone=len(batch.copies) == 1)

    def _failure(self, copy: _Copy, reason: str, kind: ProblemKind, *, alone: bool = True) -> tuple[Job, Looked]:
        ((task, _),) = copy.job.wanted
        path = copy.job.entry.path
        problem = Problem(reason, kind, path if alone else "", self._scanner.tasks[task].guard.id)
        return copy.job, Looked("", (Learned(task, path, problem=problem),))

    def _program(self, task: int) -> Program:
        program = self._scanner.tasks[task].guard.program
        assert program is not None  # noqa: S101 - only such tasks get here
        return program


def _apart(scanner: Scanner, guard: Guard[Any], call: Callable[[], Iterable[Any]]) -> tuple[list[Any], Problem | None]:
    """What a guard's parser yields; for a guard that is not ours, in a process of its own."""

    def called() -> tuple[list[Any], Problem | None]:
        with scanner.timer.ticking():
            return scanner.run(guard, "", call, Told)

    if guard.is_builtin:
        return called()
    answer = workers.isolated(called, guard.id, scanner.limits.seconds)
    return ([], answer) if isinstance(answer, Problem) else answer


def _in_our_lines(seen: Iterable[Seen], text: bytes) -> Iterator[Seen]:
    """The same, in lines that only a line feed ends: programs mostly take a lone carriage return for an end too."""
    if not re.search(rb"\r(?!\n)", text):
        yield from seen
        return
    characters = text.decode("utf-8", "replace")
    starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", characters))]
    for item in seen:
        if isinstance(item, Finding) and item.span is not None:
            yield replace(item, span=_converted(item.span, starts, characters))
        else:
            yield item


def _converted(span: Span, starts: Sequence[int], text: str) -> Span:
    return Span(*_place(span.line, span.column, starts, text), *_place(span.end_line, span.end_column, starts, text))


def _place(line: int, column: int, starts: Sequence[int], text: str) -> tuple[int, int]:
    at = min(starts[min(line, len(starts)) - 1] + column - 1, len(text))
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _signal_name(number: int) -> str:
    import signal

    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
