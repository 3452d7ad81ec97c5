"""Text with its secrets masked: for logs, on their way from a program to wherever everybody can read them.

What is found is what the default mode finds in the settings of a machine, whatever its level. Of a value only the
public prefix of its format stays. A private key is masked line by line from its first line to its last, because a log
is written a line at a time and nobody can wait for the end.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from guards._core.triggers import Engine, engine_for
from guards.secrets.default import TRIGGERS, Found, Text, everything
from guards.secrets.identity import masked
from guards.secrets.places import Kind, Place

_LONGEST = 4 << 20
"""Bytes of a line. A longer one is left out: nobody can tell what a part of it is."""
_LEFT_OUT = b"**** (a line of more than 4 MiB)"
_ANYWHERE = Place(Kind.ENVIRONMENT, for_tests=False, formats=frozenset())
_SURROGATE = re.compile("[\ud800-\udfff]")
_KEY_BEGINS = re.compile(r"---- ?-?BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-*|PuTTY-User-Key-File-\d: \S*")
_KEY_ENDS = re.compile(r"---- ?-?END [A-Z0-9 ]*PRIVATE KEY|Private-MAC:")
_OF_KEY = re.compile(
    r"(?<!\\)[A-Za-z0-9+/=]{16,}"
    r"|(?<![\\A-Za-z0-9+/=])[A-Za-z0-9+/=]+(?=(?:\\[rn]|[^A-Za-z0-9+/=\\])*$)"  # the last line of a key is short
)
_LEAST_OF_KEY = 16
_PATIENCE = 5
"""So many lines without anything of a key mean that its end was lost."""


def mask(text: str) -> str:
    """The text with every secret in it masked."""
    return Masker().text(text)


class MaskingFilter(logging.Filter):
    """Masks what a logger or a handler is given: the message, the traceback and the stack."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask a record; none is dropped."""
        record.msg, record.args = mask(record.getMessage()), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_text = mask(record.exc_text) if record.exc_text else record.exc_text
        record.stack_info = mask(record.stack_info) if record.stack_info else record.stack_info
        return True


class _Cut(NamedTuple):
    """Characters of a line, and what takes their place."""

    start: int
    end: int
    shown: str


class Masker:
    """Masks a stream, piece by piece as it comes."""

    def __init__(self) -> None:
        self._engine = _engine()
        self._rest = b""
        """The beginning of a line whose end has not come."""
        self._drops = False
        """The rest of this line is left out."""
        self._patience = 0
        """Above 0: inside of a private key."""

    def feed(self, data: bytes) -> bytes:
        """What can be told of the stream so far: its whole lines, masked."""
        if self._drops:
            data = data[data.find(b"\n") :] if b"\n" in data else b""
        cut = data.rfind(b"\n") + 1
        whole, rest = (self._rest + data[:cut], data[cut:]) if cut else (b"", self._rest + data)
        self._drops = self._drops and not cut
        self._rest = b"" if self._drops else rest
        told = self._bytes(whole)
        if len(self._rest) > _LONGEST:
            self._rest, self._drops = b"", True
            told += _LEFT_OUT
        return told

    def end(self) -> bytes:
        """The last line, if nothing ended it."""
        rest, self._rest = self._rest, b""
        return self._bytes(rest)

    def _bytes(self, data: bytes) -> bytes:
        return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape") if data else b""

    def text(self, text: str) -> str:
        """Some lines, masked."""
        clean = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text).encode()  # as many characters, so places are the same
        found = everything(Text(clean, self._engine.lines(clean), _ANYWHERE, self._engine.lines))
        if not found and not self._patience and not _KEY_BEGINS.search(text):
            return text
        lines = text.split("\n")
        cuts: list[list[_Cut]] = [[] for _ in lines]
        for one in found:
            line = lines[one.span.line - 1]
            if "\n" not in one.value or not _KEY_BEGINS.search(line):  # a key of several lines is masked line by line
                cuts[one.span.line - 1].append(_cut(one, line))
        return "\n".join(_without((*own, *self._of_key(line)), line) for line, own in zip(lines, cuts, strict=True))

    def _of_key(self, line: str) -> Iterator[_Cut]:
        """What of a line belongs to private keys."""
        at, inside, is_key = 0, self._patience > 0, False
        while True:
            if not inside:
                begins = _KEY_BEGINS.search(line, at)
                if begins is None:
                    break
                at, is_key, inside = begins.end(), True, True
            ends = _KEY_ENDS.search(line, at)
            for match in _OF_KEY.finditer(line, at, ends.start() if ends else len(line)):
                is_key = is_key or len(match[0]) >= _LEAST_OF_KEY
                yield _Cut(*match.span(), "****")
            if ends is None:
                break
            at, inside = ends.end(), False
        if not inside:
            self._patience = 0
        elif line.strip():
            self._patience = _PATIENCE if is_key else self._patience - 1


def _cut(one: Found, line: str) -> _Cut:
    start, end = one.span.column - 1, one.span.end_column - 1
    return _Cut(start, end, masked(one.value, one.accepted.shown if line.startswith(one.value[:8], start) else 0))


def _without(cuts: Iterable[_Cut], line: str) -> str:
    """The line with these characters replaced; where they overlap, as if they were one."""
    parts: list[str] = []
    at = 0
    for start, end, shown in sorted(cuts):
        if start >= at:
            parts += [line[at:start], shown]
        at = max(at, end)
    return "".join((*parts, line[at:]))


@functools.cache
def _engine() -> Engine:
    """One that is ready at once: a log does not wait until triggers are compiled."""
    return engine_for(TRIGGERS, None, wait=False)
