"""All reads, values and declarations in; where they do not agree, out."""

from __future__ import annotations

import datetime
import posixpath
from collections.abc import Callable, Iterator
from typing import Any

from guards._core.globs import matcher
from guards._core.model import Case, Edit, Finding, Fix, Judged, Level, Place, Problem
from guards.env import facts, rules
from guards.env.dialects import BASH, NODE, PYTHON
from guards.env.facts import Holds, How, Role
from guards.env.mapping import TODAY
from guards.env.options import Options
from guards.env.section import Profile
from guards.env.values import is_exposed, is_never_public, is_secret_name
from guards.env.world import Given, Use, World, names_in

_CODE = frozenset({Role.PYTHON, Role.SCRIPT, Role.COMPOSE})
"""What is compared with a template where canonical.yaml says nothing: scripts of a shell are set up by too many."""


def judge(case: Case[Options]) -> Iterator[Judged]:
    """Where reads, values and declarations do not agree."""
    answer = case.outside.get(TODAY)
    if answer is not None and answer.problem is not None:
        yield Problem(answer.problem.reason, answer.problem.kind)
    today = datetime.date.fromisoformat(answer.values[0]) if answer is not None and answer.values else None
    world = World(case, today)
    if not world.roles:
        return
    fixes = _Templates(world)
    for part in _PARTS:
        yield from part(world, fixes)


# ---- What a fix adds to a template ----------------------------------------------------------------------------------


class _Templates:
    """The templates, and the one edit that gives each of them all that it lacks."""

    def __init__(self, world: World) -> None:
        self.undeclared = list(_undeclared(world))
        lacking: dict[str, set[str]] = {}
        for use in self.undeclared:
            lacking.setdefault(world.template_for(use.path), set()).add(use.name)
        self.undocumented = sorted(_undocumented(world))
        self.main = min(world.templates, key=_prominence, default="")
        if self.undocumented:
            lacking.setdefault(self.main, set()).update(self.undocumented)
        ends = {path: fact.data for path, fact in world.of(facts.END)}
        self._fixes = {
            path: _adding(path, sorted(names), ends[path]) for path, names in lacking.items() if path in ends
        }

    def fix(self, template: str) -> Fix | None:
        """What adds to a template all that it lacks."""
        return self._fixes.get(template)


def _prominence(template: str) -> tuple[int, bool, str]:
    """The less, the more people take it for the template."""
    return template.count("/"), posixpath.basename(template) != ".env.example", template


def _adding(path: str, names: list[str], end: Any) -> Fix:
    line = b"\r\n" if end["crlf"] else b"\n"
    text = (b"" if end["newline"] else line) + b"".join(name.encode() + b"=" + line for name in names)
    first, *others = names
    edit = Edit(end["size"], end["size"], b"", text, at=(first,), also=tuple((one,) for one in others))
    what = f"`{first}`" if not others else f"{len(names)} names"
    return Fix(f"add {what} to {path}", (edit,), path=path)


# ---- Used and declared ----------------------------------------------------------------------------------------------


def _undeclared(world: World) -> Iterator[Use]:
    """A read of each variable that is declared nowhere, for each template: one that needs it, if there is any."""
    declared = world.declared()
    folded = {name.casefold() for name in declared}
    spared = {(world.template_for(use.path), use.name) for use in world.uses if use.how is How.DEFAULTED}
    seen: set[tuple[str, str]] = set()
    for use in sorted(world.uses, key=lambda one: one.how is not How.REQUIRED):
        known = use.name.casefold() in folded if use.is_folded else use.name in declared
        if known or use.is_weak or world.is_ambient(use.name):
            continue
        template = world.template_for(use.path)
        is_spared = use.how is not How.REQUIRED and (template, use.name) in spared
        if not world.has_section and (not template or use.role not in _CODE or is_spared):
            continue
        if (template, use.name) not in seen:
            seen.add((template, use.name))
            yield use


def _not_declared(world: World, templates: _Templates) -> Iterator[Finding]:
    for use in templates.undeclared:
        others = [Place(one.path, one.span) for one in world.uses
                  if one.name == use.name and one is not use]  # fmt: skip
        template = world.template_for(use.path)
        where = template or "`env:` of canonical.yaml"
        level = None if world.has_section or use.how is How.REQUIRED else Level.WARNING
        yield Finding(
            rules.UNDECLARED.id, f"{use.name} is read, and declared nowhere", use.path, use.span, subject=use.name,
            hint=f"Add it to {where}.", related=tuple(others[:10]), level=level, fix=templates.fix(template),
            snippet=" " * (use.span.column - 1) + use.name,  # the line itself may hold a default
        )  # fmt: skip


def _unused(world: World, templates: _Templates) -> Iterator[Finding]:
    used = {use.name for use in world.uses} | world.mentioned()
    used |= {one.name for one in world.given if one.role not in {Role.TEMPLATE, Role.DOTENV}}
    folded = {use.name.casefold() for use in world.uses if use.is_folded}
    prefixes = tuple({prefix for _, _, prefix in world.dynamic()})
    for name in sorted(world.declared()):
        own = world.variables.get(name)
        if name in used or name.casefold() in folded or (prefixes and name.startswith(prefixes)):
            continue
        if (own is not None and own.used_by) or world.is_ambient(name):
            continue
        if not world.has_section and not world.is_surely_read_here(name, used):
            continue
        place = world.place_of(name)
        message = f"{name} is declared, and nothing reads it"
        yield Finding(rules.UNUSED.id, message, place.path, place.span, subject=name,
                      hint="Take it out, or say who reads it: `used-by: …` in canonical.yaml.")  # fmt: skip


def _undocumented(world: World) -> Iterator[str]:
    if world.templates and world.has_section:
        documented = {name for path in world.templates for name in world.documented(path)}
        yield from (name for name in world.section.env if name not in documented)


def _not_documented(world: World, templates: _Templates) -> Iterator[Finding]:
    for name in templates.undocumented:
        place = world.place("env", name)
        yield Finding(rules.UNDOCUMENTED.id, f"{name} is not in {templates.main}", place.path, place.span, subject=name,
                      hint=f"Add it to {templates.main}.", fix=templates.fix(templates.main))  # fmt: skip


def _dynamic(world: World, templates: _Templates) -> Iterator[Finding]:
    for path, fact, prefix in world.dynamic() if world.has_section else ():
        known = f"that begins with {prefix}" if prefix else "whose name is not known here"
        message = f"a variable is read {known}"
        yield Finding(rules.DYNAMIC_READ.id, message, path, fact.span, subject=prefix or "any")


# ---- Required -------------------------------------------------------------------------------------------------------


def _missing(world: World, templates: _Templates) -> Iterator[Finding]:
    provided = [one for one in world.given if one.role is not Role.TEMPLATE]
    files = {one: sorted({given.path for given in provided if one in given.profiles}) for one in Profile}
    there = {one: {given.name for given in provided if _gives(given, one, world)} for one in Profile if files[one]}
    demanded = {name for entry in world.section.code.entry_points.values() for name in entry.requires}
    for name, wanted in world.variables.items():
        lacking = [one for one, names in there.items() if (wanted.is_required(one) or name in demanded)
                   and not names & {name, *wanted.any_of}]  # fmt: skip
        if lacking:
            yield _lacking(name, lacking, [path for one in lacking for path in files[one]], world)


def _gives(one: Given, profile: Profile, world: World) -> bool:
    """Whether a file gives a variable to a profile. Of a secret it may give no more than the name."""
    if one.profiles and profile not in one.profiles:
        return False
    return one.holds is not Holds.NOTHING or world.is_secret(one.name)


def _lacking(name: str, profiles: list[Profile], files: list[str], world: World) -> Finding:
    place = world.place_of(name)
    others = world.variables[name].any_of
    either = f" (nor {' or '.join(others)})" if others else ""
    message = f"{name} is required for {' and '.join(profiles)}, and {files[0]} does not have it{either}"
    return Finding(rules.MISSING.id, message, place.path, place.span, subject=name,
                   hint=f"Give it a value in {files[0]}, or room for one.",
                   related=tuple(Place(path, None, "is for it") for path in dict.fromkeys(files))[:5])  # fmt: skip


def _wrong(world: World, templates: _Templates) -> Iterator[Finding]:
    for one in world.given:
        if one.flaw:
            yield Finding(rules.WRONG_VALUE.id, f"{one.name} {one.flaw}", one.path, one.span, subject=one.name,
                          related=(world.place_of(one.name),))  # fmt: skip


# ---- Secrets --------------------------------------------------------------------------------------------------------

_VALUES = frozenset({Holds.VALUE, Holds.RANDOM})


def _secrets(world: World, templates: _Templates) -> Iterator[Finding]:
    for one in world.given:
        own = world.variables.get(one.name)
        is_public = own is not None and not own.secret and one.name in world.section.env
        looks_so = one.holds is Holds.RANDOM and is_secret_name(one.name) and not is_public
        is_secret = world.is_secret(one.name) and one.holds in _VALUES
        if not (is_secret or looks_so) or (one.role not in _FILES and not is_secret):
            continue
        if one.role is Role.TEMPLATE:
            message = f"{one.name} is a secret, and has a value here"
            yield Finding(rules.SECRET_IN_EXAMPLE.id, message, one.path, one.span, subject=one.name,
                          hint="Take the value out, and replace it where it is used.")  # fmt: skip
        elif one.path in world.tracked:
            message = f"{one.name} is a secret, and gets its value from a tracked file"
            yield Finding(rules.TRACKED_SECRET.id, message, one.path, one.span, subject=one.name,
                          hint="Take the value out, and replace it: git keeps the old one.")  # fmt: skip


_FILES = frozenset({Role.TEMPLATE, Role.DOTENV})


def _tracked(world: World, templates: _Templates) -> Iterator[Finding]:
    for path, role in world.roles.items():
        folder, name = posixpath.split(path)
        is_own = name.endswith(".local") or (
            name == ".env" and any(posixpath.dirname(one) == folder for one in world.templates)
        )
        if role is Role.DOTENV and is_own and path in world.tracked:
            fix = Fix(f"take {path} out of the index", untrack=(path,))
            yield Finding(rules.TRACKED_FILE.id, "an environment file of one machine is tracked", path, subject=name,
                          hint="Let git ignore it.", fix=fix)  # fmt: skip


def _exposed(world: World, templates: _Templates) -> Iterator[Finding]:
    places: dict[str, list[Place]] = {}
    for one in world.named:
        own = world.variables.get(one.name)
        is_secret = own.secret or is_never_public(one.name) if own is not None else is_never_public(one.name)
        if is_exposed(one.name) and is_secret and not (own is not None and own.client):
            places.setdefault(one.name, []).append(Place(one.path, one.span))
    for name, (first, *others) in places.items():
        message = f"{name} is sent to browsers, and is a secret"
        yield Finding(rules.CLIENT_SECRET.id, message, first.path, first.span, subject=name, related=tuple(others[:10]),
                      hint="Rename it, and read it on the server.")  # fmt: skip


def _rotation(world: World, templates: _Templates) -> Iterator[Finding]:
    for name, one in world.section.env.items():
        if one.rotated is None or world.today is None:
            continue
        late = (world.today - one.rotated).days - one.rotate_every
        if late > 0:
            place = world.place("env", name)
            message = f"{name} was to be replaced every {one.rotate_every} days, and was last on {one.rotated}"
            yield Finding(rules.ROTATION.id, message, place.path, place.span, subject=name,
                          hint="Replace it where it is kept, and write down the day.")  # fmt: skip


# ---- Several ways to say one thing ----------------------------------------------------------------------------------


def _defaults(world: World, templates: _Templates) -> Iterator[Finding]:
    by_name: dict[tuple[str, str], dict[str, Use]] = {}
    for use in world.uses:
        if use.default and not world.is_ambient(use.name) and not use.is_weak:
            scope = "" if use.name in world.section.env else world.project_of(use.path)
            by_name.setdefault((scope, use.name), {}).setdefault(use.default, use)
    for (_, name), found in by_name.items():
        first, *others = found.values()
        if not others:
            continue
        last = others[-1]
        related = tuple(Place(one.path, one.span, "has another default") for one in (first, *others[:-1]))
        message = f"{name} has {len(found)} different defaults"
        yield Finding(rules.CONFLICTING_DEFAULT.id, message, last.path, last.span, subject=name, related=related,
                      hint="Read it in one place.")  # fmt: skip


def _twins(world: World, templates: _Templates) -> Iterator[Finding]:
    places: dict[str, dict[str, Place]] = {}
    for one in world.named:
        is_sure = not isinstance(one, Use) or not (one.is_folded or one.is_weak)
        if is_sure and not world.is_ambient(one.name):
            places.setdefault(one.name.casefold(), {}).setdefault(one.name, Place(one.path, one.span))
    for found in places.values():
        if len(found) > 1:
            (first, there), *_, (last, here) = sorted(found.items())
            message = f"{last} and {first} differ in capitals only"
            yield Finding(
                rules.CASE_TWIN.id, message, here.path, here.span, subject=f"{first} {last}", related=(there,)
            )


def _hazards(world: World, templates: _Templates) -> Iterator[Finding]:
    for path, fact in world.of(facts.HAZARD):
        data: Any = fact.data
        groups = [" and ".join(group) for group in data["groups"]]
        message = f"{data['name']} means different things to {', to '.join(groups)}: it has {data['why']}"
        level = None if _is_met(data, posixpath.dirname(path), world) else Level.NOTE
        yield Finding(rules.DIALECT.id, message, path, fact.span, subject=str(data["name"]), level=level,
                      hint="Put the value into single quotes.")  # fmt: skip
    for path, fact in world.of(facts.REPEATED):
        name = str(fact.data["name"]) if isinstance(fact.data, dict) else ""
        yield Finding(rules.REPEATED.id, f"{name} has two values in this file", path, fact.span, subject=name,
                          hint="Delete one of the lines.")  # fmt: skip


def _is_met(data: Any, folder: str, world: World) -> bool:
    """Whether programs that disagree about a file are seen to read the environment below its folder."""
    below = f"{folder}/" if folder else ""
    roles = {role for path, role in world.roles.items() if path.startswith(below)}
    reading = {name for role, name in ((Role.PYTHON, PYTHON), (Role.SCRIPT, NODE)) if role in roles}
    reading |= {BASH for path, _ in world.of(facts.SOURCES) if path.startswith(below)}
    return not data.get("mild") and sum(bool(reading & set(group)) for group in data["groups"]) > 1


# ---- How code gets at them ------------------------------------------------------------------------------------------


def _entry_points(world: World, templates: _Templates) -> Iterator[Finding]:
    code = world.section.code
    calls = {path: set(names_in(fact)) for path, fact in world.of(facts.CALLS)}
    for name, entry in code.entry_points.items():
        wanted = matcher([entry.at])
        files = [path for path in world.paths if wanted(path)]
        place = world.place("env-code", "entry-points", name)
        if not files:
            message = f"{name}: there is no file at {entry.at}"
            yield Finding(rules.UNMATCHED.id, message, place.path, place.span, subject=f"entry-points {name}")
        loader = code.loader_of(entry)
        for path in files if loader else ():
            if loader not in calls.get(path, ()):
                message = f"{name} does not call {loader}"
                yield Finding(rules.LOADER.id, message, path, subject=name, related=(place,),
                              hint="Call it before anything reads the environment.")  # fmt: skip
    for number, accessor in enumerate(code.readers):
        if not any(accessor.call in names for names in calls.values()):
            place = world.place("env-code", "accessors", number)
            message = f"nothing calls {accessor.call}"
            yield Finding(rules.UNMATCHED.id, message, place.path, place.span, subject=f"accessors {accessor.call}")
    for profile, globs in code.provided.items():
        for number, glob in enumerate(globs):
            if not any(map(matcher([glob]), world.paths)):
                place = world.place("env-code", "provided", profile, number)
                message = f"{profile}: there is no file at {glob}"
                yield Finding(rules.UNMATCHED.id, message, place.path, place.span, subject=f"provided {glob}")


_PARTS: tuple[Callable[[World, _Templates], Iterator[Finding]], ...] = (
    _not_declared, _unused, _not_documented, _dynamic, _missing, _wrong, _secrets, _tracked, _exposed, _rotation,
    _defaults, _twins, _hazards, _entry_points,
)  # fmt: skip
