"""Workflows of GitHub: the Pythons, and other tools, that they run on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guards._code.spans import Document, Format, JsonPath, parse
from guards._core.model import Edit, Finding, Fix, Json, Seen
from guards.versions import ranges
from guards.versions.facts import Runs, Tool, fact
from guards.versions.mapping import Role
from guards.versions.reading.plain import items, table, text
from guards.versions.rules import UNQUOTED_VERSION

_PYTHON_KEY = re.compile(r"(?:c?py(?:thon)?)(?:[-_]?versions?)?", re.IGNORECASE)
_TOOL_KEYS = {"node-version": "node", "go-version": "go"}
_LITERAL = re.compile(r"v?\d+(?:\.\d+)*")


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """What each job runs on."""
    document = parse(data, Format.YAML)[0]
    for name, job in table(document.value, "jobs").items():
        at: JsonPath = ("jobs", name)
        matrix = table(job, "strategy").get("matrix")
        if isinstance(matrix, dict):
            yield from _matrix(document, matrix, (*at, "strategy", "matrix"))
        elif matrix is not None:
            yield fact(Runs("ci", "?"), document.span((*at, "strategy", "matrix")))
        if "uses" in table(job):
            yield fact(Runs("ci", "?"), document.span((*at, "uses")))
        for number, step in enumerate(items(table(job).get("steps"))):
            yield from _step(document, table(step), (*at, "steps", number, "with"))


def _matrix(document: Document, matrix: dict[str, Json], at: JsonPath) -> Iterator[Seen]:
    for key, value in matrix.items():
        if _PYTHON_KEY.fullmatch(key):
            for path, one in _scalars(value, (*at, key)):
                yield from _python(document, one, path, "ci matrix")
    for number, case in enumerate(items(matrix.get("include"))):
        for key, value in table(case).items():
            if _PYTHON_KEY.fullmatch(key):
                yield from _python(document, value, (*at, "include", number, key), "ci matrix")


def _scalars(value: Json, at: JsonPath) -> Iterator[tuple[JsonPath, Json]]:
    if isinstance(value, list):
        yield from (((*at, number), one) for number, one in enumerate(value))
    else:
        yield at, value


def _step(document: Document, step: dict[str, Json], at: JsonPath) -> Iterator[Seen]:
    given = table(step, "with")
    for path, one in _scalars(given.get("python-version"), (*at, "python-version")):
        if one is not None:
            yield from _python(document, one, path, "ci")
    uses = text(step.get("uses"))
    for key, tool in _TOOL_KEYS.items():
        written = _written(document, given.get(key), (*at, key))
        if f"setup-{tool}" in uses and _LITERAL.fullmatch(written):
            yield fact(Tool(tool, written, "image"), document.span((*at, key)))


def _python(document: Document, value: Json, at: JsonPath, where: str) -> Iterator[Seen]:
    """A Python that is named. What is computed may be any, but for what comes from the matrix, which stands there."""
    written = _written(document, value, at)
    if "${{" in written:
        if "matrix." not in written:
            yield fact(Runs(where, "?"), document.span(at))
        return
    if isinstance(value, float) and str(value) != written and written.endswith("0"):
        message = f"without quotes, YAML reads {written} as the number {value}"
        hint = f'Write "{written}".'
        fix = _quoted(document, written, at)
        subject = f"python {written}"
        yield Finding(UNQUOTED_VERSION.id, message, span=document.span(at), subject=subject, hint=hint, fix=fix)
    for line in written.split("\n"):
        minor = ranges.python_minor(line)
        if minor:
            yield fact(Runs(where, minor), document.span(at))
            yield fact(Tool("python", line.strip(), "image"), document.span(at))


def _quoted(document: Document, written: str, at: JsonPath) -> Fix | None:
    """What puts a number in quotes; None where it stands behind an alias, or not as it is read."""
    start, _ = document.offsets(at)
    if document.anchor(at) is not None or document.source(at) != written or document.text.codec != "utf-8":
        return None
    edit = Edit(start, start + len(written), written.encode(), f'"{written}"'.encode(), at)
    return Fix(f'write `"{written}"`', (edit,))


def _written(document: Document, value: Json, at: JsonPath) -> str:
    """A value as it stands in the file: numbers lose their zeros."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return document.source(at).strip()
    return text(value)
