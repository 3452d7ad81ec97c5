"""Versions and requirements on them, in four schemes."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from msgspec import Struct

Key: TypeAlias = Any
"""What versions of one scheme are ordered by."""


class Scheme(enum.StrEnum):
    """How versions are written and ordered."""

    PEP440 = "pep440"
    SEMVER = "semver"
    CALVER = "calver"
    DOCKER = "docker"


def version(text: str, scheme: Scheme) -> Key | None:
    """What a version is ordered by, or None for what is no version of the scheme. A leading `v` says nothing."""
    bare = re.sub(r"\A[vV](?=[0-9])", "", text.strip())
    if len(bare) > _LONGEST:
        return None
    match scheme:
        case Scheme.PEP440:
            return _pep440(bare)
        case Scheme.SEMVER:
            return _semver(bare)
        case Scheme.CALVER:
            return _release(bare) if _CALVER.fullmatch(bare) else None
        case Scheme.DOCKER:
            found = _TAG.fullmatch(bare)
            return (_release(found[1]), found[2]) if found else None


def satisfies(text: str, requirement: str, scheme: Scheme) -> bool | None:
    """Whether a version is one that a requirement allows; None where one of them cannot be read."""
    key = version(text, scheme)
    if key is None:
        return None
    if scheme is Scheme.PEP440:
        specifiers = _specifiers(requirement)
        return None if specifiers is None else bool(specifiers.contains(key, prereleases=True))
    alternatives = _alternatives(requirement, scheme)
    if alternatives is None:
        return None
    return any(all(one.allows(key) for one in each) for each in alternatives)


def bounds(requirement: str, scheme: Scheme, *, lower: bool) -> list[Key] | None:
    """The versions that a requirement begins (or ends) with, themselves allowed; None where it cannot be read."""
    operators = _LOWER if lower else _UPPER
    if scheme is Scheme.PEP440:
        specifiers = _specifiers(requirement)
        if specifiers is None:
            return None
        found = [_pep440(one.version.removesuffix(".*")) for one in specifiers if one.operator in operators]
        return [key for key in found if key is not None]
    alternatives = _alternatives(requirement, scheme)
    if alternatives is None:
        return None
    return [one.key for each in alternatives for one in each if one.operator in operators]


_LONGEST = 200
_LOWER, _UPPER = {">=", "==", "~=", "==="}, {"<=", "==", "==="}
_SEMVER = re.compile(
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?"
)
_CALVER = re.compile(r"[0-9]{2,4}(?:[.-][0-9]{1,8}){0,4}")
_TAG = re.compile(r"([0-9]+(?:\.[0-9]+)*)((?:[-._][0-9A-Za-z._-]+)?)")


def _pep440(text: str) -> Key | None:
    from packaging.version import InvalidVersion, Version

    try:
        return Version(text)
    except InvalidVersion:
        return None


def _specifiers(text: str) -> Any:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    caret = _CARET.fullmatch(text.strip())
    try:
        return SpecifierSet(_up_to_the_next(caret[1]) if caret else text)
    except InvalidSpecifier:
        return None


_CARET = re.compile(r"\^\s*v?([0-9]{1,9}(?:\.[0-9]{1,9}){0,5})")


def _up_to_the_next(version: str) -> str:
    """What Poetry's `^1.2` means: up to where the first number that is not zero is another."""
    numbers = [int(number) for number in version.split(".")]
    at = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
    return f">={version},<{'.'.join(map(str, [*numbers[:at], numbers[at] + 1]))}"


def _semver(text: str) -> Key | None:
    """Precedence as semver.org has it: a pre-release is before its release, numbers before words."""
    found = _SEMVER.fullmatch(text)
    if not found:
        return None
    words = (found[4] or "").split(".") if found[4] else []
    before = tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in words)
    return (tuple(map(int, found.groups()[:3])), not words, before)


def _release(text: str) -> tuple[int, ...]:
    """The numbers of a version, without zeros at the end: 1.0 is 1."""
    numbers = [int(number) for number in re.split(r"[.-]", text)]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


class _Comparator(Struct, frozen=True):
    """One comparison of a requirement."""

    operator: str
    key: Key

    def allows(self, key: Key) -> bool:
        match self.operator:
            case ">=":
                return bool(key >= self.key)
            case ">":
                return bool(key > self.key)
            case "<=":
                return bool(key <= self.key)
            case "<":
                return bool(key < self.key)
            case _:
                return bool(key == self.key)


_COMPARATOR = re.compile(r"(\^|~>?|>=|<=|>|<|=?=?)\s*[vV]?([0-9xX*][^\s,|]*)")


def _alternatives(requirement: str, scheme: Scheme) -> list[list[_Comparator]] | None:
    """What `||` separates; in each, comparisons that must all hold."""
    found = []
    for text in requirement[:_LONGEST].split("||"):
        hyphen = re.fullmatch(r"\s*(\S+)\s+-\s+(\S+)\s*", text)
        each = _comparators(f">={hyphen[1]} <={hyphen[2]}" if hyphen else text, scheme)
        if each is None:
            return None
        found.append(each)
    return found


def _comparators(text: str, scheme: Scheme) -> list[_Comparator] | None:
    rest = _COMPARATOR.sub("", text)
    if rest.strip(" ,"):
        return None
    found: list[_Comparator] = []
    for operator, written in _COMPARATOR.findall(text):
        each = list(_comparator(operator.rstrip("="), written, operator, scheme))
        if not each and written not in {"*", "x", "X"}:
            return None
        found += each
    return found


def _comparator(bare: str, written: str, operator: str, scheme: Scheme) -> Iterator[_Comparator]:
    """The comparisons that one with `^`, `~` or a wildcard stands for; none for what cannot be read."""
    numbers = [int(part) for part in re.findall(r"\d+", re.split(r"[-+]", written)[0])][:3]
    low = _key(written if version(written, scheme) else numbers, scheme)
    if not numbers or low is None:
        return
    whole = len(numbers) >= 3 or scheme is not Scheme.SEMVER
    if operator in {">=", ">", "<", "<="}:
        yield _Comparator(operator, low)
        return
    if operator in {"", "=", "=="} and whole:
        yield _Comparator("==", low)
        return
    yield _Comparator(">=", low)
    high = _key(_next(numbers, bare), scheme)
    if high is not None:
        yield _Comparator("<", high)


def _next(numbers: list[int], operator: str) -> list[int]:
    """The first version that is beyond."""
    if operator == "^":
        fixed = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1)
    elif operator in {"~", "~>"}:
        fixed = min(1, len(numbers) - 1)
    else:
        fixed = len(numbers) - 1
    return [*numbers[:fixed], numbers[fixed] + 1]


def _key(written: str | list[int], scheme: Scheme) -> Key | None:
    if isinstance(written, str):
        return version(written, scheme)
    if scheme is Scheme.SEMVER:
        return version(".".join(map(str, [*written, 0, 0][:3])), scheme)
    return version(".".join(map(str, written)), scheme)
