"""What stands encoded in a line: Base64 (also of UTF-16), URL escapes and Unicode escapes.

Only lines are decoded in which a trigger says that there is something to decode, and only three times over.
"""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from collections.abc import Callable, Iterator
from typing import NamedTuple

from guards._core.model import Scope, Span, Trigger
from guards.secrets.pieces import HitsIn, Piece, hit_lines

MOST_DEPTH = 3
_MOST_DECODED = 1 << 20
"""Characters that are decoded in one file: a file that is all Base64 is data. What they hold again is no more."""

_ANY = "[A-Za-z0-9+/_-]"
_OF_ASCII = rf"[I-Za-f][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589]{_ANY}"
"""Four characters of Base64 that stand for three visible ones of ASCII: one in fourteen of those that might."""
_OF_UTF16 = rf"[I-Za-f][AQgw][AB]{_ANY}A[C-H][AEIMQUYcgkosw048]A"
"""Eight that stand for three in UTF-16, the little end first, as Windows and PowerShell write it."""
_BASE64 = re.compile(rf"(?:(?:{_OF_ASCII}){{6,}}|(?:{_OF_UTF16}){{4,}}){_ANY}*={{0,2}}")
_WORD = re.compile(r"[^\s\"'`<>]+")
_ESCAPE = re.compile(r"\\(?:u00|x)([2-7][0-9A-Fa-f])")


def _from_base64(text: str) -> str:
    data = text.rstrip("=")
    try:
        decoded = base64.b64decode(
            data + "=" * (-len(data) % 4), altchars=b"-_" if "-" in data or "_" in data else None
        )
    except (binascii.Error, ValueError):
        return ""
    if decoded[1::2].count(0) * 2 >= len(decoded) - 1:
        return _printable(decoded, "utf-16-le")
    return _printable(decoded, "utf-8")


def _printable(data: bytes, encoding: str) -> str:
    text = data.decode(encoding, "ignore")
    seen = sum(map(str.isprintable, text)) + text.count("\n") + text.count("\r") + text.count("\t")
    return text if seen * 20 >= len(text) * 19 else ""


def _from_escapes(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


class _Encoding(NamedTuple):
    name: str
    trigger: Trigger
    pattern: re.Pattern[str]
    decode: Callable[[str], str]


def _hint(pattern: str) -> Trigger:
    """Something to decode. Whether it still is decoded depends on how much was above it."""
    return Trigger(pattern, scope=Scope.ABOVE)


ENCODINGS = (
    _Encoding("Base64", _hint(rf"(?:{_OF_ASCII}){{6}}|(?:{_OF_UTF16}){{4}}"), _BASE64, _from_base64),
    _Encoding("URL escapes", _hint(r"[A-Za-z0-9]%[2-7][0-9A-Fa-f][A-Za-z0-9%._~-]{8}"), _WORD, urllib.parse.unquote),
    _Encoding("escapes", _hint(r"\\(?:u00|x)[2-7][0-9A-Fa-f]"), _WORD, _from_escapes),
)
TRIGGERS = tuple(encoding.trigger for encoding in ENCODINGS)


class Decoder:
    """Decodes what stands in the pieces of one file, and knows when it was enough."""

    def __init__(self, first_trigger: int, hits_in: HitsIn) -> None:
        self._first = first_trigger
        self._hits_in = hits_in
        self._left = _MOST_DECODED
        self.texts: list[tuple[str, Span, str]] = []
        """Everything that was decoded, where it stands, and from what."""

    def decoded(self, found: list[Piece], depth: int = 1) -> Iterator[Piece]:
        """What the pieces hold in other words, and what that holds again."""
        lines = [
            (line, span, via) for piece in found for text, span, via in self._in(piece) for line in text.splitlines()
        ]
        hits = hit_lines([line for line, _, _ in lines], self._hits_in)
        inner = [
            Piece(line, indices, span.line, span.column, 0, len(line) + 1, span, via)
            for (line, span, via), indices in zip(lines, hits, strict=True)
            if indices
        ]
        yield from inner
        if inner and depth < MOST_DEPTH:
            yield from self.decoded(inner, depth + 1)

    def _in(self, piece: Piece) -> Iterator[tuple[str, Span, str]]:
        for number, encoding in enumerate(ENCODINGS):
            if self._first + number not in piece.indices:
                continue
            for match in encoding.pattern.finditer(piece.text):
                if not piece.start <= match.start() < piece.end or not self._may_decode(match[0], piece):
                    continue
                text = encoding.decode(match[0])
                if len(text) >= 8 and text != match[0]:
                    via = f"{encoding.name} in {piece.via}" if piece.via else encoding.name
                    self.texts.append((text, piece.span(*match.span()), via))
                    yield self.texts[-1]

    def _may_decode(self, text: str, piece: Piece) -> bool:
        """Whether there was not too much yet. What is found in decoded text was counted with that."""
        if piece.via:
            return True
        self._left -= len(text)
        return self._left > -len(text)
