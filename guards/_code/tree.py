"""What judge asks about the paths of a view, answered by bisection in their sorted order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from guards._core.model import Entry


class Tree:
    """The entries of a view, sorted by path."""

    def __init__(self, entries: Sequence[Entry], paths: Sequence[str]) -> None:
        self.entries = entries
        self.paths = paths

    def find(self, path: str) -> Entry | None:
        """The entry of a path."""
        at = bisect_left(self.paths, path)
        return self.entries[at] if at < len(self.paths) and self.paths[at] == path else None

    def below(self, folder: str) -> Sequence[Entry]:
        """The entries in a folder and its folders; none where there is no such folder."""
        start = bisect_left(self.paths, f"{folder}/")
        return self.entries[start : bisect_left(self.paths, f"{folder}0", start)]  # `0` is the character after `/`

    def is_folder(self, path: str) -> bool:
        """Whether anything is in a folder of this path."""
        at = bisect_left(self.paths, f"{path}/")
        return at < len(self.paths) and self.paths[at].startswith(f"{path}/")


def folder_of(path: str) -> str:
    """The folder that a path is in; empty for the root."""
    return path.rpartition("/")[0]
