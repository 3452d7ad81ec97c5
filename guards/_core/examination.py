"""The middle of a run: which guard wants which file, what scan learned there, and what judge makes of it.

Every path that a guard is given ends in its ledger, once.
"""

from __future__ import annotations

import bisect
import contextlib
import itertools
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from guards._core import workers, wrapped
from guards._core.facts import Facts
from guards._core.learned import Learned
from guards._core.model import (
    Case,
    Entry,
    Fact,
    Finding,
    Guard,
    Need,
    Problem,
    ProblemKind,
    Remark,
    Select,
    Skipped,
    Trigger,
)
from guards._core.report import Ledger
from guards._core.scanning import Job, Lines, Looked, Scanner, Task, Wanted, anchored, memory_class
from guards._core.triggers import DatabaseStore, engine_for
from guards._core.workspace import UnreadableError, View

_ROUNDS = 3
"""How often judge may ask for more files."""

_FEW_PATHS = 20_000
"""Below this many, asking `re` about each path is cheaper than loading an engine."""

Progress = Callable[[int, int], None]


class Part(Struct):
    """What is known so far about one task's share of the run."""

    task: Task
    memory: Facts = field(default_factory=lambda: Facts(None, ""))
    enumerated: int = 0
    wanted: int = 0
    reached: int = 0
    """How many of the wanted files scan came to."""
    cached: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    unavailable: Counter[str] = field(default_factory=Counter)
    """Paths without content that could be given to scan, by reason."""
    facts: dict[str, tuple[Fact, ...]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: dict[str, Remark] = field(default_factory=dict)
    """What scan said of paths for the ledger."""
    asked: set[str] = field(default_factory=set)
    """The paths that judge asked for."""

    def learn(self, learned: Learned) -> None:
        """Take in what scan learned about a file, now or in an earlier run."""
        self.findings += learned.findings
        if learned.facts:
            self.facts[learned.path] = learned.facts
        if learned.remark is not None:
            self.remarks[learned.path] = learned.remark
        if learned.problem is not None:
            self.failed[learned.problem.reason] += 1
            self.problems.append(learned.problem)

    def set_aside(self, paths: Sequence[str], reason: str, *, failed: bool) -> None:
        """Enter paths that have no content in this view."""
        self.enumerated += len(paths)
        if failed:
            self.unavailable[reason] += len(paths)
            self.problems += [Problem(reason, ProblemKind.UNREADABLE, path, self.task.guard.id) for path in paths]
        else:
            self.skipped[reason] += len(paths)

    def ledger(self) -> Ledger:
        """What became of every path. What was wanted and never reached counts as failed."""
        missed = Counter({"not reached": self.wanted - self.reached}) if self.wanted > self.reached else Counter()
        unread = Counter(one.reason for one in self.remarks.values() if one.is_unread)
        return Ledger(
            self.enumerated,
            self.reached - self.cached - sum(self.failed.values()) - sum(unread.values()),
            self.cached,
            _sorted(self.skipped + unread),
            _sorted(self.excluded),
            _sorted(self.failed + self.unavailable + missed),
            _sorted(Counter(one.reason for one in self.remarks.values() if not one.is_unread)),
        )


def assign(parts: Sequence[Part], entries: Iterable[Entry], selects: Sequence[Select | None]) -> Iterator[Job]:
    """One job for each entry that somebody wants, and a place in the ledger for each that a part is given.

    `selects` says for each part what it takes of what it is given; None: it is given nothing.
    """
    names = frozenset[str]().union(*(select.names for select in selects if select))
    takers_of: dict[tuple[str, str, str], tuple[_Taker, ...]] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    shared: dict[Wanted, Wanted] = {}
    """There are far fewer kinds of jobs than jobs."""
    for entry in entries:
        path_kind = _kind_of_path(entry, names)
        counts[path_kind] += 1
        takers = takers_of.get(path_kind)
        if takers is None:
            takers = takers_of[path_kind] = tuple(
                _taker(number, parts[number])
                for number, select in enumerate(selects)
                if select and is_selected(select, *path_kind)
            )
        wanted = _wanted(entry.path, takers) if takers else ()
        if wanted:
            yield Job(entry, shared.setdefault(wanted, wanted))
    for path_kind, count in counts.items():
        for number, part in enumerate(parts):
            if selects[number] is None:
                continue
            part.enumerated += count
            if all(number != taker.number for taker in takers_of[path_kind]):
                part.skipped["other kind of file" if path_kind[0] == "file" else path_kind[0]] += count


def is_selected(select: Select, kind: str, suffix: str, name: str) -> bool:
    """Whether a selection takes the paths of a kind, suffix and name."""
    if kind not in select.kinds:
        return False
    return (not select.suffixes and not select.names) or suffix in select.suffixes or name in select.names


def is_wanted(select: Select, entry: Entry) -> bool:
    """Whether a selection takes an entry."""
    return is_selected(select, *_kind_of_path(entry, select.names))


def _kind_of_path(entry: Entry, names: frozenset[str]) -> tuple[str, str, str]:
    name = entry.path.rpartition("/")[2]
    dot = name.rfind(".")
    return entry.kind, name[dot:].lower() if dot > 0 else "", name if name in names else ""


class _Taker(NamedTuple):
    """A part that takes paths of some kind, with what each of them is asked: there are many."""

    number: int
    part: Part
    excluded: Callable[[str], str | None] | None
    """None: its patterns match nothing, because there are none."""
    classify: Callable[[str, Any], str | Skipped | None]
    scan_slice: Any
    follows: bool


def _taker(number: int, part: Part) -> _Taker:
    guard, exclude = part.task.guard, part.task.exclude
    excluded = exclude.first if exclude.patterns else None
    return _Taker(number, part, excluded, guard.classify, part.task.scan_slice, guard.follows)


def _wanted(path: str, takers: Iterable[_Taker]) -> Wanted:
    wanted: list[tuple[int, str]] = []
    for number, part, excluded, classify, scan_slice, follows in takers:
        if excluded is not None and (pattern := excluded(path)) is not None:
            part.excluded[pattern] += 1
        elif follows and not wanted:  # a guard that follows comes last
            part.skipped["no other guard looks at it"] += 1
        elif isinstance(path_class := classify(path, scan_slice), str):
            part.wanted += 1
            wanted.append((number, path_class))
        else:
            part.skipped[path_class.reason if path_class else "of no concern by its path"] += 1
    return tuple(wanted)


class Side(Struct, frozen=True):
    """The repository at one moment: what it holds, and each guard's part in looking at it."""

    view: View
    entries: Sequence[Entry]
    """All of them, sorted by path."""
    parts: Sequence[Part]
    scanner: Scanner
    read_limit: int
    workers: int = 1
    store: DatabaseStore | None = None
    _quiet: dict[tuple[str, Wanted], list[tuple[Part, set[bytes]]]] = field(default_factory=dict)
    """By what jobs have in common, where they count and are remembered once nothing was found."""

    def look(self, focus: Iterable[Entry], rest: Iterable[Entry], progress: Progress) -> int:
        """Scan the entries in focus, and of the rest only what judge needs facts from. How many files were in focus."""
        judged = [_facts_from(part.task.guard) for part in self.parts]
        jobs = list(assign(self.parts, focus, [part.task.guard.select for part in self.parts]))
        in_focus = len(jobs)
        jobs += assign(self.parts, _taken(rest, judged), judged)
        jobs = wrapped.divided(self.scanner.tasks, jobs)
        done = 0
        unknown = []
        for job in jobs:
            looked = self.scanner.recalled(job)
            if looked is None:
                unknown.append(job)
            else:
                self.take_in(job, looked)
                done += 1
        for job, looked in self._looked(unknown):
            self.take_in(job, looked)
            done += 1
            progress(done, len(jobs))
        return in_focus

    def _looked(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Looked]]:
        """What became of jobs about which nothing is known. Programs run while Python scans."""
        given, own = wrapped.apart(self.scanner.tasks, jobs)
        with wrapped.Programs(self.scanner, given, root=self.view.root, count=self.workers) as running:
            yield from running.attend()
            for answer in workers.scan(self.scanner, own, count=self.workers):
                yield answer
                yield from running.attend()
            yield from running.rest()

    def take_in(self, job: Job, looked: Looked) -> None:
        """Enter what became of a job, and remember what is new about its blob."""
        blob = bytes.fromhex(looked.blob)
        if blob and not looked.learned and not looked.recalled:
            for part, clean in self._where_nothing_is(job):
                part.reached += 1
                clean.add(blob)
            return
        told = {learned.task: learned for learned in looked.learned}
        for number, path_class in job.wanted:
            part, learned = self.parts[number], told.get(number)
            part.reached += 1
            if learned is not None:
                part.learn(learned)
            is_unread = learned is not None and learned.remark is not None and learned.remark.is_unread
            if number in looked.recalled:
                part.cached += not is_unread
            elif blob:
                part.memory.add(memory_class(job.entry.kind, path_class), blob, learned)

    def _where_nothing_is(self, job: Job) -> list[tuple[Part, set[bytes]]]:
        """Nearly all jobs are of a few kinds, and end like this."""
        kind = job.entry.kind, job.wanted
        found = self._quiet.get(kind)
        if found is None:
            parts = ((self.parts[number], memory_class(kind[0], path_class)) for number, path_class in job.wanted)
            found = self._quiet[kind] = [(part, part.memory.clean(name)) for part, name in parts]
        return found

    def judge(self, number: int, facts: Mapping[str, tuple[Fact, ...]]) -> tuple[list[Finding], list[Problem]]:
        """What one part's judge says of these facts, with the lines that its findings stand on."""
        if self.parts[number].task.guard.judge is None:
            return [], []
        started = time.perf_counter()
        try:
            return self._judged(number, facts)
        finally:
            self.scanner.spent[number] += time.perf_counter() - started

    def _judged(self, number: int, facts: Mapping[str, tuple[Fact, ...]]) -> tuple[list[Finding], list[Problem]]:
        guard = self.parts[number].task.guard
        known = dict(facts)
        matched = match_paths(guard.path_patterns, self.entries, self.store)
        for _ in range(_ROUNDS):
            seen, problem = self._judge_once(number, known, matched)
            wanted = [path for item in seen if isinstance(item, Need) for path in item.paths if path not in known]
            if problem is not None or not wanted:
                break
            known.update(self._look_at(number, wanted))
        else:
            problem = Problem(f"judge still asks for files after {_ROUNDS} rounds", ProblemKind.CRASHED)
        problems = [item for item in seen if isinstance(item, Problem)] + ([problem] if problem else [])
        # The whole tree is judged, or links to what is excluded would count as broken; what is said of it is not kept.
        excluded = self.parts[number].task.exclude
        findings = [item for item in seen if isinstance(item, Finding) and not excluded(item.path)]
        return list(self._anchored(guard, findings)), [replace(item, guard=guard.id) for item in problems]

    def _judge_once(
        self, number: int, facts: Mapping[str, tuple[Fact, ...]], matched: Mapping[str, tuple[Entry, ...]]
    ) -> tuple[list[object], Problem | None]:
        task = self.parts[number].task
        judge = task.guard.judge
        entries = self.entries if task.guard.sees_tree else ()
        case = Case(task.options, facts, entries, matched, task.canonical, task.outside)

        def judged() -> tuple[list[Any], Problem | None]:
            with self.scanner.timer.ticking():
                return self.scanner.run(task.guard, "", lambda: judge(case) if judge else (), Need)

        if task.guard.is_builtin:
            return judged()
        answer = workers.isolated(judged, task.guard.id, self.scanner.limits.seconds)
        return ([], answer) if isinstance(answer, Problem) else answer

    def _look_at(self, number: int, paths: Iterable[str]) -> dict[str, tuple[Fact, ...]]:
        """Scan files that judge asked for, whatever their triggers."""
        part = self.parts[number]
        facts: dict[str, tuple[Fact, ...]] = {}
        for path in paths:
            part.asked.add(path)
            facts[path] = ()
            entry = find(self.entries, path)
            if entry is None:
                continue
            asks_for = part.task.guard.asks_for
            if asks_for is None or not is_wanted(asks_for, entry):
                reason = "broke the contract of guards: judge asks for a file that the guard does not declare"
                part.problems.append(Problem(reason, ProblemKind.CRASHED, path, part.task.guard.id))
                continue
            facts[path] = self.facts_at(number, entry)
        return facts

    def facts_at(self, number: int, entry: Entry) -> tuple[Fact, ...]:
        """What a part's scan learns about one file, whatever its triggers."""
        part = self.parts[number]
        path_class = part.task.guard.classify(entry.path, part.task.scan_slice)
        if not isinstance(path_class, str):
            return ()
        facts: tuple[Fact, ...] = ()
        job = Job(entry, ((number, path_class),), whatever_triggers=True)
        for learned in self.scanner.look(job).learned:
            facts = learned.facts
            if learned.problem:
                part.problems.append(learned.problem)
        return facts

    def _anchored(self, guard: Guard[Any], findings: Iterable[Finding]) -> Iterator[Finding]:
        by_path: dict[str, list[Finding]] = {}
        for finding in findings:
            by_path.setdefault(finding.path, []).append(finding)
        for path, group in by_path.items():
            entry = find(self.entries, path)
            lines = None
            if entry is not None and any(finding.span for finding in group):
                # It could be read a moment ago; if not now, the finding stands without its line.
                with contextlib.suppress(UnreadableError):
                    lines = Lines(self.view.read(entry, self.read_limit).data)
            yield from anchored(group, guard, lines)


def _facts_from(guard: Guard[Any]) -> Select | None:
    """What judge must know of files that are not in focus."""
    if guard.judge is None or (guard.scan is None and guard.program is None):
        return None
    return guard.facts_from or guard.select


def _taken(entries: Iterable[Entry], selects: Sequence[Select | None]) -> Iterator[Entry]:
    """The entries that at least one selection takes: the others are given to nobody."""
    wanted = [select for select in selects if select]
    if not wanted:
        return
    names = frozenset[str]().union(*(select.names for select in wanted))
    for entry in entries:
        kind = _kind_of_path(entry, names)
        if any(is_selected(select, *kind) for select in wanted):
            yield entry


def find(entries: Sequence[Entry], path: str) -> Entry | None:
    """The entry of a path, in entries sorted by path."""
    at = bisect.bisect_left(entries, path, key=lambda entry: entry.path)
    return entries[at] if at < len(entries) and entries[at].path == path else None


def match_paths(
    patterns: Mapping[str, str], entries: Sequence[Entry], store: DatabaseStore | None = None
) -> dict[str, tuple[Entry, ...]]:
    """The entries whose whole path matches, by the pattern's name.

    One pass of the trigger engine over all paths at once, as lines of a text; `re` confirms the few that it names.
    """
    if not patterns:
        return {}
    if len(entries) < _FEW_PATHS:
        return {name: tuple(_matching(pattern, entries)) for name, pattern in patterns.items()}
    lines = [_line(entry.path) for entry in entries]
    starts = list(itertools.accumulate((len(line) + 1 for line in lines), initial=0))
    triggers = [Trigger(f"^(?:{pattern})$") for pattern in patterns.values()]
    hits = engine_for(triggers, store).lines(b"\n".join(lines))
    return {
        name: tuple(_matching(pattern, (entries[bisect.bisect_left(starts, at)] for at in hits.get(number, ()))))
        for number, (name, pattern) in enumerate(patterns.items())
    }


def _matching(pattern: str, entries: Iterable[Entry]) -> Iterator[Entry]:
    match = re.compile(pattern, re.DOTALL).fullmatch
    return (entry for entry in entries if match(entry.path))


def _line(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape").replace(b"\n", b"\x01")


def _sorted(counter: Mapping[str, int]) -> dict[str, int]:
    return {key: count for key, count in sorted(counter.items()) if count}
