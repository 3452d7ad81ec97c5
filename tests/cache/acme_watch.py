"""A third-party guard that tells everything it can see: what it did not tell, no guard could have known.

Tests install a copy of this file as a distribution of its own.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from guards._core.model import Case, Fact, Finding, Guard, Kind, Level, Rule, Select, Source
from guards._core.options import option

_RULES = (
    Rule("acme.watch/content", "A file has content.", Level.NOTE),
    Rule("acme.watch/bad", "A file says BAD.", Level.ERROR),
    Rule("acme.watch/entry", "A path is there.", Level.NOTE),
)


@dataclass(frozen=True, slots=True)
class Options:
    """The guard's table."""

    word: str = option("plain", "Said in every finding.")


with open(os.path.join(os.path.dirname(__file__), "words.txt"), encoding="utf-8") as _file:
    _WORDS = _file.read().strip()
    """Data beside the code, as many a guard has."""


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def scan(source: Source[Options]) -> Iterator[Finding | Fact]:
    """The content, the kind, the settings and the documents, as a finding each."""
    data = source.reader.read() if source.reader else source.data
    documents = {path: _digest(content) for path, content in sorted(source.documents.items())}
    way = "streamed" if source.reader else "whole"
    subject = f"{_WORDS} {source.kind} {source.size} {_digest(data)} {way} {source.scan_slice} {documents}"
    yield Finding("acme.watch/content", subject, subject=subject)
    if b"BAD" in data:
        yield Finding("acme.watch/bad", "says BAD", subject="BAD")
    yield Fact("size", source.size)


def judge(case: Case[Options]) -> Iterator[Finding]:
    """Every path with its kind and mode, and the settings."""
    for entry in case.matched["everything"]:
        mode = f"{entry.kind} executable={entry.executable} tracked={entry.tracked}"
        size = [fact.data for fact in case.facts.get(entry.path, ())]
        message = f"{mode} size={size} word={case.options.word} canonical={case.canonical}"
        yield Finding("acme.watch/entry", message, entry.path, subject=mode)


def _slice(options: Options, canonical: Any) -> Any:
    return options.word


GUARD = Guard(
    id="acme.watch",
    summary="Tells what it sees.",
    rules=_RULES,
    options=Options,
    select=Select(kinds=frozenset({Kind.FILE, Kind.SYMLINK})),
    scan_slice=_slice,
    reads=lambda options, canonical: ("schemas/*.json",),
    path_patterns={"everything": ".+"},
    scan=scan,
    stream=True,
    judge=judge,
    section="watch",
    section_type=Mapping[str, str],
)
