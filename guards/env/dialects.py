"""What a line of an environment file means to python-dotenv, to Node and to bash, each by its own rules.

Only whether they agree leaves this module. What refers to another variable stands for itself where it is followed.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PYTHON, NODE, BASH = "python-dotenv", "Node", "bash"
_SINGLE = re.compile(r"'((?:\\'|[^'])*+)'")
_DOUBLE = re.compile(r'"((?:\\"|[^"])*+)"')
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_BRACED = re.compile(r"\$\{([^}:]*)(?::-[^}]*)?\}")
_EXPANDED = re.compile(r"\$(?:\{[^}]*\}|[A-Za-z_]\w*|[0-9@*#?$!-]|\([^)]*\)?)|`[^`]*`?")
_MARK = "\0"
"""Stands for what is put in from elsewhere."""


class Disagreement(NamedTuple):
    """Programs that read a line differently."""

    groups: tuple[tuple[str, ...], ...]
    """Those that agree with each other."""
    why: str
    is_mild: bool
    """Node alone puts nothing in where the others do, and many of its loaders make up for that."""


def disagreement(before: str, after: str) -> Disagreement | None:
    """What is read of `before=after`, where after has all lines of a value in quotes; None where all agree."""
    read = {PYTHON: _python(after), NODE: _node(after), BASH: _bash(before, after)}
    groups: dict[str | None, list[str]] = {}
    for name, value in read.items():
        groups.setdefault(value, []).append(name)
    if len(groups) == 1:
        return None
    why = _why(before, after)
    is_mild = read[PYTHON] == read[BASH] and why == _WHY_DOLLAR
    return Disagreement(tuple(tuple(group) for group in groups.values()), why, is_mild)


_WHY_DOLLAR = "a `$`"


def _why(before: str, after: str) -> str:
    """The first thing in it that they treat differently, without any of its text."""
    text = after.strip()
    if before != before.rstrip() or after != after.lstrip():
        return "blanks beside `=`"
    for sign, words in (("$", _WHY_DOLLAR), ("`", "a backtick"), ("\\", "a backslash"), ("#", "a `#`")):
        if sign in text:
            return words
    if text[:1] in {"'", '"'}:
        return "text beside the quotes"
    if re.search(r"[;&|<>()]", text):
        return "a character that a shell acts upon"
    return "blanks without quotes" if re.search(r"\s", text) else "quotes within the text"


def _python(after: str) -> str | None:
    text = after.lstrip(" \t")
    for pattern, escaped in ((_SINGLE, r"\\([\\'])"), (_DOUBLE, r"\\([\\'\"abfnrtv])")):
        if text[:1] == pattern.pattern[0]:
            found = pattern.match(text)
            if found is None or not re.fullmatch(r"[ \t]*(?:#.*)?", text[found.end() :]):
                return None
            return _BRACED.sub(_followed, re.sub(escaped, lambda one: _ESCAPES.get(one[1], one[1]), found[1]))
    return _BRACED.sub(_followed, re.sub(r"\s+#.*", "", after).strip())


def _followed(found: re.Match[str]) -> str:
    return _MARK + found[1].strip("${}").split(":")[0] + _MARK


def _node(after: str) -> str:
    text = after.strip(" \t")
    quote = text[:1]
    if quote in {'"', "'", "`"}:
        end = text.find(quote, 1)
        if end > 0:
            inner = text[1:end]
            return inner.replace("\\n", "\n") if quote == '"' else inner
        return after.lstrip(" \t").partition("\n")[0]
    return text.partition("\n")[0].partition("#")[0].strip(" \t")


def _bash(before: str, after: str) -> str | None:
    """None: it sets nothing, but runs a command or is an error."""
    if before != before.rstrip() or (after != after.lstrip(" \t") and after.strip() and after.strip()[0] != "#"):
        return None
    pieces: list[str] = []
    at = 0
    while at < len(after) and after[at] not in " \t\n":
        if after[at] in ";&|<>()":
            return None
        taken = _piece(after, at)
        if taken is None:
            return None
        piece, at = taken
        pieces.append(piece)
    rest = after[at:].strip()
    return "".join(pieces) if not rest or rest.startswith("#") else None


def _piece(text: str, at: int) -> tuple[str, int] | None:
    """What a shell makes of the text from here to the end of quotes or of an escape; None: they never end."""
    sign = text[at]
    if sign == "'":
        end = text.find("'", at + 1)
        return None if end < 0 else (text[at + 1 : end], end + 1)
    if sign == '"':
        return _in_double(text, at + 1)
    if sign == "\\":  # at the end of a line it takes in the next one
        return (text[at + 1], at + 2) if text[at + 1 : at + 2].strip("\n") else None
    found = _EXPANDED.match(text, at)
    if found:
        return _put_in(found[0]), found.end()
    if sign == "~" and at == 0:
        return _MARK + "~", 1
    return sign, at + 1


def _in_double(text: str, at: int) -> tuple[str, int] | None:
    pieces: list[str] = []
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and text[at + 1 : at + 2] in {"$", "`", '"', "\\", "\n"}:
            pieces.append(text[at + 1].strip("\n"))
            at += 2
            continue
        found = _EXPANDED.match(text, at)
        pieces.append(_put_in(found[0]) if found else text[at])
        at = found.end() if found else at + 1
    return ("".join(pieces), at + 1) if at < len(text) else None


def _put_in(source: str) -> str:
    """An expansion, written one way."""
    return _MARK + re.split(r"[:}]", source.strip("${}`()"))[0] + _MARK
