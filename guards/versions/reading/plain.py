"""What readers share: careful steps into plain values."""

from __future__ import annotations

from collections.abc import Iterator

from guards._code.spans import Document, JsonPath
from guards._core.model import Json, Span


def table(value: Json, *keys: str) -> dict[str, Json]:
    """The mapping that keys lead to; an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """A list, or nothing."""
    return value if isinstance(value, list) else []


def text(value: Json) -> str:
    """A text, or an empty one."""
    return value if isinstance(value, str) else ""


def texts(value: Json) -> Iterator[tuple[int, str]]:
    """The texts in a list, with their numbers."""
    return ((number, item) for number, item in enumerate(items(value)) if isinstance(item, str))


def in_lines(document: Document, path: JsonPath) -> Iterator[tuple[str, Span]]:
    """The lines of a value of several lines, as they are written, each with its place."""
    source = document.source(path)
    at = 0
    for line in source.split("\n"):
        bare = line.strip()
        if bare and not bare.startswith(("#", ";")):
            start = at + line.index(bare)
            yield bare, document.span_within(path, start, start + len(bare))
        at += len(line) + 1
