"""The configuration of pre-commit: repositories of hooks, their revisions, and what is installed beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guards._code.spans import Document, Format, JsonPath, parse
from guards._core.model import Json, Seen, Span
from guards.versions.facts import Hook, fact
from guards.versions.mapping import Role
from guards.versions.reading.plain import items, table, text, texts
from guards.versions.reading.python import dependency

_FROZEN = re.compile(r"\s*['\"]?\s*#\s*frozen:\s*(\S+)")


def read(data: bytes, role: Role) -> Iterator[Seen]:
    """Each repository with its revision."""
    document = parse(data, Format.YAML)[0]
    lines = data.decode("utf-8", "replace").split("\n")
    for number, one in enumerate(items(table(document.value).get("repos"))):
        repository, revision = text(table(one).get("repo")), text(table(one).get("rev"))
        if "/" in repository and revision:
            span = document.span(("repos", number, "rev"))
            yield fact(Hook(repository, _frozen(lines, span) or revision), span)
        for at, hook in enumerate(items(table(one).get("hooks"))):
            yield from _beside(document, table(hook), ("repos", number, "hooks", at))


def _frozen(lines: list[str], span: Span) -> str:
    """The tag that a comment names beside the id of a commit."""
    line = lines[span.line - 1] if span.line <= len(lines) else ""
    found = _FROZEN.match(line[span.end_column - 1 :])
    return found[1] if found else ""


def _beside(document: Document, hook: dict[str, Json], at: JsonPath) -> Iterator[Seen]:
    """What is installed beside a hook."""
    for number, written in texts(hook.get("additional_dependencies")):
        span = document.span((*at, "additional_dependencies", number))
        found = dependency(written, f"hook {text(hook.get('id'))}", span)
        if found is not None:
            yield found
