"""Run the schema guard alone over folders, and print what it finds, what it could not check, and how long it took.

    python -m benchmarks.schema_tree FOLDER…

Meant for trees that are known to be sound, such as unpacked source distributions: each finding there is either news
for their authors or a defect of the guard.
"""

from __future__ import annotations

import fnmatch
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from guards._code.spans import DocumentError, Format, parse
from guards._core.model import Case, Entry, Fact, Finding, Kind, Problem, Source
from guards._core.options import parse as parse_section
from guards.schema import GUARD, Options
from guards.schema.options import Section


def main(folders: list[str]) -> int:
    """Print findings and problems of each folder, then one line of counts."""
    for folder in folders:
        started = time.perf_counter()
        counts: Counter[str] = Counter()
        for path, seen in run(folder, counts):
            where = f"{path}:{seen.span.line}:{seen.span.column}" if seen.span else path
            rule = seen.rule if isinstance(seen, Finding) else "problem"
            print(f"{where}: {rule}: {seen.message if isinstance(seen, Finding) else seen.reason}")
            counts[rule] += 1
        print(f"{folder}: {time.perf_counter() - started:.2f} s, {dict(counts)}")
    return 0


def run(folder: str, counts: Counter[str]) -> Iterator[tuple[str, Finding | Problem]]:
    """What the guard says about a folder: scan of every selected file, then judge."""
    paths = sorted(_paths(folder))
    canonical = _canonical(folder)
    slice_ = GUARD.scan_slice(Options(), canonical)
    assert GUARD.reads is not None
    assert GUARD.scan is not None
    assert GUARD.judge is not None
    globs = GUARD.reads(Options(), canonical)
    documents = {path: _read(folder, path) for path in paths if any(_matches(path, glob) for glob in globs)}
    facts: dict[str, tuple[Fact, ...]] = {}
    for path in paths:
        path_class = GUARD.classify(path, slice_) if _selected(path) else None
        if not isinstance(path_class, str):
            continue
        counts["checked"] += 1
        data = _read(folder, path)
        source: Source[Any] = Source(data, data, Kind.FILE, path_class, {}, slice_, documents=documents)
        every = list(GUARD.scan(source))
        facts[path] = tuple(seen for seen in every if isinstance(seen, Fact))
        yield from ((seen.path or path, seen) for seen in every if isinstance(seen, (Finding, Problem)))
    case: Case[Any] = Case(Options(), facts, [Entry(path, Kind.FILE, "") for path in paths], {}, canonical)
    yield from ((seen.path, seen) for seen in GUARD.judge(case) if isinstance(seen, (Finding, Problem)))


def _selected(path: str) -> bool:
    name = path.rpartition("/")[2]
    return os.path.splitext(name)[1].lower() in GUARD.select.suffixes or name in GUARD.select.names


def _matches(path: str, glob: str) -> bool:
    return fnmatch.fnmatchcase(path, glob) or fnmatch.fnmatchcase(path, glob.replace("**/", ""))


def _paths(folder: str) -> Iterator[str]:
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield os.path.relpath(path, folder).replace(os.sep, "/")


def _read(folder: str, path: str) -> bytes:
    with open(os.path.join(folder, path), "rb") as file:
        return file.read()


def _canonical(folder: str) -> Any:
    try:
        document = parse(_read(folder, "canonical.yaml"), Format.YAML)[0]
    except (OSError, DocumentError):
        return None
    section = document.value.get("schemas") if isinstance(document.value, dict) else None
    return parse_section(Section, section)[0] if section else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
