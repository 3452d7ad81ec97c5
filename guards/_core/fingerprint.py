"""Which finding is which, across edits, runs and machines: no line number, commit, date or version goes in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from guards._core.model import Finding

_LONGEST_LINE = 4096


def fingerprints(findings: Iterable[Finding]) -> Iterator[str]:
    """One for each finding, in order. Equal findings of a file are told apart by how many came before."""
    seen: dict[tuple[str, str, str], int] = {}
    for finding in findings:
        key = (finding.rule, finding.path, finding.subject or finding.line_key)
        ordinal = seen[key] = seen.get(key, 0) + 1
        yield digest(*key, str(ordinal))


def line_key(line: str, column: int) -> str:
    """The identity of a finding's text. White space is folded, so that reformatting does not make it new."""
    if len(line) > _LONGEST_LINE:
        line = line[column - 1 : column - 1 + _LONGEST_LINE]
    return digest(" ".join(line.split()))


def digest(*parts: str) -> str:
    """32 hex digits over the parts, which cannot run into each other."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(b"%d:" % len(data))
        state.update(data)
    return state.hexdigest()
