"""Whose address a text is, as far as it is known: hosts are compared as hosts, and never as parts of a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from guards._code.syntax.values import Hole

Parts = tuple[str | Hole, ...]


class Verdict(StrEnum):
    """What is known of the host of an address."""

    PROVEN = "proven"
    """It is protected."""
    FINE = "fine"
    """It is not."""
    UNKNOWN = "unknown"


class Answer(NamedTuple):
    """The verdict, and whose host it is."""

    verdict: Verdict
    host: str = ""
    """The protected host, as canonical.yaml writes it."""


_START = re.compile(r"\s*(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?//")
_SCHEME_ONLY = re.compile(r"\s*(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?!//)")
_END = re.compile(r"[/?#\\]")
_HTTP = frozenset({"", "http", "https", "ws", "wss", "http+unix", "unix+http"})
_HOLE = "\0"


def normal(host: str) -> str:
    """A host as it is compared: in lower case, by IDNA, without port and the dot at its end."""
    bare = host.strip().rpartition("@")[2]
    bare = re.sub(r":[0-9]*\Z", "", bare).rstrip(".").lower()
    if bare.isascii():
        return bare
    try:
        return bare.encode("idna").decode("ascii")
    except UnicodeError:
        return bare


def is_host(host: str, pattern: str) -> bool:
    """Whether a host is one that a pattern stands for; `*.` is any sub-domain."""
    wanted = normal(pattern)
    if wanted.startswith("*."):
        return host.endswith(wanted[1:]) and len(host) > len(wanted) - 1
    return host == wanted


def answer(parts: Parts, hosts: Sequence[str], *, is_authority: bool = False) -> Answer:
    """Whether an address leads to one of some hosts. `is_authority`: it is a host, perhaps with a port."""
    found = authority(parts, is_authority=is_authority)
    if found is None:
        return Answer(Verdict.FINE)
    known, is_whole = found
    if is_whole and _HOLE not in known:
        host = normal(known)
        return next((Answer(Verdict.PROVEN, one) for one in hosts if is_host(host, one)), Answer(Verdict.FINE))
    return _partly_known(known, hosts, is_whole=is_whole)


def authority(parts: Parts, *, is_authority: bool = False) -> tuple[str, bool] | None:
    """The part of an address that names the host, with a mark for each hole, and whether it ends in what is known.
    None: the address names no host that anybody could be protected from."""
    text = "".join(part if isinstance(part, str) else _HOLE for part in parts)[:4000]
    if is_authority:
        return _cut(text)
    if text.startswith(_HOLE) and text[1:].startswith("://"):
        return _cut(text[4:])
    start = _START.match(text)
    if start is not None:
        return _cut(text[start.end() :]) if (start["scheme"] or "").lower() in _HTTP else None
    if text.lstrip().startswith(_HOLE):
        return (_HOLE, False)
    other = _SCHEME_ONLY.match(text)
    if other is not None and _HOLE in text and "//" not in text.split(_HOLE)[0] and other["scheme"] in _HTTP:
        return (_HOLE, False)
    return None


def _cut(text: str) -> tuple[str, bool]:
    end = _END.search(text)
    found = text[: end.start()] if end else text
    # A hole that follows a port is of no matter; one at the very end may go on with the host.
    host, colon, port = found.rpartition("@")[2].partition(":")
    if colon and _HOLE not in host:
        return host, True
    return (host if colon and set(port) <= {_HOLE, *"0123456789"} else found.rpartition("@")[2]), True


def _partly_known(known: str, hosts: Sequence[str], *, is_whole: bool) -> Answer:
    if known.strip(_HOLE) == "":
        return Answer(Verdict.UNKNOWN)
    lowered = known.lower()
    for one in hosts:
        wanted = normal(one)
        tail = lowered.rpartition(_HOLE)[2].rstrip(".")
        if wanted.startswith("*.") and is_whole and tail.endswith(wanted[1:]):
            return Answer(Verdict.PROVEN, one)
    pattern = _could_be(lowered)
    possible = next((one for one in hosts if _may_match(pattern, lowered, normal(one))), "")
    return Answer(Verdict.UNKNOWN, possible) if possible else Answer(Verdict.FINE)


@lru_cache(maxsize=256)
def _could_be(known: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, re.split(f"{_HOLE}+", known))), re.DOTALL)


def _may_match(pattern: re.Pattern[str], known: str, wanted: str) -> bool:
    if not wanted.startswith("*."):
        return pattern.fullmatch(wanted) is not None
    tail = known.rpartition(_HOLE)[2]
    return known.endswith(wanted[1:]) or wanted[1:].endswith(tail)


def best(answers: Iterable[Answer]) -> Answer:
    """What is to be said of several possibilities: the worst."""
    found = list(answers)
    for verdict in (Verdict.PROVEN, Verdict.UNKNOWN):
        for one in found:
            if one.verdict is verdict:
                return one
    return Answer(Verdict.FINE)


def until_path(parts: Parts) -> Parts:
    """An address without what follows its host: all that a verdict needs, and nothing that is anybody's secret."""
    kept: list[str | Hole] = []
    seen = ""
    for part in parts:
        if isinstance(part, Hole):
            kept.append(part)
            seen += _HOLE
            continue
        start = _START.match(seen + part)
        begin = max((start.end() if start else 0) - len(seen), 0)
        end = _END.search(part, begin) if start or _HOLE in seen else None
        if seen == _HOLE and part.startswith("://"):
            end = _END.search(part, 3)
        piece = part if end is None else part[: end.start() + 1]
        if start and "@" in piece[begin:]:
            # Without its sign, what is known of nobody's name would become a part of the host.
            piece = piece[:begin] + ("@" if _HOLE in seen else "") + piece.rpartition("@")[2]
        kept.append(piece)
        seen += piece
        if end is not None:
            break
    return tuple(kept)
