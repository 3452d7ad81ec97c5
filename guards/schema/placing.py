"""From what is wrong with a value to a finding at the exact place in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from guards._code.spans import Document, DocumentError, ErrorKind, JsonPath, Part, Remark, RemarkKind
from guards._core.model import Finding, Place, Problem, ProblemKind, Seen, Span
from guards.schema import words
from guards.schema.explain import Flaw, Where
from guards.schema.keywords import part_at
from guards.schema.library import Library, path_of
from guards.schema.rules import DUPLICATE_KEY, PARSE, VIOLATION

Draft: TypeAlias = "Callable[[], Seen]"
"""A finding that is placed only if it will be shown."""

MOST_COUNTED = 10_000
"""Findings in one file. Who has so many learns nothing from the rest."""
_REMARKS = {
    RemarkKind.DUPLICATE_KEY: DUPLICATE_KEY.id,
    RemarkKind.INVALID_MERGE: PARSE.id,
    RemarkKind.LONE_SURROGATE: PARSE.id,
    RemarkKind.NONSTANDARD_NUMBER: VIOLATION.id,
    RemarkKind.RAGGED_ROW: PARSE.id,
    RemarkKind.STRAY_QUOTE: PARSE.id,
}
"""What parses, but is not what JSON Schema can speak of. A key that is no text is used as text, without a finding."""


def capped(drafts: Iterator[Draft], most: int) -> Iterator[Seen]:
    """The first so many findings, and one last finding with the number of all, if they can be counted in time."""
    total = 0
    for draft in drafts:
        total += 1
        if total > MOST_COUNTED:
            break
        if total <= most:
            yield draft()
    if total > most:
        least = "at least " if total > MOST_COUNTED else ""
        message = f"{least}{total - most} more findings in this file are not listed, {least}{total} in all"
        yield Finding(VIOLATION.id, message, subject="not listed", hint="Raise `max-errors` to see more of them.")
    if total > MOST_COUNTED:
        reason = f"not checked to the end: more than {MOST_COUNTED:,} findings; the rest was not looked at"
        yield Problem(reason, ProblemKind.LIMIT)


def unreadable(error: DocumentError, format_name: str) -> Seen:
    """What a document that does not parse is: a finding, or a problem where a limit stopped the reading."""
    if error.kind is ErrorKind.LIMIT:
        return Problem(f"not checked: {error.message}", ProblemKind.LIMIT, span=error.span)
    return Finding(PARSE.id, error.message, span=error.span, subject=f"{format_name} {error.kind}")


def remark_drafts(
    document: Document, kinds: frozenset[RemarkKind] = frozenset(_REMARKS), *, before: int = 0
) -> Iterator[Draft]:
    """Findings for what is odd about a document that parses."""
    for remark in document.remarks:
        if remark.kind in kinds and remark.kind in _REMARKS:
            yield partial(_remarked, remark, before)


def _remarked(remark: Remark, before: int) -> Finding:
    subject = f"{_called(remark.path, before)} {remark.kind}"
    return Finding(_REMARKS[remark.kind], remark.message, span=remark.span, subject=subject)


def violation(flaw: Flaw, document: Document, library: Library, *, above: JsonPath = (), before: int = 0) -> Finding:
    """A flaw as a finding.

    `above` leads to the part of the document that was checked. `before` is how many rows of a file come before those
    of the document, if it is only a block of them.
    """
    path = above + flaw.path
    return Finding(
        VIOLATION.id,
        flaw.message,
        span=span_of(document, path, flaw.where),
        subject=f"{_called(path, before)} {flaw.keyword}",
        hint=flaw.hint,
        related=tuple(_related(flaw, document, path, library)),
    )


def _called(path: JsonPath, before: int) -> str:
    """A path as it is in the whole file."""
    return words.dotted((path[0] + before, *path[1:]) if path and isinstance(path[0], int) else path)


def span_of(document: Document, path: JsonPath, where: Where = Where.VALUE) -> Span:
    """Where a flaw is shown. What is not in the text (a missing cell, say) is shown at what should hold it."""
    try:
        if where is Where.OPENING:
            return _opening(document, path)
        span = document.span(path, Part.KEY if where is Where.KEY else Part.VALUE)
        many_lines = span.end_line > span.line and isinstance(part_at(document.value, path), (dict, list))
        return _opening(document, path) if where is Where.VALUE and many_lines else span
    except (KeyError, IndexError):
        return span_of(document, path[:-1], Where.OPENING) if path else Span(1, 1, 1, 1)


def _opening(document: Document, path: JsonPath) -> Span:
    """The bracket of a JSON or flow value; else the key that opens it; else its first line, as a TOML header is."""
    source, span = document.source(path), document.span(path)
    if source.startswith("[" if isinstance(part_at(document.value, path), list) else "{"):
        return Span(span.line, span.column, span.line, span.column + 1)
    if path and isinstance(path[-1], str) and span.end_line > span.line:
        return document.span(path, Part.KEY)
    first = source.partition("\n")[0].rstrip()
    return Span(span.line, span.column, span.line, span.column + len(first))


def _related(flaw: Flaw, document: Document, path: JsonPath, library: Library) -> Iterator[Place]:
    anchor = _anchor(document, path)
    if anchor is not None:
        yield Place("", anchor, "the value is defined here")
    for location, note in ((flaw.location, "the rule that it breaks"), *flaw.others):
        place = schema_place(location, library, note)
        if place is not None:
            yield place


def _anchor(document: Document, path: JsonPath) -> Span | None:
    try:
        return document.anchor(path)
    except (KeyError, IndexError):
        return None


def schema_place(location: str, library: Library, note: str) -> Place | None:
    """The place of a keyword in a schema of the repository."""
    address, path = library.locate(location)
    if not address or not path_of(address):
        return None
    return Place(path_of(address), library.schema(address).document.span(path, Part.KEY), note)
