"""Everything that the refs of a repository reach: each version of each file, read once, and who put it there when.

What is looked at is a content at a path. The commits come from one walk over all of them; the contents are read in the
order in which git has packed them, and none of them twice for the same path class.
"""

from __future__ import annotations

import os
import subprocess
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import IO, BinaryIO, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from guards._core import git as git_, workers
from guards._core.errors import GuardError
from guards._core.examination import Progress, Side, assign
from guards._core.git import Change, Git
from guards._core.learned import Learned, decode, encode
from guards._core.model import Entry, Fact, Finding, Kind, Place, Problem, ProblemKind
from guards._core.scanning import Job, Looked
from guards._core.workspace import KINDS, Blobs, Content, Listing, UnreadableError

_PIECE = 1 << 20
_SHORT = 12
"""Hex digits of a commit id that people are shown."""


class Stay(NamedTuple):
    """The commits that brought a content to a path: the newest and the oldest, counted from the newest of all."""

    newest: int
    oldest: int


class Author(NamedTuple):
    """Who made a commit, and on which day."""

    name: str
    day: str


class History:
    """All files of all commits that some revisions reach and others do not."""

    name = "history"

    def __init__(self, git: Git, *, reached: str = "--all", without: str = "", paths: Collection[str] = ()) -> None:
        """`paths`: only what stood at these; empty: everything."""
        self.git = git
        self.root = git.root
        self.algorithm = git.algorithm
        self._revisions = (reached, *((f"^{without}",) if without else ()))
        self._paths = frozenset(paths)
        self._blobs = Blobs(git)
        self._missing: frozenset[str] = frozenset()
        self.commits: list[str] = []
        """The commits that changed a file, newest first."""
        self.stays: dict[tuple[str, str], Stay] = {}
        """Path and blob to the commits that brought them together."""

    def listing(self) -> Listing:
        """Each content that stood at a path, once; sorted by path."""
        entries: dict[tuple[str, str], Entry] = {}
        for commit, raw, path in self._walk():
            if not self.commits or self.commits[-1] != commit:
                self.commits.append(commit)
            number = len(self.commits) - 1
            mode, blob = _came(raw)
            key = (path, blob)
            if key in entries:
                self.stays[key] = self.stays[key]._replace(oldest=number)
            elif mode in KINDS:
                known = entries[key] = Entry(path, KINDS[mode], blob)
                self.stays[known.path, known.blob] = Stay(number, number)
        beside = (entry for entry in self._beside_commits() if not self._paths or entry.path in self._paths)
        entries |= {(entry.path, entry.blob): entry for entry in beside}
        return Listing(tuple(sorted(entries.values())), tuple(self._cut_off()))

    def find(self, path: str) -> Entry | None:
        """Nothing: of all that stood at a path, no content is the one."""
        return None

    def in_pack_order(self, jobs: Iterable[Job]) -> list[Job]:
        """Jobs in the order in which reading is cheapest; what is not in this clone comes last."""
        waiting: dict[bytes, list[Job]] = defaultdict(list)
        for job in jobs:
            waiting[job.entry.blob.encode()].append(job)
        ordered: list[Job] = []
        for blob in self._packed():
            if blob in waiting:
                ordered += waiting.pop(blob)
        self._missing = frozenset(blob.decode() for blob in waiting)
        return [*ordered, *(job for group in waiting.values() for job in group)]

    def _walk(self) -> Iterator[tuple[str, bytes, str]]:
        """Commit, raw change and path for every change of every commit, merges included."""
        listed = self._start("rev-list", *self._revisions)
        changes = self._start(
            *("--literal-pathspecs", "diff-tree", "--stdin", "-r", "-c", "--root"),
            *("--raw", "-z", "--no-renames", "--no-abbrev", "--", *sorted(self._paths)),
            stdin=listed.stdout,
        )
        with _ended(listed, changes):
            commit, raw = "", b""
            for field in _fields(changes, b"\0"):
                if raw:
                    yield commit, raw, os.fsdecode(field)
                    raw = b""
                elif field.startswith(b":"):
                    raw = field
                else:
                    commit = field.decode("ascii")

    def _packed(self) -> Iterator[bytes]:
        """The ids of all objects that are here. Nothing is fetched to tell."""
        options = ("--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
        objects = self._start("cat-file", *options)
        with _ended(objects):
            yield from _fields(objects, b"\n")

    def _beside_commits(self) -> Iterator[Entry]:
        """Files that a ref names without a commit, as a tag of a file does; the ref is their path."""
        if self._revisions != ("--all",):
            return
        form = "%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname)"
        for line in self.git.output("for-each-ref", f"--format={form}").splitlines():
            kind, name, inner_kind, inner, ref = line.split(b" ", 4)
            told = {kind.decode(): name.decode(), inner_kind.decode(): inner.decode()}
            if "blob" in told:
                yield Entry(os.fsdecode(ref), Kind.FILE, told["blob"])
            elif "tree" in told:
                for item in git_.parse_tree(self.git.output("ls-tree", "-r", "-z", told["tree"])):
                    yield Entry(item.path, KINDS.get(item.mode, Kind.SPECIAL), item.blob)

    def _cut_off(self) -> Iterator[Problem]:
        """What a shallow clone does not have."""
        path = os.fsdecode(self.git.output("rev-parse", "--git-path", "shallow").rstrip(b"\n"))
        try:
            with open(os.path.join(self.root, path), encoding="ascii") as file:
                ends = set(file.read().split())
        except FileNotFoundError:
            return
        except OSError as error:
            raise GuardError(f"cannot read {path}: {error.strerror}") from error
        if ends & set(self.commits):
            reason = "this clone is shallow: older commits are not here; fetch them with git fetch --unshallow"
            yield Problem(reason, ProblemKind.INPUT_MISSING)

    def _start(self, *arguments: str, stdin: IO[bytes] | int | None = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.git.argv(*arguments),
            cwd=self.root,
            env=self.git.env,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def authors(self, numbers: Collection[int]) -> dict[int, Author]:
        """Who made these commits."""
        if not numbers:
            return {}
        ordered = sorted(numbers)
        ids = "".join(f"{self.commits[number]}\n" for number in ordered).encode()
        options = ("--stdin", "--no-walk=unsorted", "--no-commit-header", "--format=%an%x09%ad", "--date=short")
        lines = self.git.output("rev-list", *options, stdin=ids).decode("utf-8", "replace").split("\n")
        return {number: Author(*line.rpartition("\t")[::2]) for number, line in zip(ordered, lines, strict=False)}

    def brought_by(self, contents: Collection[tuple[str, str]]) -> list[str]:
        """Every commit that brought one of these, a blob to a path. The newest comes first."""
        found = (commit for commit, raw, path in self._walk() if (path, _came(raw)[1]) in contents)
        return list(dict.fromkeys(found))

    def still_there(self, commit: str) -> frozenset[tuple[str, str]]:
        """Path and blob of everything in a commit."""
        if not commit:
            return frozenset()
        items = git_.parse_tree(self.git.output("ls-tree", "-r", "-z", commit))
        return frozenset((item.path, item.blob) for item in items)

    def changes(self, commit: str) -> list[Change]:
        """A history is compared with nothing: what it begins after is left out of its commits."""
        raise GuardError("a history is not compared with a revision")

    def expect(self, entries: Iterable[Entry]) -> None:
        """Let git look these up while others are looked at."""
        self._blobs.expect(entry for entry in entries if entry.blob not in self._missing)

    def read(self, entry: Entry, limit: int) -> Content:
        """From the object database."""
        if entry.blob in self._missing:
            raise UnreadableError("its object is not in this clone")
        return self._blobs.read(entry, limit)

    def open(self, entry: Entry) -> BinaryIO:
        """From the object database."""
        return self._blobs.open(entry)

    def close(self) -> None:
        """End the reading process."""
        self._blobs.close()


class _ended:  # noqa: N801 - used like a function
    """A block at whose end commands are over: well, or with an error that says that something is missing."""

    def __init__(self, *processes: subprocess.Popen[bytes]) -> None:
        self._processes = processes

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, *rest: object) -> None:
        for process in self._processes:
            if kind is not None:
                process.kill()
            if process.stdout is not None:
                process.stdout.close()
        codes = [process.wait() for process in self._processes]
        if kind is None and any(codes):
            raise GuardError(
                "git cannot read the whole history: an object is damaged or not in this clone",
                hint="git fsck names it; a partial clone can be completed with git fetch --refetch.",
            )


def _fields(process: subprocess.Popen[bytes], end: bytes) -> Iterator[bytes]:
    """What a command prints, split at its separators, a piece at a time."""
    rest = b""
    while process.stdout is not None and (piece := process.stdout.read(_PIECE)):
        *fields, rest = (rest + piece).split(end)
        yield from fields


def _came(raw: bytes) -> tuple[str, str]:
    """Mode and blob on the new side of a raw change, which has one old side for each parent."""
    parents = len(raw) - len(raw.lstrip(b":"))
    words = raw[parents:].decode("ascii").split(" ")
    return words[parents], words[2 * parents + 1]


# ---- Looking --------------------------------------------------------------------------------------------------------


class Sighting(NamedTuple):
    """What one task learned about one version."""

    entry: Entry
    learned: Learned


def look(side: Side, history: History, entries: Iterable[Entry], progress: Progress) -> tuple[int, list[Sighting]]:
    """Scan every version, each content once for each path class. How many there were, and what was learned."""
    jobs = list(assign(side.parts, entries, [part.task.guard.select for part in side.parts]))
    same: dict[tuple[Kind, str, tuple[tuple[int, str], ...]], list[Job]] = defaultdict(list)
    for job in jobs:
        same[job.entry.kind, job.entry.blob, job.wanted].append(job)
    sightings: list[Sighting] = []
    unknown: list[Job] = []
    done = 0

    def take_in(job: Job, looked: Looked) -> None:
        nonlocal done
        side.take_in(job, looked)
        copies = same[job.entry.kind, job.entry.blob, job.wanted]
        sightings.extend(Sighting(job.entry, learned) for learned in looked.learned)
        for copy in copies[1:]:
            learned = tuple(_at(one, copy.entry.path) for one in looked.learned)
            side.take_in(copy, Looked(looked.blob, learned, tuple(number for number, _ in copy.wanted)))
            sightings.extend(Sighting(copy.entry, one) for one in learned)
        done += len(copies)
        progress(done, len(jobs))

    for first, *_ in same.values():
        looked = side.scanner.recalled(first)
        if looked is None:
            unknown.append(first)
        else:
            take_in(first, looked)
    ordered = history.in_pack_order(unknown) if unknown else []
    for job, looked in workers.scan(side.scanner, ordered, count=side.workers):
        take_in(job, looked)
    return len(jobs), sightings


def _at(learned: Learned, path: str) -> Learned:
    """The same, learned at another path."""
    moved = decode(encode(learned), learned.task, path)
    return moved._replace(problem=replace(learned.problem, path=path) if learned.problem else None)


# ---- What is told ---------------------------------------------------------------------------------------------------


class _Told(Struct):
    """A finding that stood in several versions of a path."""

    finding: Finding
    """As it stood in the newest."""
    stay: Stay
    versions: int = 1
    is_there: bool = False

    def add(self, finding: Finding, stay: Stay, *, is_there: bool) -> None:
        if stay.newest < self.stay.newest:
            self.finding = finding
        self.stay = Stay(min(self.stay.newest, stay.newest), max(self.stay.oldest, stay.oldest))
        self.versions += 1
        self.is_there = self.is_there or is_there


Judge = Callable[[int, Mapping[str, tuple[Fact, ...]]], list[Finding]]
"""What a task's judge finds in the facts of one version."""


def told(
    history: History, sightings: Sequence[Sighting], judge: Judge, sensitive: Collection[str], commit: str
) -> list[Finding]:
    """One finding for each path and each thing that stood there, however many versions held it.

    Only what nobody may know is told: everything else that was mended since is of no interest.
    """
    found: dict[tuple[str, str, str], _Told] = {}
    there = history.still_there(commit)
    for entry, learned in sightings:
        judged = judge(learned.task, {entry.path: learned.facts}) if learned.facts else []
        for finding in (*learned.findings, *judged):
            if finding.rule not in sensitive:
                continue
            stay = history.stays.get((entry.path, entry.blob), Stay(0, 0))
            is_there = (entry.path, entry.blob) in there
            key = (finding.rule, finding.path, finding.subject)
            if key in found:
                found[key].add(finding, stay, is_there=is_there)
            else:
                found[key] = _Told(finding, stay, is_there=is_there)
    authors = history.authors({number for one in found.values() for number in one.stay}) if history.commits else {}
    return [_with_commits(one, history.commits, authors) for one in found.values()]


def _with_commits(one: _Told, commits: Sequence[str], authors: Mapping[int, Author]) -> Finding:
    if one.stay.oldest not in authors:
        return one.finding
    finding = one.finding
    first, last = (f"{commits[number][:_SHORT]} ({', '.join(authors[number][::-1])})" for number in reversed(one.stay))
    where = "still in HEAD" if one.is_there else "no longer in HEAD"
    known = f"first in commit {first}" if first == last else f"first in commit {first}, last in commit {last}"
    places = tuple(
        Place(finding.path, finding.span, f"{word} commit {commits[number]}")
        for word, number in (("first", one.stay.oldest), ("last", one.stay.newest))
    )
    return replace(finding, message=f"{finding.message}; {known}; {where}", related=(*finding.related, *places))
