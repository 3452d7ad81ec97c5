"""Files that pin the tools of a project: Python, Node, Go, Rust, and those of version managers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guards._code.spans import Format, Part, parse
from guards._code.spans.text import decode
from guards._core.model import Json, Seen, Span
from guards.versions import ranges
from guards.versions.facts import Runs, Tool, fact
from guards.versions.mapping import Role
from guards.versions.reading.plain import table, text

_CALLED = {"golang": "go", "nodejs": "node"}
_DIRECTIVE = re.compile(r"(go)\s+(\d+(?:\.\d+)*)|toolchain\s+(go)(\d+(?:\.\d+)*)\S*")
_NUMBERS = re.compile(r"v?\d+(?:\.\d+)*(?:[-.\w]*)")


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """The tools that a file pins."""
    match role:
        case Role.MISE:
            yield from _mise(data)
        case Role.RUST_TOOLCHAIN_TOML:
            document = parse(data, Format.TOML)[0]
            channel = text(table(document.value, "toolchain").get("channel"))
            if _NUMBERS.fullmatch(channel):
                yield fact(Tool("rust", channel, "exact"), document.span(("toolchain", "channel")))
        case _:
            for number, line in enumerate(decode(data).content.split("\n"), 1):
                yield from _line(line.partition("#")[0], number, role)


def _line(line: str, number: int, role: Role) -> Iterator[Seen]:
    words = line.split()
    if not words:
        return
    if role is Role.TOOL_VERSIONS:
        for version in words[1:]:
            yield from _tool(words[0], version, "exact", _span(line, version, number))
    elif role is Role.GO_MOD:
        found = _DIRECTIVE.fullmatch(line.partition("//")[0].strip())
        if found:
            kind = "range" if found[1] else "exact"
            version = found[2] or found[4]
            shown = f">={version}" if found[1] else version
            yield fact(Tool("go", shown, kind), _span(line, version, number))
    else:
        tool = {Role.PYTHON_PIN: "python", Role.NODE_PIN: "node"}.get(role, "rust")
        yield from _tool(tool, words[0], "exact", _span(line, words[0], number))


def _span(line: str, word: str, number: int) -> Span:
    start = line.rindex(word) + 1
    return Span(number, start, number, start + len(word))


def _tool(name: str, version: str, kind: str, span: Span) -> Iterator[Seen]:
    """A tool; a Python is something to run on as well."""
    tool = _CALLED.get(name, name)
    if not _NUMBERS.fullmatch(version):
        return
    yield fact(Tool(tool, version, kind), span)
    minor = ranges.python_minor(version) if tool == "python" else None
    if minor:
        yield fact(Runs("pin", minor), span)


def _mise(data: bytes) -> Iterator[Seen]:
    document = parse(data, Format.TOML)[0]
    for name, value in table(document.value, "tools").items():
        for version in _versions(value):
            yield from _tool(name, version, "exact", document.span(("tools", name), Part.VALUE))


def _versions(value: Json) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        yield text(table(one).get("version")) if isinstance(one, dict) else text(one)
