"""Where a program speaks to people: the docstrings of Python, and literals whose names say that they are documentation.

What is shown there is mostly an example, as in a document. A literal that is given to any other name is part of the
program, however long it is.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_TOKEN = re.compile(
    rb"""#[^\n]*|\"{3}|'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""",
)
_QUOTES = (b'"' * 3, b"'" * 3)
_OPENS = re.compile(rb"[ \t]*(?:(?:DOCUMENTATION|EXAMPLES?|RETURN|__doc__)[ \t]*=[ \t]*)?[rRuU]?")


class Docstrings(NamedTuple):
    """Where docstrings begin and end in a text, in bytes."""

    starts: Sequence[int]
    ends: Sequence[int]

    def hold(self, at: int) -> bool:
        """Whether a place lies in one."""
        number = bisect.bisect_right(self.starts, at) - 1
        return number >= 0 and at < self.ends[number]


def docstrings(text: bytes) -> Docstrings:
    """All of a text; none where nothing is quoted three times."""
    if not any(quote in text for quote in _QUOTES):
        return Docstrings((), ())
    spans = list(_spans(text))
    return Docstrings([start for start, _ in spans], [end for _, end in spans])


def _spans(text: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while (token := _TOKEN.search(text, at)) is not None:
        at = token.end()
        if token[0] not in _QUOTES:
            continue
        end = text.find(token[0], at)
        at = end + 3 if end >= 0 else len(text)
        line = text.rfind(b"\n", 0, token.start()) + 1
        if _OPENS.fullmatch(text, line, token.start()):
            yield line, at
