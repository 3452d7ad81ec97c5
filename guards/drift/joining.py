"""Projects: folders with a canonical.yaml of their own, whose facts and binds join those of the root.

A project takes over the facts of the root, may bind them below its folder, and may have facts of its own, also in place
of one that it took over. Its own facts go by the name of the folder as well: `services/api:port`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import replace

from guards.drift.kinds import Kind
from guards.drift.section import Bound, Declared, Section, Told, filled, holes


def joined(section: Section | None, folder: str, project: Section) -> Told:
    """Both in one."""
    root = Told.of(section)
    own = {name: f"{folder}:{name}" for name, fact in project.facts.items() if root.facts.get(name) != fact}
    facts = {**root.facts, **{own[name]: _moved(project.facts[name], folder, own) for name in own}}
    origins, file = dict(root.origins), f"{folder}/canonical.yaml"
    for name in own:
        origins["facts", own[name]] = (file, ("facts", name))
    bind = dict(root.bind)
    for name, places in project.bind.items():
        target = own.get(name, name)
        before = bind.get(target, ())
        for number in range(len(places)):
            origins["bind", target, len(before) + number] = (file, ("bind", name, number))
        bind[target] = (*before, *(_placed(place, folder) for place in places))
    live = dict(root.live)
    for name, entries in project.live.items():
        target = own.get(name, name)
        said = live.get(target, ())
        for number in range(len(entries)):
            origins["live", target, len(said) + number] = (file, ("live", name, number))
        live[target] = (*said, *(replace(one, at=one.at and posixpath.join(folder, one.at)) for one in entries))
    return replace(root, facts=facts, bind=bind, live=live, origins=origins)


def _moved(fact: Declared, folder: str, own: Mapping[str, str]) -> Declared:
    """A fact of a project, seen from the root."""
    renamed = {hole: "{" + own.get(hole, hole) + "}" for hole in holes(fact.derive)}
    value = posixpath.join(folder, str(fact.value)) if fact.kind is Kind.PATH and fact.value is not None else fact.value
    from_ = _below(folder, fact.from_) if fact.from_ else ""
    return replace(fact, value=value, from_=from_, derive=filled(fact.derive, renamed))


def _placed(place: str | Bound, folder: str) -> str | Bound:
    """A place below a project's folder, seen from the root."""
    return _below(folder, place) if isinstance(place, str) else replace(place, at=_below(folder, place.at))


def _below(folder: str, selector: str) -> str:
    """A selector whose glob begins in a folder; one without a slash means files at any depth, there as well."""
    glob = selector.partition("#")[0]
    return f"{folder}/{selector.removeprefix('/')}" if "/" in glob else f"{folder}/**/{selector}"
