"""Which file holds which points, decided from paths alone.

Every run loads this module; only one with facts in canonical.yaml loads what it takes to read a selector.
"""

from __future__ import annotations

import itertools
import json
import posixpath
import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from guards._core.globs import Matcher, matcher
from guards._core.model import Select, Trigger
from guards.drift.options import Options
from guards.drift.section import Section, Told, binds

if TYPE_CHECKING:
    from guards.drift.hunting import Hunted
    from guards.drift.selectors import Selector

CANONICAL = frozenset({"canonical.yaml", "config/canonical.yaml"})


class Slice(Struct, frozen=True, dict=True):
    """All of canonical.yaml that a scan depends on: not whose the points are."""

    selectors: tuple[Selector, ...] = ()
    hunted: tuple[Hunted, ...] = ()
    literals: bool = False
    """Whether a present value is of interest wherever it stands."""
    projects: tuple[str, ...] = ()
    """The canonical.yaml of each project."""

    @cached_property
    def globs(self) -> _Globs:
        """What tells which selectors concern a path: made once for all paths."""
        return _Globs(self.selectors)


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
    return Slice(selectors, hunted(canonical) if options.mentions else (), options.literals, tuple(sorted(files)))


def triggers(slice_: Slice, documents: object) -> tuple[Trigger, ...]:
    """The values that are looked for wherever they stand."""
    wanted = {text for one in slice_.hunted for text in (*one.former, *([one.present] if one.is_telling else []))}
    return tuple(Trigger(text, literal=True) for text in sorted(wanted))


def always(slice_: Slice) -> Select:
    """What may hold a point, by the ends of globs: a name, or the suffix that a wildcard stands before."""
    suffixes, names = set[str](), {posixpath.basename(path) for path in (*CANONICAL, *slice_.projects)}
    for one in slice_.selectors:
        end = one.glob.rstrip("/").rpartition("/")[2]
        among = _ALTERNATIVES.fullmatch(end)
        for each in [among[1] + word + among[3] for word in among[2].split(",")] if among else [end]:
            if not _WILDCARDS.search(each):
                names.add(each)
            elif _ANY_OF_SUFFIX.fullmatch(each):
                suffix = each[each.rindex(".") :]
                suffixes.add(suffix.lower())
                names.add(suffix)  # nothing may stand before it
            else:
                return Select()
    return Select(suffixes=frozenset(suffixes), names=frozenset(names))


_ALTERNATIVES = re.compile(r"([^{}]*)\{([^{}]*)\}([^{}]*)")
_ANY_OF_SUFFIX = re.compile(r"[^{}\[\]]*[*?][^{}\[\]]*\.[A-Za-z0-9_-]+")


def is_bound(path_class: str) -> bool:
    """Whether a file is looked at although it holds no value that is looked for."""
    found = PathClass.decoded(path_class)
    return found.is_canonical or bool(found.points)


def classify(path: str, slice_: Slice) -> str | None:
    """The points that concern a path, and whether it may hold undeclared values; None if neither."""
    if path in CANONICAL or path in slice_.projects:
        return PathClass(is_canonical=True).encoded()
    points = slice_.globs.points(path)
    hunts = bool(slice_.hunted) and not tells_of_old(path)
    if not points and not hunts:
        return None
    from guards._code.reading import reader_of

    return _encoded(reader_of(path), points, hunts)


@lru_cache(maxsize=1024)
def _encoded(reader: str, points: tuple[str, ...], hunts: bool) -> str:  # noqa: FBT001 - part of a key
    return PathClass(reader, points, hunts=hunts).encoded()


def tells_of_old(path: str) -> bool:
    """Whether a file tells of what was, is not ours, or is about other systems than this one."""
    return _TELLS_OF_OLD.search(path) is not None


_TELLS_OF_OLD = re.compile(
    r"""(?:^|/)(?:
        (?:tests?|testing|testdata|fixtures?|examples?|vendor(?:ed)?|third_party|node_modules|dist|build)/
      | (?:changes?|changelog|history|news|releases|release[-_]?notes|upgrading|migrat(?:e|ing|ions?)|archived?|legacy)
        (?:[./_-]|$)
      | (?:test_[^/]*|[^/]*(?:_test|\.test|\.spec|-lock|\.min)\.[a-z]+|go\.sum)$
      | [^/]*\.(?:lock|map|svg|csv|tsv|jsonl|ndjson|ipynb|patch|diff|log|po|pot)$
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_wild(glob: str) -> bool:
    """Whether a glob may stand for several names."""
    return _WILDCARDS.search(glob) is not None


_WILDCARDS = re.compile(r"[*?\[\]{}]")


class _Globs:
    """Which globs match a path. Most name one file or folder: these are looked up, the others are tried."""

    def __init__(self, selectors: Iterable[Selector]) -> None:
        self._named: dict[str, list[str]] = {}
        """By a path, which begins with a slash, or by a name that stands at any depth."""
        self._others: dict[str, list[str]] = {}
        for one in selectors:
            body = one.glob.removeprefix("./")
            if _WILDCARDS.search(body):
                self._others.setdefault(one.glob, []).append(one.point)
            else:
                name = f"/{body.strip('/')}" if "/" in body.rstrip("/") else body.strip("/")
                self._named.setdefault(name, []).append(one.point)
        self._any = matcher(self._others)
        self._each: list[tuple[Matcher, list[str]]] = [(matcher([glob]), each) for glob, each in self._others.items()]

    def points(self, path: str) -> tuple[str, ...]:
        """The points of all globs that match a path, or a folder that it is in."""
        found: set[str] = set()
        if self._named:
            names = path.split("/")
            for name in (*names, *(f"/{folder}" for folder in itertools.accumulate(names, "{}/{}".format))):
                found.update(self._named.get(name, ()))
        if self._others and self._any(path):
            found.update(point for matches, each in self._each if matches(path) for point in each)
        return tuple(sorted(found))
