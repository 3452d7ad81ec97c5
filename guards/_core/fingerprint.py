"""Which finding is which, across edits, runs and machines: no line number, commit, date or version goes in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from guards._core.model import Finding

_LONGEST_LINE = 4096


class Identity(NamedTuple):
    """Which finding it is."""

    fingerprint: str
    first: str
    """The fingerprint of the first of its equals in the file."""
    ordinal: int
    """Which of its equals it is, from 1."""


def identities(findings: Iterable[Finding]) -> Iterator[Identity]:
    """One for each finding, in order. Equal findings of a file are told apart by how many came before."""
    seen: dict[tuple[str, str, str], Identity] = {}
    for finding in findings:
        key = (finding.rule, finding.path, finding.subject or finding.line_key)
        before = seen.get(key)
        ordinal = before.ordinal + 1 if before else 1
        fingerprint = digest(*key, str(ordinal))
        seen[key] = Identity(fingerprint, before.first if before else fingerprint, ordinal)
        yield seen[key]


def fingerprints(findings: Iterable[Finding]) -> Iterator[str]:
    """Only the fingerprints, in order."""
    return (one.fingerprint for one in identities(findings))


def line_key(line: str, column: int) -> str:
    """The identity of a finding's text. White space is folded, so that reformatting does not make it new."""
    if len(line) > _LONGEST_LINE:
        line = line[column - 1 : column - 1 + _LONGEST_LINE]
    return digest(" ".join(line.split()))


def digest(*parts: str) -> str:
    """32 hex digits over the parts, which cannot run into each other."""
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    data = b"".join([b"%d:%b" % (len(part), part) for part in encoded])
    return hashlib.blake2b(data, digest_size=16).hexdigest()
