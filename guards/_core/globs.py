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
        self._each = [_compiled(pattern) for pattern in self.patterns]
        self._any = re.compile("|".join(f"(?:{one.pattern})" for one in self._each), re.DOTALL) if self._each else None

    def first(self, path: str) -> str | None:
        """The first pattern that matches a path."""
        if self._any is None or not self._any.match(path):
            return None
        return next(pattern for pattern, one in zip(self.patterns, self._each, strict=True) if one.match(path))

    def __call__(self, path: str) -> bool:
        return self._any is not None and self._any.match(path) is not None


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(translate(pattern), re.DOTALL)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not well formed: {error.msg}") from error


@functools.cache
def translate(pattern: str) -> str:
    """The regular expression of a glob, for `match` at the start of a path; ValueError where there is none."""
    body = pattern.removeprefix("./").strip("/")
    if not body or body == ".":
        raise ValueError(f"{pattern!r} matches nothing: a glob names at least one file or folder")
    anchored = "/" in pattern.removeprefix("./").rstrip("/")
    start = "" if anchored else "(?:.*/)?"
    try:
        return start + _bounded(_Translation(body).parts()) + r"(?:/.*)?\Z"
    except ValueError as error:
        raise ValueError(f"{pattern!r}: {error}") from None


def beginning(pattern: str) -> str:
    """What every path begins with that a glob matches: cheap to compare, and mostly enough to tell that it does not."""
    body = pattern.removeprefix("./")
    if "/" not in body.rstrip("/"):
        return ""
    return re.split(r"[*?\[{},]", body.strip("/"), maxsplit=1)[0].rstrip("/")


_FOLDERS, _ANYTHING, _NAME = "(?:.*/)?", ".*", "[^/]*"
_WILDCARDS = (("**/", _FOLDERS), ("**", _ANYTHING), ("*", _NAME), ("?", "[^/]"))
"""Longest first: in `a/**/b` the folders between may be none at all."""
_MOST_UNBOUNDED = 4


def _bounded(parts: list[str]) -> str:
    """The expression of these parts, without what makes `re` try every way to share a path out among wildcards.

    Between two stars of a name, and between two `**/`, the first place that fits is as good as any later one, for the
    second wildcard takes whatever is between: so that place is kept. This does not hold with braces, nor where a `**`
    begins or ends in the middle of a name: of such a pattern only a few wildcards are taken.
    """
    if parts[-1] == _ANYTHING:
        return _bounded(parts[:-1]) + _ANYTHING if parts[:-1] else _ANYTHING
    before = ["/", *parts]
    midway = any(part == _FOLDERS and before[at] not in {"/", _FOLDERS} for at, part in enumerate(parts))
    if midway or "(?:" in parts or _ANYTHING in parts:
        if sum(part in {_FOLDERS, _ANYTHING, _NAME} for part in parts) > _MOST_UNBOUNDED:
            raise ValueError(f"more than {_MOST_UNBOUNDED} wildcards beside braces, or with a `**` inside of a name")
        return "".join(parts)
    folders = _split(parts, _FOLDERS)
    first, *middle = [_names(group) for group in folders]
    last = [f"{_FOLDERS}{middle.pop()}"] if middle else []
    return "".join([first, *(f"(?>(?:.*?/)??{group})" for group in middle), *last])


def _names(parts: list[str]) -> str:
    """The same for stars, one name after the other."""
    names = []
    for name in _split(parts, "/"):
        first, *middle = ["".join(chunk) for chunk in _split(name, _NAME)]
        last = [f"{_NAME}{middle.pop()}"] if middle else []
        names.append("".join([first, *(f"(?>[^/]*?{chunk})" for chunk in middle), *last]))
    return "/".join(names)


def _split(parts: list[str], separator: str) -> list[list[str]]:
    groups: list[list[str]] = [[]]
    for part in parts:
        if part == separator:
            groups.append([])
        else:
            groups[-1].append(part)
    return groups


class _Translation:
    """One walk over a pattern."""

    def __init__(self, body: str) -> None:
        self._body = body
        self._at = 0
        self._depth = 0

    def parts(self) -> list[str]:
        parts = []
        while self._at < len(self._body):
            parts.append(self._next())
        if self._depth:
            raise ValueError("a brace is never closed")
        return parts

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
        start = self._at + 1
        negated = self._body[start : start + 1] in {"!", "^"}
        end = self._body.find("]", start + negated + 1)
        if end < 0:
            raise ValueError("a bracket is never closed")
        # All but `-` stands for itself; of these, some mean more to `re`.
        content = re.sub(r"[\\\[\]^&~|]", r"\\\g<0>", self._body[start + negated : end])
        self._at = end + 1
        return f"(?!/)[{'^' if negated else ''}{content}]"
