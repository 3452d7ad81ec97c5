"""Where symbolic links lead, followed by name within the tree and never on disk."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from guards._code.tree import Tree, folder_of
from guards._core.model import Finding, Kind
from guards.hygiene.rules import BROKEN_SYMLINK, ESCAPING_SYMLINK, SYMLINK_LOOP

_MOST_HOPS = 40
"""So many links Linux follows before it gives up."""


class End(enum.Enum):
    """How following a link ends."""

    FINE = enum.auto()
    BROKEN = enum.auto()
    OUTSIDE = enum.auto()
    LOOP = enum.auto()


class Outcome(NamedTuple):
    """What came of following a link, and which link is to blame: it may be another on the way."""

    end: End
    blame: str


def links(targets: Mapping[str, str], tree: Tree) -> Iterator[Finding]:
    """A finding for each link that leads nowhere, outside or back to itself. `targets`: path to link text."""
    for path, target in targets.items():
        outcome = follow(path, targets, tree)
        if outcome.blame == path and outcome.end is not End.FINE:
            yield _finding(path, target, outcome.end)


def _finding(path: str, target: str, end: End) -> Finding:
    rule, why, hint = _WORDS[end]
    if end is End.OUTSIDE and target.startswith("/"):
        why = "is absolute"
    return Finding(rule, f"the link's target {target!r} {why}", path, subject=target, hint=hint)


_WORDS = {
    End.BROKEN: (
        BROKEN_SYMLINK.id,
        "is not in the repository",
        "Point it at a path of this repository, or remove it; a target that git ignores is missing in every clone.",
    ),
    End.OUTSIDE: (
        ESCAPING_SYMLINK.id,
        "leads out of the repository",
        "Point it at a path of this repository by a relative target, or remove it.",
    ),
    End.LOOP: (SYMLINK_LOOP.id, "leads back to the link", "Point it at the real file or folder, or remove it."),
}


def follow(path: str, targets: Mapping[str, str], tree: Tree) -> Outcome:
    """Resolve a link the way a kernel does, a name at a time. Each name knows the link that it comes from."""
    here = [name for name in folder_of(path).split("/") if name]
    waiting = [(path.rpartition("/")[2], path)]
    hops = 0
    while waiting:
        name, owner = waiting.pop()
        if name == ".":
            continue
        if name == "..":
            if not here:
                return Outcome(End.OUTSIDE, owner)
            here.pop()
            continue
        current = "/".join((*here, name))
        target = targets.get(current)
        if target is None:
            end = _end_at(current, tree, is_last=not waiting)
            if end is not None:
                return Outcome(end, owner)
            here.append(name)
            continue
        hops += 1
        if (hops > 1 and current == path) or hops > _MOST_HOPS:
            return Outcome(End.LOOP, current)
        if target.startswith("/"):
            return Outcome(End.OUTSIDE, current)
        waiting += [(part, current) for part in reversed(_names(target))]
    return Outcome(End.FINE, path)


def _names(target: str) -> list[str]:
    """The names of a path. A slash at its end asks for a folder, as `.` does."""
    names = [name for name in target.split("/") if name]
    return [*names, "."] if target.endswith("/") else names


def _end_at(path: str, tree: Tree, *, is_last: bool) -> End | None:
    """How it ends at a path that is no link; None: it goes on."""
    if path == ".git" or path.startswith(".git/"):
        return End.OUTSIDE
    if tree.is_folder(path):
        return None
    entry = tree.find(path)
    if entry is not None and entry.kind is Kind.GITLINK:
        return End.FINE  # what is in a submodule, its own repository knows
    return End.BROKEN if entry is None or not is_last else None
