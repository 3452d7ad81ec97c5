"""Changelogs: the headings that are releases, in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guards._code.spans.text import decode
from guards._core.model import Seen, Span
from guards.versions.facts import Elsewhere, Release, fact
from guards.versions.mapping import Role

_HASHES = re.compile(r"#{1,4}\s+(.*)")
_UNDERLINE = re.compile(r"([=\-~^\"'#*+`])\1{2,}\s*")
_VERSION = re.compile(
    r"(?:(?P<of>[A-Za-z][\w.-]*)\s+)??(?:version\s+|release\s+)?\[?v?(?P<text>\d+(?:\.\d+)+(?:[-.]?(?:a|b|rc|alpha|beta|post|dev)[-.]?\d*)*)"
    r"(?![\w.]|\s*(?:/|to|and|through|–|—\s*\d|-\s*\d+\.\d))",
    re.IGNORECASE,
)
_UNRELEASED = re.compile(
    r"\b(?:unreleased|next|upcoming|in (?:progress|development)|development|not (?:yet )?released|main|master|tbd|tba"
    r"|draft|dev|pending|future|yyyy|xxxx|\?\?|released on x|head|trunk|x\.y)\b|\bdev\d*\b|xx",
    re.IGNORECASE,
)
_KEPT_ELSEWHERE = re.compile(
    r"/releases\b|now (?:kept|maintained|found)|moved to|generated|see .{0,60}(?:changelog|docs)", re.I
)
_MOST = 60
"""Releases that are looked at: the newest stand first."""
_HEAD = 15


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """The releases of a changelog."""
    lines = [line.rstrip("\r") for line in decode(data).content.split("\n")]
    count = 0
    for number, title, start in _headings(lines):
        one = _release(title, number, start)
        if one is not None:
            yield one
            count += 1
        if count == _MOST:
            break
    if any(_KEPT_ELSEWHERE.search(line) for line in lines[:_HEAD]) or (
        not count and "elease notes" in "".join(lines[:_HEAD])
    ):
        yield fact(Elsewhere(), Span(1, 1, 1, 1))


def _headings(lines: list[str]) -> Iterator[tuple[int, str, int]]:
    """Headings with their lines: of Markdown, or underlined."""
    for at, line in enumerate(lines):
        hashes = _HASHES.match(line)
        below = lines[at + 1] if at + 1 < len(lines) else ""
        if hashes:
            yield at + 1, hashes[1], hashes.start(1)
        elif line[:1].strip() and _UNDERLINE.fullmatch(below) and not _UNDERLINE.fullmatch(line):
            yield at + 1, line, 0


def _release(title: str, number: int, start: int) -> Seen | None:
    found = _VERSION.match(title.lstrip("*_`:"))
    if _UNRELEASED.search(title):
        return fact(Release(""), Span.of_line(number, title))
    if not found:
        return None
    written = found["text"]
    at = start + title.index(written)
    return fact(Release(written, found["of"] or ""), Span(number, at + 1, number, at + 1 + len(written)))
