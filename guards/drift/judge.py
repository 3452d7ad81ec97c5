"""What all values say together: which place does not agree with its fact, and which bind says nothing."""

from __future__ import annotations

import bisect
import difflib
import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from guards._code.reading import reader_of
from guards._core.globs import Matcher, matcher
from guards._core.model import Case, Finding, Fix, Judged, Level, Place, Span
from guards.drift import facts
from guards.drift.kinds import SEVERAL, Kind, normal, texts_of
from guards.drift.mapping import CANONICAL
from guards.drift.options import Options
from guards.drift.relations import Value, agree_together, agrees, is_together
from guards.drift.rules import (
    BARE_LITERAL,
    COUNT,
    MISSING_PATH,
    NO_AUTHORITY,
    TWIN,
    UNBOUND_FACT,
    UNDECIDED,
    UNKNOWN_PAST,
    UNMATCHED_BIND,
    VALUE,
    ZOMBIE,
)
from guards.drift.section import (
    Bind,
    Declared,
    PathIs,
    Relation,
    Section,
    Told,
    binds,
    derivation_order,
    filled,
    holes,
)
from guards.drift.selectors import Selector, selector
from guards.drift.writing import Writing, fix as fix_of, reading_after

_MOST_SHOWN = 80
_MOST_RELATED = 10
_MOST_ITEMS = 5


class Site(NamedTuple):
    """A value that scan saw."""

    path: str
    span: Span | None
    value: str
    is_filled_in: bool
    writing: Writing | None = None
    """How it can be replaced."""
    is_column: bool = False
    """Of a table: its name and its type."""

    @property
    def starts_at(self) -> tuple[str, int]:
        """Path and line."""
        return self.path, self.span.line if self.span else 0

    def overlaps(self, other: Site) -> bool:
        """Whether two of them share a character of one file."""
        if self.path != other.path or self.span is None or other.span is None:
            return False
        return self.span[:2] < other.span[2:] and other.span[:2] < self.span[2:]


class Verdict(NamedTuple):
    """What is said about the sites of a bind that do not agree."""

    site: Site
    agrees: bool


class Verified(Struct, frozen=True):
    """A bind, with all that it concerns."""

    bind: Bind
    value: Value | None
    """None where the fact has no value to compare with."""
    sites: tuple[Site, ...]

    def verdicts(self) -> Iterator[Verdict]:
        """Each site, and whether it agrees with the fact."""
        if self.value is None or self.bind.rel is Relation.EXISTS:
            return
        if is_together(self.value, self.bind.rel):
            together = agree_together(self.value, [site.value for site in self.sites], self.bind.rel)
            yield from (Verdict(site, together) for site in self.sites)
            return
        for site in self.sites:
            folder = posixpath.dirname(site.path)
            yield Verdict(site, agrees(self.value, site.value, self.bind.rel, folder))


def judge(case: Case[Options]) -> Iterable[Judged]:
    """Everything that is wrong with the facts and the places that they are bound to."""
    if isinstance(case.canonical, Section):
        yield from dict.fromkeys(Judgement(case, case.canonical).findings())  # two binds may lead to one place


class Judgement:
    """One look at all facts."""

    def __init__(self, case: Case[Options], section: Section) -> None:
        self._case = case
        self._section = section
        self._canonical, self._places = _places(case)
        self._by_point, self._near = _by_point(case)
        self._matchers: dict[str, Matcher] = {}
        self.findings_of_authorities: list[Finding] = []
        self.values = self._values()

    def findings(self) -> Iterator[Finding]:
        """All of them."""
        yield from self.findings_of_authorities
        yield from self._unbound()
        yield from self._missing_paths()
        disagreeing: list[Disagreeing] = []
        all_verified = list(self.verified())
        for place, verified in all_verified:
            yield from self._miscounted(verified, place)
            disagreeing += self._disagreeing(verified)
        settled = list(_settled(one for _, one in all_verified)) if any(one.fix for one in disagreeing) else []
        yield from _with_fixes(disagreeing, settled, self._authorities())
        yield from self._undeclared()

    def verified(self) -> Iterator[tuple[Place, Verified]]:
        """Each bind with its sites, and where it stands in canonical.yaml."""
        for number, bind in _numbered(self._section):
            sites = self.sites(bind.selector, self._section.facts[bind.fact].kind)
            verified = Verified(bind, self.values.get(bind.fact), sites)
            yield self.place(("bind", bind.fact, number)), verified

    def sites(self, one: Selector, kind: Kind) -> tuple[Site, ...]:
        """The values that a selector leads to, by path and place; for a table its columns."""
        found = self._by_point.get(one.point, {})
        matches = self._matchers.get(one.glob) or self._matchers.setdefault(one.glob, matcher([one.glob]))
        there = (site for path in sorted(found) if matches(path) for site in found[path])
        return tuple(site for site in there if site.is_column == (kind is Kind.TABLE))

    def place(self, path: tuple[str | int, ...]) -> Place:
        """Where a fact, a bind or a live thing is declared."""
        origins = self._section.origins if isinstance(self._section, Told) else {}
        file, own = origins.get(path, (self._canonical, path))
        return Place(file, self._places.get(file, {}).get(json.dumps(own)))

    # ---- The values of facts ----------------------------------------------------------------------------------------

    def _values(self) -> dict[str, Value]:
        """Fact to what it is; a fact whose authority says nothing has no value, and a finding."""
        values: dict[str, Value] = {}
        declared = self._section.facts
        for name in derivation_order(declared)[0]:
            fact = declared[name]
            if fact.from_:
                texts = self._from_elsewhere(name, fact)
            elif fact.derive:
                needed = holes(fact.derive)
                known = {need: values[need].text for need in needed if need in values}
                texts = (filled(fact.derive, known),) if len(known) == len(set(needed)) else None
            else:
                texts = texts_of(fact.value)
            if texts is not None:
                values[name] = Value(fact.kind, fact.scheme, texts)
        return values

    def _from_elsewhere(self, name: str, fact: Declared) -> tuple[str, ...] | None:
        one = selector(fact.from_)
        sites = self.sites(one, fact.kind)
        place = self.place(("facts", name))
        if not sites:
            self.findings_of_authorities.append(self._unmatched(name, one, place))
            return None
        texts = tuple(site.value for site in sites)
        meanings = {normal(text, fact.kind, fact.scheme) for text in texts}
        if any(site.is_filled_in for site in sites):
            reason = "is filled in from elsewhere"
        elif None in meanings:
            reason = f"is no {fact.kind}"
        elif fact.kind not in SEVERAL and len(meanings) > 1:
            reason = "is not one value but several"
        else:
            return texts if fact.kind in SEVERAL else texts[:1]
        message = f"`{name}` has no value: what stands at its authority {reason}"
        related = tuple(Place(site.path, site.span, "its authority") for site in sites[:_MOST_RELATED])
        self.findings_of_authorities.append(
            Finding(NO_AUTHORITY.id, message, place.path, place.span, name, related=related)
        )
        return None

    # ---- Facts ------------------------------------------------------------------------------------------------------

    def _unbound(self) -> Iterator[Finding]:
        used = {hole for fact in self._section.facts.values() for hole in holes(fact.derive)}
        used |= {fact for told in (self._section.bind, self._section.live) for fact, places in told.items() if places}
        for name, fact in self._section.facts.items():
            if name not in used and fact.kind is not Kind.PATH:
                place = self.place(("facts", name))
                message = f"`{name}` is bound to no place, so nothing is compared with it"
                yield Finding(UNBOUND_FACT.id, message, place.path, place.span, name)

    def _missing_paths(self) -> Iterator[Finding]:
        for name, fact in self._section.facts.items():
            value = self.values.get(name)
            if fact.kind is not Kind.PATH or value is None:
                continue
            found = _what_is(posixpath.normpath(value.text), self._case.paths)
            if found is None or (fact.is_ is not None and found is not fact.is_):
                place = self.place(("facts", name))
                what = f"is a {found}, not a {fact.is_}" if found else "does not exist"
                message = f"`{name}` is the path {shown(value.text)}, which {what}"
                yield Finding(MISSING_PATH.id, message, place.path, place.span, name)

    # ---- What nobody declared ---------------------------------------------------------------------------------------

    def _undeclared(self) -> Iterator[Finding]:
        """Values of facts at places that no fact is bound to."""
        if isinstance(self._section, Told) and self._section.unknown:
            message = f"what facts were in earlier commits is not known whole: {self._section.unknown}"
            yield Finding(UNKNOWN_PAST.id, message, self._canonical, subject="past", hint=_HOW_TO_DEEPEN)
        bound: dict[str, list[Site]] = {}
        for sites in self._by_point.values():
            for path, each in sites.items():
                bound.setdefault(path, []).extend(each)
        for path, known in sorted(self._case.facts.items()):
            for fact in known:
                data: Any = fact.data
                if fact.kind == facts.MENTION and not self._is_present_after_all(data):
                    site = Site(path, fact.span, data["value"], is_filled_in=False)
                    if not any(map(site.overlaps, bound.get(path, ()))):
                        yield self._mentioned(site, data)

    def _is_present_after_all(self, data: Mapping[str, str]) -> bool:
        """Whether a former value is what the fact's authority says, which scan does not know; or may be, for all that
        is known."""
        value = self.values.get(data["fact"])
        return data["grade"] == facts.ZOMBIE and (value is None or value.same(data["value"], value.text))

    def _mentioned(self, site: Site, data: Mapping[str, str]) -> Finding:
        name = data["fact"]
        value = self.values.get(name)
        now = f", which is {shown(value.text)}" if value else ""
        own = self.place(("facts", name))._replace(note=f"`{name}` is declared here")
        rule, said = _MENTIONS[data["grade"]]
        hint = f"Bind it: `- {site.path}#{data['point']}`" if data["point"] and "`" not in data["point"] else ""
        message = f"{shown(site.value)} {said} `{name}`{now}"
        is_surmised = data["grade"] == facts.ZOMBIE and bool(self._section.facts[name].from_)
        level = Level.WARNING if is_surmised else None
        return Finding(rule.id, message, site.path, site.span, name, hint, level, (own,))

    # ---- Binds ------------------------------------------------------------------------------------------------------

    def _unmatched(self, name: str, one: Selector, place: Place) -> Finding:
        message = f"nothing stands at `{one.glob}#{one.point}`, to which `{name}` is bound"
        return Finding(
            UNMATCHED_BIND.id, message, place.path, place.span, f"{name} {one.glob}#{one.point}", self._hint(one)
        )

    def _hint(self, one: Selector) -> str:
        """The nearest that there is: a path in the files, or a file."""
        matches = self._matchers[one.glob]
        near = next((near for path, near in self._near.get(one.point, ()) if matches(path)), None)
        if near:
            keys = ", ".join(f"`{key}`" for key in near["keys"])
            return f"The nearest path there is `{near['path']}`{f', which holds {keys}' if keys else ''}."
        found = sum(map(matches, self._case.paths))
        if found:
            return (
                f"{found} files match, and none holds such a value." if found > 1 else "The file holds no such value."
            )
        close = difflib.get_close_matches(one.glob, self._case.paths[:_MOST_PATHS], n=1, cutoff=0.6)
        return f"No file matches; the nearest is `{close[0]}`." if close else "No file matches."

    def _miscounted(self, verified: Verified, place: Place) -> Iterator[Finding]:
        bind, found = verified.bind, len(verified.sites)
        if is_allowed(found, bind.count):
            return
        if not found:
            yield self._unmatched(bind.fact, bind.selector, place)
            return
        where = f"`{bind.selector.glob}#{bind.selector.point}`"
        message = f"{found} values stand at {where}, and there must be {_count_in_words(bind.count)}"
        related = tuple(Place(site.path, site.span, "one of them") for site in verified.sites[:_MOST_RELATED])
        subject = f"{bind.fact} {bind.selector.glob}#{bind.selector.point}"
        yield Finding(COUNT.id, message, place.path, place.span, subject, related=related)

    def _disagreeing(self, verified: Verified) -> Iterator[Disagreeing]:
        value, bind = verified.value, verified.bind
        wrong = [verdict.site for verdict in verified.verdicts() if not verdict.agrees]
        if value is None or not wrong:
            return
        own = self.place(("facts", bind.fact))._replace(note=f"`{bind.fact}` is declared here")
        beside: tuple[Place, ...] = ()
        if is_together(value, bind.rel):
            first, *others = _most_telling_first(value, bind.rel, wrong)
            wrong = [first]
            beside = tuple(Place(site.path, site.span, "one of the values") for site in others[:_MOST_RELATED])
        for site in wrong:
            rule, message = _said(value, bind, site, [each.value for each in verified.sites])
            finding = Finding(rule, message, site.path, site.span, bind.fact, related=(own, *beside))
            yield Disagreeing(finding, site, self._fix(site, value, bind.rel) if rule == VALUE.id else None)

    def _fix(self, site: Site, value: Value, rel: Relation) -> Fix | None:
        """What puts the fact in the place of a site. A path may be meant from the folder of its file."""
        is_meant_from_here = value.kind is Kind.PATH and "/" in site.path
        if site.writing is None or is_meant_from_here or site.path in {*self._places, *CANONICAL}:
            return None
        return fix_of(site.writing, site.value, value, rel, reader_of(site.path))

    def _authorities(self) -> list[Site]:
        """The places that say what facts are."""
        wanted = [(selector(fact.from_), fact.kind) for fact in self._section.facts.values() if fact.from_]
        return [site for one, kind in wanted for site in self.sites(one, kind)]


class Disagreeing(NamedTuple):
    """A finding about a site, and what would mend it."""

    finding: Finding
    site: Site
    fix: Fix | None


class Settled(NamedTuple):
    """A site that agrees with a fact, and must go on to do so."""

    site: Site
    bind: Bind
    value: Value

    def breaks(self, fix: Fix) -> bool:
        """Whether a fix of the same text would make it disagree."""
        if self.site.writing is None or is_together(self.value, self.bind.rel):
            return True
        text = reading_after(self.site.writing, fix)
        return text is None or not agrees(self.value, text, self.bind.rel, posixpath.dirname(self.site.path))


def _settled(all_verified: Iterable[Verified]) -> Iterator[Settled]:
    for one in all_verified:
        if one.value is not None:
            yield from (Settled(verdict.site, one.bind, one.value) for verdict in one.verdicts() if verdict.agrees)


def _with_fixes(found: list[Disagreeing], settled: list[Settled], authorities: list[Site]) -> Iterator[Finding]:
    """The findings with their fixes; not with those that change an authority, that contradict each other, or after
    which another fact would disagree."""
    wanted: dict[tuple[str, int], list[Disagreeing]] = {}
    kept: dict[tuple[str, int], list[Settled]] = {}
    for one in found:
        wanted.setdefault(one.site.starts_at, []).append(one)
    for each in settled:
        kept.setdefault(each.site.starts_at, []).append(each)
    for one in found:
        fix, site = one.fix, one.site
        is_refused = fix is None or (
            any(map(site.overlaps, authorities))
            or any(fix != other.fix and site.overlaps(other.site) for other in wanted[site.starts_at] if other.fix)
            or any(site.overlaps(each.site) and each.breaks(fix) for each in kept.get(site.starts_at, ()))
        )
        yield one.finding if is_refused else replace(one.finding, fix=fix)


_MENTIONS = {
    facts.ZOMBIE: (ZOMBIE, "is what it was in an earlier commit: it stands near the name of"),
    facts.TWIN: (TWIN, "stands here by the name of"),
    facts.LITERAL: (BARE_LITERAL, "is the value of"),
}
_HOW_TO_DEEPEN = "Fetch the whole history: git fetch --unshallow, or in CI fetch-depth: 0."
_MOST_PATHS = 20_000

_EXPECTATIONS: Mapping[Relation, str] = {
    Relation.SATISFIES: "does not allow",
    Relation.LOWER_BOUND: "does not begin with",
    Relation.UPPER_BOUND: "does not end with",
    Relation.PREFIX: "does not begin with",
    Relation.ONE_OF: "is none of",
}
_OUTERMOST = {Relation.MIN_OF: "least", Relation.MAX_OF: "greatest"}


def _most_telling_first(value: Value, rel: Relation, sites: list[Site]) -> list[Site]:
    """Sites that disagree together, the one that the finding stands at first: what cannot be read, or is outermost."""
    if rel not in _OUTERMOST:
        return sorted(sites, key=lambda site: value.holds(site.value))
    meanings = {site: normal(site.value, value.kind, value.scheme) for site in sites}
    unread = [site for site in sites if meanings[site] is None]
    first = unread[0] if unread else (min if rel is Relation.MIN_OF else max)(sites, key=lambda site: meanings[site])
    return [first, *(site for site in sites if site != first)]


def difference(value: Value, rel: Relation, texts: Sequence[str]) -> str:
    """Which items are there and should not be, and which are not; neither where only the order differs."""
    missing = [item for item in value.items if not any(value.same(item, text) for text in texts)]
    extra = [text for text in texts if not value.holds(text)] if rel is not Relation.CONTAINS else []
    parts = [f"{word} {_listed(items)}" for word, items in (("without", missing), ("beside them", extra)) if items]
    return f": {', '.join(parts)}" if parts else ": the order differs"


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - _MOST_ITEMS} more" if len(items) > _MOST_ITEMS else ""
    return ", ".join(map(shown, items[:_MOST_ITEMS])) + more


def _said(value: Value, bind: Bind, site: Site, texts: list[str]) -> tuple[str, str]:
    """Rule and message for a site that does not agree; `texts` are all values of its bind."""
    fact = f"`{bind.fact}`, which is {shown(value.text)}"
    if site.is_filled_in:
        return UNDECIDED.id, f"{shown(site.value)} is filled in from elsewhere, so it is not compared with {fact}"
    if bind.rel in _OUTERMOST:
        if normal(site.value, value.kind, value.scheme) is None:
            return VALUE.id, f"{shown(site.value)} is no {value.kind} to compare with {fact}"
        return VALUE.id, f"{shown(site.value)} is the {_OUTERMOST[bind.rel]} value here, and not {fact}"
    if is_together(value, bind.rel):
        return VALUE.id, f"the values here are not those of `{bind.fact}`{difference(value, bind.rel, texts)}"
    if bind.rel is Relation.EQUAL:
        return VALUE.id, f"{shown(site.value)} stands here, but `{bind.fact}` is {shown(value.text)}"
    return VALUE.id, f"{shown(site.value)} {_EXPECTATIONS[bind.rel]} {fact}"


def shown(text: str) -> str:
    """A value for a message."""
    bare = " ".join(text.split())
    return f"`{bare[:_MOST_SHOWN]}…`" if len(bare) > _MOST_SHOWN else f"`{bare}`"


def is_allowed(found: int, count: str) -> bool:
    """Whether a bind allows so many values."""
    if count.startswith(">="):
        return found >= int(count[2:])
    return found <= int(count[2:]) if count.startswith("<=") else found == int(count)


def _count_in_words(count: str) -> str:
    return count.replace(">=", "at least ").replace("<=", "at most ")


def _what_is(path: str, paths: Any) -> PathIs | None:
    """Whether a path is a file or a folder of the view."""
    at = bisect.bisect_left(paths, path)
    if at < len(paths) and paths[at] == path:
        return PathIs.FILE
    at = bisect.bisect_left(paths, f"{path}/")
    inside = path == "." or (at < len(paths) and paths[at].startswith(f"{path}/"))
    return PathIs.FOLDER if inside else None


def _numbered(section: Section) -> Iterator[tuple[int, Bind]]:
    """Each bind, with its number among those of its fact."""
    seen: dict[str, int] = {}
    for bind in binds(section):
        seen[bind.fact] = seen.get(bind.fact, -1) + 1
        yield seen[bind.fact], bind


def _places(case: Case[Options]) -> tuple[str, dict[str, dict[str, Span]]]:
    """The path of canonical.yaml, and where facts and binds stand in it and in those of projects."""
    places: dict[str, dict[str, Span]] = {}
    for path, known in case.facts.items():
        for fact in known:
            if fact.kind == facts.PLACES:
                data: Any = fact.data
                places[path] = {key: Span(*place) for key, place in data.items()}
    return next((path for path in places if path in CANONICAL), "canonical.yaml"), places


def _by_point(
    case: Case[Options],
) -> tuple[dict[str, dict[str, list[Site]]], dict[str, list[tuple[str, Any]]]]:
    """Point to its sites by path, and point to what is near it where it leads nowhere."""
    sites: dict[str, dict[str, list[Site]]] = {}
    near: dict[str, list[tuple[str, Any]]] = {}
    for path, known in sorted(case.facts.items()):
        for fact in known:
            data: Any = fact.data
            if fact.kind == facts.SITE:
                writing = Writing.read(data["writing"]) if "writing" in data else None
                site = Site(path, fact.span, data["value"], data["filled-in"], writing, "column" in data)
                sites.setdefault(data["point"], {}).setdefault(path, []).append(site)
            elif fact.kind == facts.NEAR:
                near.setdefault(data["point"], []).append((path, data))
    return sites, near
