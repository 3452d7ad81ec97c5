"""Kinds of facts: what two texts of a kind have in common when they mean the same."""

from __future__ import annotations

import enum
import posixpath
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from guards._code.versions import Scheme, version


class Kind(enum.StrEnum):
    """What a fact is."""

    PORT = "port"
    VERSION = "version"
    PATH = "path"
    URL = "url"
    TEXT = "text"
    NUMBER = "number"
    LIST = "list"
    SET = "set"


SEVERAL = frozenset({Kind.LIST, Kind.SET})
"""Kinds of facts whose value is several items."""

_MOST = 65535
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "ssh": 22}


def normal(text: str, kind: Kind, scheme: Scheme) -> Any:
    """What a text means as a value of a kind, to compare; None where it is none."""
    if kind is Kind.VERSION:
        return version(text, scheme)
    return _NORMAL[kind](text)


def text_of(value: object) -> str:
    """A value of a document as text. A number is what its program reads: `3.10` is 3.1."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _port(text: str) -> int | None:
    number = _number(re.sub(r"/(?:tcp|udp|sctp)\Z", "", text.strip(), flags=re.IGNORECASE))
    return int(number) if number is not None and number == int(number) and 0 <= number <= _MOST else None


def _number(text: str) -> Decimal | None:
    bare = text.strip()
    if re.fullmatch(r"[-+]?0[xob][0-9a-fA-F_]{1,40}", bare):
        try:
            return Decimal(int(bare, 0))
        except ValueError:
            return None
    if re.fullmatch(r"[-+]?[0-9]{1,40}(?:_[0-9]{1,40})*(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,2})?", bare):
        return Decimal(bare.replace("_", ""))
    return None


def _path(text: str) -> str | None:
    return posixpath.normpath(text.strip()) if text.strip() else None


def _url(text: str) -> tuple[object, ...] | None:
    """Scheme and host in small letters, the port that the scheme implies, and no lone slash at the end."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text.strip())
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.scheme or not parts.hostname:
        return None
    return (parts.scheme, parts.username, parts.hostname, port, parts.path.rstrip("/"), parts.query, parts.fragment)


def _text(text: str) -> str:
    return text


_NORMAL: Mapping[Kind, Callable[[str], Any]] = {
    Kind.PORT: _port,
    Kind.NUMBER: _number,
    Kind.PATH: _path,
    Kind.URL: _url,
    Kind.TEXT: _text,
    Kind.LIST: _text,
    Kind.SET: _text,
}
