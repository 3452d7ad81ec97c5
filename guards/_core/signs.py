"""What a line cannot do without if a trigger hits it: one of a few short texts, whatever their case.

A database of short texts compiles in milliseconds and is scanned at the speed of memory, where one of whole patterns
takes seconds and several times as long. So texts are looked for first, and a pattern only where one of its own stands.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from guards._core.dialect import Chars, Edge, Either, Node, Repeat, Row, written

Texts = frozenset[bytes]
"""In lower case; any of them is a sign."""

_FEWEST_BYTES = 3
_FEWEST_ON_AVERAGE = 4
"""Shorter texts stand everywhere, unless they are spelt as nothing else is."""
_LONG = 12
"""Bytes; of what is longer only the end is kept."""
_MOST_BYTES = 6
"""Longer texts take the engine several times as long to compile, and are not much rarer."""
_LARGE = 1000
"""Bytes of a pattern that takes an engine as long to compile as all short texts together."""
_MOST_TEXTS = 400
_MOST_CHARS = 6
_MOST_TIMES = 3
_LENGTH_OF_CORE = 8
"""Characters that are enough to be rare."""

_NOTHING: Texts = frozenset({b""})


def signs(node: Node) -> Texts | None:
    """The texts of which every line that matches holds one; None where there are none that are worth looking for.

    What programs are full of is worth it only in place of a pattern that is large.
    """
    texts = frozenset(map(_rarest, _best(node) or ()))
    is_long_enough = sum(map(len, texts)) >= _FEWEST_ON_AVERAGE * len(texts) or _rarity(texts) >= _RARE_IF_SHORT
    is_worth_it = _rarity(texts) >= _RARE or len(written(node)) > _LARGE
    return texts if texts and is_long_enough and is_worth_it else None


def core(node: Node) -> Node:
    """A part of a pattern that matches wherever the whole does, without what is dear to look for and tells little.

    That is what must stand around the whole, what many characters may stand for at its start, and the fourth and later
    times of something long.
    """
    match node:
        case Either(branches):
            return Either(tuple(map(core, branches)))
        case Repeat(Row() as item, low, _) if low > _MOST_TIMES:
            return Repeat(item, _MOST_TIMES, _MOST_TIMES)
        case Row(items):
            left = _to_fewest(_from_narrow(_without_borders(items)))
            return core(left[0]) if len(left) == 1 else Row(left)
    return node


def starts_anywhere(node: Node) -> bool:
    """Whether a match of it may start at nearly every character of a long value."""
    match node:
        case Row(items):
            return bool(items) and starts_anywhere(items[0])
        case Either(branches):
            return any(map(starts_anywhere, branches))
        case Repeat(item):
            return starts_anywhere(item)
    return _is_wide(node)


def _without_borders(items: tuple[Node, ...]) -> tuple[Node, ...]:
    while items and _is_border(items[0]):
        items = items[1:]
    while items and _is_border(items[-1]):
        items = items[:-1]
    return items


def _is_border(node: Node) -> bool:
    return isinstance(node, Either) and any(isinstance(one, Edge) for one in node.branches)


def _from_narrow(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """What comes behind the first that many characters may stand for, where little is before it and enough behind."""
    start = next((at for at, item in enumerate(items) if _is_wide(item)), len(items))
    end = next((at for at, item in enumerate(items) if at > start and not _is_wide(item)), len(items))
    before, behind = (sum(map(_length, part)) for part in (items[:start], items[end:]))
    return items[end:] if before < _FEWEST_BYTES and behind >= _LENGTH_OF_CORE else items


def _to_fewest(items: tuple[Node, ...]) -> tuple[Node, ...]:
    """The same up to where nothing more has to come."""
    while items and isinstance(last := items[-1], Repeat):
        if last.low == last.high:
            break
        items = (*items[:-1], Repeat(last.item, last.low, last.low)) if last.low else items[:-1]
    return items


def _is_wide(node: Node) -> bool:
    match node:
        case Chars(plain, _, beyond):
            return beyond or len(plain) > _MOST_CHARS
        case Repeat(item):
            return _is_wide(item)
    return False


def _length(node: Node) -> int:
    """How many characters a match of it has at the least."""
    match node:
        case Chars():
            return 1
        case Row(items):
            return sum(map(_length, items))
        case Either(branches):
            return min(map(_length, branches))
        case Repeat(item, low, _):
            return low * _length(item)
    return 0


def _best(node: Node) -> Texts | None:
    spelt = _spelt(node)
    candidates = (spelt,) if spelt is not None else _candidates(node)
    long_enough = (texts for texts in candidates if _shortest(texts) >= _FEWEST_BYTES)
    return max(long_enough, key=_merit, default=None)


def _merit(texts: Texts) -> tuple[bool, int, int, int]:
    rarity = _rarity(map(_rarest, texts))
    return rarity >= _RARE, min(_shortest(texts), _MOST_BYTES), rarity, -len(texts)


_EVERYWHERE = re.compile(
    b"access|accoun|allow|appl|asswo|author|cation|count|defin|eploy|github|horizo|http|ignore|izatio|key|oracle|packag"
    b"|pass|ostgr|plica|privat|produc|secret|sword|tion|token|tps?:|uthor"
)
"""What programs and settings are full of."""
_BY_FREQUENCY = b"etaoinsrhldcumfpgwybvkxjqz"
_WEIGHTS = {
    **{letter: at + 4 for at, letter in enumerate(_BY_FREQUENCY)},
    **dict.fromkeys(b":/='\"", 8),
    ord(" "): 2,
    ord("_"): 12,
}
_WEIGHT_OF_OTHERS = 16
_RARE, _RARE_IF_SHORT = 16, 38
"""Weights from which a text is worth looking for."""


def _rarity(texts: Iterable[bytes]) -> int:
    """How rarely the least rare of some texts stands in others."""
    return min(map(_weight, texts), default=0)


@functools.lru_cache(maxsize=4096)
def _weight(text: bytes) -> int:
    """How rarely a text stands in others, by its letters; where they are of a common word, by what else there is."""
    telling = bytes(byte for byte in text if byte not in _WEIGHTS) if _EVERYWHERE.search(text) else text
    return sum(_WEIGHTS.get(byte, _WEIGHT_OF_OTHERS) for byte in telling)


@functools.lru_cache(maxsize=4096)
def _rarest(text: bytes) -> bytes:
    """The part of a text, no longer than what is looked for, that is the rarest."""
    parts = (text[at : at + _MOST_BYTES] for at in range(max(1, len(text) - _MOST_BYTES + 1)))
    return max(parts, key=_weight)


def _shortest(texts: Texts) -> int:
    return min(map(len, texts))


def _candidates(node: Node) -> Iterator[Texts]:
    """Sets of texts; any match of a part that cannot be spelt holds one of each set."""
    match node:
        case Row(items):
            yield from _in_a_row(items)
        case Either(branches):
            yield from _joined(map(_best, branches))
        case Repeat(item, low, _) if low > 0 and (texts := _best(item)) is not None:
            yield texts


def _in_a_row(items: Sequence[Node]) -> Iterator[Texts]:
    """What neighbours spell together, begun anew where that gets too much, and what stands in the others."""
    run = _NOTHING
    for item in items:
        spelt = _spelt(item)
        longer = _product(run, spelt) if spelt is not None else None
        if longer is not None and not (len(longer) > len(run) and _shortest(run) >= _MOST_BYTES):
            run = longer
            continue
        yield run
        run = spelt if spelt is not None else _NOTHING
        if spelt is None:
            yield from _candidates(item)
    yield run


def _joined(each: Iterable[Texts | None]) -> Iterator[Texts]:
    known = list(each)
    if None not in known:
        joined = frozenset[bytes]().union(*(texts for texts in known if texts))
        if len(joined) <= _MOST_TEXTS:
            yield joined


def _spelt(node: Node) -> Texts | None:
    """All that a part can be, but no more than the end of it; None where that is too much."""
    match node:
        case Chars():
            return _of_chars(node)
        case Edge():
            return _NOTHING
        case Row(items):
            return _of_row(items)
        case Either(branches):
            return next(_joined(map(_spelt, branches)), None)
        case Repeat(item, low, high) if high is not None and high <= _MOST_TIMES:
            return next(_joined(_of_row((item,) * times) for times in range(low, high + 1)), None)
    return None


@functools.lru_cache(maxsize=4096)
def _of_chars(chars: Chars) -> Texts | None:
    if (
        chars.beyond
        or len(chars.ascii) + len(chars.encoded) > _MOST_CHARS
        or any("[" in part for part in chars.encoded)
    ):
        return None
    encoded = (bytes.fromhex(part.replace(r"\x", "")) for part in chars.encoded)
    return frozenset(itertools.chain((bytes((code,)).lower() for code in chars.ascii), encoded))


def _of_row(items: Sequence[Node]) -> Texts | None:
    run: Texts | None = _NOTHING
    for item in items:
        spelt = _spelt(item)
        run = _product(run, spelt) if run is not None and spelt is not None else None
    return run


def _product(run: Texts, more: Texts) -> Texts | None:
    if len(run) * len(more) > _MOST_TEXTS:
        return None
    return frozenset((one + other)[-_LONG:] for one in run for other in more)
