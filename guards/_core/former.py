"""What canonical.yaml said in earlier commits: an input from outside the tree, which a guard declares by `recalls`.

It depends on the commit alone, so it is kept by that, and after the next commit git is asked only for what came since.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

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
_RECORD = "past"
_FORMAT = 1

_SHALLOW = "this is a shallow clone"
_MISSING = "some of its earlier versions cannot be read here"
_TOO_MANY = f"it changed more than {_MOST} times"


def recalled(
    canonical: Canonical, guards: Iterable[Guard[Any]], git: Git | None, commit: str, store: Store | None
) -> Canonical:
    """The same with what guards need of the past of their sections. `commit`: where that past ends."""
    wanted = [guard for guard in guards if guard.recalls is not None and guard.section in canonical.sections]
    if not wanted:
        return canonical
    versions, unknown = _versions(git, commit, store) if git is not None and commit else ([], "")
    sections = dict(canonical.sections)
    for guard in wanted:
        values = [version[guard.section] for version in versions if guard.section in version]
        if guard.recalls is not None:
            sections[guard.section] = guard.recalls(sections[guard.section], Past(tuple(values), unknown))
    return replace(canonical, sections=sections, past=digest(unknown, json.dumps(versions)), remembered=FILES)


def _versions(git: Git, commit: str, store: Store | None) -> tuple[list[Mapping[str, Json]], str]:
    """What stood in canonical.yaml, the latest first, each once; and why that may not be all."""
    known = _kept(store, f"{_RECORD}-{commit}")
    if known is not None:
        return known["versions"], known["unknown"]
    if git.output("rev-parse", "--is-shallow-repository").strip() == b"true":
        return [], _SHALLOW
    kept = _kept(store, _RECORD)
    is_grown = kept is not None and git.attempt("merge-base", "--is-ancestor", kept["commit"], commit).returncode == 0
    earlier = kept if kept is not None and is_grown else None
    # All that ever touched it: a walk that leaves branches out would say other things after a part of it was kept.
    walk = ["rev-list", "--full-history", "--no-merges", f"--max-count={_MOST + 1}", commit]
    try:
        changes = git.output(*walk, *([f"^{earlier['commit']}"] if earlier else []), "--", *FILES).decode().split()
        found, is_whole = _read(git, list(dict.fromkeys(_blobs(git, commit, changes[:_MOST]))))
    except GuardError:  # of a partial clone not even the folders may be here
        return [], _MISSING
    versions = list(_distinct([*found, *(earlier["versions"] if earlier else [])]))[:_MOST]
    unknown = _TOO_MANY if len(changes) > _MOST else "" if is_whole else _MISSING
    unknown = unknown or (earlier["unknown"] if earlier else "")
    if store is not None:
        record = {"format": _FORMAT, "commit": commit, "versions": versions, "unknown": unknown}
        for name in (_RECORD, f"{_RECORD}-{commit}"):  # of the last run, to go on from; and of this very commit
            store.save(name, json.dumps(record).encode())
    return versions, unknown


def _kept(store: Store | None, name: str) -> dict[str, Any] | None:
    """What an earlier run found out."""
    data = store.load(name) if store is not None else None
    record: dict[str, Any] = json.loads(data) if data is not None else {}
    return record if record.get("format") == _FORMAT else None


def _distinct(versions: Iterable[Mapping[str, Json]]) -> Iterator[Mapping[str, Json]]:
    seen: set[str] = set()
    for version in versions:
        key = json.dumps(version, sort_keys=True)
        if key not in seen:
            seen.add(key)
            yield version


def _blobs(git: Git, commit: str, changes: Sequence[str]) -> Iterator[str]:
    """What stands there now, and what stood there before and after each change."""
    yield from (item.blob for item in parse_tree(git.output("ls-tree", "-r", "-z", commit, "--", *FILES)))
    told = ["diff-tree", "--stdin", "-r", "-z", "--raw", "--no-commit-id", "--root", "--no-renames", "--", *FILES]
    for change in parse_changes(git.output(*told, stdin="".join(f"{one}\n" for one in changes).encode())):
        yield from (blob for blob in (change.new_blob, change.old_blob) if blob.strip("0"))


def _read(git: Git, blobs: Sequence[str]) -> tuple[list[Mapping[str, Json]], bool]:
    """What stood in canonical.yaml, and whether everything of that is there to be read."""
    reader = BlobReader(git)
    try:
        found = [_parsed(reader, blob) for blob in blobs]
    finally:
        reader.close()
    return [one for one in found if one], None not in found


def _parsed(reader: BlobReader, blob: str) -> Mapping[str, Json] | None:
    """The sections of one version; empty for one that does not parse, None for one that cannot be read."""
    from guards._code.spans import DocumentError, Format, Limits, parse

    try:
        size, data = reader.read(blob, _LARGEST)
    except LookupError:
        return None
    if size > _LARGEST:
        return None
    try:
        documents = parse(data, Format.YAML, Limits(nodes=_MOST_VALUES))
    except DocumentError:
        return {}
    value = documents[0].value
    return value if isinstance(value, dict) else {}
