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
    TABLE = "table"


SEVERAL = frozenset({Kind.LIST, Kind.SET, Kind.TABLE})
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


def column(name: str, type_: object) -> str:
    """A column of a table as text."""
    return f"{name} {text_of(type_)}".strip()


def texts_of(value: object) -> tuple[str, ...]:
    """A value of a document as texts: the items of a list, the columns of a table, or itself."""
    if isinstance(value, dict):
        return tuple(column(name, type_) for name, type_ in value.items())
    return tuple(map(text_of, value if isinstance(value, list) else [value]))


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


_TYPES = {
    "serial": "integer", "bigserial": "bigint", "smallserial": "smallint",
    "int": "integer", "int4": "integer", "int8": "bigint", "int2": "smallint", "bool": "boolean",
    "character varying": "varchar", "character": "char", "dec": "decimal", "numeric": "decimal",
    "float8": "double precision", "double": "double precision", "float4": "real",
    "timestamptz": "timestamp with time zone", "timestamp without time zone": "timestamp", "string": "text",
}  # fmt: skip
"""Names of one type."""
_TYPE = re.compile(r"(?P<base>[a-z0-9_ ]*[a-z0-9_])\s*(?:\((?P<size>[0-9, ]*)\))?\s*(?P<rest>.*)")


def _column(text: str) -> tuple[str, ...] | None:
    """Name, type, its size, and what follows it: names of columns and types do not tell capitals from small letters."""
    name, _, type_ = text.strip().lower().partition(" ")
    found = _TYPE.fullmatch(" ".join(type_.split()))
    if not name or (type_ and not found):
        return None
    base, size, rest = found.group("base", "size", "rest") if found else ("", "", "")
    return (name, _TYPES.get(base, base), (size or "").replace(" ", ""), rest)


_NORMAL: Mapping[Kind, Callable[[str], Any]] = {
    Kind.PORT: _port,
    Kind.NUMBER: _number,
    Kind.PATH: _path,
    Kind.URL: _url,
    Kind.TEXT: _text,
    Kind.LIST: _text,
    Kind.SET: _text,
    Kind.TABLE: _column,
}
