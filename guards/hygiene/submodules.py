"""Submodules that are recorded and not named, named and not recorded, or neither."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from guards._code.tree import Tree
from guards._core.model import Fact, Finding, Kind, Span
from guards._core.untracking import shell_quoted, untrack_command
from guards.hygiene.rules import NESTED_REPOSITORY, STALE_SUBMODULE, UNMAPPED_SUBMODULE

FILE = ".gitmodules"
SUBMODULE = "submodule"
"""The kind of the facts: a path that a section of `.gitmodules` names."""
_SECTION = re.compile(rb"[ \t]*\[[ \t]*([A-Za-z0-9.-]+)(?:[ \t]+\"(?:[^\"\\]|\\.)*\")?[ \t]*\]")
_PATH = re.compile(rb"[ \t]*path[ \t]*=[ \t]*(\S.*)", re.IGNORECASE)
_VALUE = re.compile(rb"\"((?:[^\"\\]|\\.)*)\"|\\(.)|([#;].*)|([^\"\\#;]+)")
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"b": b"\b"}


def named_paths(text: bytes) -> Iterator[Fact]:
    """A fact for each `path` in a section `[submodule "…"]`."""
    in_submodule = False
    for number, line in enumerate(text.split(b"\n"), 1):
        line = line.removesuffix(b"\r")
        section = _SECTION.match(line)
        if section:
            in_submodule = section[1].lower() == b"submodule"
            line = line[section.end() :]
        found = _PATH.match(line) if in_submodule else None
        if found:
            path = _value(found[1]).decode("utf-8", "surrogateescape").rstrip("/")
            yield Fact(SUBMODULE, path, Span.of_line(number, line.decode("utf-8", "replace")))


def _value(text: bytes) -> bytes:
    """A value as git's configuration writes it: quotes, escapes, and comments outside of quotes."""
    parts: list[bytes] = []
    for quoted, escaped, comment, plain in _VALUE.findall(text.rstrip()):
        if comment:
            parts[-1:] = [parts[-1].rstrip()] if parts else []
            break
        parts.append(re.sub(rb"\\(.)", _unescaped, quoted) or _ESCAPES.get(escaped, escaped) or plain)
    return b"".join(parts)


def _unescaped(match: re.Match[bytes]) -> bytes:
    return _ESCAPES.get(match[1], match[1])


def submodules(named: Iterable[Fact], tree: Tree) -> Iterator[Finding]:
    """A finding for each submodule that is known on one side only."""
    wanted = {str(fact.data): fact.span for fact in named}
    links = [entry for entry in tree.entries if entry.kind is Kind.GITLINK]
    for entry in links:
        if not entry.tracked:
            yield _nested(entry.path)
        elif entry.path not in wanted:
            yield _unmapped(entry.path)
    if not any(entry.tracked for entry in tree.entries):
        return  # without git, or before the first `git add`, nothing is recorded at all
    recorded = {entry.path for entry in links}
    for path, span in wanted.items():
        if path not in recorded:
            yield _stale(path, span)


def _nested(path: str) -> Finding:
    message = f"{path}/ is a git repository of its own, and nothing in it was checked"
    hint = f"Make it a submodule, ignore it with a line `/{path}/` in .gitignore, or move it out of the tree."
    return Finding(NESTED_REPOSITORY.id, message, path, subject=path, hint=hint)


def _unmapped(path: str) -> Finding:
    message = f"{path} is recorded as a submodule, but {FILE} does not name it"
    hint = f"Add it with `git submodule add URL {shell_quoted(path)}`, or run `{untrack_command(path)}`."
    return Finding(UNMAPPED_SUBMODULE.id, message, path, subject=path, hint=hint)


def _stale(path: str, span: Span | None) -> Finding:
    message = f"no submodule is recorded at {path}"
    return Finding(STALE_SUBMODULE.id, message, FILE, span, path, hint="Remove this section, or add the submodule.")
