"""Which file holds which points, decided from paths alone.

Every run loads this module; only one with facts in canonical.yaml loads what it takes to read a selector.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from guards._core.globs import Matcher, matcher
from guards.drift.section import Section, binds

if TYPE_CHECKING:
    from guards.drift.selectors import Selector

CANONICAL = frozenset({"canonical.yaml", "config/canonical.yaml"})

Slice: TypeAlias = "tuple[Selector, ...]"
"""All of canonical.yaml that a scan depends on: not the facts, not whose the points are."""


class PathClass(NamedTuple):
    """All that a scan may know of a path."""

    reader: str = ""
    points: tuple[str, ...] = ()
    is_canonical: bool = False

    def encoded(self) -> str:
        """As text, for the model."""
        return json.dumps([self.reader, self.points, self.is_canonical])

    @classmethod
    def decoded(cls, text: str) -> PathClass:
        """The reverse of `encoded`."""
        reader, points, is_canonical = json.loads(text)
        return cls(reader, tuple(points), is_canonical)


def scan_slice(options: object, canonical: Any) -> Slice:
    """What scan depends on: where values stand."""
    if not isinstance(canonical, Section):
        return ()
    from guards.drift.selectors import selector

    authorities = [selector(fact.from_) for fact in canonical.facts.values() if fact.from_]
    places = [bind.selector for bind in binds(canonical)]
    return tuple(sorted({*authorities, *places}, key=lambda one: (one.glob, one.point)))


def classify(path: str, slice_: Slice) -> str | None:
    """The points that concern a path, or None if there are none."""
    if path in CANONICAL:
        return PathClass(is_canonical=True).encoded()
    every, by_glob = _compiled(slice_)
    if not every(path):
        return None
    from guards._code.reading import reader_of

    points = sorted({point for matches, each in by_glob if matches(path) for point in each})
    return PathClass(reader_of(path), tuple(points)).encoded()


@lru_cache(maxsize=8)
def _compiled(slice_: Slice) -> tuple[Matcher, tuple[tuple[Matcher, tuple[str, ...]], ...]]:
    """What tells whether any glob matches, and each glob with its points."""
    points: dict[str, list[str]] = {}
    for one in slice_:
        points.setdefault(one.glob, []).append(one.point)
    return matcher(points), tuple((matcher([glob]), tuple(each)) for glob, each in points.items())
