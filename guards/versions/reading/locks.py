"""Lock files of Python: uv.lock, poetry.lock, pdm.lock and pylock.toml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from guards._code.packages import normalized
from guards._code.spans import Format, parse
from guards._core.model import Json, Seen, Span
from guards.versions.facts import Locked, fact
from guards.versions.mapping import Role
from guards.versions.reading.plain import items, table, text

_ENTRY = re.compile(rb"^\[\[packages?\]\][ \t]*\r?$", re.MULTILINE)


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """What is locked, with the lines of its entries."""
    root = table(parse(data, Format.TOML)[0].value)
    entries = [table(one) for one in items(root.get("packages" if role is Role.PYLOCK else "package"))]
    lines = _lines(data)
    packages: dict[str, list[list[Any]]] = {}
    for number, entry in enumerate(entries):
        line = lines[number] if len(lines) == len(entries) else 1
        packages.setdefault(normalized(text(entry.get("name"))), []).append([text(entry.get("version")), line])
    metadata = table(root, "metadata")
    python = {
        Role.UV_LOCK: root.get("requires-python"),
        Role.POETRY_LOCK: metadata.get("python-versions"),
        Role.PYLOCK: root.get("requires-python"),
    }.get(role)
    groups = metadata.get("groups") if role is Role.PDM_LOCK else None
    members = tuple(_members(entries)) if role is Role.UV_LOCK else (".",)
    known = tuple(text(one) for one in groups) if isinstance(groups, list) else None
    yield fact(Locked(packages, members, text(python), known), Span(1, 1, 1, 1))


def _lines(data: bytes) -> list[int]:
    """The lines of the headers of entries."""
    found, line, at = [], 1, 0
    for match in _ENTRY.finditer(data):
        line += data.count(b"\n", at, match.start())
        at = match.start()
        found.append(line)
    return found


def _members(entries: list[dict[str, Json]]) -> Iterator[str]:
    """The folders of the projects that a lock of uv was made for."""
    for entry in entries:
        source = table(entry.get("source"))
        for kind in ("editable", "virtual"):
            if isinstance(source.get(kind), str):
                yield text(source.get(kind))
