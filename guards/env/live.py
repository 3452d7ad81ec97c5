"""Whether an environment has what is required of it: that of this process, at its start."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from guards.env.section import Profile, Section
from guards.env.values import flaw


class Lack(NamedTuple):
    """What is wrong with one variable."""

    name: str
    says: str
    is_missing: bool


def lacks(section: Section, profile: Profile, environ: Mapping[str, str], entry_point: str = "") -> Iterator[Lack]:
    """What an environment lacks, and what must not be in it. ValueError: there is no such entry point."""
    entries = section.code.entry_points
    if entry_point and entry_point not in entries:
        raise ValueError(f"there is no entry point {entry_point!r}")
    demanded = set(entries[entry_point].requires) if entry_point else set()
    for name, wanted in section.env.items():
        value = environ.get(name, "")
        if value:
            wrong = flaw(value, wanted)
            if wrong:
                yield Lack(name, wrong, is_missing=False)
        elif (wanted.is_required(profile) or name in demanded) and not any(map(environ.get, wanted.any_of)):
            either = f", and neither is {' or '.join(wanted.any_of)}" if wanted.any_of else ""
            state = "is empty" if name in environ else "is not set"
            yield Lack(name, f"{state}{either}", is_missing=True)


# ---- For programs ---------------------------------------------------------------------------------------------------


def demand(profile: str, entry_point: str, canonical: str, environ: Mapping[str, str] | None) -> None:
    """UnreadyError unless all is there; ValueError where nobody can tell."""
    from guards.env import UnreadyError

    path = canonical or _found()
    section = _section(path)
    known = list(Profile)
    if profile not in known:
        raise ValueError(f"{profile!r} is no profile: {', '.join(known)}")
    found = [f"{one.name} {one.says}" for one in
             lacks(section, Profile(profile), os.environ if environ is None else environ, entry_point)]  # fmt: skip
    if found:
        raise UnreadyError(f"the environment is not ready for {profile}: {'; '.join(found)}")


def _found() -> str:
    """The canonical.yaml of the folder that this runs in, or of one above."""
    from guards.env.mapping import CANONICAL

    folder = os.getcwd()
    while True:
        for name in sorted(CANONICAL):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                return path
        above = os.path.dirname(folder)
        if above == folder:
            raise ValueError("there is no canonical.yaml here or above: name it with `canonical`")
        folder = above


def _section(path: str) -> Section:
    from guards._code.spans import DocumentError, Format, parse as parse_document
    from guards._core.options import parse

    with open(path, "rb") as file:
        data = file.read()
    try:
        value = parse_document(data, Format.YAML)[0].value
    except DocumentError as error:
        raise ValueError(f"{path} cannot be read: {error.message}") from None
    own = {key: value[key] for key in ("env", "env-code") if key in value} if isinstance(value, dict) else {}
    if "env" not in own:
        raise ValueError(f"{path} has no section `env`, so nothing could be checked")
    section, errors = parse(Section, own)
    if section is None:
        where = ".".join(map(str, errors[0].path))
        raise ValueError(f"{path}: {where}: {errors[0].message}")
    return section


# ---- For the command ------------------------------------------------------------------------------------------------


def guard(profile: str, entry_point: str, environ: Mapping[str, str]) -> Any:
    """The guard that looks at an environment in place of the tree. GuardError: nothing says what that should be."""
    from guards._core.model import Select
    from guards.env.guard import GUARD

    return replace(
        GUARD,
        select=Select(names=frozenset({"canonical.yaml"})),
        judge=_Judge(Profile(profile), entry_point, environ),
        looks_outside=None,
    )


class _Judge:
    """Judge of an environment. It is never recorded: who runs it looks again each time."""

    __module__ = "guards.env.live"

    def __init__(self, profile: Profile, entry_point: str, environ: Mapping[str, str]) -> None:
        self._profile, self._entry_point, self._environ = profile, entry_point, environ

    def __call__(self, case: Any) -> Iterator[Any]:
        from guards._core.model import Finding, Problem, ProblemKind
        from guards.env import rules
        from guards.env.world import World

        world = World(case)
        if not world.section.env:
            yield Problem("canonical.yaml has no section `env`, so nothing could be checked", ProblemKind.INPUT_MISSING)
            return
        try:
            found = list(lacks(world.section, self._profile, self._environ, self._entry_point))
        except ValueError as error:
            yield Problem(str(error), ProblemKind.CONFIG)
            return
        for one in found:
            place = world.place("env", one.name)
            rule = rules.MISSING if one.is_missing else rules.WRONG_VALUE
            message = f"{one.name} {one.says} in this process" + (
                f", and {self._profile} requires it" if one.is_missing else ""
            )
            yield Finding(rule.id, message, place.path, place.span, subject=one.name)
