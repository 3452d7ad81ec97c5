"""Dockerfiles: the images that they begin with."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guards._code.spans import DEFAULT_LIMITS
from guards._code.spans.dockerfile import parse_dockerfile
from guards._code.spans.text import decode
from guards._core.model import Seen
from guards.versions import ranges
from guards.versions.facts import Runs, Tool, fact
from guards.versions.mapping import Role
from guards.versions.reading.plain import table, text, texts

_IMAGE = re.compile(r"(?:docker\.io/)?(?:library/)?(python|node|golang|rust|ruby):v?(\d+(?:\.\d+)*)(?:[-@].*)?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
_TOOLS = {"golang": "go"}


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """The images whose version is known."""
    document = parse_dockerfile(decode(data), DEFAULT_LIMITS)
    root = table(document.value)
    arguments = {name: text(value) for name, value in table(root, "ARG").items()}
    for number, image in texts(root.get("FROM")):
        filled = _VARIABLE.sub(lambda found: arguments.get(found[1] or found[3], "") or found[2] or "?", image)
        found = _IMAGE.fullmatch(filled)
        if not found:
            continue
        span = document.span(("FROM", number))
        yield fact(Tool(_TOOLS.get(found[1], found[1]), found[2], "image"), span)
        minor = ranges.python_minor(found[2]) if found[1] == "python" and "." in found[2] else None
        if minor:
            yield fact(Runs("image", minor), span)
