"""What `clients:` of canonical.yaml may say, and what of that makes no sense."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from guards._core.globs import matcher
from guards._core.options import KeyPath, OptionError, RefusedError, option, required

_HOST = re.compile(r"(?:\*\.)?[^\s/:@*?#\\]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A place in the code."""

    at: str = required("A glob of files.")
    symbol: str = option("", "The function or class in them, such as `Client.send`; without it, all of the file.")
    because: str = option("", "Why it is so.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A protected API, and the one client through which it is called."""

    hosts: tuple[str, ...] = required("Its hosts; `*.example.com` is any sub-domain.")
    via: tuple[str | At, ...] = option((), "Where its client is: globs of files, or places in them.")
    allow: tuple[At, ...] = option((), "Where else it may be called. Each must be needed.")
    because: str = option("", "Why the client is to be used.")

    def __post_init__(self) -> None:
        errors = list(_flawed_hosts(self.hosts))
        errors += _flawed_places("via", self.via)
        errors += _flawed_places("allow", self.allow)
        if errors:
            raise RefusedError(errors)

    @property
    def places(self) -> tuple[At, ...]:
        """Where its client is."""
        return tuple(At(at=one) if isinstance(one, str) else one for one in self.via)


Section: TypeAlias = Mapping[str, Client]
"""The section `clients:`: name of an API to its hosts and places."""


def _flawed_hosts(hosts: tuple[str, ...]) -> Iterator[OptionError]:
    if not hosts:
        yield OptionError(("hosts",), "name at least one host")
    for number, host in enumerate(hosts):
        if not _HOST.fullmatch(host):
            yield OptionError(("hosts", number), "is no host: write it without scheme, port and path")


def _flawed_places(key: str, places: tuple[str | At, ...]) -> Iterator[OptionError]:
    for number, place in enumerate(places):
        at: KeyPath = (key, number) if isinstance(place, str) else (key, number, "at")
        try:
            matcher([place if isinstance(place, str) else place.at])
        except ValueError as error:
            yield OptionError(at, str(error))
        if key == "allow" and isinstance(place, At) and not place.because.strip():
            yield OptionError((key, number), "say why: `because: …`")
