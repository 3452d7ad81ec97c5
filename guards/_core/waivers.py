"""Waivers: findings that somebody accepted, why, and until when. A day counts to its end in UTC, the last one too."""

from __future__ import annotations

import datetime
import fnmatch
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from guards._core.globs import Matcher, beginning, matcher
from guards._core.model import Place
from guards._core.options import OptionError, RefusedError, option, required

_EVERYTHING = {"*", "**", "**/*", "*/**", "**/**"}
_DAY_NS = 86_400 * 10**9
_EPOCH = datetime.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a waiver covers, why, and until when. What it names must all be true of a finding."""

    reason: str = required("Why this is accepted.", pattern=r"\S")
    rule: str = option(
        "",
        "The rule, or several: `secrets/*`.",
        pattern=r"^(?:\*|[a-z0-9][a-z0-9_.-]*/[A-Za-z0-9_.*-]+)?$",
        examples=("schema/violation",),
    )
    path: str = option("", "A glob of paths; `**` crosses folders.", examples=("tests/data/**",))
    fingerprint: str = option("", "The fingerprint of one finding.", pattern="^(?:[0-9a-f]{32})?$")
    owner: str = option("", "Who answers for it.")
    until: datetime.date | None = option(None, "The last day on which it holds, to its end in UTC: 2027-01-31.")

    def __post_init__(self) -> None:
        if not (self.rule or self.path or self.fingerprint):
            raise RefusedError([OptionError((), "covers nothing: name a rule, a path or a fingerprint")])
        try:
            if self.path and not _is_plain(self.path):
                _matcher_of(self.path)
        except ValueError as error:
            raise RefusedError([OptionError(("path",), str(error))]) from None

    def is_over(self, today: datetime.date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and today > self.until

    @property
    def is_broad(self) -> bool:
        """Whether it covers several rules, everywhere."""
        anywhere = not self.path or self.path.removeprefix("./").rstrip("/") in _EVERYTHING
        return anywhere and not self.fingerprint and (not self.rule or "*" in self.rule)


class Placed(NamedTuple):
    """A waiver where it is written."""

    terms: Terms
    place: Place
    line: int = 0
    """The line that a comment speaks of, in the file where it stands; 0: it stands in the settings."""

    @property
    def is_broad(self) -> bool:
        """Whether it covers what nobody can have looked at: several rules everywhere, or all of them on a line."""
        return self.terms.rule == "*" if self.line else self.terms.is_broad


def today(clock_ns: int) -> datetime.date:
    """The day in UTC of a moment; of one that no calendar has, the nearest day that one has."""
    day = _EPOCH + clock_ns // _DAY_NS
    return datetime.date.fromordinal(min(max(day, 1), datetime.date.max.toordinal()))


def unchanging(waivers: Iterable[Placed], day: datetime.date) -> tuple[int, int] | None:
    """From when to when, in nanoseconds, all of these mean what they mean on this day; None where no date matters."""
    ends = [waiver.terms.until.toordinal() + 1 for waiver in waivers if waiver.terms.until is not None]
    if not ends:
        return None
    begin = max((end for end in ends if end <= day.toordinal()), default=1)
    end = min((end for end in ends if end > day.toordinal()), default=datetime.date.max.toordinal() + 1)
    return (begin - _EPOCH) * _DAY_NS, (end - _EPOCH) * _DAY_NS


class _Candidates:
    """The waivers that cover findings of one rule, in order."""

    def __init__(self, waivers: Sequence[tuple[int, Placed]]) -> None:
        self._by_line: dict[tuple[str, int], int] = {}
        self._by_place: dict[str, list[int]] = {}
        self._anywhere: list[int] = []
        self._by_glob: list[tuple[int, Matcher]] = []
        for number, waiver in waivers:
            path = waiver.terms.path
            if waiver.line:
                self._by_line.setdefault((waiver.place.path, waiver.line), number)
            elif not path:
                self._anywhere.append(number)
            elif _is_plain(path):
                self._by_place.setdefault(path, []).append(number)
            else:
                self._by_glob.append((number, _matcher_of(path)))
        self._beginnings = tuple({beginning(waiver.terms.path) for number, waiver in waivers if waiver.terms.path})

    def __bool__(self) -> bool:
        return bool(self._by_line or self._by_place or self._anywhere or self._by_glob)

    def covering(self, path: str, line: int) -> Iterator[int]:
        if (path, line) in self._by_line:
            yield self._by_line[path, line]
        yield from self._anywhere
        place = path if self._by_place else ""
        while place:
            yield from self._by_place.get(place, ())
            place = place.rpartition("/")[0]
        if self._by_glob and path.startswith(self._beginnings):
            yield from (number for number, one in self._by_glob if one(path))


def _is_plain(path: str) -> bool:
    """Whether a glob is just the path of a file or a folder: these need no pattern."""
    return "/" in path.strip("/") and path.strip("/") == path and not set("*?[]{}") & set(path) and path[:2] != "./"


@functools.lru_cache(maxsize=1 << 10)
def _matcher_of(path: str) -> Matcher:
    """Made again and again of the same few."""
    return matcher([path])


class Waivers:
    """All waivers of a run, to be asked about many findings."""

    def __init__(self, waivers: Iterable[Placed] = ()) -> None:
        self.all = tuple(waivers)
        self._by_fingerprint: dict[str, list[int]] = {}
        self._by_rule: dict[str, list[int]] = {}
        self._patterns: list[tuple[re.Pattern[str], int]] = []
        for number, waiver in enumerate(self.all):
            rule = waiver.terms.rule
            if waiver.terms.fingerprint:
                self._by_fingerprint.setdefault(waiver.terms.fingerprint, []).append(number)
            elif rule and "*" not in rule:
                self._by_rule.setdefault(rule, []).append(number)
            else:
                self._patterns.append((re.compile(fnmatch.translate(rule or "*")), number))
        self._candidates: dict[str, _Candidates] = {}

    def covering(self, rule: str, path: str, line: int, fingerprint: str) -> list[int]:
        """The numbers of those that cover a finding; `line` is 0 for one that concerns a path as a whole."""
        candidates = self._candidates.get(rule)
        if candidates is None:
            candidates = self._candidates[rule] = _Candidates(self._of_rule(rule))
        named = self._by_fingerprint.get(fingerprint)
        if named is None:
            return list(candidates.covering(path, line)) if candidates else []
        return [*(number for number in named if self._agrees(number, rule, path)), *candidates.covering(path, line)]

    def _agrees(self, number: int, rule: str, path: str) -> bool:
        """Whether all else is true, too, of what a waiver names by its fingerprint."""
        terms = self.all[number].terms
        named = not terms.rule or fnmatch.fnmatchcase(rule, terms.rule)
        return named and (not terms.path or _matcher_of(terms.path)(path))

    def _of_rule(self, rule: str) -> list[tuple[int, Placed]]:
        by_pattern = (number for pattern, number in self._patterns if pattern.match(rule))
        return [(number, self.all[number]) for number in sorted([*self._by_rule.get(rule, ()), *by_pattern])]
