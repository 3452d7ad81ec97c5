"""Reads of the environment in Go: calls, and what tags of structures name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from guards._code.syntax.values import Text, Value, hole, united

READERS = frozenset({"os.Getenv", "os.LookupEnv", "syscall.Getenv"})
"""Functions that read the variable that their first argument names."""


def read(name: str, args: tuple[Value, ...], keywords: Mapping[str, Value]) -> Value | None:
    """What a read of the environment gives: its variable; None for any other call."""
    if name not in READERS:
        return None
    named = args[0] if args else ()
    return united([hole("env", one.known) if isinstance(one, Text) and one.known else hole() for one in named]) \
        if named else hole()  # fmt: skip


class Tagged(NamedTuple):
    """A field that a library fills from a variable."""

    name: str
    start: int
    end: int
    """Where the name stands, as byte offsets."""
    has_default: bool = False
    is_required: bool = False


_TAG = re.compile(
    rb"""`[^`\n]*?\b(?P<kind>env|envconfig):"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<options>[^"\n]*)"[^`\n]*`"""
)


def tagged(text: bytes) -> Iterator[Tagged]:
    """The variables of `env:"NAME,required"` and `envconfig:"NAME"`, with what stands beside them."""
    for found in _TAG.finditer(text):
        whole, options = found[0], found["options"]
        has_default = any(word in whole for word in (b"envDefault:", b"env-default:", b" default:", b"`default:"))
        is_required = b"required" in options or b'required:"true"' in whole
        yield Tagged(found["name"].decode(), *found.span("name"), has_default, is_required)
