"""Every dependency of a project: as it is declared, locked, installed and documented."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec.structs import replace

from guards._code.tree import folder_of
from guards._core.model import Answer, Case, Finding, Judged, Outside, OutsideKind
from guards.versions import ranges
from guards.versions.facts import Dependency, Locked, Mention, Placed
from guards.versions.judging.repository import Repository
from guards.versions.options import Options
from guards.versions.rules import INSTALLED_OTHERWISE, NOT_INSTALLED


class Verdict(enum.StrEnum):
    """How a dependency is with what is installed."""

    AGREES = "agrees"
    DIFFERS = "differs"
    """What is installed is refused by the declaration, or is not what is locked; or a page tells of another."""
    MISSING = "missing"
    ABSENT = "absent"
    """Not installed, and only asked for by an extra, a group or under a condition."""
    UNKNOWN = "unknown"
    """The declaration says no versions that could be compared, or a condition decides."""


class Row(NamedTuple):
    """One dependency."""

    place: Placed
    locked: str
    installed: str
    documented: str
    verdict: Verdict


def environment(options: Options, section: object) -> list[Outside]:
    """The environment that the options name."""
    return [Outside(OutsideKind.INSTALLED, at=options.environment)] if options.environment else []


def judge(repository: Repository, case: Case[Options]) -> Iterator[Judged]:
    """What of the project at the root is installed otherwise, or not at all."""
    for one in environment(case.options, None):
        answer = case.outside.get(one, Answer())
        if answer.problem is not None:
            reason = f"the environment {one.at} is not compared: {answer.problem.reason}"
            yield replace(answer.problem, reason=reason)
            continue
        packages = dict(text.split(" ", 1) for text in answer.values or ())
        for row in rows(repository, "", packages):
            yield from _found(row, one.at)


def _found(row: Row, where: str) -> Iterator[Finding]:
    wanted = row.place.value
    if row.verdict is Verdict.MISSING:
        message = f"{wanted.text} is not installed in {where}"
        yield Finding(NOT_INSTALLED.id, message, row.place.path, row.place.span, wanted.name)
    elif row.verdict is Verdict.DIFFERS:
        others = [f"{word} {text}" for word, text in (("locked:", row.locked), ("documented:", row.documented)) if text]
        message = f"{wanted.name} {row.installed} is installed in {where}, and asked for is {wanted.text}"
        message += f" ({', '.join(others)})" if others else ""
        yield Finding(INSTALLED_OTHERWISE.id, message, row.place.path, row.place.span, wanted.name)


def rows(repository: Repository, folder: str, installed: Mapping[str, str]) -> Iterator[Row]:
    """The dependencies that stand in the files of a folder, in the order of these files."""
    own = {project.name for project in repository.projects}
    for one in repository.known.of(Dependency):
        is_python = not one.path.endswith("package.json") and not one.value.group.startswith(("build", "hook "))
        if is_python and folder_of(one.path) == folder and one.value.name not in own:
            yield _row(repository, one, installed.get(one.value.name, ""))


def _row(repository: Repository, one: Placed, installed: str) -> Row:
    name = one.value.name
    locks = [lock for lock in repository.known.of(Locked) if folder_of(lock.path) == folder_of(one.path)]
    locked = [str(version) for lock in locks for version, _ in lock.value.packages.get(name, ())]
    mentions = [mention.value for mention in repository.known.of(Mention) if mention.value.kind == "install"]
    documented = list(dict.fromkeys(mention.text for mention in mentions if mention.name == name))
    verdict = _verdict(one.value, locked, installed, documented)
    return Row(one, ", ".join(dict.fromkeys(locked)), installed, ", ".join(documented), verdict)


def _verdict(one: Dependency, locked: list[str], installed: str, documented: list[str]) -> Verdict:
    if not installed:
        is_needed = not one.conditional and one.group in {"dependencies", "poetry dependencies", "requirements"}
        return Verdict.MISSING if is_needed else Verdict.ABSENT
    is_allowed = ranges.allows(one.specs, installed)
    if is_allowed is None or (one.conditional and not is_allowed):
        return Verdict.UNKNOWN
    is_locked = not any(locked) or ranges.version(installed) in {ranges.version(version) for version in locked}
    is_told = not any(ranges.allows(one.specs, text) is False for text in documented)
    return Verdict.AGREES if is_allowed and is_locked and is_told else Verdict.DIFFERS
