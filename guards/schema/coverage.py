"""The repository as a whole: does every entry check something, and is every file of data and every schema in use."""

from __future__ import annotations

import bisect
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from guards._core.model import Case, Finding, Judged, Level, Place, Problem, ProblemKind, Span
from guards.schema import words
from guards.schema.facts import BLOCKED, ENTRY, RECORDS, SCHEMA, USES, WANTS
from guards.schema.mapping import (
    Entry,
    PathClass,
    Slice,
    classify,
    compiled,
    document_format,
    entries,
    entry_for,
    is_schema_path,
    literal_prefix,
    scan_slice,
)
from guards.schema.options import Options
from guards.schema.rules import (
    EMPTY_DATA,
    INVALID_SCHEMA,
    UNCOVERED_DATA,
    UNMATCHED_GLOB,
    UNREACHED_SCHEMA,
    UNUSED_SCHEMA,
)

_MOST_PLACES = 10


def judge(case: Case[Options]) -> Iterable[Judged]:
    """All that no single file can say."""
    listed = entries(case.canonical)
    matched = {entry: _matches(entry, case.paths) for entry in listed}
    yield from _blocked(case)
    yield from _unreached(case)
    for entry in listed:
        yield from _entry(entry, matched, case)
    if listed:
        yield from _uncovered(listed, matched, case)
        yield from _unused(listed, case)


def _is_present(path: str, case: Case[Options]) -> bool:
    index = bisect.bisect_left(case.paths, path)
    return index < len(case.paths) and case.paths[index] == path


def _matches(entry: Entry, paths: Sequence[str]) -> list[str]:
    """The paths that a pattern matches, among those that begin as it does."""
    ((_, matches),) = compiled((entry,))
    prefix = literal_prefix(entry.glob)
    start = bisect.bisect_left(paths, prefix)
    end = bisect.bisect_right(paths, prefix + "\U0010ffff", lo=start) if prefix else len(paths)
    return [path for path in paths[start:end] if matches(path)]


def _blocked(case: Case[Options]) -> Iterator[Judged]:
    """One problem for each schema that keeps documents from being checked."""
    waiting: Counter[tuple[str, str]] = Counter()
    for _, fact in _facts(case, BLOCKED):
        waiting[fact.data["schema"], fact.data["reason"]] += 1
    for (schema, reason), count in sorted(waiting.items()):
        documents = _times(count, "document was", "documents were")
        yield Problem(f"{documents} not checked against {schema}: {reason}", ProblemKind.DOCUMENT, path=schema)


def _unreached(case: Case[Options]) -> Iterator[Judged]:
    folders: dict[str, list[tuple[str, Any]]] = {}
    for path, fact in _facts(case, WANTS):
        if _is_present(fact.data, case):
            folders.setdefault(posixpath.dirname(fact.data), []).append((path, fact))
        else:
            message = f"the document names the schema {words.code(fact.data, 100)}, which is not here"
            hint = "Correct the path, or remove it."
            yield Finding(UNREACHED_SCHEMA.id, message, path, fact.span, fact.data, hint, Level.NOTE)
    for folder, found in folders.items():
        yield _unread_folder(folder, found)


def _unread_folder(folder: str, found: list[tuple[str, Any]]) -> Finding:
    """One finding for all documents whose schemas stand in a folder that is not read."""
    (path, fact), *rest = found
    more = f" (as {_times(len(rest), 'more document does', 'more documents do')})" if rest else ""
    message = f"the document names the schema {words.code(fact.data, 100)}{more}, which is not read"
    hint = f"Add {words.code(folder or '.')} to `schema-dirs`."
    related = tuple(Place(other, each.span, "so does this document") for other, each in rest[:_MOST_PLACES])
    return Finding(UNREACHED_SCHEMA.id, message, path, fact.span, folder, hint, related=related)


def _times(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _entry(entry: Entry, matched: dict[Entry, list[str]], case: Case[Options]) -> Iterator[Judged]:
    if not _is_present(entry.schema, case):
        message = f"the schema {words.code(entry.schema, 100)} is not in this repository"
        yield _at_entry(INVALID_SCHEMA.id, message, entry, case)
    own = [path for path in matched[entry] if entry_for(path, tuple(matched)) == entry]
    if not own:
        taken = "matches only files that entries above it take" if matched[entry] else "matches no file"
        yield _at_entry(UNMATCHED_GLOB.id, f"{words.code(entry.glob, 100)} {taken}", entry, case)
    for path in own:
        if document_format(path) is None:
            reason = "no format that the schema guard reads; JSON, JSON Lines, YAML, TOML and CSV are known by suffix"
            yield Problem(reason, ProblemKind.CONFIG, path=path)
    yield from _too_few(entry, own, case)


def _too_few(entry: Entry, own: list[str], case: Case[Options]) -> Iterator[Judged]:
    if entry.min_items is None or not own:
        return
    counted: list[Any] = [fact.data for path in own for fact in case.facts.get(path, ()) if fact.kind == RECORDS]
    found = sum(count for count in counted if count is not None)
    if None not in counted and found < entry.min_items:
        message = f"{words.code(entry.glob, 100)} holds {found} records, and must hold at least {entry.min_items}"
        yield _at_entry(EMPTY_DATA.id, message, entry, case)


def _at_entry(rule: str, message: str, entry: Entry, case: Case[Options]) -> Finding:
    """A finding at the entry's place in canonical.yaml."""
    path, span = _place_of(entry.glob, case)
    return Finding(rule, message, path, span, subject=entry.glob)


def _place_of(glob: str, case: Case[Options]) -> tuple[str, Span | None]:
    canonical = "canonical.yaml"
    for path, fact in _facts(case, ENTRY):
        canonical = path
        if fact.data == glob:
            return path, fact.span
    return canonical, None


def _uncovered(listed: tuple[Entry, ...], matched: dict[Entry, list[str]], case: Case[Options]) -> Iterator[Judged]:
    """Files without a schema beside files of the same suffix that have one. The root holds all kinds, so not there."""
    slice_ = scan_slice(case.options, case.canonical)
    covered = {path: entry for entry in reversed(listed) for path in matched[entry]}
    neighbours: dict[tuple[str, str], Entry] = {}
    for path, entry in covered.items():
        folder, suffix = _kin(path)
        if folder:
            neighbours.setdefault((folder, suffix), entry)
    for path in case.paths:
        entry_beside = neighbours.get(_kin(path))
        if entry_beside and path not in covered and not is_schema_path(path, slice_) and _is_bare(path, slice_):
            message = f"no schema is named for this file; {words.code(entry_beside.schema, 100)} is for those beside it"
            canonical, span = _place_of(entry_beside.glob, case)
            related = (Place(canonical, span, "the entry for the files beside it"),)
            yield Finding(UNCOVERED_DATA.id, message, path, None, subject="no schema", related=related)


def _is_bare(path: str, slice_: Slice) -> bool:
    """True for a document that is checked, and for which nobody has a schema."""
    path_class = classify(path, slice_)
    return path_class is not None and not PathClass.decoded(path_class).bundled


def _kin(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name.rpartition(".")[2]


def _unused(listed: tuple[Entry, ...], case: Case[Options]) -> Iterator[Judged]:
    uses: dict[str, list[str]] = {}
    declared: list[str] = []
    for path, fact in _facts(case, SCHEMA):
        uses[path] = fact.data["uses"]
        declared += [path] if fact.data["declared"] else []
    waiting = [entry.schema for entry in listed] + [str(fact.data) for _, fact in _facts(case, USES)]
    used: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path not in used:
            used.add(path)
            waiting.extend(uses.get(path, ()))
    for path in declared:
        if path not in used:
            message = "no document, no entry of `schemas:` and no used schema refers to this schema"
            yield Finding(UNUSED_SCHEMA.id, message, path, None, subject="unused")


def _facts(case: Case[Options], kind: str) -> Iterator[tuple[str, Any]]:
    for path in sorted(case.facts):
        for fact in case.facts[path]:
            if fact.kind == kind:
                yield path, fact
