"""Names that are one name where upper and lower case, or two encodings of an accent, are the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from guards._code.tree import Tree, folder_of
from guards._core.model import Finding, Place
from guards.hygiene.rules import CASE_CLASH


def clashes(tree: Tree) -> Iterator[Finding]:
    """A finding for each set of siblings, files or folders, that would be one."""
    for group in clashing(tree.paths):
        sized = sorted((len(tree.below(name)), name) for name in group)
        yield _finding([name for _, name in sized], tree)


def clashing(paths: Sequence[str]) -> list[list[str]]:
    """The sets of siblings among these paths and their folders. What is below such folders is not told again."""
    names = {*paths, *_folders(paths)}
    if len(set(map(_folded, names))) == len(names):
        return []
    siblings: dict[tuple[str, str], list[str]] = {}
    for name in sorted(names):
        folder, _, leaf = name.rpartition("/")
        siblings.setdefault((folder, _folded(leaf)), []).append(name)
    return [group for group in siblings.values() if len(group) > 1]


def _folders(paths: Iterable[str]) -> set[str]:
    found: set[str] = set()
    new = {folder_of(path) for path in paths}
    while new := new - found - {""}:
        found |= new
        new = {folder_of(folder) for folder in new}
    return found


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).lower())


def _finding(names: Sequence[str], tree: Tree) -> Finding:
    """Placed at the name that holds the least, because that is most likely the wrong one."""
    wrong, *others = names
    shown = " and ".join(repr(name) for name in (wrong, *others))
    message = f"{shown} are one {'folder' if tree.is_folder(wrong) else 'file'} on macOS and Windows"
    related = tuple(Place(_first(name, tree), note="the other one") for name in others)
    hint = "Rename or remove one of them, on a system that tells them apart."
    subject = " ".join(sorted(names))
    return Finding(CASE_CLASH.id, message, _first(wrong, tree), subject=subject, hint=hint, related=related)


def _first(name: str, tree: Tree) -> str:
    """A path of the tree that stands for a name: the name itself, or the first in the folder."""
    return name if tree.find(name) else tree.below(name)[0].path
