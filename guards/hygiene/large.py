"""Files that are larger than a clone should have to carry, unless Git LFS carries them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from guards._code.tree import Tree, folder_of
from guards._core.globs import matcher
from guards._core.model import Fact, Finding
from guards._core.untracking import untrack_command
from guards.hygiene.rules import LARGE_FILE

FILE = ".gitattributes"
SIZE = "size"
"""The kind of the facts about large files: how many bytes."""
FILTER = "filter"
"""The kind of the facts about `.gitattributes`: a pattern, and whether what it matches goes to Git LFS."""
_LINE = re.compile(r"[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s#\"]\S*))[ \t]+(.*)")


def filters(text: bytes) -> Iterator[Fact]:
    """A fact for each line that sets or unsets a filter, in their order."""
    for line in text.decode("utf-8", "surrogateescape").splitlines():
        found = _LINE.match(line)
        words = [word for word in found[3].split() if word.lstrip("-!").partition("=")[0] == "filter"] if found else []
        if found and words:
            yield Fact(FILTER, [re.sub(r"\\(.)", r"\1", found[1] or "") or found[2], words[-1] == "filter=lfs"])


def attribute_files(paths: Iterable[str]) -> set[str]:
    """The `.gitattributes` that speak about these paths, wherever they are."""
    return {f"{folder}/{FILE}" if folder else FILE for path in paths for folder in _folders(path)}


def large_files(
    sizes: Mapping[str, int], facts: Mapping[str, Sequence[Fact]], tree: Tree, limit: int
) -> Iterator[Finding]:
    """A finding for each of these files that git itself carries."""
    for path, size in sizes.items():
        entry = tree.find(path)
        if entry is None or not entry.tracked or _is_in_lfs(path, facts):
            continue
        message = f"{_megabytes(size)} are tracked here, more than {_megabytes(limit)}"
        hint = f"Untrack it with `{untrack_command(path)}`, or give it to Git LFS; see `max-size` and `exclude`."
        yield Finding(LARGE_FILE.id, message, path, subject=path, hint=hint)


def _is_in_lfs(path: str, facts: Mapping[str, Sequence[Fact]]) -> bool:
    """What the last line says that matches, in the nearest folder that has one."""
    for folder in _folders(path):
        for fact in reversed(facts.get(f"{folder}/{FILE}" if folder else FILE, ())):
            if fact.kind == FILTER and isinstance(fact.data, list):
                pattern, is_lfs = fact.data
                if _matches(str(pattern), path.removeprefix(f"{folder}/") if folder else path):
                    return bool(is_lfs)
    return False


def _matches(pattern: str, path: str) -> bool:
    try:
        return matcher([pattern])(path)
    except ValueError:
        return False


def _folders(path: str) -> Iterator[str]:
    """The folders that a path is in, the nearest first and the root last."""
    while path:
        path = folder_of(path)
        yield path


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f} MB"
