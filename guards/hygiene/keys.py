"""Files that are private keys: the armour, and inside of it what only a key looks like."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from guards._core.model import OWN_PATH, Finding, Fix, Level, Span
from guards._core.untracking import untracking_summary
from guards.hygiene.lines import LineCounter
from guards.hygiene.rules import PRIVATE_KEY

_PEM = re.compile(rb"^-----BEGIN ((?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?)-----[ \t]*\r?$", re.MULTILINE)
_PUTTY = re.compile(rb"^PuTTY-User-Key-File-[123]: [a-z0-9@.-]{4,60}\r?\nEncryption: ([a-z0-9-]+)\r?$", re.MULTILINE)
_PUTTY_BODY = re.compile(rb"^Private-Lines: [0-9]+\r?\n[A-Za-z0-9+/]{20}", re.MULTILINE)
_HEADER = re.compile(rb"^[A-Za-z][A-Za-z0-9-]*:.*(?:\n[ \t].*)*$", re.MULTILINE)
_CHECKSUM = re.compile(rb"^=[A-Za-z0-9+/]{4}\s*\Z", re.MULTILINE)
_NAMES = {
    "RSA PRIVATE KEY": "an RSA private key",
    "EC PRIVATE KEY": "an EC private key",
    "DSA PRIVATE KEY": "a DSA private key",
    "OPENSSH PRIVATE KEY": "an OpenSSH private key",
    "PGP PRIVATE KEY BLOCK": "a PGP private key",
}
_OPENSSH = b"openssh-key-v1\0"
_PGP_SECRET_KEY = {0x94, 0x95, 0x96, 0x97, 0xC5}
_LONGEST = 64 << 10
_FEWEST_BYTES = 40
"""An Ed25519 key in PKCS #8 has 48."""
_FEWEST_DIFFERENT = 20
"""So many different byte values every key has; a placeholder hardly does."""


class Key(NamedTuple):
    """A private key in a text."""

    start: int
    end: int
    """Where its first line ends."""
    what: str
    encrypted: bool


def private_keys(text: bytes, *, for_tests: bool, quarantine: bool = False) -> Iterator[Finding]:
    """A finding for each key; in a place for tests a note without a fix, because there it is mostly on purpose."""
    line_of = LineCounter(text)
    for key in sorted(keys(text)):
        line = line_of(key.start)
        span = Span(line, 1, line, key.end - key.start + 1)
        level = Level.WARNING if key.encrypted else None
        message = f"this file holds {key.what}{', encrypted with a passphrase' if key.encrypted else ''}"
        hint = "Revoke it and make a new one, then untrack the file; its history keeps the old one for good."
        summary = f"{untracking_summary(quarantine=quarantine)}; it must be revoked all the same"
        fix: Fix | None = Fix(summary, untrack=(OWN_PATH,), quarantine=quarantine)
        if for_tests:
            fix = None
            level = Level.NOTE
            hint = "Make sure that nothing but tests trusts it, or let the tests make their own."
        yield Finding(PRIVATE_KEY.id, message, span=span, subject=key.what, hint=hint, level=level, fix=fix)


def keys(text: bytes) -> Iterator[Key]:
    """The keys whose armour starts a line. One inside a literal or an indented block is no file of its own."""
    if b"PRIVATE KEY" in text:
        for match in _PEM.finditer(text):
            label = match[1].decode()
            encrypted = _is_key(label, _body(text, match.end(), f"\n-----END {label}-----".encode()))
            if encrypted is not None:
                what = _NAMES.get(label, "a private key")
                yield Key(match.start(), match.start() + len(match[0].rstrip()), what, encrypted)
    if b"PuTTY-User-Key-File-" in text:
        for match in _PUTTY.finditer(text):
            if _PUTTY_BODY.search(text, match.end(), _next(text, match.end(), b"\nPuTTY-User-Key-File-")):
                end = text.index(b"\n", match.start())
                yield Key(match.start(), end, "a PuTTY private key", match[1] != b"none")


def _body(text: bytes, start: int, end_line: bytes) -> bytes:
    """What stands between the two lines of the armour; nothing where another armour comes first."""
    end = _next(text, start, b"\n-----")
    return text[start:end] if text.startswith(end_line, end) else b""


def _next(text: bytes, start: int, what: bytes) -> int:
    """Where something comes next; where a key that begins here must have ended, if it does not come."""
    limit = min(start + _LONGEST, len(text))
    found = text.find(what, start, limit)
    return found if found >= 0 else limit


def _is_key(label: str, body: bytes) -> bool | None:
    """Whether the key of this body is encrypted; None: it is no key."""
    headers = b"".join(_HEADER.findall(body))
    data = _decoded(_HEADER.sub(b"", body))
    if len(data) < _FEWEST_BYTES or len(set(data)) < _FEWEST_DIFFERENT:
        return None
    if label.startswith("OPENSSH"):
        return not data.startswith(b"\x00\x00\x00\x04none", len(_OPENSSH)) if data.startswith(_OPENSSH) else None
    if label.startswith("PGP"):
        return False if data[0] in _PGP_SECRET_KEY else None
    if b"ENCRYPTED" in headers:
        return True  # the whole body is cipher text
    return label.startswith("ENCRYPTED") if _is_one_der_sequence(data) else None


def _decoded(body: bytes) -> bytes:
    """The bytes of a Base64 body, without the checksum that PGP adds; nothing where it is not Base64."""
    try:
        return base64.b64decode(b"".join(_CHECKSUM.sub(b"", body).split()), validate=True)
    except binascii.Error:
        return b""


def _is_one_der_sequence(data: bytes) -> bool:
    """Whether the outermost element is a SEQUENCE that is as long as it says."""
    if data[0] != 0x30 or data[1] == 0x80:
        return False
    if data[1] < 0x80:
        return len(data) == 2 + data[1]
    size = data[1] & 0x7F
    return len(data) == 2 + size + int.from_bytes(data[2 : 2 + size], "big")
