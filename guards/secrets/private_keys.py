"""Private keys inside of something else: in a literal, an indented block, a value of a document.

The armour alone proves nothing: code that reads keys names it, too. What counts is the body, with the quotes, escapes
and signs that a language puts between its lines taken away.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from guards._core.model import Trigger

TRIGGER = Trigger(r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_BEGIN = re.compile(r"-----BEGIN ((?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?)-----")
_LONGEST = 64 << 10
_END = re.compile(r"-----(?:END|BEGIN) ")
_HEADER = re.compile(r"^\s*[A-Z][A-Za-z0-9-]*:.*$", re.MULTILINE)
_CHECKSUM = re.compile(r"=[A-Za-z0-9+/]{4}$")
_FEWEST_BYTES = 40
_FEWEST_DIFFERENT = 20
"""So many different byte values every key has; a placeholder hardly does."""


class Key(NamedTuple):
    """A private key in a text."""

    start: int
    end: int
    """Where its first line of armour ends."""
    body: str
    """What makes it this key and no other."""
    what: str
    encrypted: bool


def private_keys(text: str) -> Iterator[Key]:
    """The keys whose body is there."""
    for match in _BEGIN.finditer(text):
        end = _END.search(text, match.end(), match.end() + _LONGEST)
        raw = text[match.end() : end.start() if end else match.end() + _LONGEST]
        body = "".join(_CHECKSUM.sub("", _without(raw)).split())
        data = _decoded(body)
        if len(data) >= _FEWEST_BYTES and len(set(data)) >= _FEWEST_DIFFERENT:
            label = match[1]
            encrypted = "ENCRYPTED" in label or "ENCRYPTED" in raw[:200]
            yield Key(match.start(), match.end(), body, _name(label), encrypted)


def _without(raw: str) -> str:
    """The body without what surrounds its lines and without its headers."""
    plain = re.sub(r"\\+[nr]|\\u000[aAdD]|&#1[03];|%0[AaDd]", "\n", raw)
    return re.sub(r"[^A-Za-z0-9+/=]+", " ", _HEADER.sub("", plain)).strip()


def _decoded(body: str) -> bytes:
    data = body.rstrip("=")
    try:
        return base64.b64decode(data[: len(data) // 4 * 4], validate=True)
    except binascii.Error:
        return b""


def _name(label: str) -> str:
    kind = label.removesuffix("PRIVATE KEY").removesuffix("PRIVATE KEY BLOCK").strip()
    names = {"RSA": "an RSA", "EC": "an EC", "DSA": "a DSA", "OPENSSH": "an OpenSSH", "PGP": "a PGP"}
    return f"{names.get(kind, 'a')} private key"
