"""The tools of a project: its files against each other, and against canonical.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from guards._code.tree import folder_of
from guards._code.versions import Scheme, satisfies
from guards._core.model import Finding
from guards.versions import ranges
from guards.versions.facts import Placed, Tool
from guards.versions.judging.repository import Repository, place
from guards.versions.rules import TOOL_MISMATCH, UNMATCHED_TOOL, WRONG_TOOL

_LONGEST = 20
"""Digits of a number in a version."""
_NUMBERS = re.compile(r"v?(\d+(?:\.\d+)*)")
_CANONICAL = ("canonical.yaml", "config/canonical.yaml")


def judge(repository: Repository, toolchain: Mapping[str, str]) -> Iterator[Finding]:
    """Tools whose versions disagree."""
    yield from _among_each_other(repository)
    for name, wanted in toolchain.items():
        yield from _wanted(repository, name, str(wanted))


def _among_each_other(repository: Repository) -> Iterator[Finding]:
    """Pins in one folder: two files that say different versions, or one that a range of another refuses."""
    tools: dict[tuple[str, str], list[Placed]] = {}
    for one in repository.known.of(Tool):
        if one.value.kind != "image":
            tools.setdefault((folder_of(one.path), one.value.name), []).append(one)
    for (_, name), found in tools.items():
        exact = [one for one in found if one.value.kind == "exact"]
        files = dict.fromkeys(one.path for one in exact)
        for path in files:
            own = [one for one in exact if one.path == path]
            yield from _against_others(
                name, own, [one for one in found if one.path > path or one.value.kind == "range"]
            )


def _against_others(name: str, own: list[Placed], others: list[Placed]) -> Iterator[Finding]:
    """One file that pins a tool against the others. Of several versions in one file, one that agrees is enough."""
    for path in dict.fromkeys(one.path for one in others):
        there = [one for one in others if one.path == path]
        if name == "python" and any(one.value.kind == "range" for one in there):
            continue  # that is what versions/refused-python is about
        if all(_agree(one.value, other.value, name) is False for one in own for other in there):
            message = f"{name} is {own[0].value.version} here, but {path} says {there[0].value.version}"
            yield Finding(
                TOOL_MISMATCH.id, message, own[0].path, own[0].span, name, "Let both say the same version.",
                related=(place(there[0], f"the other {name}"),),
            )  # fmt: skip


def _agree(one: Tool, other: Tool, name: str) -> bool | None:
    if other.kind == "range":
        return _is_allowed(one.version, other.version, name)
    return _is_same(one.version, other.version)


def _is_same(one: str, other: str) -> bool | None:
    """Whether two versions are the same as far as both go: 3.12 and 3.12.4 are."""
    first, second = _NUMBERS.match(one), _NUMBERS.match(other)
    if not first or not second:
        return None
    pairs = zip(first[1].split("."), second[1].split("."), strict=False)
    return all(int(left) == int(right) for left, right in pairs if max(len(left), len(right)) < _LONGEST)


def _is_allowed(written: str, required: str, name: str) -> bool | None:
    """Whether a requirement allows a version; one of fewer numbers stands for several, and is not judged."""
    found = _NUMBERS.match(written)
    if not found:
        return None
    numbers = found[1]
    if name == "python":
        minor = ".".join(numbers.split(".")[:2])
        return ranges.allows_minor((required,), minor) if "." in minor else None
    if name == "go":
        return ranges.allows((required,), numbers)
    if numbers.count(".") < 2:
        low, high = (f"{numbers}{'.0' * (2 - numbers.count('.'))}", f"{numbers}{'.9999' * (2 - numbers.count('.'))}")
        answers = {satisfies(low, required, Scheme.SEMVER), satisfies(high, required, Scheme.SEMVER)}
        return False if answers == {False} else None
    return satisfies(numbers, required, Scheme.SEMVER)


# ---- canonical.yaml -------------------------------------------------------------------------------------------------


def _wanted(repository: Repository, name: str, wanted: str) -> Iterator[Finding]:
    found = [one for one in repository.known.of(Tool) if one.value.name == name]
    if not found:
        path = next((path for path in _CANONICAL if repository.tree.find(path)), _CANONICAL[0])
        message = f"no file says which {name} is used, so toolchain.{name} checks nothing"
        yield Finding(UNMATCHED_TOOL.id, message, path, subject=name, hint="Correct the name, or pin the tool.")
    told: set[tuple[str, str]] = set()
    for one in found:
        if _fits(one.value, wanted, name) is False and (one.path, one.value.version) not in told:
            told.add((one.path, one.value.version))
            message = f"{name} is {one.value.version} here, but toolchain.{name} in canonical.yaml is {wanted}"
            yield Finding(
                WRONG_TOOL.id, message, one.path, one.span, name, f"Make it {wanted}, or change canonical.yaml."
            )


def _fits(tool: Tool, wanted: str, name: str) -> bool | None:
    if not _NUMBERS.fullmatch(wanted):  # a requirement
        return None if tool.kind == "range" else _is_allowed(tool.version, wanted, name)
    return _is_allowed(wanted, tool.version, name) if tool.kind == "range" else _is_same(tool.version, wanted)
