"""Live things: a table of a database, an open port, an installed package, each compared with its fact.

Only `guard drift live` asks for them. What they say comes from outside of the tree, read by whoever runs this.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import structs

from guards._core.model import Answer, Case, Finding, Guard, Judged, Outside, OutsideKind, Place, Problem, ProblemKind
from guards._core.options import nearest
from guards.drift import GUARD
from guards.drift.judge import Judgement, difference, shown
from guards.drift.mapping import Slice, scan_slice
from guards.drift.options import Options
from guards.drift.relations import Value, agree_together, agrees
from guards.drift.rules import LIVE_MISSING, LIVE_VALUE
from guards.drift.section import Live, Section


def guard(only: Sequence[str]) -> Guard[Options]:
    """The guard that looks at live things in place of files; `only`: at those of these facts, if it names any."""
    return structs.replace(
        GUARD,
        scan_slice=_slice,
        triggers=(),
        whatever_triggers=None,
        recalls=None,
        judge=functools.partial(_judge, only),
        looks_outside=functools.partial(_outside, only),
        idle=_idle,
    )


class _Entry(NamedTuple):
    """One entry of `live:`."""

    fact: str
    number: int
    live: Live


def _entries(only: Sequence[str], section: Any) -> Iterator[_Entry]:
    for fact, lives in section.live.items() if isinstance(section, Section) else ():
        if not only or fact in only:
            yield from (_Entry(fact, number, live) for number, live in enumerate(lives))


def _outside(only: Sequence[str], options: Options, section: Any) -> list[Outside]:
    return [one.live.outside for one in _entries(only, section)]


def _idle(section: Any) -> str:
    return "" if isinstance(section, Section) and section.live else "canonical.yaml names nothing in `live`"


def _slice(options: Options, section: Any) -> Slice:
    """What the authorities of facts say is all that has to be read of the tree."""
    facts = dataclasses.replace(section, bind={}) if isinstance(section, Section) else None
    return scan_slice(dataclasses.replace(options, mentions=False, literals=False), facts)


def _judge(only: Sequence[str], case: Case[Options]) -> Iterable[Judged]:
    section = case.canonical
    if not isinstance(section, Section):
        return
    yield from _unknown(only, section)
    judgement = Judgement(case, section)
    concerned = set()
    for one in _entries(only, section):
        concerned.add(one.fact)
        place = judgement.place(("live", one.fact, one.number))
        answer = case.outside[one.live.outside]
        value = judgement.values.get(one.fact)
        if answer.problem is not None:
            reason = f"`{one.fact}` is not compared with {_words(one.live)}: {answer.problem.reason}"
            yield structs.replace(answer.problem, reason=reason, path=place.path, span=place.span)
        elif value is not None:
            own = judgement.place(("facts", one.fact))._replace(note=f"`{one.fact}` is declared here")
            yield from _compared(one, value, answer, place, own)
    yield from (finding for finding in judgement.findings_of_authorities if finding.subject in concerned)


def _unknown(only: Sequence[str], section: Section) -> Iterator[Problem]:
    """Facts that somebody asked for, and that have no live thing."""
    for fact in only:
        if fact not in section.facts:
            yield Problem(f"there is no fact {fact!r}{nearest(fact, section.facts)}", ProblemKind.CONFIG)
        elif not section.live.get(fact):
            yield Problem(f"canonical.yaml names nothing live for {fact!r}", ProblemKind.CONFIG)


def _compared(one: _Entry, value: Value, answer: Answer, place: Place, own: Place) -> Iterator[Finding]:
    fact, live = one.fact, one.live
    rule, message = LIVE_MISSING, ""
    texts = _of_package(live.name, answer.values or ()) if live.kind is OutsideKind.INSTALLED else answer.values
    if live.kind is OutsideKind.LISTENING:
        if not any(value.same(text, value.text) for text in texts or ()):
            message = f"nothing listens on {shown(value.text)}, which is `{fact}`"
    elif not texts:
        message = f"there is no {_words(live)}, of which `{fact}` speaks"
    elif live.kind is OutsideKind.INSTALLED:
        if not agrees(value, texts[0], live.rel):
            rule, message = LIVE_VALUE, f"{_words(live)} is {shown(texts[0])}, but `{fact}` is {shown(value.text)}"
    elif not agree_together(value, texts, live.rel):
        rule, message = LIVE_VALUE, f"{_words(live)} is not `{fact}`{difference(value, live.rel, texts)}"
    if message:
        subject = f"{fact} {live.kind} {live.name}".strip()
        yield Finding(rule.id, message, place.path, place.span, subject, related=(own,))


def _of_package(name: str, packages: Iterable[str]) -> list[str]:
    """The version of a package, if it is installed."""
    from packaging.utils import canonicalize_name

    wanted = canonicalize_name(name)
    return [version for package, _, version in (one.partition(" ") for one in packages) if package == wanted]


def _words(live: Live) -> str:
    """What it is; where it is, only as canonical.yaml says it."""
    where = f" of `{live.at}`" if live.at else f" where `{live.env}` says" if live.env else ""
    if live.kind is OutsideKind.LISTENING:
        return "the open ports"
    if live.kind is OutsideKind.INSTALLED:
        return f"package `{live.name}`{where}"
    return f"table `{live.name}`{where}"
