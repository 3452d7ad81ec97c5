"""canonical.yaml: what is true of the system, a section per guard that reads it, every error at its exact place."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from guards._core.model import Guard, Problem, ProblemKind, Span
from guards._core.options import OptionError, nearest, parse

FILES = ("canonical.yaml", "config/canonical.yaml")
VERSION = 1
_MOST_VALUES = 100_000
"""With aliases followed: what the sections' parsers would visit."""


class Canonical(Struct, frozen=True):
    """The parsed file; empty where there is none."""

    path: str = ""
    sections: Mapping[str, Any] = field(default_factory=dict)
    """Section key to its value, as the type that its guard declares."""
    problems: tuple[Problem, ...] = ()
    digest: str = ""
    projects: tuple[str, ...] = ()
    """Folders with a canonical.yaml of their own, which takes over what this one says."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The sections as plain data."""
    past: str = ""
    """A digest of what it said in earlier commits, as far as a guard wants to know that."""
    remembered: tuple[str, ...] = ()
    """The files of which that was read."""


def read(path: str, data: bytes, guards: Iterable[Guard[Any]]) -> Canonical:
    """Parse canonical.yaml for these guards. What is wrong in it is a problem each: other sections still count."""
    return _read(path, data, [guard for guard in guards if guard.section], None)


def with_project(root: Canonical, folder: str, data: bytes | None, guards: Iterable[Guard[Any]]) -> Canonical:
    """The same with what the canonical.yaml of a folder says; None: there is none."""
    path = file_of(folder)
    if data is None:
        return replace(root, problems=(*root.problems, _problem(root.path, f"there is no {path}", None)))
    joining = [guard for guard in guards if guard.section and guard.joins is not None]
    project = _read(path, data, joining, root)
    sections = dict(root.sections)
    for guard in joining:
        if guard.joins is not None and guard.section in project.sections:
            sections[guard.section] = guard.joins(sections.get(guard.section), folder, project.sections[guard.section])
    digest = hashlib.blake2b(f"{root.digest} {path} {project.digest}".encode(), digest_size=16).hexdigest()
    return replace(root, sections=sections, problems=(*root.problems, *project.problems), digest=digest)


def file_of(folder: str) -> str:
    """The canonical.yaml of a project."""
    return f"{folder}/{FILES[0]}"


def _read(path: str, data: bytes, guards: list[Guard[Any]], root: Canonical | None) -> Canonical:
    """One file. `root`: the file that it belongs to, whose sections it takes over."""
    from guards._code.spans import DocumentError, Format, Limits, parse as parse_document

    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    try:
        documents = parse_document(data, Format.YAML, Limits(nodes=_MOST_VALUES))
    except DocumentError as error:
        return Canonical(path, problems=(_problem(path, error.message, error.span),), digest=digest)
    if len(documents) != 1:
        return Canonical(path, problems=(_problem(path, "must hold exactly one document", None),), digest=digest)
    (document,) = documents
    problems = [_problem(path, remark.message, remark.span) for remark in document.remarks]
    sections, errors = _sections(document.value, guards, root)
    projects, more = _projects(document.value) if root is None else ((), [])
    problems += [_problem(path, _words(error), _span(document, error)) for error in (*errors, *more)]
    raw = document.value if isinstance(document.value, dict) else {}
    return Canonical(path, sections, tuple(problems), digest, projects, raw)


def _projects(value: Any) -> tuple[tuple[str, ...], list[OptionError]]:
    """The folders that have a file of their own."""
    folders, errors = parse(
        tuple[str, ...], value.get("projects", []) if isinstance(value, dict) else [], at=("projects",)
    )
    for number, folder in enumerate(folders or ()):
        if not folder or posixpath.normpath(folder) != folder or folder.startswith(("/", "..", ".")):
            errors.append(OptionError(("projects", number), "write a folder below the root, such as services/api"))
    return (() if errors else folders or ()), errors


def _sections(value: Any, guards: list[Guard[Any]], root: Canonical | None) -> tuple[dict[str, Any], list[OptionError]]:
    if not isinstance(value, dict):
        return {}, [OptionError((), "must be a mapping that begins with `guard: 1`")]
    errors: list[OptionError] = []
    if type(value.get("guard")) is not int or value["guard"] != VERSION:
        errors.append(OptionError(("guard",) if "guard" in value else (), f"must say `guard: {VERSION}`"))
    readers = {key: guard for guard in guards for key in (guard.section, *guard.joined_sections)}
    known = ["guard", *(["projects"] if root is None else []), *readers]
    errors += (
        OptionError((key,), f"unknown section {key!r}{nearest(key, known)}", at_key=True)
        for key in value
        if key not in known
    )
    sections: dict[str, Any] = {}
    for key in dict.fromkeys(readers[key].section for key in value if key in readers):
        section, found = _section(_inheriting(value, key, root), readers[key])
        errors += found
        if not found:
            sections[key] = section
    return sections, errors


def _inheriting(value: dict[str, Any], key: str, root: Canonical | None) -> dict[str, Any]:
    """A file whose section has what the root's has as well; its own entries come first."""
    own, inherited = value.get(key, {}), root.raw.get(key, {}) if root is not None and key in root.sections else {}
    if not inherited or not isinstance(own, dict) or not isinstance(inherited, dict):
        return value
    return {**value, key: {**inherited, **own}}


def _section(value: dict[str, Any], guard: Guard[Any]) -> tuple[Any, list[OptionError]]:
    """One guard's section, with what is joined to it."""
    if not guard.joined_sections:
        return parse(guard.section_type, value[guard.section], at=(guard.section,))
    keys = (guard.section, *guard.joined_sections)
    return parse(guard.section_type, {key: value[key] for key in keys if key in value})


def _words(error: OptionError) -> str:
    where = ".".join(map(str, error.path))
    return f"{where}: {error.message}" if where else error.message


def _span(document: Any, error: OptionError) -> Span | None:
    from guards._code.spans import Part

    try:
        span: Span = document.span(error.path, Part.KEY if error.at_key else Part.VALUE)
    except KeyError:  # of what was inherited
        return None
    return span


def _problem(path: str, message: str, span: Span | None) -> Problem:
    return Problem(message, ProblemKind.DOCUMENT, path, span=span)
