"""What canonical.yaml said in earlier commits: an input from outside the tree, which a guard declares by `recalls`.

So is what other files said that it points to, if the guard declares that by `remembers`. All that depends on the commit
alone, so it is kept by that, and after the next commit git is asked only for what came since.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from guards._core.canonical import FILES, Canonical
from guards._core.errors import GuardError
from guards._core.fingerprint import digest
from guards._core.git import BlobReader, Git, parse_changes, parse_tree
from guards._core.model import Guard, Json, Past
from guards._core.store import Store

_MOST = 500
"""Changes of canonical.yaml that are looked at, the latest first."""
_LARGEST = 1 << 20
_MOST_VALUES = 20_000
_MOST_ELSEWHERE, _LARGEST_ELSEWHERE = 100, 1 << 18
"""The same of each other file; that there was more is not said: what it held is long gone."""
_RECORD = "past"
_FORMAT = 1

_SHALLOW = "this is a shallow clone"
_MISSING = "some of its earlier versions cannot be read here"


def recalled(
    canonical: Canonical,
    guards: Iterable[tuple[Guard[Any], str]],
    git: Git | None,
    commit: str,
    store: Store | None,
) -> Canonical:
    """The same with what guards need of the past of their sections. `commit`: where that past ends.

    Each guard comes with its fingerprint: what it makes of other files depends on that.
    """
    wanted = [(guard, stamp) for guard, stamp in guards if guard.recalls is not None]
    wanted = [(guard, stamp) for guard, stamp in wanted if guard.section in canonical.sections]
    if not wanted:
        return canonical
    walk = _Walk(git, commit, store) if git is not None and commit else None
    versions, unknown = walk.versions(FILES, _sections, _RECORD, _Bounds(_MOST, _LARGEST)) if walk else ([], "")
    sections, remembered, told = dict(canonical.sections), list(FILES), [unknown, json.dumps(versions)]
    for guard, stamp in wanted:
        section = sections[guard.section]
        values = [version[guard.section] for version in versions if guard.section in version]
        files = _files(walk, guard, stamp, section) if walk and not unknown else {}
        if guard.recalls is not None:
            sections[guard.section] = guard.recalls(section, Past(tuple(values), unknown, files))
        remembered += files
        told.append(json.dumps(files))
    return replace(canonical, sections=sections, past=digest(*told), remembered=tuple(remembered))


def _files(walk: _Walk, guard: Guard[Any], stamp: str, section: Any) -> dict[str, tuple[Json, ...]]:
    """What a guard makes of the earlier contents of other files, by path."""
    if guard.remembers is None:
        return {}
    found = {}
    for path, points in guard.remembers.files(section).items():
        read = functools.partial(guard.remembers.read, path, points)
        record = f"{_RECORD}-{digest(stamp, path, *points)}"
        bounds = _Bounds(_MOST_ELSEWHERE, _LARGEST_ELSEWHERE)
        found[path] = tuple(walk.versions((path,), read, record, bounds)[0])
    return found


class _Bounds(NamedTuple):
    """How much is looked at."""

    most: int
    largest: int


class _Walk(Struct, frozen=True):
    """The way back from a commit."""

    git: Git
    commit: str
    store: Store | None

    def versions(
        self, files: Sequence[str], read: Callable[[bytes], Json], record: str, bounds: _Bounds
    ) -> tuple[list[Any], str]:
        """What was read of some files, the latest first, each once; and why that may not be all."""
        known = _kept(self.store, f"{record}-{self.commit}")
        if known is not None:
            return known["versions"], known["unknown"]
        git, most = self.git, bounds.most
        if git.output("rev-parse", "--is-shallow-repository").strip() == b"true":
            return [], _SHALLOW
        kept = _kept(self.store, record)
        earlier = kept if kept is not None and self._is_behind(kept["commit"]) else None
        # All that ever touched it: a walk that leaves branches out would say other things after a part of it was kept.
        walk = ["rev-list", "--full-history", "--no-merges", f"--max-count={most + 1}", self.commit]
        try:
            changes = git.output(*walk, *([f"^{earlier['commit']}"] if earlier else []), "--", *files).decode().split()
            blobs = list(dict.fromkeys(_blobs(git, self.commit, changes[:most], files)))
            found, is_whole = _read(git, blobs, read, bounds.largest)
        except GuardError:  # of a partial clone not even the folders may be here
            return [], _MISSING
        versions = list(_distinct([*found, *(earlier["versions"] if earlier else [])]))[:most]
        unknown = f"it changed more than {most} times" if len(changes) > most else "" if is_whole else _MISSING
        unknown = unknown or (earlier["unknown"] if earlier else "")
        if self.store is not None:
            told = {"format": _FORMAT, "commit": self.commit, "versions": versions, "unknown": unknown}
            for name in (record, f"{record}-{self.commit}"):  # of the last run, to go on from; and of this very commit
                self.store.save(name, json.dumps(told).encode())
        return versions, unknown

    def _is_behind(self, commit: str) -> bool:
        return self.git.attempt("merge-base", "--is-ancestor", commit, self.commit).returncode == 0


def _kept(store: Store | None, name: str) -> dict[str, Any] | None:
    """What an earlier run found out."""
    data = store.load(name) if store is not None else None
    record: dict[str, Any] = json.loads(data) if data is not None else {}
    return record if record.get("format") == _FORMAT else None


def _distinct(versions: Iterable[Json]) -> Iterator[Json]:
    seen: set[str] = set()
    for version in versions:
        key = json.dumps(version, sort_keys=True)
        if key not in seen:
            seen.add(key)
            yield version


def _blobs(git: Git, commit: str, changes: Sequence[str], files: Sequence[str]) -> Iterator[str]:
    """What stands there now, and what stood there before and after each change."""
    yield from (item.blob for item in parse_tree(git.output("ls-tree", "-r", "-z", commit, "--", *files)))
    told = ["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-commit-id", "--root", "--no-renames", "--", *files]
    for change in parse_changes(git.output(*told, stdin="".join(f"{one}\n" for one in changes).encode())):
        yield from (blob for blob in (change.new_blob, change.old_blob) if blob.strip("0"))


def _read(git: Git, blobs: Sequence[str], read: Callable[[bytes], Json], largest: int) -> tuple[list[Json], bool]:
    """What was read of blobs, and whether everything of that is there to be read."""
    reader = BlobReader(git)
    try:
        found = [_read_one(reader, blob, read, largest) for blob in blobs]
    finally:
        reader.close()
    return [one for one in found if one], None not in found


def _read_one(reader: BlobReader, blob: str, read: Callable[[bytes], Json], largest: int) -> Json:
    """What was read of a blob; None for one that is not here, is too large, or that its reader chokes on."""
    try:
        size, data = reader.read(blob, largest)
        return read(data) if size <= largest else None
    except (LookupError, RecursionError, ValueError):
        return None


def _sections(data: bytes) -> Json:
    """The sections of one version; empty for one that does not parse."""
    from guards._code.spans import DocumentError, Format, Limits, parse

    try:
        documents = parse(data, Format.YAML, Limits(nodes=_MOST_VALUES))
    except DocumentError:
        return {}
    value = documents[0].value
    return value if isinstance(value, dict) else {}
