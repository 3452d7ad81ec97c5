"""One file, all guards that want it: read once, triggers once, then each guard's scan, bounded and caught.

What comes out depends on the file's bytes and the guards alone, so it can be computed in any process and kept.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any, BinaryIO, NamedTuple, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from guards._core import linehash
from guards._core.errors import Interrupted
from guards._core.fingerprint import line_key
from guards._core.globs import Matcher
from guards._core.learned import Learned, decode
from guards._core.model import (
    Answer,
    Entry,
    Fact,
    Finding,
    Guard,
    Kind,
    Outside,
    Problem,
    ProblemKind,
    Remark,
    Rule,
    Seen,
    Source,
    Trigger,
)
from guards._core.programs import Tool
from guards._core.transcode import to_utf8
from guards._core.triggers import Engine
from guards._core.workspace import UnreadableError, View, blob_id

MOST_PER_FILE = 10_000
"""Findings and facts that one guard may report on one file."""
_LONGEST_SNIPPET = 1000
_NO_TASK = -1
"""What `on_task` is told between tasks: reading the next files is nobody's time."""
_TICK = 0.1


class Task(Struct, frozen=True):
    """A guard in this run, with everything that its scan may depend on."""

    guard: Guard[Any]
    options: Any = None
    canonical: Any = None
    scan_slice: Any = None
    documents: Mapping[str, bytes] = field(default_factory=dict)
    """The files that the guard reads beside the one that it looks at, by path."""
    exclude: Matcher = field(default_factory=lambda: Matcher(()))
    large: float = float("inf")
    """The size above which a file matters whatever its triggers."""
    tool: Tool | None = None
    """The program that looks at files in the guard's stead, as it was found here."""
    triggers: tuple[Trigger, ...] = ()
    """Those of the guard for this scan slice and these documents."""
    first_trigger: int = 0
    """Where they begin in the shared database."""
    outside: Mapping[Outside, Answer] = field(default_factory=dict)
    """What is known from outside of the tree, for judge."""

    @property
    def readable(self) -> Mapping[str, bytes]:
        """The documents that scan gets: none where all that it has to know of them is in the slice."""
        return self.documents if self.guard.condenses is None else {}


Wanted = tuple[tuple[int, str], ...]
"""Tasks that want a file, each with the path class that its scan may know."""


class Job(NamedTuple):
    """One file and the tasks that want it."""

    entry: Entry
    wanted: Wanted
    whatever_triggers: bool = False
    """Judge needs it: scan is called without a hit."""


class Looked(NamedTuple):
    """What became of a job."""

    blob: str
    """The identity of what was looked at; empty where nothing could be read."""
    learned: tuple[Learned, ...] = ()
    recalled: tuple[int, ...] = ()
    """The tasks whose answer was known already."""


class Memory(Protocol):
    """What is known about blobs from earlier runs."""

    def __bool__(self) -> bool:
        """Whether anything is."""

    def recall(self, path_class: str, blob: str) -> bytes | None:
        """What a blob gave: empty for nothing, None where it is not known."""


class Limits(Struct, frozen=True):
    """How much of a file is read, and how long a guard may think about it."""

    size: int
    seconds: float


class TimeLimit(BaseException):
    """Raised inside a guard that ran out of time. Not an `Exception`: a guard must not catch it by accident."""


class Scanner:
    """The scan stage of a run; one per process."""

    def __init__(
        self,
        view: View,
        tasks: Sequence[Task],
        engine: Callable[[], Engine],
        limits: Limits,
        memories: Sequence[Memory] | None = None,
        key: bytes = b"",
    ) -> None:
        self._key = key
        self._view = view
        self.tasks = tasks
        self._wait_for_engine = engine
        self.limits = limits
        self._memories = memories if any(memories or ()) else None
        self.timer = Timer()
        self.spent = [0.0] * len(tasks)
        """Seconds that each task has worked, in this process and in those that it heard of."""
        self.on_task: Callable[[int, int], None] = lambda job, task: None
        """Told before each task begins on a job: whoever watches this process wants to know."""
        self.set_aside: Callable[[Source[Any]], Iterable[Seen]] = lambda source: ()
        """What is done with a file of a guard that has no scan: it is for a program."""
        self._job = 0

    @functools.cached_property
    def engine(self) -> Engine:
        """What finds the triggers. It must be there before processes are made, which have no thread to make it."""
        return self._wait_for_engine()

    def over(self, view: View) -> Scanner:
        """The same over another view."""
        other = copy.copy(self)
        other._view = view  # noqa: SLF001 - its own kind
        return other

    def expect(self, jobs: Iterable[Job]) -> None:
        """These are looked at next, in this order."""
        self._view.expect(job.entry for job in jobs)

    def let_go(self) -> None:
        """Nothing more is looked at in this process."""
        self._view.close()

    def look(self, job: Job, number: int = 0) -> Looked:
        """Look at a job's file for all its tasks: from memory where its blob is known, else by reading it."""
        self._job = number
        blob = job.entry.blob
        known = self._recall(job, blob)
        try:
            size, data, certain = self._view.read(job.entry, self.limits.size)
        except UnreadableError as error:
            return Looked("", tuple(self._unreadable(job, str(error))))
        if size > self.limits.size:
            del data  # as much memory as a file may take, for as long as a stream is read
            known = known if certain else {}
            return _looked(certain, known, self._look_at_large(_without(job, known), size))
        if not certain:
            blob = blob_id(data, algorithm=self._view.algorithm)
            known = self._recall(job, blob)
        return _looked(blob, known, self._look_at(_without(job, known), size, data))

    def recalled(self, job: Job) -> Looked | None:
        """What became of a job for which nothing has to be read; None where something has."""
        blob = job.entry.blob
        known = self._recall(job, blob)
        return _looked(blob, known, []) if len(known) == len(job.wanted) else None

    def _recall(self, job: Job, blob: str) -> dict[int, Learned | None]:
        """Task to what it learned about this blob in an earlier run."""
        known: dict[int, Learned | None] = {}
        if self._memories is None or not blob or job.whatever_triggers:
            return known
        for number, path_class in job.wanted:
            kept = self._memories[number].recall(memory_class(job.entry.kind, path_class), blob)
            if kept is not None:
                known[number] = decode(kept, number, job.entry.path) if kept else None
        return known

    def _unreadable(self, job: Job, reason: str) -> Iterator[Learned]:
        for number, _ in job.wanted:
            guard = self.tasks[number].guard
            if guard.follows:  # another one says so
                continue
            problem = Problem(reason, ProblemKind.UNREADABLE, job.entry.path, guard.id)
            yield Learned(number, job.entry.path, problem=problem)

    def _look_at(self, job: Job, size: int, data: bytes) -> Iterator[Learned]:
        if not job.wanted:
            return
        transcoded = to_utf8(data)
        text = data if transcoded is None else transcoded.data
        hits: Mapping[int, Sequence[int]] = self.engine.lines(text)
        if text is not data:
            hits = _with_hits(hits, self.engine.lines(data))
        lines = Lines(text)
        for number, path_class in job.wanted:
            task = self.tasks[number]
            own = _own_hits(task, hits)
            triggered = own or not task.triggers or job.entry.kind is not Kind.FILE
            always = task.guard.whatever_triggers
            if triggered or job.whatever_triggers or size > task.large or (always is not None and always(path_class)):
                source = self._source(task, job.entry.kind, path_class, data=data, text=text, hits=own, size=size)
                if job.whatever_triggers:
                    source = replace(source, is_asked_for=True)
                yield from self._scan(number, job.entry.path, source, lines)

    def _source(
        self,
        task: Task,
        kind: Kind,
        path_class: str,
        *,
        size: int,
        data: bytes = b"",
        text: bytes = b"",
        hits: Mapping[int, Sequence[int]] | None = None,
        reader: BinaryIO | None = None,
    ) -> Source[Any]:
        def hits_in(other: bytes) -> Mapping[int, Sequence[int]]:
            return _own_hits(task, self.engine.lines(other))

        return Source(
            data, text, kind, path_class, hits or {}, task.scan_slice, size, reader, task.readable, self._key, hits_in
        )

    def _look_at_large(self, job: Job, size: int) -> Iterator[Learned]:
        for number, path_class in job.wanted:
            task = self.tasks[number]
            if task.guard.follows:
                continue
            if not task.guard.stream:
                reason = f"larger than {_megabytes(self.limits.size)}"
                problem = Problem(reason, ProblemKind.LIMIT, job.entry.path, task.guard.id)
                yield Learned(number, job.entry.path, problem=problem)
                continue
            try:
                reader = self._view.open(job.entry)
            except UnreadableError as error:
                problem = Problem(str(error), ProblemKind.UNREADABLE, job.entry.path, task.guard.id)
                yield Learned(number, job.entry.path, problem=problem)
                continue
            with contextlib.closing(reader):
                source = self._source(task, job.entry.kind, path_class, size=size, reader=reader)
                yield from self._scan(number, job.entry.path, source, None)

    def _scan(self, number: int, path: str, source: Source[Any], lines: Lines | None) -> Iterator[Learned]:
        task = self.tasks[number]
        scan = task.guard.scan or self.set_aside
        self.on_task(self._job, number)
        started = time.perf_counter()
        seen, problem = self.run(task.guard, path, lambda: scan(source))
        self.spent[number] += time.perf_counter() - started
        self.on_task(self._job, _NO_TASK)
        learned = self.learned(number, path, seen, problem, lines)
        if learned is not None:
            yield learned

    def learned(
        self, number: int, path: str, seen: Sequence[object], problem: Problem | None, lines: Lines | None
    ) -> Learned | None:
        """What a task learned about a file in which it has seen this; None where that is nothing."""
        guard = self.tasks[number].guard
        own = [_placed(item, path) for item in seen if isinstance(item, Finding)]
        findings = tuple(anchored(own, guard, lines))
        facts = tuple(item for item in seen if isinstance(item, Fact))
        told = next((item for item in seen if isinstance(item, Problem)), None)
        if problem is None and told is not None:
            problem = replace(told, path=path, guard=guard.id)
        remark = next((item for item in seen if isinstance(item, Remark)), None) if problem is None else None
        found = Learned(number, path, findings, facts, problem, remark)
        return found if findings or facts or problem or remark else None

    def run(
        self,
        guard: Guard[Any],
        path: str,
        call: Callable[[], Iterable[Any]],
        *allowed: type[object],
    ) -> tuple[list[Any], Problem | None]:
        """Everything that a guard's function yields, and why that may not be all. `allowed`: kinds beside the usual."""
        seen: list[Any] = []
        try:
            with self.timer.limit(self.limits.seconds):
                for item in call():
                    seen.append(checked_item(guard, item, allowed))
                    if len(seen) >= MOST_PER_FILE:
                        reason = f"more than {MOST_PER_FILE:,} findings and facts; the rest was not looked at"
                        return seen, Problem(reason, ProblemKind.LIMIT, path, guard.id)
        except TimeLimit:
            reason = f"took longer than {self.limits.seconds:g} s"
            return seen, Problem(reason, ProblemKind.TIMEOUT, path, guard.id)
        except (Interrupted, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - a guard may raise anything, SystemExit included; others go on
            return seen, Problem(describe(error), ProblemKind.CRASHED, path, guard.id)
        return seen, None


class Timer:
    """A time limit for code in this process, by a clock signal that ticks while it is on."""

    def __init__(self) -> None:
        self._deadline = float("inf")

    @contextlib.contextmanager
    def ticking(self) -> Iterator[None]:
        """Let limits work. Where there are no such signals, or outside of the main thread, nothing is limited."""
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGALRM, self._tick)
        ticked = signal.setitimer(signal.ITIMER_REAL, _TICK, _TICK)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, *ticked)  # on, where this was inside of another
            signal.signal(signal.SIGALRM, before)

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Raise `TimeLimit` in the block once it took this long."""
        self._deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline = float("inf")

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if time.monotonic() > self._deadline:
            self._deadline = float("inf")
            raise TimeLimit


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Keep what guards print out of our output, which may be a machine's."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


class Lines:
    """The lines of a text, split when first asked. Only a line feed ends a line."""

    def __init__(self, text: bytes) -> None:
        self._bytes = text
        self._text: str | None = None
        self._lines: list[str] | None = None

    @property
    def text(self) -> str:
        """The text, with a replacement for each byte that is not UTF-8."""
        if self._text is None:
            self._text = self._bytes.decode("utf-8", "replace")
        return self._text

    def line(self, number: int) -> str:
        """A 1-based line without its end; empty where there is none."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines[number - 1].removesuffix("\r") if 0 < number <= len(self._lines) else ""


def anchored(findings: Sequence[Finding], guard: Guard[Any], lines: Lines | None) -> Iterator[Finding]:
    """Findings of one file with the identity and the looks of the lines that they stand on."""
    if lines is None or not findings:
        yield from findings
        return
    sensitive = {rule_id for rule_id in {f.rule for f in findings} if _is_sensitive(guard.rule(rule_id))}
    shown_lines = {f.span.line for f in findings if f.span and f.rule not in sensitive}
    hashes = linehash.line_hashes(lines.text, shown_lines)
    for finding in findings:
        if finding.span is None:
            yield finding
            continue
        line = lines.line(finding.span.line)
        shown = finding.rule not in sensitive
        yield replace(
            finding,
            snippet=line if shown and finding.snippet is None and len(line) <= _LONGEST_SNIPPET else finding.snippet,
            line_key=line_key(line, finding.span.column) if shown else "",
            line_hash=hashes.get(finding.span.line, "") if shown else "",
        )


def _is_sensitive(rule: Rule | None) -> bool:
    return rule is None or rule.sensitive


def checked_item(guard: Guard[Any], item: object, allowed: tuple[type[object], ...] = ()) -> object:
    """What a guard yielded, if it is of a kind that a guard may yield."""
    if isinstance(item, Finding):
        rule = guard.rule(item.rule)
        if rule is None:
            raise TypeError(f"unknown rule {item.rule[:80]!r}")
        if not isinstance(item.message, str) or not item.message:
            raise TypeError("a finding without a message")
        if not item.subject and rule.sensitive:
            raise TypeError("a finding of a sensitive rule without a subject, which nothing could tell from another")
    elif not isinstance(item, (Fact, Problem, Remark, *allowed)):
        raise TypeError(f"yielded {type(item).__name__}")
    return item


def memory_class(kind: Kind, path_class: str) -> str:
    """What facts are kept under beside the blob: a link and a file of the same bytes have the same blob id."""
    return path_class if kind is Kind.FILE else f"{path_class}\0{kind.value}"


def describe(error: BaseException) -> str:
    """A crash in words: what and where in the code. Never the message, which may hold what was being looked at."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, TypeError) and frames and frames[-1].name == "checked_item":
        return f"broke the contract of guards: {error}"
    where = ""
    own = [frame for frame in frames if not frame.filename.startswith("<")]
    if own:
        file = own[-1].filename.replace("\\", "/")
        where = f" at {'/'.join(file.rsplit('/', 3)[-3:])}:{own[-1].lineno}"
    return f"crashed: {type(error).__name__}{where}"


def _with_hits(hits: Mapping[int, Sequence[int]], others: Mapping[int, Sequence[int]]) -> dict[int, Sequence[int]]:
    """Hits of the text, and for triggers that only the bytes show, its first line: a false mark hides nothing."""
    return {**dict.fromkeys(others, (0,)), **hits}


def _looked(blob: str, known: Mapping[int, Learned | None], learned: Iterable[Learned]) -> Looked:
    return Looked(blob, (*filter(None, known.values()), *learned), tuple(known))


def _without(job: Job, known: Mapping[int, object]) -> Job:
    return job._replace(wanted=tuple(one for one in job.wanted if one[0] not in known)) if known else job


def _placed(finding: Finding, path: str) -> Finding:
    """A finding at the path that scan did not know; its related places without a path are in the same file."""
    related = tuple(place if place.path else place._replace(path=path) for place in finding.related)
    return replace(finding, path=path, related=related)


def _own_hits(task: Task, hits: Mapping[int, Sequence[int]]) -> dict[int, Sequence[int]]:
    first, end = task.first_trigger, task.first_trigger + len(task.triggers)
    return {index - first: starts for index, starts in hits.items() if first <= index < end}


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):g} MiB" if size >= 1 << 20 else f"{size:,} bytes"


def recursion_headroom() -> None:
    """Guards walk trees recursively; this is deep enough for real documents, and caught when it is not."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 3000))
