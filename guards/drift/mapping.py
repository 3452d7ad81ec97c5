"""Which file holds which points, decided from paths alone.

Every run loads this module; only one with facts in canonical.yaml loads what it takes to read a selector.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from guards._core.globs import Matcher, matcher
from guards._core.model import Trigger
from guards.drift.options import Options
from guards.drift.section import Section, Told, binds

if TYPE_CHECKING:
    from guards.drift.hunting import Hunted
    from guards.drift.selectors import Selector

CANONICAL = frozenset({"canonical.yaml", "config/canonical.yaml"})


class Slice(NamedTuple):
    """All of canonical.yaml that a scan depends on: not whose the points are."""

    selectors: tuple[Selector, ...] = ()
    hunted: tuple[Hunted, ...] = ()
    literals: bool = False
    """Whether a present value is of interest wherever it stands."""
    projects: frozenset[str] = frozenset()
    """The canonical.yaml of each project."""


class PathClass(NamedTuple):
    """All that a scan may know of a path."""

    reader: str = ""
    points: tuple[str, ...] = ()
    is_canonical: bool = False
    hunts: bool = False
    """Whether undeclared values are looked for in it."""

    def encoded(self) -> str:
        """As text, for the model."""
        return json.dumps(self)

    @classmethod
    def decoded(cls, text: str) -> PathClass:
        """The reverse of `encoded`."""
        reader, points, is_canonical, hunts = json.loads(text)
        return cls(reader, tuple(points), is_canonical, hunts)


def scan_slice(options: Options, canonical: Any) -> Slice:
    """What scan depends on: where values stand, and what is looked for elsewhere."""
    if not isinstance(canonical, Section):
        return Slice()
    from guards.drift.hunting import hunted
    from guards.drift.selectors import selector

    authorities = [selector(fact.from_) for fact in canonical.facts.values() if fact.from_]
    places = [bind.selector for bind in binds(canonical)]
    selectors = tuple(sorted({*authorities, *places}, key=lambda one: (one.glob, one.point)))
    files = {path for path, _ in canonical.origins.values()} if isinstance(canonical, Told) else ()
    return Slice(selectors, hunted(canonical) if options.mentions else (), options.literals, frozenset(files))


def triggers(slice_: Slice, documents: object) -> tuple[Trigger, ...]:
    """The values that are looked for wherever they stand."""
    wanted = {text for one in slice_.hunted for text in (*one.former, one.present) if text}
    return tuple(Trigger(text, literal=True) for text in sorted(wanted))


def is_bound(path_class: str) -> bool:
    """Whether a file is looked at although it holds no value that is looked for."""
    found = PathClass.decoded(path_class)
    return found.is_canonical or bool(found.points)


def classify(path: str, slice_: Slice) -> str | None:
    """The points that concern a path, and whether it may hold undeclared values; None if neither."""
    if path in CANONICAL or path in slice_.projects:
        return PathClass(is_canonical=True).encoded()
    every, by_glob = _compiled(slice_.selectors)
    is_bound = every(path)
    hunts = bool(slice_.hunted) and not tells_of_old(path)
    if not is_bound and not hunts:
        return None
    from guards._code.reading import reader_of

    points = sorted({point for matches, each in by_glob if matches(path) for point in each}) if is_bound else ()
    return PathClass(reader_of(path), tuple(points), hunts=hunts).encoded()


def tells_of_old(path: str) -> bool:
    """Whether a file tells of what was, is not ours, or is about other systems than this one."""
    return _TELLS_OF_OLD.search(path) is not None


_TELLS_OF_OLD = re.compile(
    r"""(?:^|/)(?:
        (?:tests?|testing|testdata|fixtures?|examples?|vendor(?:ed)?|third_party|node_modules|dist|build)/
      | (?:changes?|changelog|history|news|releases|release[-_]?notes|upgrading|migrat(?:e|ing|ions?)|archived?|legacy)
        (?:[./_-]|$)
      | (?:test_[^/]*|[^/]*(?:_test|\.test|\.spec|-lock|\.min)\.[a-z]+|go\.sum)$
      | [^/]*\.(?:lock|map|svg|csv|tsv|jsonl|ndjson|ipynb|patch|diff|log)$
    )""",
    re.IGNORECASE | re.VERBOSE,
)


@lru_cache(maxsize=8)
def _compiled(selectors: tuple[Selector, ...]) -> tuple[Matcher, tuple[tuple[Matcher, tuple[str, ...]], ...]]:
    """What tells whether any glob matches, and each glob with its points."""
    points: dict[str, list[str]] = {}
    for one in selectors:
        points.setdefault(one.glob, []).append(one.point)
    return matcher(points), tuple((matcher([glob]), tuple(each)) for glob, each in points.items())
