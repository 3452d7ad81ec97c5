"""All places of one fact: what stands at each, and whether it agrees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from guards._core.model import Case, Place
from guards.drift.judge import Judgement, is_allowed
from guards.drift.options import Options
from guards.drift.section import Relation, Section


class Row(NamedTuple):
    """One place of a fact."""

    place: Place
    """Where the value stands; where none does, the bind in canonical.yaml."""
    value: str
    relation: str
    verdict: str
    """`agrees`, `differs`, `undecided` (filled in from elsewhere, or the fact has no value), `missing`, or
    `absent` where the bind allows that."""
    selector: str


def names(case: Case[Options]) -> tuple[str, ...]:
    """The facts that there are."""
    return tuple(case.canonical.facts) if isinstance(case.canonical, Section) else ()


def value_of(case: Case[Options], fact: str) -> str | None:
    """What a fact is, as text; None where its authority says nothing."""
    value = Judgement(case, case.canonical).values.get(fact)
    return None if value is None else value.text


def rows(case: Case[Options], fact: str) -> Iterator[Row]:
    """The places of a fact, bind by bind in the order of canonical.yaml."""
    for place, verified in Judgement(case, case.canonical).verified():
        bind = verified.bind
        if bind.fact != fact:
            continue
        selector = f"{bind.selector.glob}#{bind.selector.point}"
        agreeing = {verdict.site: verdict.agrees for verdict in verified.verdicts()}
        for site in verified.sites:
            agrees = agreeing.get(site, True if bind.rel is Relation.EXISTS else None)
            undecided = agrees is None or (site.is_filled_in and not agrees)
            verdict = "undecided" if undecided else "agrees" if agrees else "differs"
            yield Row(Place(site.path, site.span), site.value, bind.rel, verdict, selector)
        if not verified.sites:
            yield Row(place, "", bind.rel, "absent" if is_allowed(0, bind.count) else "missing", selector)
