"""Go's regular expressions in Python's words, for triggers: the same matches on ASCII, or a refusal that says why.

What confirms a match is RE2 itself, with the expression as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r"\t ",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_TOKEN = re.compile(
    r"(?P<quoted>\\Q.*?(?:\\E|\Z))|(?P<posix>\[:\^?[a-z]+:\])|(?P<flags>\(\?[a-zA-Z]*(?:-[a-zA-Z]+)?\))"
    r"|(?P<named>\(\?P?<)|(?P<code>\\x\{[0-9A-Fa-f]+\})|(?P<escape>\\.)|(?P<plain>.)",
    re.DOTALL,
)
_REFUSED_ESCAPES = {"p": r"\p (classes of Unicode)", "P": r"\P (classes of Unicode)", "C": r"\C (single bytes)"}
_BOUND = re.compile(r"\{(\d+),(?:9|\d{2,})\}")


class UntranslatableError(Exception):
    """An expression that says what Python's cannot."""


def widened(pattern: str) -> str:
    """The same without upper bounds of repeats, which cost more in a trigger than they tell."""
    return _BOUND.sub(r"{\1,}", pattern)


def to_python(pattern: str) -> str:
    """The expression for `re`; `UntranslatableError` where there is none."""
    return "".join(_Translation(pattern))


class _Translation:
    """Flags in the middle hold to the end of their group in Go; in Python they need a group of their own."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._flags: list[list[str]] = [[]]
        """For each open group, the flags that were switched on in it."""
        self._in_class = False

    def __iter__(self) -> Iterator[str]:
        for match in _TOKEN.finditer(self._pattern):
            yield from self._class(match) if self._in_class else self._outside(match)
        yield ")" * len(self._flags[-1])

    def _class(self, match: re.Match[str]) -> Iterator[str]:
        text = match[0]
        if match["posix"]:
            name = text[2:-2]
            if name not in _POSIX:
                raise UntranslatableError(f"the class {text}")
            yield _POSIX[name]
            return
        if match["escape"] or match["code"]:
            yield self._escaped(match)
            return
        self._in_class = text != "]"
        yield "\\[" if text == "[" else text

    def _outside(self, match: re.Match[str]) -> Iterator[str]:
        text = match[0]
        if match["quoted"]:
            yield re.escape(text[2:].removesuffix("\\E"))
        elif match["flags"]:
            yield from self._switched(text[2:-1])
        elif match["named"]:
            self._flags.append([])
            yield "(?P<"
        elif match["posix"] or text == "[":
            self._in_class = True
            yield "["
        elif match["escape"] or match["code"]:
            yield self._escaped(match)
        else:
            yield from self._plain(text)

    def _plain(self, text: str) -> Iterator[str]:
        if text == "(":
            self._flags.append([])
            yield text
        elif text == ")":
            if len(self._flags) == 1:
                raise UntranslatableError("a parenthesis that was never opened")
            yield ")" * (len(self._flags.pop()) + 1)
        elif text == "|" and self._flags[-1]:
            yield ")" * len(self._flags[-1]) + "|" + "".join(self._flags[-1])
        else:
            yield text

    def _switched(self, flags: str) -> Iterator[str]:
        if "U" in flags:
            raise UntranslatableError("the flag U")
        opening = f"(?{flags}:"
        self._flags[-1].append(opening)
        yield opening

    def _escaped(self, match: re.Match[str]) -> str:
        text = match[0]
        if match["code"]:
            return f"\\U{int(text[3:-1], 16):08x}"
        if text[1] in _REFUSED_ESCAPES:
            raise UntranslatableError(_REFUSED_ESCAPES[text[1]])
        return {"\\z": "$", "\\A": "^"}.get(text, text)
