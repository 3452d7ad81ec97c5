"""What is looked for where nobody declared it: former and present values of facts, near words of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from guards._code.versions import Scheme
from guards._core.model import Json, Past
from guards.drift.kinds import SEVERAL, Kind, normal, text_of
from guards.drift.section import Declared, Section, Told, derivation_order, filled, holes

_MOST_FORMER = 20
"""Values that a fact has had, the latest first."""
_SHORTEST, _SHORTEST_NAMELESS, _LONGEST = 3, 5, 200
_COMMON = frozenset({"3000", "443", "1.0.0", "0.0.0", "true", "false", "none", "null", "latest", "main", "default"})
"""Values that stand in most repositories and have nothing to do with each other."""
_GENERAL = frozenset({"port", "version", "url", "host", "path", "name", "tag", "image", "address", "file", "folder"})
"""Words that most names share: a name of these alone does not tell two things apart."""
_SILENT = frozenset({"min", "max", "minimum", "maximum", "default", "value", "current", "the", "of"})
"""Words of a name that say how the fact is meant, and stand nowhere near it."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class Hunted(NamedTuple):
    """A fact, and what of it is looked for."""

    fact: str
    words: tuple[str, ...]
    """All of these stand near it. Sorted: what scan depends on is compared as text."""
    former: tuple[str, ...]
    present: str
    """Empty where it is known only elsewhere."""
    is_telling: bool = True
    """Whether the present value is looked for as well."""


def remembering(section: Any, past: Past) -> Any:
    """The section with what its facts were in earlier commits."""
    if not isinstance(section, Section):
        return section
    earlier = [dict(_values(_declared(version))) for version in past.versions]
    present = dict(_values(section.facts))
    former: dict[str, tuple[str, ...]] = {}
    for name, fact in section.facts.items():
        if fact.kind not in SEVERAL:
            known = dict.fromkeys(values[name] for values in earlier if name in values)
            gone = [text for text in known if not _is_same(fact, text, present.get(name))]
            former[name] = tuple(gone[:_MOST_FORMER])
    former = {name: gone for name, gone in former.items() if gone}
    return replace(Told.of(section), former=former, unknown=past.unknown)


def hunted(section: Section) -> tuple[Hunted, ...]:
    """What is looked for, by fact."""
    former = section.former if isinstance(section, Told) else {}
    present = dict(_values(section.facts))
    found = []
    for name in section.facts:
        required = tuple(sorted(set(words(name)) - _SILENT))
        shortest = _SHORTEST_NAMELESS if _GENERAL.issuperset(required) else _SHORTEST
        gone = tuple(text for text in former.get(name, ()) if _is_telling(text, shortest))
        now = present.get(name, "")
        is_telling = _is_telling(now, shortest + 1)
        if required and (gone or is_telling):
            found.append(Hunted(name, required, gone, now, is_telling))
    return tuple(found)


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The words of a name or a line, in small letters and without a plural: `API_PORTS` is api and port."""
    return tuple(_singular(word.lower()) for word in _WORD.findall(text))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _is_telling(text: str, shortest: int) -> bool:
    """Whether a text that is found somewhere is likely to be that value."""
    return shortest <= len(text) <= _LONGEST and text.lower() not in _COMMON and text.isprintable() and " " not in text


def _is_same(fact: Declared, text: str, present: str | None) -> bool:
    meaning = normal(text, fact.kind, fact.scheme)
    return meaning is None or (present is not None and meaning == normal(present, fact.kind, fact.scheme))


def _values(facts: Mapping[str, Declared]) -> Iterator[tuple[str, str]]:
    """The facts whose value canonical.yaml itself says, as text."""
    known: dict[str, str] = {}
    for name in derivation_order(facts)[0]:
        fact = facts[name]
        if fact.derive:
            needed = {hole: known[hole] for hole in holes(fact.derive) if hole in known}
            if len(needed) == len(set(holes(fact.derive))):
                known[name] = filled(fact.derive, needed)
        elif fact.value is not None and not isinstance(fact.value, (list, dict)):
            known[name] = text_of(fact.value)
    yield from known.items()


def _declared(version: Json) -> dict[str, Declared]:
    """The facts of an earlier version, as far as they can be read today."""
    found: dict[str, Declared] = {}
    for name, raw in version.items() if isinstance(version, dict) else ():
        if isinstance(raw, dict):
            kind, derive, value = raw.get("kind"), raw.get("derive"), raw.get("value")
            if kind in _KINDS and (isinstance(derive, str) or value is not None):
                scheme = raw.get("scheme") if raw.get("scheme") in _SCHEMES else Scheme.PEP440
                text = derive if isinstance(derive, str) else ""
                found[name] = Declared(kind=Kind(str(kind)), value=value, derive=text, scheme=Scheme(str(scheme)))
    return found


_KINDS: Iterable[Any] = frozenset(map(str, Kind))
_SCHEMES: Iterable[Any] = frozenset(map(str, Scheme))
