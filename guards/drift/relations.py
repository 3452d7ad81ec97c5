"""Relations: whether what stands at places agrees with a fact."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from guards._code.versions import Scheme, bounds, satisfies, version
from guards.drift.kinds import SEVERAL, Kind, normal
from guards.drift.section import Relation


class Value(Struct, frozen=True):
    """What a fact is."""

    kind: Kind
    scheme: Scheme
    items: tuple[str, ...]
    """One, except for kinds of several items."""

    @property
    def text(self) -> str:
        """The value as it is shown, and as other facts are derived from it."""
        return ", ".join(self.items)

    def same(self, text: str, other: str) -> bool:
        """Whether two texts mean the same as values of this kind."""
        meaning = normal(text, self.kind, self.scheme)
        return meaning is not None and bool(meaning == normal(other, self.kind, self.scheme))

    def holds(self, text: str) -> bool:
        """Whether a text means one of the items."""
        return any(self.same(text, item) for item in self.items)


def agrees(value: Value, text: str, rel: Relation, folder: str = "") -> bool:
    """Whether one place agrees with a fact. `folder` is that of its file: a path may be relative to it."""
    return _EACH[rel](value, text, folder)


def agree_together(value: Value, texts: Sequence[str], rel: Relation) -> bool:
    """Whether all places of a bind agree with a fact; for relations that look at them together."""
    return _TOGETHER[rel](value, texts)


def is_together(value: Value, rel: Relation) -> bool:
    """Whether a relation looks at all places of a bind together."""
    return rel in _TOGETHER and (value.kind in SEVERAL or rel is not Relation.EQUAL)


def _equal(value: Value, text: str, folder: str) -> bool:
    (fact,) = value.items
    if value.kind is Kind.PATH and value.same(posixpath.join(folder, text), fact):
        return True
    return value.same(text, fact)


def _satisfies(value: Value, text: str, folder: str) -> bool:
    return satisfies(value.text, text, value.scheme) is True


def _bound(value: Value, text: str, *, lower: bool) -> bool:
    """The outermost bound is the one that counts: of `>=3.9,>=3.11` the latter."""
    found = bounds(text, value.scheme, lower=lower)
    outermost = (max if lower else min)(found) if found else None
    return outermost is not None and bool(outermost == version(value.text, value.scheme))


def _lower_bound(value: Value, text: str, folder: str) -> bool:
    return _bound(value, text, lower=True)


def _upper_bound(value: Value, text: str, folder: str) -> bool:
    return _bound(value, text, lower=False)


def _prefix(value: Value, text: str, folder: str) -> bool:
    """The fact, and behind it nothing or what cannot be a part of it: 3.11 begins `3.11-slim`, and not `3.110`."""
    (fact,) = value.items
    if value.kind is Kind.VERSION:
        fact, text = fact.removeprefix("v"), text.removeprefix("v")
    return text.startswith(fact) and not text[len(fact) : len(fact) + 1].isalnum()


def _one_of(value: Value, text: str, folder: str) -> bool:
    return text in value.items


def _exists(value: Value, text: str, folder: str) -> bool:
    return True


_EACH: Mapping[Relation, Callable[[Value, str, str], bool]] = {
    Relation.EQUAL: _equal,
    Relation.SATISFIES: _satisfies,
    Relation.LOWER_BOUND: _lower_bound,
    Relation.UPPER_BOUND: _upper_bound,
    Relation.PREFIX: _prefix,
    Relation.ONE_OF: _one_of,
    Relation.EXISTS: _exists,
}


def _same_items(value: Value, texts: Sequence[str]) -> bool:
    return tuple(texts) == value.items if value.kind is Kind.LIST else _same_set(value, texts)


def _same_set(value: Value, texts: Sequence[str]) -> bool:
    return _meanings(value, texts) == _meanings(value, value.items)


def _meanings(value: Value, texts: Sequence[str]) -> set[Any]:
    return {normal(text, value.kind, value.scheme) for text in texts}


def _contains(value: Value, texts: Sequence[str]) -> bool:
    return all(any(value.same(item, text) for text in texts) for item in value.items)


def _outermost(value: Value, texts: Sequence[str], choose: Callable[[list[Any]], Any]) -> bool:
    meanings = [normal(text, value.kind, value.scheme) for text in texts]
    if not meanings or None in meanings:
        return False
    return bool(choose(meanings) == normal(value.text, value.kind, value.scheme))


def _min_of(value: Value, texts: Sequence[str]) -> bool:
    return _outermost(value, texts, min)


def _max_of(value: Value, texts: Sequence[str]) -> bool:
    return _outermost(value, texts, max)


_TOGETHER: Mapping[Relation, Callable[[Value, Sequence[str]], bool]] = {
    Relation.EQUAL: _same_items,
    Relation.SAME_SET: _same_set,
    Relation.CONTAINS: _contains,
    Relation.MIN_OF: _min_of,
    Relation.MAX_OF: _max_of,
}
