"""The proof of an edit: both texts parse, and what differs between their values is what was planned, no more, no less.

An edit replaces bytes, and a document may mean something else by them than the guard thought: an alias that repeats the
value, a key that a later one overrides, a quote that ends a text. Comparing values finds all of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set as AbstractSet

from guards._code.reading import Reader, documents, reader_of
from guards._code.spans import Document, DocumentError, JsonPath
from guards._core.model import Json


def disproof(
    path: str,
    before: bytes,
    after: bytes,
    planned: AbstractSet[JsonPath],
    *,
    within: Iterable[tuple[int, int]] = (),
) -> str:
    """Why a change of this file is not the planned one, or nothing. What has no format that we read has no values.

    `within`: ranges of bytes whose change is that of the value that they stand in, if they stand in one.
    Says nothing of what stands in the file, which may be anything.
    """
    reader = reader_of(path)
    if reader in {Reader.TEXT, Reader.SQL}:  # what is read of SQL are columns, of which no part is written
        return ""
    try:
        old = documents(before, reader)
    except DocumentError:
        return "it does not parse, so no change of it can be proved"
    try:
        new = documents(after, reader)
    except DocumentError:
        return "it would not parse any more"
    if len(old) != len(new):
        return "it would hold another number of documents"
    wanted = {*planned, *filter(None, (_innermost(old, start, end) for start, end in within))}
    changed = {path if len(old) > 1 else path[1:] for path in differences(_values(old), _values(new))}
    if changed == wanted:
        return ""
    return f"it would change {_places(len(changed))} where {len(wanted)} should change, or others than those"


def differences(old: Json, new: Json) -> Iterator[JsonPath]:
    """The paths at which two values differ: the innermost that are on one side only, or are not the same on both."""
    waiting: list[tuple[JsonPath, Json, Json]] = [((), old, new)]
    while waiting:
        path, one, other = waiting.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            yield from ((*path, key) for key in one.keys() ^ other.keys())
            waiting += [((*path, key), one[key], other[key]) for key in one.keys() & other.keys()]
        elif isinstance(one, list) and isinstance(other, list):
            shorter = min(len(one), len(other))
            yield from ((*path, index) for index in range(shorter, max(len(one), len(other))))
            waiting += [((*path, index), one[index], other[index]) for index in range(shorter)]
        elif not _is_same(one, other):
            yield path


def _is_same(one: Json, other: Json) -> bool:
    """Python takes 1, 1.0 and True for one value, and a number that is none for none."""
    return type(one) is type(other) and (one == other or (one != one and other != other))


def _values(found: Sequence[Document]) -> list[Json]:
    return [document.value for document in found]


def _innermost(found: Sequence[Document], start: int, end: int) -> JsonPath | None:
    """The path of the one value without members that a range of bytes stands in; None where it stands in none."""
    for number, document in enumerate(found):
        path = _leaf_at(document, start, end)
        if path is not None:
            return (number, *path) if len(found) > 1 else path
    return None


def _leaf_at(document: Document, start: int, end: int) -> JsonPath | None:
    waiting: list[tuple[JsonPath, Json]] = [((), document.value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):  # what a mapping holds may stand outside of it, as a table of TOML does
            waiting += [((*path, key), member) for key, member in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, index), item) for index, item in enumerate(value)]
        else:
            first, last = document.offsets(path)
            if first <= start and end <= last:
                return path
    return None


def _places(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"
