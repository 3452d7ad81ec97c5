"""What a credential format is, and how its values are found in a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

from msgspec import Struct


class Format(Struct, frozen=True, kw_only=True):
    """One kind of credential that its issuer publishes how to recognise."""

    id: str
    """In kebab-case. The rule is `secrets/<id>`."""
    name: str
    """What it is, for people."""
    vendor: str
    pattern: str
    """For `re` and inside the dialect of triggers, matched within one line. Group `secret` is the value."""
    example: Callable[[Random], str]
    """A well-formed line or block, its checksum valid where there is one. Generated, never real."""
    look_alikes: Callable[[Random], tuple[str, ...]]
    """What resembles it, and either does not match or is not intact."""
    is_intact: Callable[[str], bool] | None = None
    """An offline test of checksum or structure. False lowers a finding to a warning, and never hides it."""
    is_checked: bool = False
    """That test looks at a checksum or a structure of this format, and not only at what every random value has."""
    is_named: bool = False
    """Its values show what they are only beside a name that speaks of the vendor."""
    gives: str
    """What somebody can do with it."""
    rotate: str
    """The first step to revoke it."""
    url: str
    """The issuer's page about it."""
    shown: int = 4
    """How many leading characters, which are a public prefix, a masked value may show."""
    trigger: str = ""
    """What is looked for in place of a pattern that would cost too much in every file: it hits wherever that does."""
    path: str = ""
    """For `re`, found in the path: the only files that hold this format. Empty: any file."""
    block: str = ""
    """For `re`, over several lines: where the pattern hit, the value is what this matches from there on, or nothing."""

    def found_at(self, path: str) -> bool:
        """Whether a file at this path can hold the format."""
        return not self.path or _compiled(self.path).search(path) is not None


def values(format: Format, text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:  # noqa: A002
    """Where values of the format stand whose first line is `text[start:end]`, as offsets in the text.

    The neighbour behind one value may also be the one in front of the next, so a search goes on where the value ended
    and not where the match did.
    """
    line = text[start:end].removesuffix("\r")
    at = 0
    while (match := _compiled(format.pattern).search(line, at)) is not None:
        first, at = match.span(_group(format.pattern))
        last = start + at
        if format.block:
            whole = _compiled(format.block).match(text, start + first)
            if whole is None:
                continue
            last = whole.end()
        yield start + first, last


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@cache
def _group(pattern: str) -> str | int:
    return "secret" if "secret" in _compiled(pattern).groupindex else 0
