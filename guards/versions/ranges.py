"""Versions and requirements on them, as Python's and Poetry's files write them."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple

from guards._code.packages import normalized

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_LONGEST = 300
"""Characters of a version or a requirement; whoever writes more wants something else than to say a version."""
_OLD_MINORS = ("2.6", "2.7")
_PATCHES = range(60)
_NEWEST_MINOR = 40
"""Further than Python will get for a long time."""


@functools.lru_cache(maxsize=1 << 12)
def version(text: str) -> Version | None:
    """A version, or None for what is none. A leading `v` says nothing."""
    from packaging.version import InvalidVersion, Version

    if len(text) > _LONGEST:
        return None
    try:
        return Version(text)
    except InvalidVersion:
        return None


@functools.lru_cache(maxsize=1 << 12)
def specifiers(text: str) -> SpecifierSet | None:
    """A requirement on versions, or None for what is none."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if len(text) > _LONGEST:
        return None
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


def requirement(text: str) -> Requirement | None:
    """A line of requirements, or None for what is none."""
    from packaging.requirements import InvalidRequirement, Requirement

    if len(text) > _LONGEST * 4:
        return None
    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None


def allows(specs: tuple[str, ...] | None, text: str) -> bool | None:
    """Whether a version is allowed by one of some alternatives; None where that cannot be told."""
    found = version(text)
    sets = [specifiers(spec) for spec in specs] if specs is not None else []
    if found is None or not sets or any(one is None for one in sets):
        return None
    return any(one.contains(found, prereleases=True) for one in sets if one is not None)


def is_exact(specs: tuple[str, ...] | None) -> bool:
    """Whether exactly one version is allowed."""
    sets = [specifiers(spec) for spec in specs or ()]
    return bool(sets) and all(
        one is not None and any(item.operator in {"==", "==="} and "*" not in item.version for item in one)
        for one in sets
    )


def allows_minor(specs: tuple[str, ...], minor: str) -> bool:
    """Whether any Python of two numbers is allowed; True where that cannot be told."""
    answers = (allows(specs, f"{minor}.{patch}") for patch in _PATCHES)
    return any(answer is not False for answer in answers)


def oldest_minor(specs: tuple[str, ...]) -> str | None:
    """The oldest Python, of two numbers, that is allowed; None where all are, or it cannot be told."""
    if any(specifiers(spec) is None for spec in specs) or allows_minor(specs, _OLD_MINORS[0]):
        return None
    minors = (*_OLD_MINORS[1:], *(f"3.{number}" for number in range(_NEWEST_MINOR)))
    return next((minor for minor in minors if allows_minor(specs, minor)), None)


def ranked(minor: str) -> tuple[int, ...]:
    """What Pythons of two numbers are ordered by."""
    return tuple(int(number) for number in minor.split("."))


_PYTHON = re.compile(
    r"(?:c?python-?|py-?)?(3)\.?(\d{1,2})(?![\d])(?:\.\d+)?(?:[-.]?(?:dev|alpha|beta|rc|a|b)[\w.]*|t)?", re.I
)


def python_minor(text: str) -> str | None:
    """The two numbers of a CPython as tools name it: `3.12`, `3.12.1`, `3.13-dev`, `3.14t`, `py312`."""
    found = _PYTHON.fullmatch(text.strip()[:40])
    return f"3.{int(found[2])}" if found else None


# ---- Poetry ---------------------------------------------------------------------------------------------------------

_POETRY = re.compile(r"(\^|~=?|>=|<=|!=|===?|=|>|<)?\s*v?(\*|\d[\w!+-]*(?:\.[\w!+-]+)*(?:\.\*)?)\s*")


@functools.lru_cache(maxsize=1 << 12)
def poetry_specs(text: str) -> tuple[str, ...] | None:
    """A requirement in Poetry's words as alternatives of Python's own; None where it is none."""
    if len(text) > _LONGEST:
        return None
    found = [_poetry_spec(part) for part in re.split(r"\s*\|\|?\s*", text.strip())]
    specs = [spec for spec in found if spec is not None and specifiers(spec) is not None]
    return tuple(specs) if len(specs) == len(found) else None


def _poetry_spec(text: str) -> str | None:
    parts = []
    at = 0
    for match in _POETRY.finditer(text):
        if text[at : match.start()].strip(" ,"):
            return None
        spec = _comparison(match[1] or "", match[2])
        if spec is None:
            return None
        parts.append(spec)
        at = match.end()
    return None if text[at:].strip(" ,") or not parts else ",".join(part for part in parts if part)


def _comparison(operator: str, written: str) -> str | None:
    if written == "*":
        return ""
    if operator in {"^", "~"}:
        return _up_to(operator, written)
    if operator in {"", "="}:
        return f"=={written}"
    return f"{operator}{written}"


def _up_to(operator: str, written: str) -> str | None:
    """What `^` and `~` stand for: from a version up to one that is no longer compatible."""
    low = version(written.removesuffix(".*"))
    if low is None:
        return None
    numbers = list(low.release)
    if operator == "^":
        at = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
    else:
        at = min(1, len(numbers) - 1)
    high = [*numbers[:at], numbers[at] + 1]
    return f">={low.public},<{'.'.join(map(str, high))}"


class Pin(NamedTuple):
    """A requirement taken apart."""

    name: str
    specs: tuple[str, ...] | None
    conditional: bool


def pin_of(text: str) -> Pin | None:
    """What a line of requirements asks for; None where it is none."""
    found = requirement(text)
    if found is None:
        return None
    specs = None if found.url else (str(found.specifier),)
    return Pin(normalized(found.name), specs, found.marker is not None)
