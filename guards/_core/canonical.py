"""canonical.yaml: what is true of the system, a section per guard that reads it, every error at its exact place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from guards._core.model import Guard, Problem, ProblemKind, Span
from guards._core.options import OptionError, nearest, parse

FILES = ("canonical.yaml", "config/canonical.yaml")
VERSION = 1
_MOST_VALUES = 100_000
"""With aliases followed: what the sections' parsers would visit."""


@dataclass(frozen=True, slots=True)
class Canonical:
    """The parsed file; empty where there is none."""

    path: str = ""
    sections: Mapping[str, Any] = field(default_factory=dict)
    """Section key to its value, as the type that its guard declares."""
    problems: tuple[Problem, ...] = ()
    digest: str = ""
    past: str = ""
    """A digest of what it said in earlier commits, as far as a guard wants to know that."""


def read(path: str, data: bytes, guards: Iterable[Guard[Any]]) -> Canonical:
    """Parse canonical.yaml for these guards. What is wrong in it is a problem each: other sections still count."""
    from guards._code.spans import DocumentError, Format, Limits, parse as parse_document

    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    try:
        documents = parse_document(data, Format.YAML, Limits(nodes=_MOST_VALUES))
    except DocumentError as error:
        return Canonical(path, problems=(_problem(path, error.message, error.span),), digest=digest)
    if len(documents) != 1:
        return Canonical(path, problems=(_problem(path, "must hold exactly one document", None),), digest=digest)
    problems = [_problem(path, remark.message, remark.span) for remark in documents[0].remarks]
    sections, errors = _sections(documents[0].value, [guard for guard in guards if guard.section])
    problems += [_problem(path, _words(error), _span(documents[0], error)) for error in errors]
    return Canonical(path, sections, tuple(problems), digest)


def _sections(value: Any, guards: list[Guard[Any]]) -> tuple[dict[str, Any], list[OptionError]]:
    if not isinstance(value, dict):
        return {}, [OptionError((), "must be a mapping that begins with `guard: 1`")]
    errors: list[OptionError] = []
    if type(value.get("guard")) is not int or value["guard"] != VERSION:
        errors.append(OptionError(("guard",) if "guard" in value else (), f"must say `guard: {VERSION}`"))
    readers = {key: guard for guard in guards for key in (guard.section, *guard.joined_sections)}
    known = ["guard", *readers]
    errors += (
        OptionError((key,), f"unknown section {key!r}{nearest(key, known)}", at_key=True)
        for key in value
        if key not in known
    )
    sections: dict[str, Any] = {}
    for key in dict.fromkeys(readers[key].section for key in value if key in readers):
        section, found = _section(value, readers[key])
        errors += found
        if not found:
            sections[key] = section
    return sections, errors


def _section(value: dict[str, Any], guard: Guard[Any]) -> tuple[Any, list[OptionError]]:
    """One guard's section, with what is joined to it."""
    if not guard.joined_sections:
        return parse(guard.section_type, value[guard.section], at=(guard.section,))
    keys = (guard.section, *guard.joined_sections)
    return parse(guard.section_type, {key: value[key] for key in keys if key in value})


def _words(error: OptionError) -> str:
    where = ".".join(map(str, error.path))
    return f"{where}: {error.message}" if where else error.message


def _span(document: Any, error: OptionError) -> Span:
    from guards._code.spans import Part

    span: Span = document.span(error.path, Part.KEY if error.at_key else Part.VALUE)
    return span


def _problem(path: str, message: str, span: Span | None) -> Problem:
    return Problem(message, ProblemKind.DOCUMENT, path, span=span)
