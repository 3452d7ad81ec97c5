"""What `facts:` and `bind:` of canonical.yaml may say, and what of that makes no sense."""

from __future__ import annotations

import enum
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from guards._code.versions import Scheme
from guards._core.model import Outside, OutsideKind
from guards._core.options import OptionError, RefusedError, nearest, option, required
from guards.drift.kinds import SEVERAL, Kind, normal, texts_of

if TYPE_CHECKING:
    from guards.drift.selectors import Selector

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_HOLE = re.compile(r"\{([^{}]*)\}")
_MOST_FACTS = 10_000
_MOST_BINDS = 10_000
_MOST_LIVES = 100


class Relation(enum.StrEnum):
    """How what stands at a place has to agree with the fact."""

    EQUAL = "equal"
    SATISFIES = "satisfies"
    LOWER_BOUND = "lower-bound"
    UPPER_BOUND = "upper-bound"
    PREFIX = "prefix"
    MIN_OF = "min-of"
    MAX_OF = "max-of"
    CONTAINS = "contains"
    ONE_OF = "one-of"
    SAME_SET = "same-set"
    EXISTS = "exists"


class PathIs(enum.StrEnum):
    """What a path names."""

    FILE = "file"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A fact: its kind, and one authority for its value."""

    kind: Kind = required("What it is.")
    value: Any = option(
        None, "The value itself: text, a number, a list of items, or the columns of a table with their types."
    )
    from_: str = option("", "The place that holds the value, as a selector.", key="from")
    derive: str = option("", "The value made of other facts: `v{app.version}`.")
    scheme: Scheme = option(Scheme.PEP440, "How a version is written and ordered.")
    is_: PathIs | None = option(None, "What a path names; without it, a file or a folder.", key="is")
    doc: str = option("", "What the fact is about.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A place where a fact stands, and how."""

    at: str = required("The place: `file#path | lens`.")
    rel: Relation = option(Relation.EQUAL, "How the value there agrees with the fact.")
    count: str = option(">=1", "How many values must be there: `2`, `>=1`, `<=3`.", pattern=r"^(?:>=|<=)?[0-9]{1,6}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """A thing outside of the repository that has to agree with a fact."""

    kind: OutsideKind = required(
        "`sqlite` or `postgresql`: the columns of a table. `listening`: a port of this machine at which something "
        "listens. `installed`: the version of a package in an environment of Python."
    )
    name: str = option("", "The table, with its schema if need be; or the package.")
    at: str = option("", "Where it is, from the root: the file of SQLite, or the folder of the environment.")
    env: str = option(
        "",
        "The name of the environment variable that says where it is. Its value is never shown, and never stands here.",
        pattern=r"^(?:[A-Za-z_][A-Za-z0-9_]{0,99})?$",
    )
    rel: Relation = option(Relation.EQUAL, "How what is there agrees with the fact.")

    @property
    def outside(self) -> Outside:
        """What has to be asked."""
        is_table = self.kind in _OF_TABLES
        return Outside(self.kind, self.name if is_table else "", self.at, self.env)


@dataclass(frozen=True, slots=True)
class Section:
    """`facts:`, `bind:` and `live:` together."""

    facts: Mapping[str, Declared] = required("Fact by name: what is true of the system.")
    bind: Mapping[str, tuple[str | Bound, ...]] = option({}, "Fact to the places where it stands.")
    live: Mapping[str, tuple[Live, ...]] = option(
        {}, "Fact to what runs elsewhere and has to agree with it. Only `guard drift live` looks at that."
    )

    def __post_init__(self) -> None:
        errors = [
            *_flawed_facts(self.facts),
            *_flawed_binds(self.bind, self.facts),
            *_flawed_lives(self.live, self.facts),
        ]
        if errors:
            raise RefusedError(errors)


@dataclass(frozen=True, slots=True)
class Told(Section):
    """A section with what is known of it from elsewhere: the files of projects, and earlier commits."""

    origins: Mapping[tuple[str | int, ...], tuple[str, tuple[str | int, ...]]] = field(default_factory=dict)
    """Path in this section to the file that says it and the path in that; absent for what the root says."""
    former: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fact to the values that it had and has no more, the latest first."""
    unknown: str = ""
    """Why there may be more of them."""

    def __post_init__(self) -> None:
        """What it is made of was looked at before."""

    @classmethod
    def of(cls, section: Section | None) -> Told:
        """The same, of which nothing more is known."""
        if isinstance(section, cls):
            return section
        return cls(section.facts, section.bind, section.live) if section is not None else cls({}, {}, {})


class Bind(Struct, frozen=True):
    """One entry of `bind:`, read."""

    fact: str
    selector: Selector
    rel: Relation
    count: str


def binds(section: Section) -> Iterator[Bind]:
    """All places that facts are bound to, in the order of canonical.yaml."""
    from guards.drift.selectors import selector

    for fact, places in section.bind.items():
        for place in places:
            bound = Bound(at=place) if isinstance(place, str) else place
            yield Bind(fact, selector(bound.at), bound.rel, bound.count)


def holes(template: str) -> list[str]:
    """The facts that a derived value is made of."""
    return _HOLE.findall(template)


def filled(template: str, values: Mapping[str, str]) -> str:
    """A derived value; KeyError names a fact that is not known."""
    return _HOLE.sub(lambda hole: values[hole[1]], template)


def derivation_order(facts: Mapping[str, Declared]) -> tuple[list[str], list[str]]:
    """The facts so that each stands behind those that it is derived from; and those that go in circles."""
    waiting = {name: {hole for hole in holes(fact.derive) if hole in facts} for name, fact in facts.items()}
    needed_by: dict[str, list[str]] = {}
    for name, needs in waiting.items():
        for need in needs:
            needed_by.setdefault(need, []).append(name)
    ordered = [name for name, needs in waiting.items() if not needs]
    for name in ordered:  # grows while it is walked
        for other in needed_by.get(name, ()):
            waiting[other].discard(name)
            if not waiting[other]:
                ordered.append(other)
    return ordered, [name for name, needs in waiting.items() if needs]


def _flawed_facts(facts: Mapping[str, Declared]) -> Iterator[OptionError]:
    if len(facts) > _MOST_FACTS:
        yield OptionError(("facts",), f"more than {_MOST_FACTS:,} facts")
        return
    for name, fact in facts.items():
        at = ("facts", name)
        if not _NAME.fullmatch(name):
            yield OptionError(at, "a fact's name is letters, digits, `_`, `-` and dots", at_key=True)
        yield from _flawed_authority(fact, at)
        for hole in holes(fact.derive):
            if hole not in facts:
                yield OptionError((*at, "derive"), f"there is no fact {hole[:80]!r}{nearest(hole, facts)}")
            elif facts[hole].kind in SEVERAL:
                yield OptionError((*at, "derive"), f"the fact {hole!r} has several items")
    for name in derivation_order(facts)[1]:
        yield OptionError(("facts", name, "derive"), "this fact is derived from itself")


def _flawed_authority(fact: Declared, at: tuple[str, str]) -> Iterator[OptionError]:
    given = [
        key
        for key, there in (("value", fact.value is not None), ("from", fact.from_), ("derive", fact.derive))
        if there
    ]
    if len(given) != 1:
        yield OptionError(at, "needs one authority: `value`, `from` or `derive`" if not given else
                          f"has more than one authority: {', '.join(given)}")  # fmt: skip
    if fact.from_:
        yield from _flawed_selector(fact.from_, (*at, "from"))
    if fact.derive and fact.kind in SEVERAL:
        yield OptionError((*at, "derive"), f"a {fact.kind} cannot be derived")
    if fact.value is not None:
        yield from _flawed_value(fact, (*at, "value"))
    if fact.is_ is not None and fact.kind is not Kind.PATH:
        yield OptionError((*at, "is"), "only a path is a file or a folder")


_SHAPES = {str: "one value", list: "a list of values", dict: "a mapping of columns to their types"}


def _flawed_value(fact: Declared, at: tuple[str, str, str]) -> Iterator[OptionError]:
    shape = dict if fact.kind is Kind.TABLE else list if fact.kind in SEVERAL else str
    there = type(fact.value) if isinstance(fact.value, (list, dict)) else str
    inner = fact.value.values() if isinstance(fact.value, dict) else fact.value if there is list else ()
    if shape is not there or any(isinstance(item, (list, dict)) for item in inner):
        yield OptionError(at, f"a {fact.kind} is {_SHAPES[shape]}")
    elif fact.kind is Kind.VERSION and isinstance(fact.value, float):
        yield OptionError(at, "put a version in quotes: YAML reads it as a number, and 3.10 as 3.1")
    elif any(normal(text, fact.kind, fact.scheme) is None for text in texts_of(fact.value)):
        word = f"version of {fact.scheme}" if fact.kind is Kind.VERSION else fact.kind
        yield OptionError(at, f"this is no {word}")


def _flawed_binds(bind: Mapping[str, tuple[str | Bound, ...]], facts: Mapping[str, Declared]) -> Iterator[OptionError]:
    if sum(map(len, bind.values())) > _MOST_BINDS:
        yield OptionError(("bind",), f"more than {_MOST_BINDS:,} places")
        return
    for fact, places in bind.items():
        if fact not in facts:
            yield OptionError(("bind", fact), f"there is no fact {fact[:80]!r}{nearest(fact, facts)}", at_key=True)
            continue
        for number, place in enumerate(places):
            at = ("bind", fact, number)
            if isinstance(place, str):
                yield from _flawed_selector(place, at)
            else:
                yield from _flawed_selector(place.at, (*at, "at"))
                yield from _flawed_relation(place.rel, facts[fact], (*at, "rel"))


_OF_TABLES = frozenset({OutsideKind.SQLITE, OutsideKind.POSTGRESQL})
_SPEAKS_OF = {
    OutsideKind.SQLITE: Kind.TABLE,
    OutsideKind.POSTGRESQL: Kind.TABLE,
    OutsideKind.LISTENING: Kind.PORT,
    OutsideKind.INSTALLED: Kind.VERSION,
}


def _flawed_lives(lives: Mapping[str, tuple[Live, ...]], facts: Mapping[str, Declared]) -> Iterator[OptionError]:
    if sum(map(len, lives.values())) > _MOST_LIVES:
        yield OptionError(("live",), f"more than {_MOST_LIVES:,} of them")
        return
    for fact, entries in lives.items():
        if fact not in facts:
            yield OptionError(("live", fact), f"there is no fact {fact[:80]!r}{nearest(fact, facts)}", at_key=True)
            continue
        for number, live in enumerate(entries):
            at = ("live", fact, number)
            if live.kind not in _SPEAKS_OF:
                yield OptionError((*at, "kind"), f"{live.kind} says nothing of a fact")
                continue
            if facts[fact].kind is not _SPEAKS_OF[live.kind]:
                yield OptionError((*at, "kind"), f"{live.kind} is for a {_SPEAKS_OF[live.kind]}")
            yield from _flawed_whereabouts(live, at)
            if "rel" in _given(live) and live.kind is OutsideKind.LISTENING:
                yield OptionError((*at, "rel"), "a port is listened on, or it is not")
            yield from _flawed_relation(live.rel, facts[fact], (*at, "rel"))


def _given(live: Live) -> set[str]:
    there = {"name": live.name, "at": live.at, "env": live.env, "rel": live.rel is not Relation.EQUAL}
    return {key for key, value in there.items() if value}


def _flawed_whereabouts(live: Live, at: tuple[str | int, ...]) -> Iterator[OptionError]:
    given = _given(live) - {"rel"}
    if live.kind is OutsideKind.LISTENING:
        yield from (OptionError((*at, key), "this machine is the only place to look at") for key in sorted(given))
        return
    if not live.name:
        yield OptionError(at, "missing key 'name': the table" if live.kind in _OF_TABLES else "missing key 'name'")
    if live.kind is OutsideKind.POSTGRESQL:
        if live.at:
            yield OptionError((*at, "at"), "a connection string does not stand here: name a variable with `env`")
        if not live.env:
            yield OptionError(at, "missing key 'env': the variable that holds the connection string")
    elif bool(live.at) == bool(live.env):
        yield OptionError(at, "needs `at` or `env`, and not both")
    elif live.at and not is_below_root(live.at):
        yield OptionError((*at, "at"), "write a path from the root, not out of it")


def is_below_root(path: str) -> bool:
    """Whether a path is written as one inside of the repository."""
    return posixpath.normpath(path) == path.rstrip("/") and not path.startswith(("/", "../")) and path != ".."


_VERSIONS_ONLY = {Relation.SATISFIES, Relation.LOWER_BOUND, Relation.UPPER_BOUND}
_SEVERAL_ONLY = {Relation.SAME_SET, Relation.ONE_OF}
_ORDERED = {Kind.VERSION, Kind.NUMBER, Kind.PORT}


def _flawed_relation(rel: Relation, fact: Declared, at: tuple[str | int, ...]) -> Iterator[OptionError]:
    if rel in _VERSIONS_ONLY and fact.kind is not Kind.VERSION:
        yield OptionError(at, f"{rel} is for versions")
    elif rel in _SEVERAL_ONLY and fact.kind not in SEVERAL:
        yield OptionError(at, f"{rel} is for facts of several items")
    elif rel in {Relation.MIN_OF, Relation.MAX_OF} and fact.kind not in _ORDERED:
        yield OptionError(at, f"{rel} is for what has an order: versions, numbers, ports")
    elif rel is Relation.PREFIX and fact.kind in SEVERAL:
        yield OptionError(at, "prefix is for one value")


def _flawed_selector(text: str, at: tuple[str | int, ...]) -> Iterator[OptionError]:
    from guards.drift.selectors import selector

    try:
        selector(text)
    except ValueError as error:
        yield OptionError(at, str(error))
