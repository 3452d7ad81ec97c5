"""Change one scalar at a time in real documents, and see that nothing else changes.

    python -m benchmarks.drift_edits FOLDER…

For every YAML, TOML and JSON document below the folders, some scalars are given another value as `guard drift --fix`
would do it. Each time the bytes around the scalar must be the same, and both our proof and another parser of the format
must see one value differ. What no fix is offered for (values with escapes, over several lines, behind an alias) is
counted apart.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from guards._code.proof import differences, disproof
from guards._code.reading import documents, reader_of
from guards._code.spans import DocumentError, Format, JsonPath
from guards._code.versions import Scheme
from guards._core.fixes import applied
from guards._core.model import Fact, Json, Kind as FileKind, Source
from guards.drift.kinds import Kind
from guards.drift.mapping import PathClass
from guards.drift.paths import dotted
from guards.drift.relations import Value
from guards.drift.scan import scan
from guards.drift.section import Relation
from guards.drift.writing import Writing, fix

_FORMATS = {Format.YAML, Format.TOML, Format.JSON}
_MOST_PER_FILE = 25
_LARGEST = 1 << 20


def outcomes(path: str, data: bytes, *, most: int = _MOST_PER_FILE) -> Iterator[str]:
    """What came of changing some scalars of a document, one by one: `changed`, `not offered`, `refused`, or `WRONG`."""
    reader = reader_of(path)
    leaves = list(_leaves(documents(data, reader)[0].value))
    points = tuple(dotted(leaf) for leaf in leaves[:: max(1, len(leaves) // most)])
    source: Source[Any] = Source(data, data, FileKind.FILE, PathClass(reader, points).encoded(), {}, ())
    for seen in scan(source):
        told: Any = seen.data if isinstance(seen, Fact) else {}
        if "writing" in told:
            yield _outcome(path, data, Writing.read(told["writing"]), told["value"])
        elif "value" in told:
            yield "not offered"


def _outcome(path: str, data: bytes, writing: Writing, found: str) -> str:
    new = str(int(found) + 1) if found.isdecimal() and len(found) < 9 else "changed-1"
    offered = fix(writing, found, Value(Kind.TEXT, Scheme.PEP440, (new,)), Relation.EQUAL, reader_of(path))
    if offered is None:
        return "not offered"
    (edit,) = offered.edits
    after = applied(data, offered.edits)
    if disproof(path, data, after, {edit.at} if edit.at is not None else set()):
        return "refused"
    is_around = after.startswith(data[: edit.start]) and after.endswith(data[edit.end :])
    differing = len(list(differences(_read(path, data), _read(path, after))))
    return "changed" if is_around and differing == 1 else "WRONG"


def _read(path: str, data: bytes) -> Json:
    """What another parser makes of a document; of YAML its events, in which aliases stand for nothing."""
    text = data.decode("utf-8-sig")
    match reader_of(path):
        case Format.JSON:
            return json.loads(text)  # type: ignore[no-any-return]
        case Format.TOML:
            return tomllib.loads(text.replace("\r\n", "\n"))
        case _:
            events = yaml.parse(text, yaml.CSafeLoader)
            return [f"{type(one).__name__} {getattr(one, 'value', '')}" for one in events]


def _leaves(value: Json) -> Iterator[JsonPath]:
    waiting: list[tuple[JsonPath, Json]] = [((), value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [((*path, key), member) for key, member in value.items() if key.isprintable() and key]
        elif isinstance(value, list):
            waiting += [((*path, index), item) for index, item in enumerate(value)]
        elif path:
            yield path


def real_documents(folders: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """The documents below folders that parse."""
    for folder in folders:
        for parent, below, names in os.walk(folder):
            below[:] = [name for name in below if not name.startswith(".")]  # such as what benchmarks download
            for path in (os.path.join(parent, name) for name in sorted(names)):
                if reader_of(path) in _FORMATS and os.path.isfile(path) and os.path.getsize(path) <= _LARGEST:
                    with open(path, "rb") as file:
                        data = file.read()
                    try:
                        documents(data, reader_of(path))
                    except DocumentError:
                        continue
                    yield path, data


def main(folders: list[str]) -> int:
    """Print the counts by format."""
    files: Counter[str] = Counter()
    found: dict[str, Counter[str]] = {}
    for path, data in real_documents(folders):
        files[reader_of(path)] += 1
        for outcome in outcomes(path, data):
            found.setdefault(reader_of(path), Counter())[outcome] += 1
            if outcome == "WRONG":
                print(f"WRONG: {path}")
    for format_, counts in sorted(found.items()):
        print(f"{format_}: {files[format_]} files, {dict(sorted(counts.items()))}")
    return int(any(counts["WRONG"] for counts in found.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
