"""Pages for readers: what they tell them to install, the hooks that they show, and the Python that they promise."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guards._code.packages import normalized
from guards._code.spans.text import decode
from guards._core.model import Seen, Span
from guards.versions.facts import Mention, PythonClaim, fact
from guards.versions.mapping import Role

_INSTALL = re.compile(r"\b(?:pip3?|pipx|uv|uvx|poetry|pdm|conda|mamba)\b.{0,80}?\b(?:install|add|run)\b")
_PIN = re.compile(r"(?<![\w.-])([A-Za-z][\w.-]{0,80}?)(?:\[[\w, .-]*\])?==v?(\d[\w.!+-]{0,40})(?![\w*])")
_REPO = re.compile(r"^\s*(?:-\s+)?repo:\s*['\"]?https?://[^\s'\"]+?/([\w.-]+/[\w.-]+?)(?:\.git)?['\"]?\s*$")
_REV = re.compile(r"^\s*rev:\s*['\"]?(v?\d[\w.+!-]*)")
_PYTHON = re.compile(
    r"\bPython(?:\s+version)?\s*\(?(?P<operator>>=|≥)?\s*(?P<python>3\.\d{1,2})(?:\.\d+)?"
    r"(?P<more>\s*\+|\s*\(?(?:or|and)\s+(?:newer|later|higher|above|greater|up|upwards?|more recent|over)\b)?",
    re.IGNORECASE,
)
_BADGE = re.compile(r"badge/[Pp]ython-(?:(?:%3E(?:%3D|=)|≥)(3\.\d{1,2})|(3\.\d{1,2})(?:\+|%2B))")
_NUMBERED = re.compile(r"\d\.\d")
"""A version of something else: the sentence is about that."""
_NO_PROMISE = re.compile(
    r"\d\.x\b|\b(?:next|will|drop|remov|until|unless|before|last|old|end.of.life|eol|no longer|legacy|previous|earlier"
    r"|below|fork|only|since"
    r"|deprecat|if you|when|if|future|develop|contribut|recommend|prefer|example|e\.g|built|compil|for)\w*",
    re.IGNORECASE,
)
_NO_CLAIM = re.compile(
    r"\b(?:old|legacy|last|previous|earlier|example|e\.g|for instance|python ?2|downgrade|pin|specific|certain|exact)"
    r"\w*",
    re.IGNORECASE,
)
_BEFORE = 3
"""Lines before a mention that tell what it is about."""


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """What a page says of versions."""
    whole = decode(data)
    lines = whole.content.split("\n")
    repository, seen_at = "", 0
    at = 0
    for number, line in enumerate(lines, 1):
        start, at = at, at + len(line) + 1
        if "==" in line and _INSTALL.search(line):
            about = " ".join(lines[max(0, number - 1 - _BEFORE) : number])
            if not _NO_CLAIM.search(about):
                for name, version, column in _pins(line):
                    mention = Mention(name, version, "install", whole.byte(start + column))
                    yield fact(mention, _span(number, column, column + len(version)))
        found = _REPO.match(line)
        if found:
            repository, seen_at = found[1], number
        revision = _REV.match(line) if repository and number - seen_at <= _BEFORE else None
        if revision:
            mention = Mention(repository, revision[1], "hook", whole.byte(start + revision.start(1)))
            yield fact(mention, _span(number, *revision.span(1)))
            repository = ""
        yield from _promise(line, number)


def _span(number: int, start: int, end: int) -> Span:
    return Span(number, start + 1, number, end + 1)


def _pins(line: str) -> Iterator[tuple[str, str, int]]:
    """Name and version of what is pinned, and the column at which the version begins."""
    yield from ((normalized(found[1]), found[2].rstrip("."), found.start(2)) for found in _PIN.finditer(line))


def _promise(line: str, number: int) -> Iterator[Seen]:
    badge = _BADGE.search(line)
    if badge:
        group = 1 if badge[1] else 2
        yield fact(PythonClaim(badge[group]), _span(number, *badge.span(group)))
        return
    found = _PYTHON.search(line) if "ython" in line else None
    if not found or _NUMBERED.search(line, 0, found.start()) or _NO_PROMISE.search(line):
        return
    if found["operator"] or found["more"]:
        yield fact(PythonClaim(found["python"]), _span(number, *found.span("python")))
