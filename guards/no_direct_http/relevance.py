"""Which files can have something to say, as far as words, imports and strings tell: the others need no parser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from guards._code.python_imports import Import, imports
from guards._code.python_text import (
    Ranges,
    is_comment,
    is_docstring,
    joined_until,
    line_end,
    open_bracket,
    strings_and_comments,
)
from guards._code.syntax import environment, texts
from guards.no_direct_http.calls import VERBS
from guards.no_direct_http.clients import BASES, PYTHON, REQUESTS
from guards.no_direct_http.facts import Role
from guards.no_direct_http.mapping import OF_GO, OF_PYTHON, OF_SCRIPTS, OF_SHELLS, TESTS, Slice, host_lines


def matters(text: bytes, role: Role, more: str, hits: Mapping[int, Sequence[int]], wanted: Slice) -> bool:
    """Whether a file may call a client or write down a protected host: at least where it does."""
    hosts = host_lines(hits)
    if role is Role.PYTHON:
        return _uses_client(text, hits) or (bool(hosts) and _writes(text, hosts, wanted.hosts, for_tests=more == TESTS))
    return bool(hosts) or any(sign in hits for sign in _SIGNS.get(role, OF_SHELLS))


_SIGNS = {Role.SCRIPT: OF_SCRIPTS, Role.GO: OF_GO}


def _uses_client(text: bytes, hits: Mapping[int, Sequence[int]]) -> bool:
    """Whether a file of Python imports something that sends, by a statement or by a name in a string."""
    lines = sorted({line for sign in OF_PYTHON for line in hits.get(sign, ())})
    if not lines:
        return False
    return b"import_module" in text or b"__import__" in text or any(map(_is_client, imports(text, lines)))


_CLIENTS = frozenset(
    ".".join(parts[:count])
    for name in (*PYTHON, *BASES, *REQUESTS)
    for parts in [name.split(".")]
    for count in range(1, len(parts) + 1)
)
"""The names of all that sends, and of all that holds such."""


def _is_client(one: Import) -> bool:
    if one.name in {"", "*"}:
        return one.module in _CLIENTS or one.local in _CLIENTS
    return f"{one.module}.{one.name}" in _CLIENTS


# ---- Hosts in strings -----------------------------------------------------------------------------------------------

_HOLES = re.compile(rb"\{[^{}]*\}")
_START = re.compile(rb"\s*(?:[^\s/?#]*//)?[^\s/?#]*")
"""What may stand before the host of an address: no words."""
_BEGINS = re.compile(rb"(?:^\s*|[\"'}]\s*)(?:[^\s/?#\"']*//)?[^\s/?#\"']*\Z", re.MULTILINE)
"""The same on its line, where a string begins or goes on."""


def _writes(text: bytes, lines: Iterable[int], hosts: tuple[str, ...], *, for_tests: bool) -> bool:
    """Whether an address with a host stands in a string that is no documentation.

    `for_tests`: it matters only if it may be handed to what sends: what is written in tests is nobody's business.
    """
    places = [
        found.start()
        for line in lines
        for found in _any_of(hosts).finditer(text, line, line_end(text, line))
        if _BEGINS.search(text, line, found.start())
    ]
    if not places:
        return False
    strings = strings_and_comments(text, line_end(text, places[-1]))
    return any(_is_written(text, at, strings, for_tests=for_tests) for at in places)


def _is_written(text: bytes, at: int, strings: Ranges, *, for_tests: bool) -> bool:
    around = strings.around(at)
    if around is None or is_comment(text, around) or is_docstring(text, around):
        return False
    before = _HOLES.sub(b"", joined_until(text, at, strings))
    return _START.fullmatch(before) is not None and not (for_tests and _is_swallowed(text, around[0], strings))


_CALLED = re.compile(rb"(?:^|[^\w])(\w+)[ \t]*\Z")


def _is_swallowed(text: bytes, start: int, strings: Ranges) -> bool:
    """Whether a string is an argument of a call that makes nothing of it that could be an address again: it neither
    sends nor changes texts, nor is its name given here."""
    bracket = open_bracket(text, start, strings)
    called = _CALLED.search(text, max(0, bracket - 100), bracket) if text[bracket : bracket + 1] == b"(" else None
    if called is None or called[1].decode("utf-8", "replace") in _PASSING:
        return False
    return not re.search(rb"\b(?:def|class|as)[ \t]+%b\b|\b%b[ \t]*[=:,]" % (called[1], called[1]), text)


_PASSING = frozenset({
    *("and", "assert", "await", "elif", "else", "for", "if", "in", "is", "lambda", "not", "or", "return", "while"),
    *("with", "yield", "getattr", "partial", "partialmethod", "pop", "setdefault", "cast"),
    *VERBS, *texts.NAMES, *(name.rpartition(".")[2] for name in (*environment.READERS, *environment.METHODS)),
})  # fmt: skip
"""Words before a bracket, of which what is in it may come out again or be sent."""


@lru_cache(maxsize=4)
def _any_of(hosts: tuple[str, ...]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(re.escape(host.removeprefix("*.").encode()) for host in hosts), re.IGNORECASE)
