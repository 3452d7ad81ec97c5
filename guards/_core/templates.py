"""Reports with holes: text that was rendered once and can be given another run's header without rendering again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import structs

from guards._core.report import Report

Header = Mapping[str, str]
"""What stands in the holes: slot to text."""

_FIRST: Header = {
    "id": "guard-run-slot-1",
    "started": "2001-02-03T04:05:06Z",
    "seconds": "7.77 s",
    "s3": "7.770",
    "ms": '"duration_ms": 7770',
    "files": "7,654,321",
}
_SECOND: Header = {
    "id": "guard-run-slot-2",
    "started": "2002-03-04T05:06:07Z",
    "seconds": "8.88 s",
    "s3": "8.880",
    "ms": '"duration_ms": 8880',
    "files": "8,765,432",
}
"""Told apart from a report's own text by their surroundings: four digits alone stand in many a fingerprint."""


def with_holes(render: Callable[[Header], str]) -> list[bytes] | None:
    """A rendering as text and slot names in turn; None where it cannot be filled in truthfully.

    Rendered for two headers: filling the holes of the first with the values of the second must give the second. A
    form that shows a header in some other way, or shows by chance the same text elsewhere, cannot be kept.
    """
    pieces = [render(_FIRST)]
    for slot in _FIRST:
        pieces = [part for at, piece in enumerate(pieces) for part in _cut(piece, slot, is_slot=at % 2 == 1)]
    filled = "".join(_SECOND[piece] if at % 2 else piece for at, piece in enumerate(pieces))
    if filled != render(_SECOND):
        return None
    return [piece.encode("utf-8", "backslashreplace") for piece in pieces]


def dated(report: Report, header: Header) -> Report:
    """A report under another header."""
    run = structs.replace(
        report.run, id=header["id"], started=header["started"], duration_ms=int(header["ms"].rpartition(" ")[2])
    )
    return structs.replace(report, run=run)


def number(header: Header) -> int:
    """The count of files that a header stands for."""
    return int(header["files"].replace(",", ""))


def _cut(piece: str, slot: str, *, is_slot: bool) -> Iterator[str]:
    if is_slot:
        yield piece
        return
    first, *others = piece.split(_FIRST[slot])
    yield first
    for other in others:
        yield slot
        yield other
