"""What triggers are written in: the part of regular expressions that all engines can be made to agree on.

Every trigger is rewritten into one pattern over bytes that Vectorscan, RE2 and Python's `re` read alike, so that no
answer depends on the engine. What a trigger means:

- **Lines** end at `\\n` alone. A pattern never matches a line end: classes and `.` leave it out. `^` is the start of a
  line, `$` its end, before `\\r\\n` too. A lone `\\r` is an ordinary character.
- **Text** is UTF-8. Wherever a class is open (`.`, `[^x]`, `\\w`, `\\d`, `\\s` and their opposites) any character
  beyond ASCII is in it, and so is any byte that is no UTF-8; a class that names characters (`[é-ü]`) means those.
- **Caseless** is what `re.IGNORECASE` makes of text: `s` is also `ſ`, `k` the Kelvin sign, `i` also `ı` and `İ`. A
  character beyond ASCII in a caseless trigger stands for any other beyond ASCII.
- **The law**: on ASCII text a trigger hits exactly the lines on which `re` finds its pattern, on any other text at
  least those. To have it exact there, too, write `[0-9]` in place of `\\d`.
- **Refused**: look-around, back-references, atomic groups, `\\A`, `\\B`, `\\Z`, flags other than `(?i)` and `(?x)`,
  `\\b` that does not stand beside an ASCII letter, digit or `_`, anything that matches the empty string.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from msgspec import Struct

from guards._core.errors import TriggerError
from guards._core.model import Trigger

MOST_COPIES = 1000
"""What RE2 allows for repeats, nested ones multiplied."""


def check(trigger: Trigger) -> None:
    """Raise `TriggerError`, saying why, for a trigger that is outside of the dialect."""
    read(trigger)


def byte_pattern(trigger: Trigger) -> str:
    """The ASCII pattern over bytes that stands for a trigger in every engine (with `^` and `$` at lines)."""
    return written(read(trigger))


def size(node: Node) -> int:
    """How many characters a part has once its repeats are written out: what engines find too large."""
    match node:
        case Chars(plain, encoded, beyond):
            return bool(plain) + 4 * (len(encoded) + beyond)
        case Row(items) | Either(items):
            return sum(map(size, items))
        case Repeat(item, low, high):
            return max(low, high or 1) * size(item)
    return 0


def to_line_end(node: Node) -> str:
    """What stands for a part, running on to the end of its line: one match a line, however often it stands there."""
    return f"(?:{written(_to_line_end(node))})$"


_ASCII = frozenset(range(0x80))
_LINE_END = 0x0A
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset(b"0123456789")
_WORD = _LETTERS | _DIGITS | frozenset(b"_")
_SPACE = frozenset(b" \t\n\r\f\v\x1c\x1d\x1e\x1f")
_CLASSES = {
    "CATEGORY_DIGIT": _DIGITS,
    "CATEGORY_NOT_DIGIT": _ASCII - _DIGITS,
    "CATEGORY_SPACE": _SPACE,
    "CATEGORY_NOT_SPACE": _ASCII - _SPACE,
    "CATEGORY_WORD": _WORD,
    "CATEGORY_NOT_WORD": _ASCII - _WORD,
}
_FOLDS = {0x17F: "s", 0x212A: "k", 0x130: "i", 0x131: "i"}
"""The characters beyond ASCII that `re.IGNORECASE` takes for an ASCII letter."""

_START, _END, _WORD_EDGE = "^", "$", r"\b"
_EDGES = {"AT_BEGINNING": _START, "AT_END": _END, "AT_BOUNDARY": _WORD_EDGE}
_REFUSED = {
    "ASSERT": "look-around is not for triggers",
    "ASSERT_NOT": "look-around is not for triggers",
    "GROUPREF": "back-references are not for triggers",
    "GROUPREF_EXISTS": "back-references are not for triggers",
    "ATOMIC_GROUP": "atomic groups are not for triggers",
    "POSSESSIVE_REPEAT": "possessive repeats are not for triggers",
    "AT_BEGINNING_STRING": r"\A means the start of the file to some engines; write ^ for the start of a line",
    "AT_END_STRING": r"\Z and \z mean different things to different engines; write $ for the end of a line",
    "AT_NON_BOUNDARY": r"\B depends on what an engine takes for a letter",
}


class Chars(Struct, frozen=True):
    """One character of a line."""

    ascii: frozenset[int] = frozenset()
    encoded: tuple[str, ...] = ()
    """Byte patterns of the characters beyond ASCII that are named."""
    beyond: bool = False
    """Any character beyond ASCII, and any byte that is no UTF-8."""


class Edge(Struct, frozen=True):
    """A place between characters."""

    kind: str


class Row(Struct, frozen=True):
    """One after the other."""

    items: tuple[Node, ...] = ()


class Either(Struct, frozen=True):
    """One of them."""

    branches: tuple[Node, ...]


class Repeat(Struct, frozen=True):
    """The same again, `low` to `high` times; None for as often as you like."""

    item: Node
    low: int
    high: int | None


Node: TypeAlias = "Chars | Edge | Row | Either | Repeat"

_CARRIAGE_RETURN = Repeat(Chars(frozenset(b"\r")), 0, 1)
_REST_OF_LINE = Repeat(Chars(_ASCII - {_LINE_END}, beyond=True), 0, None)


# ---- Reading a trigger ----------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=2048)
def read(trigger: Trigger) -> Node:
    """What a trigger is made of; `TriggerError`, saying why, for one that is outside of the dialect."""
    try:
        node = _literal(trigger) if trigger.literal else _pattern(trigger)
        node = _settled(node)
        _refuse_unusable(node)
    except TriggerError as error:
        raise refusal(trigger, str(error)) from None
    return node


def refusal(trigger: Trigger, why: str) -> TriggerError:
    return TriggerError(f"trigger {trigger.pattern!r}: {why}")


def _refuse_unusable(node: Node) -> None:
    _refuse_misplaced_edges(node, first=True, last=True)
    if _copies(node) > MOST_COPIES:
        raise TriggerError(f"repeats that amount to more than {MOST_COPIES} copies are too large")
    if _may_be_empty(node):
        raise TriggerError("it matches the empty string, so it would hit every line")


def _literal(trigger: Trigger) -> Node:
    return Row(tuple(_chars(((ord(char), ord(char)),), caseless=trigger.caseless) for char in trigger.pattern))


def _pattern(trigger: Trigger) -> Node:
    """What Python's own parser makes of the pattern, so that Python and we cannot read it differently."""
    import warnings

    parser: Any = importlib.import_module("re._parser")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parsed = parser.parse(trigger.pattern)
    except (re.error, Warning, OverflowError, RecursionError) as error:
        raise TriggerError(f"Python cannot read it ({error})") from None
    _refuse_flags(parsed.state.flags)
    return _row(parsed, caseless=trigger.caseless or bool(parsed.state.flags & re.IGNORECASE))


def _refuse_flags(flags: int) -> None:
    if flags & ~(re.UNICODE | re.IGNORECASE | re.VERBOSE):
        raise TriggerError("of the flags only (?i) and (?x) are for triggers; ^ and $ are the ends of a line anyway")


def _row(parsed: Any, *, caseless: bool) -> Node:
    row = _in_a_row(_node(str(op), value, caseless=caseless) for op, value in parsed)
    return row.items[0] if len(row.items) == 1 else row


def _in_a_row(nodes: Iterable[Node]) -> Row:
    """One row of them all: rows never stand in rows."""
    parts = (node.items if isinstance(node, Row) else (node,) for node in nodes)
    return Row(tuple(item for part in parts for item in part))


def _node(op: str, value: Any, *, caseless: bool) -> Node:
    match op:
        case "LITERAL":
            return _chars(((value, value),), caseless=caseless)
        case "NOT_LITERAL":
            return _chars(((value, value),), caseless=caseless, opposite=True)
        case "ANY":
            return Chars(_ASCII - {_LINE_END}, beyond=True)
        case "IN":
            return _class(value, caseless=caseless)
        case "BRANCH":
            return Either(tuple(_row(branch, caseless=caseless) for branch in value[1]))
        case "SUBPATTERN":
            return _group(value, caseless=caseless)
        case "MAX_REPEAT" | "MIN_REPEAT":
            return _repeat(value, caseless=caseless)
        case "AT" if str(value) in _EDGES:
            return Edge(_EDGES[str(value)])
    name = str(value) if op == "AT" else op
    raise TriggerError(_REFUSED.get(name, f"{name} is not for triggers"))


def _class(members: Sequence[tuple[Any, Any]], *, caseless: bool) -> Chars:
    ranges: list[tuple[int, int]] = []
    named: set[int] = set()
    for op, value in members:
        match str(op):
            case "LITERAL":
                ranges.append((value, value))
            case "RANGE":
                ranges.append(value)
            case "CATEGORY":
                named |= _CLASSES[str(value)]
    opposite = str(members[0][0]) == "NEGATE"
    return _chars(tuple(ranges), also=frozenset(named), caseless=caseless, opposite=opposite)


def _group(value: Any, *, caseless: bool) -> Node:
    _number, added, removed, parsed = value
    _refuse_flags(added | removed)
    return _row(parsed, caseless=(caseless or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE)


def _repeat(value: Any, *, caseless: bool) -> Node:
    low, high, parsed = value
    if high == 0:
        return Row()  # Vectorscan refuses {0}
    unlimited = str(high) == "MAXREPEAT"
    return Repeat(_row(parsed, caseless=caseless), int(low), None if unlimited else int(high))


@functools.lru_cache(maxsize=4096)
def _chars(
    ranges: tuple[tuple[int, int], ...],
    *,
    also: frozenset[int] = frozenset(),
    caseless: bool = False,
    opposite: bool = False,
) -> Chars:
    """The characters in `ranges` and `also` (which comes from `\\w` and its like), or all the others."""
    members = also | {code for low, high in ranges for code in range(low, min(high, 0x7F) + 1)}
    far = [(max(low, 0x80), high) for low, high in ranges if high >= 0x80]
    encoded: list[str] = []
    if caseless:
        members = _cases(members, far)
        encoded += [part for code, letter in _FOLDS.items() if ord(letter) in members for part in _utf8(code, code)]
    beyond = opposite or bool(also) or (caseless and bool(far)) or any(_surrogates(*span) for span in far)
    if not beyond:
        encoded += [pattern for low, high in far for pattern in _utf8(low, high)]
    plain = (_ASCII - members if opposite else members) - {_LINE_END}
    if not plain and not encoded and not beyond:
        raise TriggerError("it asks for a line end, which is not in any line")
    return Chars(plain, () if beyond else tuple(encoded), beyond)


def _cases(members: frozenset[int] | set[int], far: Sequence[tuple[int, int]]) -> frozenset[int]:
    folded = {ord(letter) for code, letter in _FOLDS.items() if any(low <= code <= high for low, high in far)}
    letters = (members | folded) & _LETTERS
    return frozenset(members | folded | {letter ^ 0x20 for letter in letters})


def _surrogates(low: int, high: int) -> bool:
    """Python stands in a surrogate for a byte that is no UTF-8."""
    return low <= 0xDFFF and high >= 0xD800


def _utf8(low: int, high: int) -> Iterator[str]:
    """Patterns over bytes for the characters `low` to `high`, which are beyond ASCII and no surrogates."""
    for cut in _cuts(low, high):
        yield from _utf8(low, cut)
        yield from _utf8(cut + 1, high)
        return
    first, last = chr(low).encode(), chr(high).encode()
    yield "".join(_byte_class(range(a, b + 1)) for a, b in zip(first, last, strict=True))


def _cuts(low: int, high: int) -> Iterator[int]:
    """Where a range must be cut so that every byte of its characters runs through a range of its own."""
    yield from (longest for longest in (0x7FF, 0xFFFF) if low <= longest < high)
    for bits in (6, 12, 18):
        block = (1 << bits) - 1
        if low & ~block != high & ~block:
            if low & block:
                yield low | block
            if high & block != block:
                yield (high & ~block) - 1


# ---- Word edges: `\b` must not depend on what an engine takes for a letter ------------------------------------------


def _settled(node: Node) -> Node:
    """Rewrite `\\b` so that ASCII's notion of a letter suffices: beside a character beyond ASCII it always holds."""
    match node:
        case Either(branches):
            return Either(tuple(map(_settled, branches)))
        case Repeat(item, low, high):
            return Repeat(_settled(item), low, high)
        case Row(items):
            return _settled_row(items)
        case Edge(kind) if kind == _WORD_EDGE:
            return _settled_row((node,))
    return node


def _settled_row(items: tuple[Node, ...]) -> Row:
    at = next((at for at, item in enumerate(items) if item == Edge(_WORD_EDGE)), None)
    if at is None:
        return _in_a_row(map(_settled, items))
    before, after = _in_a_row(map(_settled, items[:at])), _settled_row(items[at + 1 :])
    behind, ahead = _outermost(before, from_end=True), _outermost(after, from_end=False)
    if _is_word(behind, ascii_only=True) or _is_word(ahead, ascii_only=True):
        return _in_a_row((before, Edge(_WORD_EDGE), after))
    if _is_word(ahead):
        return _in_a_row((before, _with_edge(after, from_end=False)))
    if _is_word(behind):
        return _in_a_row((_with_edge(before, from_end=True), after))
    raise TriggerError(r"\b must stand beside what is surely a letter, digit or _; leave it out elsewhere")


def _is_word(chars: Chars | None, *, ascii_only: bool = False) -> bool:
    if chars is None or not chars.ascii <= _WORD:
        return False
    return not ascii_only or not (chars.encoded or chars.beyond)


def _outermost(node: Node, *, from_end: bool) -> Chars | None:
    """The characters that a match of `node` may start (or end) with, or None where that cannot be said."""
    match node:
        case Chars():
            return node
        case Repeat(item, low, _) if low > 0:
            return _outermost(item, from_end=from_end)
        case Row(items) if items:
            outer, rest = _outer_and_rest(items, from_end=from_end)
            if isinstance(outer, Repeat) and outer.low == 0:
                return _union([_outermost(part, from_end=from_end) for part in (outer.item, rest)])
            return _outermost(outer, from_end=from_end)
        case Either(branches):
            return _union([_outermost(branch, from_end=from_end) for branch in branches])
    return None


def _outer_and_rest(items: tuple[Node, ...], *, from_end: bool) -> tuple[Node, Row]:
    return (items[-1], Row(items[:-1])) if from_end else (items[0], Row(items[1:]))


def _union(several: Sequence[Chars | None]) -> Chars | None:
    known = [chars for chars in several if chars is not None]
    if len(known) < len(several):
        return None
    plain = frozenset[int]().union(*(chars.ascii for chars in known))
    return Chars(plain, tuple(part for chars in known for part in chars.encoded), any(c.beyond for c in known))


def _with_edge(node: Node, *, from_end: bool) -> Node:
    """`node` with a `\\b` at its start (or end), which only its ASCII characters have to satisfy."""
    match node:
        case Chars(plain, encoded, beyond):
            strict = (_joined(Edge(_WORD_EDGE), Chars(plain), from_end=from_end),) if plain else ()
            free = (Chars(frozenset(), encoded, beyond),) if encoded or beyond else ()
            return Either(strict + free)
        case Repeat(item, low, high):
            again = Repeat(item, max(low - 1, 0), None if high is None else high - 1)
            return _joined(_with_edge(item, from_end=from_end), Row() if high == 1 else again, from_end=from_end)
        case Row(items):
            return _row_with_edge(items, from_end=from_end)
        case Either(branches):
            return Either(tuple(_with_edge(branch, from_end=from_end) for branch in branches))
    raise AssertionError(f"{node} has no outermost character")


def _row_with_edge(items: tuple[Node, ...], *, from_end: bool) -> Node:
    outer, rest = _outer_and_rest(items, from_end=from_end)
    there = _joined(_with_edge(outer, from_end=from_end), rest, from_end=from_end)
    if isinstance(outer, Repeat) and outer.low == 0:
        return Either((there, _with_edge(rest, from_end=from_end)))
    return there


def _joined(outer: Node, inner: Node, *, from_end: bool) -> Row:
    return _in_a_row((inner, outer) if from_end else (outer, inner))


# ---- Measuring and writing ------------------------------------------------------------------------------------------


def _refuse_misplaced_edges(node: Node, *, first: bool, last: bool) -> None:
    match node:
        case Edge(kind):
            if kind == _START and not first:
                raise TriggerError("^ can only stand at the start of a pattern")
            if kind == _END and not last:
                raise TriggerError("$ can only stand at the end of a pattern")
        case Repeat(item, _, _):
            _refuse_misplaced_edges(item, first=False, last=False)
        case Either(branches):
            for branch in branches:
                _refuse_misplaced_edges(branch, first=first, last=last)
        case Row(items):
            for at, item in enumerate(items):
                _refuse_misplaced_edges(item, first=first and at == 0, last=last and at == len(items) - 1)


def _copies(node: Node) -> int:
    """How often the most repeated part stands in the pattern when its repeats are written out."""
    match node:
        case Repeat(item, low, high):
            return max(low, high or 0, 1) * _copies(item)
        case Either(parts) | Row(parts):
            return max(map(_copies, parts), default=1)
    return 1


def _may_be_empty(node: Node) -> bool:
    match node:
        case Chars():
            return False
        case Repeat(item, low, _):
            return low == 0 or _may_be_empty(item)
        case Row(items):
            return all(map(_may_be_empty, items))
        case Either(branches):
            return any(map(_may_be_empty, branches))
    return True


def _to_line_end(node: Node) -> Node:
    """The same, running on to the end of the line: `$` becomes what may stand before it, everything else goes on."""
    match node:
        case Edge(kind) if kind == _END:
            return _CARRIAGE_RETURN
        case Either(branches):
            return Either(tuple(map(_to_line_end, branches)))
        case Row(items) if items:
            return _in_a_row((*items[:-1], _to_line_end(items[-1])))
    return _in_a_row((node, _REST_OF_LINE))


def written(node: Node) -> str:
    """The ASCII pattern over bytes that stands for a part in every engine."""
    match node:
        case Chars():
            return _written_chars(node)
        case Edge(kind):
            return r"\r?$" if kind == _END else kind
        case Row(items):
            return "".join(map(written, items))
        case Either(branches):
            return f"(?:{'|'.join(map(written, branches))})"
        case Repeat(item, low, high):
            return _written_repeat(item, low, high)


_BEYOND = r"[\x80-\xff][\x80-\xbf]{0,3}"
"""A superset of one character beyond ASCII, however a decoder counts bytes that are no UTF-8."""

_FEW = 8
"""Up to here a repeated open class is written character by character; more would make the pattern too large."""


def _written_chars(chars: Chars) -> str:
    parts = ([_byte_class(chars.ascii)] if chars.ascii else []) + list(chars.encoded) + [_BEYOND] * chars.beyond
    return parts[0] if len(parts) == 1 and chars.ascii else f"(?:{'|'.join(parts)})"


def _written_repeat(item: Node, low: int, high: int | None) -> str:
    if isinstance(item, Chars) and item.beyond:
        any_byte = _byte_class(item.ascii | frozenset(range(0x80, 0x100)))
        if high is None:
            return any_byte + _times(low, None)
        if high > _FEW:
            return _written_span(item.ascii, any_byte, low, high)
    unit = written(item)
    single = isinstance(item, (Chars, Either))
    return (unit if single else f"(?:{unit})") + _times(low, high)


def _written_span(plain: frozenset[int], any_byte: str, low: int, high: int) -> str:
    """A bounded run of an open class: counted as long as it is ASCII, of any length once it is not."""
    if not plain:
        return rf"[\x80-\xff]{_times(low, None)}"
    ascii_class = _byte_class(plain)
    return rf"(?:{ascii_class}{_times(low, high)}|{ascii_class}{_times(0, high - 1)}[\x80-\xff]{any_byte}*)"


def _times(low: int, high: int | None) -> str:
    short = {(0, None): "*", (1, None): "+", (0, 1): "?", (1, 1): ""}.get((low, high))
    if short is not None:
        return short
    return f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"


def _byte_class(codes: frozenset[int] | range) -> str:
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    if len(codes) == 1:
        return _byte(runs[0][0])
    return f"[{''.join(_byte(a) if a == b else f'{_byte(a)}-{_byte(b)}' for a, b in runs)}]"


def _byte(code: int) -> str:
    return chr(code) if code in _LETTERS or code in _DIGITS else f"\\x{code:02x}"
