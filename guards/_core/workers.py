"""Scanning in several processes: forked before anything is read, fed by tickets, watched, and replaced when they die.

A worker that crashes or hangs costs one guard one file: that pair becomes a problem and the rest of its chunk is done
again without it. Nothing that a worker says is believed beyond what it was asked.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import pickle
import select
import selectors
import signal
import struct
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn, TypeVar

from msgspec import Struct, field

from guards._core import programs
from guards._core.learned import Learned
from guards._core.model import Problem, ProblemKind
from guards._core.scanning import Job, Looked, Scanner

T = TypeVar("T")

WORTH_IT = 1000
"""Files below which starting processes costs more than it saves (measured: docs/performance.md)."""

_CHUNKS_PER_WORKER = 16
_SMALLEST_CHUNK, _LARGEST_CHUNK = 8, 256
_MOST_DEATHS = 20
_GRACE = 2.0
_TICKET = struct.Struct("<I")
_SLOT = struct.Struct("@IId")
"""What a worker is doing: job + 1, task + 1, since when; all zero for the moment in which it is written."""


_living: set[int] = set()


def end_all() -> None:
    """End every worker and program of this process at once: for when it will not live to do so in order."""
    programs.end_all()
    for pid in tuple(_living):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def can_fork() -> bool:
    """Whether this platform has what workers need."""
    return hasattr(os, "fork") and sys.platform != "darwin"


def scan(scanner: Scanner, jobs: Sequence[Job], *, count: int) -> Iterator[tuple[Job, Looked]]:
    """Look at every job's file, in any order: in this process, or in others where that is worth it.

    Guards that we did not write always run in other processes: they may end the one that they run in.
    """
    foreign = any(not task.guard.is_builtin for task in scanner.tasks)
    if not can_fork() or not jobs or (not foreign and (count < 2 or len(jobs) < WORTH_IT)):
        for job in jobs:
            yield job, scanner.look(job)
        return
    scanner.engine  # noqa: B018 - no process has the thread that it may still be made by
    with contextlib.closing(_Pool(scanner, jobs, max(1, count if len(jobs) >= WORTH_IT else 1))) as pool:
        yield from pool.results()


class _Worker(Struct):
    pid: int
    results: int
    """The end of its pipe that we read."""
    slot: int
    received: bytearray = field(default_factory=bytearray)
    hanging: bool = False
    """We ended it because it did not stop by itself."""


class _Pool:
    def __init__(self, scanner: Scanner, jobs: Sequence[Job], count: int) -> None:
        self._scanner = scanner
        self._jobs = jobs
        self._parent = os.getpid()
        self._size = min(max(len(jobs) // (count * _CHUNKS_PER_WORKER), _SMALLEST_CHUNK), _LARGEST_CHUNK)
        self._waiting = list(range(-(-len(jobs) // self._size)))
        """Chunks without a ticket so far."""
        self._open = set(self._waiting)
        """Chunks whose results have not come."""
        self._problems: dict[int, dict[int, Problem]] = defaultdict(dict)
        """Job to task to why that pair is not tried again."""
        self._count = min(count, len(self._waiting))
        self._tickets, self._ticket_writer = os.pipe()
        self._board = mmap.mmap(-1, max(1, _SLOT.size * self._count))
        self._workers: dict[int, _Worker] = {}
        self._selector = selectors.DefaultSelector()
        self._deaths: Counter[int] = Counter()
        """Chunk to how many workers died over it."""

    def results(self) -> Iterator[tuple[Job, Looked]]:
        """What became of every job."""
        os.set_blocking(self._ticket_writer, False)
        for slot in range(self._count):
            self._start(slot, None)
        while self._workers:
            self._hand_out()
            for key, _ in self._selector.select(timeout=0.1):
                yield from self._hear(self._workers[key.fd])
            self._end_hanging()
        for chunk in sorted(self._open):
            yield from self._given_up(chunk)

    def close(self) -> None:
        """Leave nobody behind."""
        for worker in list(self._workers.values()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
            self._bury(worker)
        self._selector.close()
        os.close(self._tickets)
        self._close_tickets()
        self._board.close()

    def _hand_out(self) -> None:
        """Put as many tickets into the pipe as it takes; then close it, so that workers see the end."""
        while self._waiting:
            try:
                os.write(self._ticket_writer, _TICKET.pack(self._waiting[-1]))
            except BlockingIOError:
                return
            self._waiting.pop()
        self._close_tickets()

    def _close_tickets(self) -> None:
        if self._ticket_writer >= 0:
            os.close(self._ticket_writer)
            self._ticket_writer = -1

    def _start(self, slot: int, chunk: int | None) -> None:
        """Fork a worker. `chunk` is done before any ticket: the one that its predecessor died over."""
        reader, writer = os.pipe()
        self._note(slot, 0, 0)
        pid = _forked(reader, writer)
        if pid == 0:
            self._work(slot, chunk, writer)
        _living.add(pid)
        os.close(writer)
        self._workers[reader] = _Worker(pid, reader, slot)
        self._selector.register(reader, selectors.EVENT_READ)

    # In the worker

    def _work(self, slot: int, chunk: int | None, writer: int) -> NoReturn:
        """Do chunks until there are no tickets. Never returns: what is above on the stack belongs to the parent."""
        code = 1
        try:
            _become_worker()
            _give_back_large_blocks()
            self._close_tickets()
            for other in self._workers:
                os.close(other)
            self._scanner.on_task = lambda job, task: self._note(slot, job + 1, task + 1)
            with open(writer, "wb") as results, self._scanner.timer.ticking():
                for number in self._chunks(chunk):
                    self._note(slot, number * self._size + 1, 0)
                    self._scanner.spent = [0.0] * len(self._scanner.tasks)
                    message = _message((number, list(self._do(number)), self._scanner.spent))
                    self._note(slot, number * self._size + 1, 0)  # waiting for the parent is nobody's time
                    results.write(message)
                    results.flush()
                    self._note(slot, 0, 0)
                results.write(_message(None))
            self._scanner.let_go()
            code = 0
        except BaseException:  # noqa: BLE001 - the parent sees that the end is missing
            code = 1
        finally:
            os._exit(code)

    def _chunks(self, first: int | None) -> Iterator[int]:
        if first is not None:
            yield first
        while len(ticket := os.read(self._tickets, _TICKET.size)) == _TICKET.size:
            yield _TICKET.unpack(ticket)[0]

    def _do(self, chunk: int) -> Iterator[tuple[int, Looked]]:
        """Look at a chunk's files; only what is worth telling."""
        self._scanner.expect([self._jobs[number] for number in self._numbers(chunk)])
        for number in self._numbers(chunk):
            if os.getppid() != self._parent:
                os._exit(1)  # nobody is left to tell
            job = self._jobs[number]
            banned = self._problems.get(number, {})
            allowed = job._replace(wanted=tuple(one for one in job.wanted if one[0] not in banned))
            looked = self._scanner.look(allowed, number)
            if looked != Looked(job.entry.blob):
                yield number, looked

    # In the parent

    def _numbers(self, chunk: int) -> range:
        return range(chunk * self._size, min((chunk + 1) * self._size, len(self._jobs)))

    def _note(self, slot: int, job: int, task: int) -> None:
        _SLOT.pack_into(self._board, slot * _SLOT.size, job, task, time.monotonic())

    def _hear(self, worker: _Worker) -> Iterator[tuple[Job, Looked]]:
        data = os.read(worker.results, 1 << 20)
        worker.received += data
        while (message := _take(worker.received)) is not None:
            content = pickle.loads(message)  # noqa: S301 - from our own fork, over a pipe that nobody else holds
            if content is None:
                self._bury(worker)
                return
            chunk, told, spent = content
            self._scanner.spent = [sum(pair) for pair in zip(self._scanner.spent, spent, strict=True)]
            yield from self._complete(chunk, dict(told))
        if not data:
            self._replace(worker)

    def _complete(self, chunk: int, told: dict[int, Looked]) -> Iterator[tuple[Job, Looked]]:
        self._open.discard(chunk)
        for number in self._numbers(chunk):
            job = self._jobs[number]
            looked = told.get(number) or Looked(job.entry.blob)
            if problems := self._problems.get(number):
                lost = tuple(Learned(task, job.entry.path, problem=one) for task, one in problems.items())
                looked = looked._replace(learned=looked.learned + lost)
            yield job, looked

    def _end_hanging(self) -> None:
        """End workers whose guard does not even answer to its own clock."""
        too_early = time.monotonic() - self._scanner.limits.seconds - _GRACE
        for worker in self._workers.values():
            _, task, since = _SLOT.unpack_from(self._board, worker.slot * _SLOT.size)
            if task and 0 < since < too_early and not worker.hanging:
                worker.hanging = True
                os.kill(worker.pid, signal.SIGKILL)

    def _replace(self, worker: _Worker) -> None:
        """A worker ended without saying so: blame the pair that it was busy with, and let another go on."""
        job, task, _ = _SLOT.unpack_from(self._board, worker.slot * _SLOT.size)
        status = self._bury(worker)
        chunk = (job - 1) // self._size if job else None
        if chunk is not None and chunk in self._open:
            self._deaths[chunk] += 1
            if task:
                self._blame(job - 1, task - 1, status, hanging=worker.hanging)
            elif self._deaths[chunk] > _MOST_DEATHS:
                chunk = None
        else:
            chunk = None
        if self._deaths.total() <= _MOST_DEATHS:
            self._start(worker.slot, chunk)

    def _blame(self, job: int, task: int, status: int, *, hanging: bool) -> None:
        guard = self._scanner.tasks[task].guard
        path = self._jobs[job].entry.path
        if hanging:
            reason = f"took longer than {self._scanner.limits.seconds:g} s and had to be killed"
            self._problems[job][task] = Problem(reason, ProblemKind.TIMEOUT, path, guard.id)
        else:
            self._problems[job][task] = Problem(_how(status), ProblemKind.CRASHED, path, guard.id)

    def _given_up(self, chunk: int) -> Iterator[tuple[Job, Looked]]:
        """Nobody is left to do these: they count as not checked."""
        for number in self._numbers(chunk):
            job = self._jobs[number]
            problems = [
                Problem("too many worker processes died", ProblemKind.CRASHED, job.entry.path, self._guard_id(task))
                for task, _ in job.wanted
            ]
            learned = [Learned(one[0], job.entry.path, problem=p) for one, p in zip(job.wanted, problems, strict=True)]
            yield job, Looked("", tuple(learned))

    def _guard_id(self, task: int) -> str:
        return self._scanner.tasks[task].guard.id

    def _bury(self, worker: _Worker) -> int:
        self._selector.unregister(worker.results)
        os.close(worker.results)
        del self._workers[worker.results]
        status = os.waitpid(worker.pid, 0)[1]
        _living.discard(worker.pid)
        return status


def isolated(call: Callable[[], T], guard: str, seconds: float) -> T | Problem:
    """What a call returns, made in a process of its own; a problem where that process did not get so far."""
    if not can_fork():
        return call()
    reader, writer = os.pipe()
    pid = _forked(reader, writer)
    if pid == 0:
        _answer(call, writer)
    _living.add(pid)
    os.close(writer)
    received = bytearray()
    deadline = time.monotonic() + seconds + _GRACE
    try:
        while select.select([reader], [], [], max(0.0, deadline - time.monotonic()))[0]:
            data = os.read(reader, 1 << 20)
            if not data:
                return Problem(_how(os.waitpid(pid, 0)[1]), ProblemKind.CRASHED, "", guard)
            received += data
            message = _take(received)
            if message is not None:
                answer: T = pickle.loads(message)  # noqa: S301 - from our own fork, over a pipe that nobody else holds
                return answer
        reason = f"took longer than {seconds:g} s and had to be killed"
        return Problem(reason, ProblemKind.TIMEOUT, "", guard)
    finally:
        os.close(reader)
        _living.discard(pid)
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _forked(*pipe: int) -> int:
    """Fork; where the system has no process to give, nothing is left open."""
    try:
        return os.fork()
    except OSError:
        for end in pipe:
            os.close(end)
        raise


def _answer(call: Callable[[], object], writer: int) -> NoReturn:
    try:
        _become_worker()
        with open(writer, "wb") as results:
            results.write(_message(call()))
    finally:
        os._exit(0)


def _become_worker() -> None:
    """Let go of what belongs to the parent: its signals, its input and its outputs."""
    gc.freeze()  # what it made is never garbage here; to look through it would also copy the memory that it stands in
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C reaches the whole group; the parent ends us
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)


def _give_back_large_blocks() -> None:
    """Return the memory of a large file once it was looked at: glibc would keep as much as the largest few took."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError):  # another C library, which has its own ways
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE_BLOCK)


_MMAP_THRESHOLD = -3
_LARGE_BLOCK = 1 << 20


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"crashed: its process was ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"crashed: its process ended by itself with code {os.WEXITSTATUS(status)}"


def _message(content: object) -> bytes:
    data = pickle.dumps(content, protocol=5)
    return _TICKET.pack(len(data)) + data


def _take(received: bytearray) -> bytes | None:
    """The first whole message, taken out of what was received."""
    if len(received) < _TICKET.size:
        return None
    end = _TICKET.size + int(_TICKET.unpack_from(received)[0])
    if len(received) < end:
        return None
    message = bytes(received[_TICKET.size : end])
    del received[:end]
    return message
