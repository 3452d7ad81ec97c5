"""What is looked for where nobody declared it: former and present values of facts, near words of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple, TypeGuard

from guards._code.spans import DocumentError, Format, parse
from guards._code.versions import Scheme
from guards._core.model import Json, Past
from guards.drift.kinds import SEVERAL, Kind, normal, text_of
from guards.drift.mapping import is_wild
from guards.drift.section import Declared, Section, Told, derivation_order, filled, holes
from guards.drift.selectors import selector

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
    is_release: bool = False
    """Of versions, one may rightly stand among others."""


def remembered_files(section: Any) -> dict[str, tuple[str, ...]]:
    """The files that hold values of facts, with the points at which; and the canonical.yaml of projects, without."""
    if not isinstance(section, Section):
        return {}
    found: dict[str, dict[str, None]] = {path: {} for path in _files_of_projects(section)}
    for fact in section.facts.values():
        path, point = _authority(fact)
        if path:
            found.setdefault(path, {})[point] = None
    return {path: tuple(points) for path, points in found.items()}


def _files_of_projects(section: Section) -> list[str]:
    return sorted({file for file, _ in section.origins.values()}) if isinstance(section, Told) else []


def _authority(fact: Declared) -> tuple[str, str]:
    """The one file that holds a fact, and the point in it; nothing where several may."""
    if not fact.from_ or fact.kind in SEVERAL or fact.kind is Kind.PATH:
        return "", ""
    one = selector(fact.from_)
    path = one.glob.removeprefix("./").strip("/").replace("**/", "")
    return ("", "") if is_wild(path) else (path, one.point)


def remembered(path: str, points: tuple[str, ...], data: bytes) -> Json:
    """What stood at the points of a file, by point; without points, the facts of a canonical.yaml."""
    from guards.drift.scan import texts_at

    try:
        if points:
            return {point: texts[0] for point, texts in texts_at(data, path, points).items() if len(set(texts)) == 1}
        value = parse(data, Format.YAML)[0].value
    except DocumentError:
        return {}
    return value.get("facts", {}) if isinstance(value, dict) else {}


def remembering(section: Any, past: Past) -> Any:
    """The section with what its facts were in earlier commits."""
    if not isinstance(section, Section):
        return section
    present = dict(_values(section.facts))
    earlier = _Earlier(section, past)
    former: dict[str, tuple[str, ...]] = {}
    for name, fact in section.facts.items():
        if fact.kind not in SEVERAL:
            gone = [text for text in earlier.of(name, fact) if not _is_same(fact, text, present.get(name))]
            former[name] = tuple(gone[:_MOST_FORMER])
    former = {name: gone for name, gone in former.items() if gone}
    return replace(Told.of(section), former=former, unknown=past.unknown)


class _Earlier:
    """What facts were, wherever that stood."""

    def __init__(self, section: Section, past: Past) -> None:
        self._past = past
        self._origins = section.origins if isinstance(section, Told) else {}
        self._declared: dict[str, list[dict[str, str]]] = {"": _all_values(past.versions)}
        """File of a project (nothing: the one at the root) to what it said."""
        for path in _files_of_projects(section):
            self._declared[path] = _all_values(past.files.get(path, ()))

    def of(self, name: str, fact: Declared) -> Iterator[str]:
        """The values of a fact, the latest first, each once."""
        file, own = self._origins.get(("facts", name), ("", ("facts", name)))
        said = [values[str(own[1])] for values in self._declared[file] if own[1] in values]
        if file and fact.kind is Kind.PATH:
            return  # seen from the root it is another text
        path, point = _authority(fact)
        held = [version[point] for version in self._past.files.get(path, ()) if _holds(version, point)]
        yield from dict.fromkeys([*map(str, held), *said])


def _holds(version: Json, point: str) -> TypeGuard[dict[str, Json]]:
    return isinstance(version, dict) and point in version


def _all_values(versions: Iterable[Json]) -> list[dict[str, str]]:
    return [dict(_values(_declared(version))) for version in versions]


def hunted(section: Section) -> tuple[Hunted, ...]:
    """What is looked for, by fact."""
    former = section.former if isinstance(section, Told) else {}
    present = dict(_values(section.facts))
    found = []
    for name, fact in section.facts.items():
        required = tuple(sorted(set(words(name)) - _SILENT))
        is_release = fact.kind is Kind.VERSION and name not in present  # one of many, the shortest of which are common
        shortest = _SHORTEST_NAMELESS if is_release or _GENERAL.issuperset(required) else _SHORTEST
        gone = tuple(text for text in former.get(name, ()) if _is_telling(text, shortest))
        now = present.get(name, "")
        is_telling = _is_telling(now, shortest + 1)
        if required and (gone or is_telling):
            found.append(Hunted(name, required, gone, now, is_telling, fact.kind is Kind.VERSION))
    return tuple(found)


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The words of a name or a line, in small letters and without a plural: `API_PORTS` is api and port."""
    return tuple(map(_singular, plain_words(text)))


def plain_words(text: str) -> tuple[str, ...]:
    """The same as they stand there, in small letters."""
    return tuple(word.lower() for word in _WORD.findall(text))


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
