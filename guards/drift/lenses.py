"""Lenses: a part of a scalar, to read and to replace.

A lens says where in a text its part stands, so that the part has an exact place and an edit leaves the rest alone. What
was put is what is read, and putting back what was read changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from msgspec import Struct

from guards._core.options import nearest
from guards.drift.patterns import Pattern

_LONGEST = 4096
"""No scalar that a lens is for is longer."""


class Range(NamedTuple):
    """A half-open range of a text, in code points."""

    start: int
    end: int


class UnknownLensError(ValueError):
    """There is no such lens."""


def _as_it_is(part: str) -> str | None:
    return part


def _instead(old: str, new: str) -> str | None:
    return new


class Lens(Struct, frozen=True):
    """A part of a scalar."""

    name: str
    """As it is written."""
    where: Callable[[str], Range | None]
    member: str = ""
    """Of a mapping that stands in place of the scalar: the key whose value is the part."""
    read: Callable[[str], str | None] = _as_it_is
    """What the part means."""
    write: Callable[[str, str], str | None] = _instead
    """(the part, a meaning) to the part that means it."""

    @property
    def converts(self) -> bool:
        """Whether what it reads is not what stands there: then it is the last one."""
        return self.read is not _as_it_is

    def focus(self, text: str) -> Range | None:
        """Where the part stands; None where a text has no such part."""
        return self.where(text) if len(text) <= _LONGEST else None

    def get(self, text: str) -> str | None:
        """What the part of a text means."""
        part = self.focus(text)
        return None if part is None else self.read(text[part.start : part.end])

    def put(self, text: str, new: str) -> str | None:
        """The text with a part that means `new`; None where that part would not be read so."""
        part = self.focus(text)
        written = None if part is None else self.write(text[part.start : part.end], new)
        if part is None or written is None:
            return None
        changed = text[: part.start] + written + text[part.end :]
        return changed if self.get(changed) == new else None


def lens(name: str) -> Lens:
    """The lens of a name, as it is written in canonical.yaml. ValueError tells what is wrong with it."""
    if name in _LENSES:
        return _LENSES[name]
    item = _ITEM.fullmatch(name)
    if item:
        return Lens(name, partial(_item, int(item[1])))
    if name.startswith("regex("):
        return Lens(name, partial(_first, Pattern.written(name)))
    raise UnknownLensError(f"unknown lens {name[:80]!r}{nearest(name, _NAMES)}")


def focused(text: str, lenses: Sequence[Lens]) -> Range | None:
    """The part that several lenses lead to, one after the other, and of `${NAME:-default}` there the default."""
    start, end = 0, len(text)
    for one in lenses:
        part = one.focus(text[start:end])
        if part is None:
            return None
        start, end = start + part.start, start + part.end
    default = default_of(text[start:end])
    return Range(start + default.start, start + default.end) if default else Range(start, end)


def meaning(part: str, lenses: Sequence[Lens]) -> str:
    """What a part means that lenses led to; the part itself where the last of them cannot read it."""
    read = lenses[-1].read(part) if lenses else part
    return part if read is None else read


def put(text: str, lenses: Sequence[Lens], new: str) -> str | None:
    """The text with a part that means `new`; None where that part would not be read so."""
    part = focused(text, lenses)
    if part is None:
        return None
    old = text[part.start : part.end]
    written = lenses[-1].write(old, new) if lenses else new
    if written is None:
        return None
    changed = text[: part.start] + written + text[part.end :]
    there = focused(changed, lenses)
    is_read = there is not None and meaning(changed[there.start : there.end], lenses) == new
    return changed if is_read else None


def default_of(text: str) -> Range | None:
    """Where the default of `${NAME:-default}` stands, if that is the whole text."""
    found = _DEFAULT.fullmatch(text)
    return Range(*found.span(1)) if found else None


def is_filled_in(text: str) -> bool:
    """Whether some program puts a value into this text before it counts."""
    return _FILLED_IN.search(text) is not None


_VARIABLE = r"\$\{[^{}\n]*\}|\$\w+"
_DEFAULT = re.compile(r"\$\{\w+:?-([^{}\n]*)\}")
_FILLED_IN = re.compile(rf"{_VARIABLE}|\$?\{{\{{|\{{%|%\(\w+\)s|<%")
_ITEM = re.compile(r"item\[(\d{1,4})\]")


def _part(pattern: re.Pattern[str], group: str, text: str) -> Range | None:
    found = pattern.fullmatch(text)
    return Range(*found.span(group)) if found and found[group] else None


def _first(pattern: Pattern, text: str) -> Range | None:
    return next((Range(*span) for span in pattern.spans(text)), None)


def _item(number: int, text: str) -> Range | None:
    """An item of a list in one scalar: between commas or line ends, else between white space."""
    separated = re.compile(r"[^,\n]+" if re.search(r"[,\n]", text) else r"\S+")
    spans = [found.span() for found in separated.finditer(text) if found[0].strip()]
    if number >= len(spans):
        return None
    start, end = spans[number]
    bare = text[start:end]
    return Range(end - len(bare.lstrip()), start + len(bare.rstrip()))


def _patterned(kind: str, pattern: str, members: Mapping[str, str] = {}) -> dict[str, Lens]:
    """A lens for each named group of a pattern over whole scalars."""
    compiled = re.compile(pattern, re.VERBOSE)
    return {
        f"{kind}.{group}": Lens(f"{kind}.{group}", partial(_part, compiled, group), members.get(group, ""))
        for group in compiled.groupindex
    }


_SEGMENT = rf"(?:{_VARIABLE}|[^:/\[\]\s$])"
_IMAGE = rf"""
    (?P<name>(?:{_VARIABLE}|[^@:\s$]|:(?=[^/@\s]+/))+)
    (?::(?P<tag>(?:{_VARIABLE}|[\w.-])+))?
    (?:@(?P<digest>[a-z0-9]+:[0-9a-fA-F]+))?"""
_PORT = rf"""
    (?:(?:(?:\[[^\]]*\]|{_SEGMENT}+):)?(?P<host>{_SEGMENT}*):)?
    (?P<container>{_SEGMENT}+)(?:/(?P<proto>[a-z]+))?"""
_URL = rf"""
    (?:(?:jdbc:)?(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?:[^/?\#@\s]*@)?
    (?P<host>\[[^\]]*\]|(?:{_VARIABLE}|[^:/?\#@\s$])*)(?::(?P<port>{_VARIABLE}|[0-9]+))?
    (?P<path>/[^?\#]*)?(?:\?(?P<query>[^\#]*))?(?:\#.*)?"""
_SEMVER = r"""
    [\^~<>=!\s]*v?(?P<major>[0-9]+)(?:\.(?P<minor>[0-9]+))?(?:\.(?P<patch>[0-9]+))?(?:[^0-9].*)?"""
_PEP508 = r"""
    (?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*
    (?P<spec>(?:[<>=!~][^;@]*[^;@\s])?)\s*(?:;.*)?"""

_SECONDS = {"ns": Decimal("1e-9"), "us": Decimal("1e-6"), "µs": Decimal("1e-6"), "ms": Decimal("1e-3"), "": Decimal(1),
            "s": Decimal(1), "m": Decimal(60), "min": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}  # fmt: skip
_BYTES = {"": Decimal(1), "b": Decimal(1)} | {
    unit: Decimal(base) ** power
    for power, letter in enumerate("kmgtp", start=1)
    for unit, base in ((letter, 1024), (f"{letter}b", 1000), (f"{letter}ib", 1024), (f"{letter}i", 1024))
}
"""A lone letter is a power of 1024, as for container memory and in most settings."""
_AMOUNT = re.compile(r"([0-9]{1,18}+(?:\.[0-9]{1,18}+)?+)\s?+([A-Za-zµ]{0,3}+)")


def _amount(units: Mapping[str, Decimal], part: str) -> str | None:
    """The amount that a text like `1h30m` means, in the base unit."""
    pieces = _AMOUNT.findall(part) if re.fullmatch(rf"(?:{_AMOUNT.pattern})++", part.strip()) else []
    if not pieces or any(unit.lower() not in units for _, unit in pieces):
        return None
    if len(pieces) > 1 and any(not unit for _, unit in pieces):
        return None
    return plain(sum((Decimal(number) * units[unit.lower()] for number, unit in pieces), Decimal(0)))


def _amount_in(units: Mapping[str, Decimal], base: str, part: str, new: str) -> str | None:
    """An amount in the unit of the text that it replaces, if it is a whole number there."""
    found = _AMOUNT.fullmatch(part.strip())
    try:
        amount = Decimal(new)
    except ArithmeticError:
        return None
    factor = units.get(found[2].lower()) if found else None
    if found and factor and amount % factor == 0:
        return f"{plain(amount / factor)}{part.strip()[found.end(1) :]}"
    return f"{new}{base}"


def plain(number: Decimal) -> str:
    """A number without an exponent and without zeros that say nothing."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _whole(text: str) -> Range | None:
    return Range(0, len(text)) if text else None


def _measured(name: str, units: Mapping[str, Decimal], base: str) -> Lens:
    return Lens(name, _whole, read=partial(_amount, units), write=partial(_amount_in, units, base))


_LENSES: Mapping[str, Lens] = {
    **_patterned("image", _IMAGE),
    **_patterned("port", _PORT, {"host": "published", "container": "target", "proto": "protocol"}),
    **_patterned("url", _URL),
    **_patterned("semver", _SEMVER),
    **_patterned("pep508", _PEP508),
    "duration": _measured("duration", _SECONDS, "s"),
    "size": _measured("size", _BYTES, "b"),
}
_NAMES = (*_LENSES, "item[0]", "regex(…)")
