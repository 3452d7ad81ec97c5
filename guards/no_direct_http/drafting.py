"""A first `clients:` from the calls that a repository makes: each host that is known, with the files that call it."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from guards._code.places import is_test
from guards._core.model import Fact, Skipped, Source
from guards.no_direct_http import mapping
from guards.no_direct_http.facts import Role
from guards.no_direct_http.hosts import authority, normal
from guards.no_direct_http.relevance import matters

_HOSTS = "hosts"
ANY = mapping.Slice(("host.invalid",))
"""No host is protected yet."""
_NO_API = re.compile(r"(?:.*\.)?(?:localhost|invalid|example|test|local|internal)|(?:.*\.)?example\.(?:com|org|net)")
_MOST_FILES = 12
_WORD = re.compile(r"[a-z0-9-]+")


class Drafted(NamedTuple):
    """An API of the draft."""

    name: str
    hosts: tuple[str, ...]
    paths: tuple[str, ...]


def classify(path: str, slice_: Any) -> str | Skipped | None:
    """Code that is no test."""
    found = mapping.classify(path, ANY)
    if not isinstance(found, str) or is_test(path):
        return None
    return None if mapping.role_of(found)[0] in {Role.CANONICAL, Role.DOTENV, Role.COMPOSE} else found


def scan(source: Source[Any]) -> Iterator[Fact]:
    """The hosts that a file calls. What cannot be read is told when it is checked."""
    from guards._code.spans import DocumentError
    from guards._code.syntax.grammars import UnreadError
    from guards.no_direct_http.scan import sent

    role, suffix = mapping.role_of(source.path_class)
    if not matters(source.text, role, suffix, source.hits, ANY):
        return
    found: set[str] = set()
    try:
        for one in sent(source.text, role, suffix):
            for parts in one.addresses:
                known = authority(parts, is_authority=one.is_host)
                if known is not None and known[1] and "\0" not in known[0]:
                    found.add(normal(known[0]))
    except (UnreadError, DocumentError):
        return
    hosts = sorted(filter(_is_api, found))
    if hosts:
        yield Fact(_HOSTS, list(hosts))


def _is_api(host: str) -> bool:
    if "." not in host or _NO_API.fullmatch(host):
        return False
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return re.fullmatch(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+", host) is not None
    return False


def drafted(known: Mapping[str, Iterable[Fact]]) -> list[Drafted]:
    """The hosts by the word that they are known by, with the files that call them."""
    paths: dict[str, set[str]] = {}
    for path, found in known.items():
        for fact in found:
            for host in fact.data if fact.kind == _HOSTS and isinstance(fact.data, list) else ():
                paths.setdefault(str(host), set()).add(path)
    groups: dict[str, list[str]] = {}
    for host in sorted(paths):
        groups.setdefault(_name(host), []).append(host)
    return [
        Drafted(name, tuple(hosts), tuple(sorted(set[str]().union(*(paths[host] for host in hosts)))))
        for name, hosts in sorted(groups.items())
    ]


def _name(host: str) -> str:
    parts = host.split(".")
    return parts[-3] if len(parts) > 2 and len(parts[-2]) <= 3 and len(parts[-1]) == 2 else parts[-2]


def text(found: Iterable[Drafted]) -> str:
    """The section as YAML."""
    lines = ["clients:"]
    for one in found:
        lines += [f"  {one.name if _WORD.fullmatch(one.name) else json.dumps(one.name)}:"]
        lines += [f"    hosts: [{', '.join(json.dumps(host) for host in one.hosts)}]", "    via: # keep the one client"]
        lines += [f"      - {json.dumps(path)}" for path in one.paths[:_MOST_FILES]]
        if len(one.paths) > _MOST_FILES:
            lines.append(f"      # and {len(one.paths) - _MOST_FILES} more")
    return "\n".join(lines) + "\n"
