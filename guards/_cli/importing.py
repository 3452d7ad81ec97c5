"""What other tools' lists of accepted secrets accept of what is found here. Only read: nothing named in them is run.

A baseline of detect-secrets holds hashes of secrets: a finding is meant where a word of its line has that hash. What
gitleaks ignores stands at a line of a file, in some commit or now. Neither is ever written down by us.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from guards._cli.accepting import read
from guards._core import git as git_
from guards._core.errors import GuardError
from guards._core.report import Reported
from guards._core.workspace import Commit, UnreadableError

_LARGEST = 64 << 20
_WORDS = re.compile(rb"[^\s\"'`,;<>()\[\]{}]+")
_PARTS = re.compile(rb"[^\s\"'`,;<>()\[\]{}=:@/]+")
_HEADER = re.compile(rb"BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?")
_FINGERPRINT = re.compile(r"(?P<where>.+):[^:]+:(?P<line>[0-9]{1,9})")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


class Entry(NamedTuple):
    """One secret that another tool accepts."""

    path: str
    means: Callable[[bytes, int], bool]
    """(text of a line, its number) to whether it is the one."""
    shown: str


def accepted_by(source: str, found: Sequence[Reported], root: str) -> tuple[list[Reported], list[str]]:
    """The findings that a list accepts, and what of it is not found."""
    try:
        with open(source, "rb") as file:
            data = file.read(_LARGEST)
    except OSError as error:
        raise GuardError(f"cannot read {source}: {error.strerror}") from error
    is_baseline = data.lstrip()[:1] == b"{"
    entries = list(_of_detect_secrets(data, source) if is_baseline else _of_gitleaks(data, source, root))
    by_path: dict[str, list[Reported]] = {}
    for one in found:
        by_path.setdefault(one.path, []).append(one)
    accepted: dict[str, Reported] = {}
    unmatched = []
    lines: dict[str, list[bytes]] = {}
    for entry in entries:
        if entry.path in by_path and entry.path not in lines:
            lines[entry.path] = (read(root, entry.path) or b"").split(b"\n")
        meant = [one for one in by_path.get(entry.path, ()) if _is_meant(one, entry, lines[entry.path])]
        accepted |= {one.fingerprint: one for one in meant}
        unmatched += [] if meant else [entry.shown]
    return list(accepted.values()), unmatched


def _is_meant(one: Reported, entry: Entry, lines: Sequence[bytes]) -> bool:
    if one.span is None or one.span.line > len(lines):
        return False
    return entry.means(lines[one.span.line - 1], one.span.line)


def _of_detect_secrets(data: bytes, source: str) -> Iterator[Entry]:
    try:
        results = json.loads(data)["results"]
        entries = [
            (path, item["hashed_secret"], item.get("line_number", 0)) for path in results for item in results[path]
        ]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise GuardError(f"{source} is no baseline of detect-secrets") from None
    for path, hashed, line in entries:
        if not isinstance(hashed, str) or not isinstance(path, str):
            raise GuardError(f"{source} is no baseline of detect-secrets")
        clean = path.replace("\\", "/").removeprefix("./")
        yield Entry(clean, _with_hash(hashed), f"{clean}:{line}")


def _with_hash(hashed: str) -> Callable[[bytes, int], bool]:
    return lambda text, number: hashed in _hashes(text)


def _at_line(line: int) -> Callable[[bytes, int], bool]:
    return lambda text, number: number == line


def _hashes(line: bytes) -> set[str]:
    """The hashes of everything on a line that detect-secrets could have taken for the secret."""
    words = {*_WORDS.findall(line), *_PARTS.findall(line), *_HEADER.findall(line), *_quoted(line)}
    words |= {word.partition(mark)[2] for word in set(words) for mark in (b"=", b":")}
    return {hashlib.sha1(word, usedforsecurity=False).hexdigest() for word in words if word}


def _quoted(line: bytes) -> Iterator[bytes]:
    for quote in (b'"', b"'", b"`"):
        yield from line.split(quote)[1::2]


def _of_gitleaks(data: bytes, source: str, root: str) -> Iterator[Entry]:
    git = git_.discover(root)
    for raw in data.decode("utf-8", "surrogateescape").splitlines():
        text = raw.strip()
        if not text or text.startswith("#"):
            continue
        found = _FINGERPRINT.fullmatch(text)
        if found is None:
            raise GuardError(f"{source}: {text[:80]!r} is no fingerprint of gitleaks")
        where, line = found["where"], int(found["line"])
        commit, colon, path = where.partition(":")
        if colon and _COMMIT.fullmatch(commit):
            yield Entry(path, _same_text(git, commit, path, line), text)
        else:
            yield Entry(where, _at_line(line), text)


def _same_text(git: git_.Git | None, commit: str, path: str, line: int) -> Callable[[bytes, int], bool]:
    """Whether a line is what stood at a line of a file in a commit."""
    wanted = _line_at(git, commit, path, line)
    return lambda text, number: wanted is not None and text.split() == wanted


def _line_at(git: git_.Git | None, commit: str, path: str, line: int) -> list[bytes] | None:
    if git is None:
        return None
    try:
        view = Commit(git, git.commit_of(commit))
        entry = view.find(path)
        lines = view.read(entry, _LARGEST).data.split(b"\n") if entry is not None else []
        view.close()
    except (GuardError, UnreadableError):
        return None
    return lines[line - 1].split() if 0 < line <= len(lines) else None
