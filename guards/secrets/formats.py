"""What a format is: one kind of credential that its issuer publishes how to recognise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One kind of credential that its issuer publishes how to recognise."""

    id: str
    """Kebab-case; the rule is `secrets/<id>`."""
    name: str
    """What it is, for people."""
    vendor: str
    pattern: str
    """Python's `re` within the language of triggers, matched within one line; group `secret`, else the whole match."""
    example: Callable[[Random], str]
    """A well-formed value, generated and never real."""
    look_alikes: Callable[[Random], tuple[str, ...]]
    """What resembles it and must not be reported as it."""
    is_intact: Callable[[str], bool] | None = None
    """Offline checksum or structure; False makes the finding a warning."""
    gives: str
    """What somebody can do with it, one sentence."""
    rotate: str
    """The first step to revoke it, one sentence."""
    url: str
    """The issuer's page about it."""
    shown: int = 4
    """How many leading characters, which are public, a masked value may show."""
    path: str = ""
    """A pattern over the whole path of the files that it is confined to; empty for every file."""
