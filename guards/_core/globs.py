"""Path globs, with one meaning everywhere.

`*` and `?` stay within a name, `**` crosses folders, `[ab]` and `{a,b}` are alternatives. A pattern with a slash is
relative to the root; one without matches a name at any depth. A pattern that matches a folder covers what is in it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence


def matcher(patterns: Iterable[str]) -> Matcher:
    """A reusable matcher over several patterns; ValueError names one that is not well formed."""
    return Matcher(tuple(patterns))


class Matcher:
    """Several patterns, asked together."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self.patterns = tuple(patterns)
        self._each = [re.compile(translate(pattern), re.DOTALL) for pattern in self.patterns]
        self._any = re.compile("|".join(f"(?:{one.pattern})" for one in self._each), re.DOTALL) if self._each else None

    def first(self, path: str) -> str | None:
        """The first pattern that matches a path."""
        if self._any is None or not self._any.match(path):
            return None
        return next(pattern for pattern, one in zip(self.patterns, self._each, strict=True) if one.match(path))

    def __call__(self, path: str) -> bool:
        return self._any is not None and self._any.match(path) is not None


@functools.cache
def translate(pattern: str) -> str:
    """The regular expression of a glob, for `match` at the start of a path."""
    body = pattern.removeprefix("./").strip("/")
    if not body or body == ".":
        raise ValueError(f"{pattern!r} matches nothing: a glob names at least one file or folder")
    anchored = "/" in pattern.removeprefix("./").rstrip("/")
    start = "" if anchored else "(?:.*/)?"
    return start + _Translation(body).expression() + r"(?:/.*)?\Z"


_WILDCARDS = (("**/", "(?:.*/)?"), ("**", ".*"), ("*", "[^/]*"), ("?", "[^/]"))
"""Longest first: in `a/**/b` the folders between may be none at all."""


class _Translation:
    """One walk over a pattern."""

    def __init__(self, body: str) -> None:
        self._body = body
        self._at = 0
        self._depth = 0

    def expression(self) -> str:
        parts = []
        while self._at < len(self._body):
            parts.append(self._next())
        if self._depth:
            raise ValueError(f"{self._body!r}: a brace is never closed")
        return "".join(parts)

    def _next(self) -> str:
        for token, meaning in _WILDCARDS:
            if self._body.startswith(token, self._at):
                self._at += len(token)
                return meaning
        character = self._body[self._at]
        if character == "[":
            return self._class()
        self._at += 1
        if character == "{":
            self._depth += 1
            return "(?:"
        if character == "}" and self._depth:
            self._depth -= 1
            return ")"
        return "|" if character == "," and self._depth else re.escape(character)

    def _class(self) -> str:
        end = self._body.find("]", self._at + 2)
        if end < 0:
            raise ValueError(f"{self._body!r}: a bracket is never closed")
        content = self._body[self._at + 1 : end].replace("\\", r"\\").replace("[", r"\[")
        self._at = end + 1
        negated = content[0] in "!^"
        return f"[^/{content[1:]}]" if negated else f"[{content}]"
