"""Selectors: `file-glob#path | lens`, and what they mean.

A path is names and indices: `services.api.ports[0]`, `jobs.*.strategy.matrix."python-version"[*]`. `*` and `[*]` are
every member or item, `[name=web]` the items whose member says so. In place of a path there may be `mention(url.port)`,
the part of every address in a text; `mention(url.port, "api")`, only on lines that hold a word; or `regex("…")` with
one named group.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from msgspec import Struct

from guards._core.globs import matcher
from guards.drift.lenses import Lens, lens
from guards.drift.patterns import Pattern


class Every:
    """The step `*`."""

    def __repr__(self) -> str:
        return "*"


EVERY = Every()


class Having(Struct, frozen=True):
    """The step `[key=value]`: the items of a list whose member has that value."""

    key: str
    value: str


Step: TypeAlias = "str | int | Every | Having"


class Mention(Struct, frozen=True):
    """Every address in a text."""

    word: str = ""
    """Only on lines that hold it, whatever its case."""


class Point(Struct, frozen=True):
    """Where in a file a value stands: all that a scan knows of a selector."""

    where: tuple[Step, ...] | Mention | Pattern
    lenses: tuple[Lens, ...] = ()


class Selector(Struct, frozen=True):
    """A glob of files and a point in each."""

    glob: str
    point: str
    """As it is written: the identity of the point in facts."""


_LONGEST = 1000
_STEP = re.compile(
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<name>[^\s."\[\]|*]++)|(?P<every>\*))|\[(?P<index>\*|\d{1,9})\]|\[(?P<key>[^\[\]="]+)=(?P<value>[^\[\]]*)\]'
)
_MENTION = re.compile(
    r"mention\(\s*(?P<lens>url\.[a-z]+)\s*(?:,\s*(?P<quote>[\"'])(?P<word>[^\"'\n]+)(?P=quote)\s*)?\)"
)
_PIPE = re.compile(r"""\s\|\s(?=(?:[^"'\n]|"[^"\n]*"|'[^'\n]*')*$)""")
_CALL = re.compile(r"""regex\((?:"[^"\n]*"|'[^'\n]*')\)""")


@lru_cache(maxsize=1024)
def selector(text: str) -> Selector:
    """Read a selector. ValueError tells what is wrong with it."""
    glob, hash_, rest = text.partition("#")
    if not hash_ or not glob.strip() or not rest.strip():
        raise ValueError("write a selector as file#path, or file#path | lens")
    if len(text) > _LONGEST:
        raise ValueError(f"longer than {_LONGEST} characters")
    matcher([glob.strip()])
    point(rest.strip())
    return Selector(glob.strip(), rest.strip())


@lru_cache(maxsize=1024)
def point(text: str) -> Point:
    """Read what stands behind the `#`. ValueError tells what is wrong with it."""
    first, lenses = _cut(text)
    mention = _MENTION.fullmatch(first)
    if mention:
        return _checked(Point(Mention(mention["word"] or ""), (lens(mention["lens"]), *lenses)))
    if first.startswith("mention("):
        raise ValueError('write a mention as mention(url.port), or mention(url.port, "word")')
    if first.startswith("regex("):
        return _checked(Point(Pattern.written(first), lenses))
    return _checked(Point(_steps(first), lenses))


def _cut(text: str) -> tuple[str, tuple[Lens, ...]]:
    """What stands before the first lens, and the lenses."""
    call = _CALL.match(text)
    start = call.end() if call else 0
    parts = _PIPE.split(text[start:])
    return (text[:start] + parts[0]).strip(), tuple(lens(part.strip()) for part in parts[1:])


def _checked(point: Point) -> Point:
    for one in point.lenses[:-1]:
        if one.converts:
            raise ValueError(f"{one.name} must be the last lens")
    return point


def _steps(text: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise ValueError(f"cannot read {text[at : at + 40]!r} as a step of a path")
        steps.append(_step(found))
        at = found.end()
        if text.startswith(".", at) and at + 1 < len(text):
            at += 1
        elif at < len(text) and text[at] != "[":
            raise ValueError(f"expected a dot or a bracket at {text[at : at + 40]!r}")
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["every"] or found["index"] == "*":
        return EVERY
    if found["index"]:
        return int(found["index"])
    if found["key"]:
        return Having(found["key"].strip(), found["value"].strip().strip("\"'"))
    return found["name"] or re.sub(r"\\(.)", r"\1", found["quoted"])
