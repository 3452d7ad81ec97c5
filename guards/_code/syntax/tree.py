"""The small tree that source of every language is brought into: what names, texts, calls and definitions need."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from msgspec import Struct, field


class Where(NamedTuple):
    """A place as parsers tell it: lines from 1, columns in bytes from 0."""

    line: int
    column: int
    end_line: int
    end_column: int


NOWHERE = Where(1, 0, 1, 0)


class Literal(Struct):
    """A text; a number as its digits, and what is true or false in Python, as a word; None for any other constant."""

    value: str | None
    where: Where = NOWHERE


class Name(Struct):
    """A name that is read or bound."""

    id: str
    where: Where = NOWHERE


class Member(Struct):
    """`base.name`."""

    base: Expr
    name: str
    where: Where = NOWHERE


class Index(Struct):
    """`base[key]`."""

    base: Expr
    key: Expr
    where: Where = NOWHERE


class Call(Struct):
    """`function(…)`, or `new function(…)`."""

    function: Expr
    args: list[Expr]
    keywords: dict[str, Expr]
    where: Where = NOWHERE
    spreads: bool = False
    """Some arguments are unpacked from a value, so more may be there than are seen."""


class Joined(Struct):
    """Texts one after the other: `a + b`, an f-string, a template."""

    parts: list[Expr]


class Percent(Struct):
    """`text % values`."""

    text: Expr
    values: Expr


class Choice(Struct):
    """One of several: `a if c else b`, `a or b`, `a ?? b`."""

    options: list[Expr]
    tested: list[Expr] = field(default_factory=list)
    """What decides, and is no value itself."""


class Items(Struct):
    """A list, a tuple, a set; as a target, what is unpacked into it."""

    items: list[Expr]


class Table(Struct):
    """A dict or an object; as a target, a pattern. A key of None: another table, unpacked into it."""

    pairs: list[tuple[Expr | None, Expr]]


class Defaulted(Struct):
    """In a pattern, a target with what it gets where nothing is there: `{a = 1}`."""

    target: Expr
    default: Expr


class Bound(Struct):
    """An assignment that is an expression: `(a := b)`, `a = b` in JavaScript."""

    target: Expr
    value: Expr


class Parameter(Struct):
    """A parameter of a function."""

    target: Expr
    default: Expr | None = None
    annotation: Expr | None = None
    rest: bool = False
    """It takes what is left over: `*args`, `**kwargs`, `...args`."""


class Function(Struct):
    """A function, a method or a lambda."""

    name: str
    parameters: list[Parameter]
    body: list[Stmt]
    is_method: bool = False
    is_static: bool = False
    is_property: bool = False


class Other(Struct):
    """Anything else, with what is inside of it."""

    children: list[Expr]


Expr: TypeAlias = (
    "Literal | Name | Member | Index | Call | Joined | Percent | Choice | Items | Table | Defaulted | Bound | Function"
    " | Class | Other"
)


class Do(Struct):
    """An expression for itself."""

    value: Expr


class Let(Struct):
    """A value is given to a target. `value` None: to something that is not known."""

    target: Expr
    value: Expr | None
    annotation: Expr | None = None
    adds: bool = False
    """`+=`."""


class Import(Struct):
    """`module` under a name, or a name of it under another."""

    module: str
    name: str
    """Empty: the module itself. `*`: everything."""
    local: str
    """What it is called here."""
    where: Where = NOWHERE


class Define(Struct):
    """A function gets a name."""

    function: Function
    decorators: list[Expr] = field(default_factory=list)


class Class(Struct):
    """A class."""

    name: str
    bases: list[Expr]
    body: list[Stmt]
    decorators: list[Expr] = field(default_factory=list)
    keywords: dict[str, Expr] = field(default_factory=dict)


class Return(Struct):
    """What a function gives back."""

    value: Expr


class Block(Struct):
    """A body with names of its own: `{ const a = 1; }`."""

    names: frozenset[str]
    body: list[Stmt]


class Branches(Struct):
    """Bodies of which one, some or none are run."""

    bodies: list[list[Stmt]]
    may_skip: bool = True
    """Perhaps none of them is."""


class Handler(Struct):
    """`except …:`."""

    caught: Expr | None
    body: list[Stmt]
    is_silent: bool
    where: Where
    name: str = ""


class Mark(Struct):
    """A construct that some forbid."""

    kind: str
    where: Where
    names: tuple[str, ...] = ()
    """What is declared to be a name of the module, or of the function around."""


Stmt: TypeAlias = "Do | Let | Import | Define | Class | Return | Block | Branches | Handler | Mark"


class Unit(Struct):
    """A file, read."""

    language: str
    body: list[Stmt]
    is_tolerant: bool = False
    """It has errors, or is of another version of the language; what can be understood of it was read all the same."""
