"""The marks in comments by which people say that a finding is none: ours to honour, whoever's tool they were for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct, field

from guards._core.model import Trigger

TRIGGER = Trigger(r"(?:(?:allow|white)list[ -]|gitleaks:allow|betterleaks:allow|trufflehog:ignore)")
"""Without `pragma`, which half of all tests of Python hold: what is looked for is told by what is rare in it."""

_TAG = re.compile(
    r"(?P<next>pragma: ?allowlist[ -]nextline[ -]secret)"
    r"|pragma: ?(?:allow|white)list[ -]secret|(?:gitleaks|betterleaks):allow|trufflehog:ignore"
)
_COMMENT = re.compile(r"(?:#|//|/\*|--|<!--|;|'|%|\brem\b)[#*!/ \t-]*\Z", re.IGNORECASE)


class Tag(Struct):
    """A mark, and whether anything is found on the line that it speaks of."""

    text: str
    line: int
    column: int
    covers: int
    """The line that it speaks of."""
    in_comment: bool
    """Begins a comment: elsewhere it may be talked about."""
    used: bool = field(default=False)


def tags(text: str, line: int) -> Iterator[Tag]:
    """The marks in one line."""
    for match in _TAG.finditer(text):
        comment = _COMMENT.search(text, 0, match.start())
        before = text[: comment.start()] if comment else text[: match.start()]
        if match["next"] and before.strip():
            continue  # what follows code speaks of no other line
        covers = line + 1 if match["next"] else line
        yield Tag(match[0], line, match.start() + 1, covers, comment is not None)
