"""What a name or an expression may be, as far as one file tells."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from msgspec import Struct, field

if TYPE_CHECKING:
    from guards._code.syntax.meaning import Scope
    from guards._code.syntax.tree import Class, Function


class Hole(NamedTuple):
    """A part of a text that is not known."""

    kind: str = ""
    """`env`: a variable of the environment. `name`: what another module calls so. Empty: anything."""
    name: str = ""


class Text(NamedTuple):
    """A text, parts of which may not be known."""

    parts: tuple[str | Hole, ...]

    @property
    def known(self) -> str | None:
        """The text, if all of it is known."""
        return self.parts[0] if len(self.parts) == 1 and isinstance(self.parts[0], str) else None if self.parts else ""


class Ref(NamedTuple):
    """What a name means that this file does not define: a module or a global, and what is inside of it."""

    name: str
    """`requests.get`; of a relative import, with what was written before it: `.config:BASE`."""

    def member(self, name: str) -> Ref:
        """What it calls so."""
        return Ref(self.name + name if self.name.endswith(":") else f"{self.name}.{name}")


class Made(Struct, eq=False):
    """What a call of something that is not defined here gives back."""

    of: str
    args: tuple[Value, ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    spreads: bool = False
    """There may be more arguments than these."""
    on: Made | None = None
    """What the method was called on, if it was one."""


class Method(NamedTuple):
    """`name` of something that was made, of a text, a list or an object."""

    of: Made | Text | Bundle | Record
    name: str


class Closure(Struct, eq=False):
    """A function of this file."""

    function: Function
    scope: Scope
    owner: Type | None = None
    given: dict[str, Value] = field(default_factory=dict)
    """What calls in this file hand over, by parameter."""
    result: Value | None = None
    is_running: bool = False


class Type(Struct, eq=False):
    """A class of this file."""

    definition: Class
    bases: Value
    members: dict[str, Value] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    """The members that somebody asked for."""


class Instance(NamedTuple):
    """What a class of this file makes."""

    type: Type


class Partial(Struct, eq=False):
    """A function with some arguments in place: `functools.partial(f, a)`, `f.bind(…)`."""

    function: Value
    args: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]


class Bundle(Struct, eq=False):
    """A list, a tuple or a set."""

    items: tuple[Value, ...]


class Record(Struct, eq=False):
    """A dict or an object, of which some keys are known."""

    members: tuple[tuple[str, Value], ...]
    is_whole: bool = True

    def get(self, name: str) -> Value | None:
        """The last value of a key."""
        return next((value for key, value in reversed(self.members) if key == name), None)


One: TypeAlias = "Text | Ref | Made | Method | Closure | Type | Instance | Partial | Bundle | Record | None"
"""One thing that a value may be; None for what is not known."""
Value: TypeAlias = "tuple[One, ...]"
"""All that it may be."""

UNKNOWN: Value = (None,)
MOST = 8
"""Possibilities that are followed; what has more may also be anything."""
_MOST_PARTS, _LONGEST = 100, 10_000
"""Of a text; of longer ones only the beginning is known."""


def text(known: str) -> Value:
    """A text that is known."""
    return (Text((known,)),)


def known(value: Value) -> str | None:
    """The one text that a value is, if it is one."""
    one = value[0] if len(value) == 1 else None
    return one.known if isinstance(one, Text) else None


def hole(kind: str = "", name: str = "") -> Value:
    """A text of which nothing, or only where it comes from, is known."""
    return (Text((Hole(kind, name),)),)


def united(values: Iterable[Value]) -> Value:
    """All that any of them may be."""
    found: dict[One, None] = {}
    for value in values:
        found.update(dict.fromkeys(value))
        if len(found) > MOST:
            return tuple(dict.fromkeys((*tuple(found)[:MOST], None)))
    return tuple(found) or UNKNOWN


def joined(values: Iterable[Value]) -> Value:
    """Texts one after the other, in all ways."""
    ways: list[tuple[str | Hole, ...]] = [()]
    for value in values:
        ways = list(dict.fromkeys(_and(way, one) for way in ways for one in value))
        if len(ways) > MOST:
            ways = [*ways[: MOST - 1], (Hole(),)]
    return tuple(dict.fromkeys(Text(way) for way in ways))


def _and(way: tuple[str | Hole, ...], one: One) -> tuple[str | Hole, ...]:
    added = tuple(part for part in parts_of(one) if part != "")
    found: tuple[str | Hole, ...]
    if way and added and isinstance(way[-1], str) and isinstance(added[0], str):
        found = (*way[:-1], way[-1] + added[0], *added[1:])
    else:
        found = way + added
    if len(found) > _MOST_PARTS or sum(len(part) for part in found if isinstance(part, str)) > _LONGEST:
        return (*(part[:_LONGEST] if isinstance(part, str) else part for part in way[:1]), Hole())
    return found


def parts_of(one: One) -> tuple[str | Hole, ...]:
    """A thing as it is when it becomes text."""
    if isinstance(one, Text):
        return one.parts
    if isinstance(one, Ref):
        return (Hole("name", one.name),)
    return (Hole(),)
