"""Shell that stands in other files: everything around it becomes blanks, so that offsets stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from guards._code.spans import Document, DocumentError, Format, parse

_INSTRUCTION = re.compile(rb"^[ \t]*(?P<word>[A-Za-z]+)[ \t]+", re.MULTILINE)
_FLAG = re.compile(rb"--[a-z]+(?:=\S+)?[ \t]+")
_HEREDOC = re.compile(rb"<<-?[\"']?(\w+)[\"']?")
_COMMENT_INSIDE = re.compile(rb"(?<=\\\n)([ \t]*)#[^\n]*\n")
_MAKE_VARIABLE = re.compile(rb"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
_MAKE_ASSIGNMENT = re.compile(
    rb"^(?:export[ \t]+|override[ \t]+)?([A-Za-z_]\w*)[ \t]*(?:\?|::?:?|\+)?=[ \t]*([^\n#]*)", re.MULTILINE
)
_EXPRESSION = re.compile(rb"\$\{\{(.*?)\}\}", re.DOTALL)


class Piece(NamedTuple):
    """A part of a file that is shell."""

    shell: bytes
    """As long as the file, with blanks for all that is none."""
    variables: tuple[tuple[str, str], ...] = ()
    """What is set around it, as it is written there."""


def _blank(text: bytes) -> bytes:
    return re.sub(rb"[^\n]", b" ", text)


def _alone(text: bytes, ranges: list[tuple[int, int]]) -> bytes:
    """The ranges of a text, and blanks for the rest."""
    pieces, at = [], 0
    for start, end in ranges:
        pieces += [_blank(text[at:start]), text[start:end]]
        at = end
    return b"".join([*pieces, _blank(text[at:])])


# ---- Dockerfile -----------------------------------------------------------------------------------------------------


def dockerfile(text: bytes) -> Piece:
    """What its `RUN`, `CMD`, `ENTRYPOINT` and `HEALTHCHECK` give to a shell, and what `ARG` and `ENV` set."""
    ranges: list[tuple[int, int]] = []
    variables: list[tuple[str, str]] = []
    at = 0
    while (found := _INSTRUCTION.search(text, at)) is not None:
        end = _logical_end(text, found.end())
        word = found["word"].upper()
        if word in {b"RUN", b"CMD", b"ENTRYPOINT", b"HEALTHCHECK"}:
            start = _behind_flags(text, found.end(), end, word)
            end = _with_heredocs(text, start, end)
            if text[start:end].lstrip().startswith(b"["):
                ranges += _exec_form(text, start, end)
            else:
                ranges.append((start, end))
        elif word in {b"ARG", b"ENV"}:
            variables += _set(text[found.end() : end])
        at = max(end, found.end())
    return Piece(_COMMENT_INSIDE.sub(_carried_on, _alone(text, ranges)), tuple(variables))


def _carried_on(found: re.Match[bytes]) -> bytes:
    """A comment between lines that belong together: for a shell it would end them."""
    return b" " * len(found[0])


def _logical_end(text: bytes, at: int) -> int:
    """The end of a line that a backslash may carry on, over comments too."""
    while True:
        end = text.find(b"\n", at)
        if end < 0:
            return len(text)
        line = text[at:end].rstrip()
        if not line.endswith(b"\\") and not line.lstrip().startswith(b"#"):
            return end
        if line.lstrip().startswith(b"#") and at == 0:
            return end
        at = end + 1


def _behind_flags(text: bytes, at: int, end: int, word: bytes) -> int:
    while (flag := _FLAG.match(text, at, end)) is not None:
        at = flag.end()
    if word == b"HEALTHCHECK" and text[at : at + 3].upper() == b"CMD":
        at += 3
    return at


def _with_heredocs(text: bytes, start: int, end: int) -> int:
    for found in _HEREDOC.finditer(text, start, end):
        close = re.compile(rb"^[ \t]*" + found[1] + rb"[ \t]*$", re.MULTILINE).search(text, end)
        end = close.end() if close else end
    return end


_JSON_TEXT = re.compile(rb'"((?:[^"\\]|\\.)*)"')


def _exec_form(text: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """The texts of `["a", "b"]`: with their quotes they are words of a shell; the rest between them is not."""
    return [found.span() for found in _JSON_TEXT.finditer(text, start, end)]


def _set(arguments: bytes) -> Iterator[tuple[str, str]]:
    for found in re.finditer(rb"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S*)", arguments):
        yield found[1].decode(), found[2].decode("utf-8", "replace").strip("\"'")


# ---- Makefile -------------------------------------------------------------------------------------------------------


def makefile(text: bytes) -> Piece:
    """Its recipes, and the variables that it sets."""
    ranges, at = [], 0
    while (at := text.find(b"\n\t", at)) >= 0:
        at += 2
        while text[at : at + 1] in {b"@", b"-", b"+"}:
            at += 1
        end = _logical_end(text, at)
        ranges.append((at, end))
        at = end
    shell = _alone(text, ranges).replace(b"$$", b" $")
    shell = _MAKE_VARIABLE.sub(rb"${\1}", shell)
    variables = [(found[1].decode(), found[2].decode("utf-8", "replace").strip().replace("$(", "${").replace(")", "}"))
                 for found in _MAKE_ASSIGNMENT.finditer(text)]  # fmt: skip
    return Piece(shell, tuple(variables))


# ---- Workflows ------------------------------------------------------------------------------------------------------


def workflow(text: bytes) -> Piece:
    """What is run, and what `env` sets. DocumentError: it does not parse."""
    document = parse(text, Format.YAML)[0]
    ranges: list[tuple[int, int]] = []
    variables: list[tuple[str, str]] = []
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), document.value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            if path and path[-1] == "env":
                variables += ((str(key), str(one)) for key, one in value.items() if isinstance(one, str | int))
            waiting += (((*path, key), one) for key, one in value.items())
        elif isinstance(value, list):
            waiting += (((*path, number), one) for number, one in enumerate(value))
        elif isinstance(value, str) and path and path[-1] == "run" and len(path) > 1:
            ranges += _scalar(document, path, text)
    shell = _alone(text, sorted(ranges))
    return Piece(_EXPRESSION.sub(_expression, shell), tuple(variables))


def _scalar(document: Document, path: tuple[str | int, ...], text: bytes) -> Iterator[tuple[int, int]]:
    """The text of a scalar without its quotes, or without what introduces a block."""
    try:
        start, end = document.offsets(path)
    except (KeyError, DocumentError):
        return
    first = text[start : start + 1]
    if first in {b"|", b">"}:
        yield _logical_line(text, start, end), end
    elif first in {b'"', b"'"}:
        yield start + 1, end - 1
    else:
        yield start, end


def _logical_line(text: bytes, start: int, end: int) -> int:
    at = text.find(b"\n", start, end)
    return end if at < 0 else at + 1


def _expression(found: re.Match[bytes]) -> bytes:
    """An expression becomes a variable of the same length; one of the environment keeps its name."""
    if b"\n" in found[0]:
        return _blank(found[0])
    variable = re.fullmatch(rb"\s*env\.(\w+)\s*", found[1])
    name = variable[1] + b"%" if variable else b""
    return b"${" + name + b"_" * (len(found[0]) - len(name) - 3) + b"}"
