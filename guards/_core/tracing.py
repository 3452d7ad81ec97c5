"""Where in a history one thing stands that a guard found: who brought it when, and which refs hold it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from guards._core import git as git_
from guards._core.examination import Part, Side
from guards._core.facts import Facts
from guards._core.git import Git
from guards._core.history import Author, History, look
from guards._core.identity import task_fingerprint
from guards._core.learned import Learned
from guards._core.model import Entry
from guards._core.scanning import Limits, Scanner, Task
from guards._core.store import open_store, user_key
from guards._core.triggers import engine_ahead

_AT_ONCE = 1000
"""Commits in one command line."""
_SECONDS = 60.0


class Commit(NamedTuple):
    """A commit, as people speak of it."""

    id: str
    author: Author


class Standing(NamedTuple):
    """A path at which it stood."""

    path: str
    first: Commit | None
    """The oldest that brought it; None where a ref names the file without a commit."""
    last: Commit | None
    """The newest that brought a version with it."""
    versions: int
    in_head: bool


class Holder(NamedTuple):
    """A ref through which everybody gets it who clones."""

    ref: str
    at_tip: bool
    """The files that it names hold it; if not, only its past does."""


class Trace(NamedTuple):
    """All that a history says of it."""

    standings: tuple[Standing, ...]
    holders: tuple[Holder, ...]


def trace(git: Git, task: Task, is_it: Callable[[Learned], bool], paths: Collection[str], *, size_limit: int) -> Trace:
    """What stood at these paths is looked at once more, version by version, most of it from the cache."""
    past = History(git, paths=paths)
    try:
        entries = past.listing().entries
        side = _side(past, entries, task, size_limit)
        with side.scanner.timer.ticking():
            _, sightings = look(side, past, entries, lambda done, total: None)
        contents = {(one.entry.path, one.entry.blob) for one in sightings if is_it(one.learned)}
        return Trace(tuple(_standings(past, contents)), tuple(_holders(git, past.brought_by(contents), contents)))
    finally:
        past.close()


def _side(past: History, entries: Iterable[Entry], task: Task, size_limit: int) -> Side:
    store = open_store(past.root)
    fingerprint = task_fingerprint(task, past.algorithm, largest=size_limit) if store else ""
    memory = Facts(store, fingerprint)
    engine = engine_ahead(task.triggers, store)
    key = user_key(past.root) or os.urandom(32)
    scanner = Scanner(past, [task], engine, Limits(size_limit, _SECONDS), [memory] if store else None, key)
    return Side(past, tuple(entries), [Part(task, memory)], scanner, size_limit)


def _standings(past: History, contents: Collection[tuple[str, str]]) -> Iterator[Standing]:
    there = past.still_there(past.git.head())
    authors = past.authors({number for one in contents if one in past.stays for number in past.stays[one]})
    for path in sorted({path for path, _ in contents}):
        own = [one for one in contents if one[0] == path]
        numbers = [number for one in own if one in past.stays for number in past.stays[one]]
        first, last = (
            Commit(past.commits[number], authors[number]) if number is not None else None
            for number in (max(numbers, default=None), min(numbers, default=None))
        )
        yield Standing(path, first, last, len(own), not there.isdisjoint(own))


def _holders(git: Git, commits: Collection[str], contents: Collection[tuple[str, str]]) -> Iterator[Holder]:
    named = {ref: name for name, ref in _pairs(git.output("for-each-ref", "--format=%(objectname) %(refname)"))}
    reaching = _reaching(git, list(commits))
    if git.attempt("symbolic-ref", "--quiet", "HEAD").returncode != 0 and (head := git.head()):
        named["HEAD"] = head  # no branch speaks for it
        reaching |= {"HEAD"} if not set(commits).isdisjoint(_lines(git.output("rev-list", "HEAD"))) else set()
    paths = {path for path, _ in contents}
    tips = {name: _files(git, name, sorted(paths)) for name in set(named.values())}
    for ref, name in named.items():
        at_tip = not tips[name].isdisjoint(contents) or (ref in paths and (ref, _peeled(git, name)) in contents)
        if at_tip or ref in reaching:
            yield Holder(ref, at_tip)


def _reaching(git: Git, commits: list[str]) -> set[str]:
    """The refs that have one of these commits in their past."""
    found: set[str] = set()
    for first in range(0, len(commits), _AT_ONCE):
        options = [f"--contains={commit}" for commit in commits[first : first + _AT_ONCE]]
        found.update(_lines(git.output("for-each-ref", "--format=%(refname)", *options)))
    return found


def _files(git: Git, name: str, paths: Iterable[str]) -> set[tuple[str, str]]:
    """Path and blob of what stands at these paths, by the trees alone: a partial clone has no more."""
    done = git.attempt("--literal-pathspecs", "ls-tree", "-z", name, "--", *paths)
    return {(item.path, item.blob) for item in git_.parse_tree(done.stdout)} if done.returncode == 0 else set()


def _peeled(git: Git, name: str) -> str:
    """What an object is about: itself, unless it is a tag."""
    return git.output("rev-parse", "--verify", f"{name}^{{}}").decode("ascii").strip()


def _pairs(output: bytes) -> Iterator[list[str]]:
    return (line.split(" ", 1) for line in _lines(output))


def _lines(output: bytes) -> list[str]:
    return os.fsdecode(output).removesuffix("\n").split("\n") if output else []
