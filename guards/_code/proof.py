"""The proof of an edit: both texts parse, and what differs between their values is what was planned, no more, no less.

An edit replaces bytes, and a document may mean something else by them than the guard thought: an alias that repeats the
value, a key that a later one overrides, a quote that ends a text. Comparing values finds all of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Set as AbstractSet

from guards._code.spans import DocumentError, Format, JsonPath, format_of, parse
from guards._core.model import Json


def disproof(path: str, before: bytes, after: bytes, planned: AbstractSet[JsonPath]) -> str:
    """Why a change of this file is not the planned one, or nothing. What has no format that we read has no values.

    Says nothing of what stands in the file, which may be anything.
    """
    format_ = format_of(path)
    if format_ is None:
        return ""
    try:
        old = _values(before, format_)
    except DocumentError:
        return "it does not parse, so no change of it can be proved"
    try:
        new = _values(after, format_)
    except DocumentError:
        return "it would not parse any more"
    if len(old) != len(new):
        return "it would hold another number of documents"
    changed = {path if len(old) > 1 else path[1:] for path in differences(old, new)}
    if changed == planned:
        return ""
    return f"it would change {_places(len(changed))} where {len(planned)} should change, or others than those"


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


def _values(data: bytes, format_: Format) -> list[Json]:
    return [document.value for document in parse(data, format_)]


def _places(count: int) -> str:
    return "1 value" if count == 1 else f"{count:,} values"
