"""Calls and constructs that have their places, in one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from guards._code.syntax.grammars import UnreadError
from guards._code.syntax.meaning import Called, Meaning
from guards._code.syntax.reading import TOLERANT, Lines, read
from guards._code.syntax.tree import Where
from guards._code.syntax.values import Text
from guards._core.model import Fact, Problem, ProblemKind, Remark, Seen
from guards.boundaries import facts
from guards.boundaries.section import Banned, Construct


def calls(text: bytes, wanted: Iterable[tuple[int, Banned]]) -> Iterator[Seen]:
    """The uses of what is wanted, each once."""
    try:
        told = read(text, "python")
    except UnreadError as error:
        yield Problem(f"its calls are not known: {error}", ProblemKind.LIMIT)
        return
    if told.is_tolerant:
        yield Remark(TOLERANT)
    lines = Lines(text)
    for number, banned in wanted:
        places = dict(_constructs(told, banned.construct) if banned.construct else _uses(told, banned))
        for where, symbol in sorted(places.items()):
            yield Fact(facts.CALL, {"entry": number, "symbol": symbol}, lines.span(*where))


def _constructs(told: Meaning, construct: Construct) -> Iterator[tuple[Where, str]]:
    if construct is Construct.EXEC:
        for call in told.calls:
            if call.name in {"exec", "eval", "builtins.exec", "builtins.eval"} and not _is_literal(call):
                yield call.where, call.symbol
    yield from ((mark.where, mark.symbol) for mark in told.marks if mark.kind == construct)


def _is_literal(call: Called) -> bool:
    return bool(call.args) and all(isinstance(one, Text) and one.known is not None for one in call.args[0])


def _uses(told: Meaning, banned: Banned) -> Iterator[tuple[Where, str]]:
    """Where a name is read that means this. One that is only imported is taken from here by others."""
    names = {banned.call, f"builtins.{banned.call}"}
    uses = [use for use in told.uses if use.name in names]
    by_place = {(call.where.line, call.where.column): call for call in told.calls if call.name in names}
    read_here = [use for use in uses if not use.is_import]
    for use in read_here or uses:
        call = by_place.get((use.where.line, use.where.column))
        if call is None or not use.is_called or not _is_fine(call, banned):
            yield use.where, use.symbol
    seen = {(use.where.line, use.where.column) for use in uses}
    for call in by_place.values():  # methods of what was made
        if (call.where.line, call.where.column) not in seen and not _is_fine(call, banned):
            yield call.where, call.symbol


def _is_fine(call: Called, banned: Banned) -> bool:
    if banned.unless and call.spreads:
        return True
    return any(
        int(argument) < len(call.args) if argument.isdigit() else argument in call.keywords
        for argument in banned.unless
    )
