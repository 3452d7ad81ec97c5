"""A file's meaning, found once for all guards that ask for it."""

from __future__ import annotations

import gc
from functools import lru_cache

from guards._code.syntax import environment
from guards._code.syntax.grammars import UnreadError
from guards._code.syntax.meaning import Meaning, meaning
from guards._core.model import Span

TOLERANT = "read around errors: of another version of the language, or not sound"
"""What the ledger says of a file that only the tolerant parser could read."""


@lru_cache(maxsize=4)
def read(text: bytes, language: str) -> Meaning:
    """What the names and texts of a file mean. UnreadError: no parser is given it, or it is nested too deeply."""
    collects = gc.isenabled()
    gc.disable()  # a tree is many small values that stay until the end: looking through them for garbage costs half
    try:
        return _read(text, language)
    except RecursionError:
        raise UnreadError("it is nested too deeply") from None
    finally:
        if collects:
            gc.enable()


def _read(text: bytes, language: str) -> Meaning:
    if language == "python":
        from guards._code.syntax import python

        return meaning(python.parse(text), environment.read)
    if language == "go":
        from guards._code.syntax import go, go_environment

        return meaning(go.parse(text), go_environment.read)
    from guards._code.syntax import script

    return meaning(script.parse(text, language), environment.read)


class Lines:
    """Places of parsers as places of the model."""

    def __init__(self, text: bytes) -> None:
        self._lines = text.split(b"\n")

    def span(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """Columns in code points, from 1."""
        return Span(line, self._column(line, column), end_line, self._column(end_line, end_column))

    def _column(self, line: int, column: int) -> int:
        before = self._lines[line - 1][:column] if line <= len(self._lines) else b""
        return 1 + (len(before) if before.isascii() else len(before.decode("utf-8", "replace")))
