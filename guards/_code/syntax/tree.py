"""The small tree that source of every language is brought into: what names, texts, calls and definitions need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias


class Where(NamedTuple):
    """A place as parsers tell it: lines from 1, columns in bytes from 0."""

    line: int
    column: int
    end_line: int
    end_column: int


NOWHERE = Where(1, 0, 1, 0)


@dataclass(slots=True)
class Literal:
    """A text; a number as its digits, and what is true or false in Python, as a word; None for any other constant."""

    value: str | None
    where: Where = NOWHERE


@dataclass(slots=True)
class Name:
    """A name that is read or bound."""

    id: str
    where: Where = NOWHERE


@dataclass(slots=True)
class Member:
    """`base.name`."""

    base: Expr
    name: str
    where: Where = NOWHERE


@dataclass(slots=True)
class Index:
    """`base[key]`."""

    base: Expr
    key: Expr
    where: Where = NOWHERE


@dataclass(slots=True)
class Call:
    """`function(…)`, or `new function(…)`."""

    function: Expr
    args: list[Expr]
    keywords: dict[str, Expr]
    where: Where = NOWHERE
    spreads: bool = False
    """Some arguments are unpacked from a value, so more may be there than are seen."""


@dataclass(slots=True)
class Joined:
    """Texts one after the other: `a + b`, an f-string, a template."""

    parts: list[Expr]


@dataclass(slots=True)
class Percent:
    """`text % values`."""

    text: Expr
    values: Expr


@dataclass(slots=True)
class Choice:
    """One of several: `a if c else b`, `a or b`, `a ?? b`."""

    options: list[Expr]
    tested: list[Expr] = field(default_factory=list)
    """What decides, and is no value itself."""


@dataclass(slots=True)
class Items:
    """A list, a tuple, a set; as a target, what is unpacked into it."""

    items: list[Expr]


@dataclass(slots=True)
class Table:
    """A dict or an object; as a target, a pattern. A key of None: another table, unpacked into it."""

    pairs: list[tuple[Expr | None, Expr]]


@dataclass(slots=True)
class Defaulted:
    """In a pattern, a target with what it gets where nothing is there: `{a = 1}`."""

    target: Expr
    default: Expr


@dataclass(slots=True)
class Bound:
    """An assignment that is an expression: `(a := b)`, `a = b` in JavaScript."""

    target: Expr
    value: Expr


@dataclass(slots=True)
class Parameter:
    """A parameter of a function."""

    target: Expr
    default: Expr | None = None
    annotation: Expr | None = None
    rest: bool = False
    """It takes what is left over: `*args`, `**kwargs`, `...args`."""


@dataclass(slots=True)
class Function:
    """A function, a method or a lambda."""

    name: str
    parameters: list[Parameter]
    body: list[Stmt]
    is_method: bool = False
    is_static: bool = False
    is_property: bool = False


@dataclass(slots=True)
class Other:
    """Anything else, with what is inside of it."""

    children: list[Expr]


Expr: TypeAlias = (
    "Literal | Name | Member | Index | Call | Joined | Percent | Choice | Items | Table | Defaulted | Bound | Function"
    " | Class | Other"
)


@dataclass(slots=True)
class Do:
    """An expression for itself."""

    value: Expr


@dataclass(slots=True)
class Let:
    """A value is given to a target. `value` None: to something that is not known."""

    target: Expr
    value: Expr | None
    annotation: Expr | None = None
    adds: bool = False
    """`+=`."""


@dataclass(slots=True)
class Import:
    """`module` under a name, or a name of it under another."""

    module: str
    name: str
    """Empty: the module itself. `*`: everything."""
    local: str
    """What it is called here."""
    where: Where = NOWHERE


@dataclass(slots=True)
class Define:
    """A function gets a name."""

    function: Function
    decorators: list[Expr] = field(default_factory=list)


@dataclass(slots=True)
class Class:
    """A class."""

    name: str
    bases: list[Expr]
    body: list[Stmt]
    decorators: list[Expr] = field(default_factory=list)
    keywords: dict[str, Expr] = field(default_factory=dict)


@dataclass(slots=True)
class Return:
    """What a function gives back."""

    value: Expr


@dataclass(slots=True)
class Branches:
    """Bodies of which one, some or none are run."""

    bodies: list[list[Stmt]]
    may_skip: bool = True
    """Perhaps none of them is."""


@dataclass(slots=True)
class Handler:
    """`except …:`."""

    caught: Expr | None
    body: list[Stmt]
    is_silent: bool
    where: Where
    name: str = ""


@dataclass(slots=True)
class Mark:
    """A construct that some forbid."""

    kind: str
    where: Where
    names: tuple[str, ...] = ()
    """What is declared to be a name of the module, or of the function around."""


Stmt: TypeAlias = "Do | Let | Import | Define | Class | Return | Branches | Handler | Mark"


@dataclass(slots=True)
class Unit:
    """A file, read."""

    language: str
    body: list[Stmt]
    is_tolerant: bool = False
    """A parser read it that passes over errors, because the exact one refused it."""
