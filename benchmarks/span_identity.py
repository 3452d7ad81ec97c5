"""Prove the span layer on real files: what stands at each position is the value that it is said to be.

    python benchmarks/span_identity.py FOLDER...

Two proofs for every JSON, JSON Lines, YAML, TOML and CSV file below the folders. Read back: the bytes at the offsets
of each scalar and key, parsed alone, give that scalar or key (YAML, where the meaning of a piece depends on what is
around it, is left to the second proof). Splice: every scalar and key is replaced at its offsets by another spelling of
itself, and the edited document must parse to the same value. A file that we reject must be rejected by the
reference parser too. Prints counts, then every mismatch; exits 1 if there is one.
"""

from __future__ import annotations

import json
import os
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, TypeAlias

from guards._code.spans import Document, DocumentError, ErrorKind, Format, JsonPath, Part, format_of, parse
from guards._core.model import Json

Edit: TypeAlias = "tuple[int, int, bytes]"


@dataclass
class Tally:
    """What was proved, and what was not."""

    counts: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)


def check_file(path: str, tally: Tally) -> None:
    """Both proofs for one file."""
    format_ = format_of(path.replace(os.sep, "/"))
    if format_ is None or not os.path.isfile(path):
        return
    with open(path, "rb") as file:
        data = file.read()
    tally.counts[f"{format_} bytes"] += len(data)
    for mismatch in check_data(data, format_, tally.counts):
        tally.mismatches.append(f"{path}: {mismatch}")


def check_data(data: bytes, format_: Format, counts: Counter[str]) -> Iterator[str]:
    """The mismatches of one document; every proof that was made is counted."""
    try:
        documents = parse(data, format_)
    except DocumentError as error:
        counts[f"{format_} rejected ({error.kind})"] += 1
        if error.kind is ErrorKind.SYNTAX and _accepts(data, format_):
            yield f"only we reject it: {error.message} at {error.span}"
        return
    counts[f"{format_} files"] += 1
    edits: set[Edit] = set()
    for document in documents:
        for member in _members(document):
            yield from _check_member(member, data, format_)
            counts[f"{format_} {member.part}s"] += 1
            if member.is_replaceable(format_):
                edits.add((*member.offsets(), _spelled(member.expected).encode(document.text.codec)))
    if format_ is not Format.CSV:
        counts[f"{format_} splices"] += len(edits)
        yield from _check_splice(data, documents, format_, edits)


@dataclass(frozen=True)
class Member:
    """A scalar or a key, where it is written."""

    document: Document
    path: JsonPath
    part: Part
    expected: Json

    @property
    def source(self) -> str:
        return self.document.source(self.path, self.part)

    def offsets(self) -> tuple[int, int]:
        return self.document.offsets(self.path, self.part)

    def is_replaceable(self, format_: Format) -> bool:
        """Whether another spelling can stand in its place; an implicit YAML key must be short and on one line."""
        source, value = self.source, self.expected
        if not source or (isinstance(value, float) and not isfinite(value)):
            return False
        if self.part is Part.KEY and format_ is Format.YAML:
            return len(source) < 200 and "\n" not in source and value != "<<" and source[0] not in "*[{&"
        return not (isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value))


def _members(document: Document) -> Iterator[Member]:
    """Every scalar and key; what an alias shares is met at its anchor only."""
    pending: list[tuple[JsonPath, Json]] = [((), document.value)]
    while pending:
        path, value = pending.pop()
        if document.anchor(path) is not None:
            continue
        if path and isinstance(path[-1], str):
            yield Member(document, path, Part.KEY, path[-1])
        if isinstance(value, dict):
            pending += [((*path, key), member) for key, member in value.items()]
        elif isinstance(value, list):
            pending += [((*path, index), item) for index, item in enumerate(value)]
        else:
            yield Member(document, path, Part.VALUE, value)


def _check_member(member: Member, data: bytes, format_: Format) -> Iterator[str]:
    source = member.source
    if data[slice(*member.offsets())].decode(member.document.text.codec) != source:
        yield f"{member.path} {member.part}: the bytes at the offsets are not the source"
    read = _READ.get(format_)
    if read is not None and not _same(read(source, member.part), member.expected):
        yield f"{member.path} {member.part}: {source[:60]!r} does not read back"


def _check_splice(
    data: bytes, documents: tuple[Document, ...], format_: Format, edits: Iterable[Edit]
) -> Iterator[str]:
    pieces, last = [], 0
    for start, end, new in sorted(edits):
        if start < last:
            yield f"positions overlap at byte {start}"
            return
        pieces += [data[last:start], new]
        last = end
    try:
        again = parse(b"".join(pieces) + data[last:], format_)
    except DocumentError as error:
        yield f"the spliced text does not parse: {error.message} at {error.span}"
        return
    for before, after in zip(documents, again, strict=True):
        if not _same(before.value, after.value):
            yield "the spliced text has another value"


def _spelled(value: Json) -> str:
    """Another spelling of a scalar, that JSON, YAML and TOML read alike."""
    if isinstance(value, str):
        return '"' + "".join(_escaped(character) for character in value) + '"'
    return json.dumps(value)


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    if " " <= character <= "~":
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else character


def _same(one: Any, two: Any) -> bool:
    """Equal in value and type; NaN equals itself."""
    return repr(one) == repr(two)


def _read_toml(source: str, part: Part) -> Json:
    text = f"{source} = 1" if part is Part.KEY else f"value = {source}"
    (read,) = parse(text.encode(), Format.TOML)
    ((key, value),) = dict(read.value or {}).items()  # type: ignore[arg-type]
    return key if part is Part.KEY else value


def _unquoted(source: str) -> str:
    if not source.startswith('"'):
        return source
    return source[1:].replace('""', "\0").replace('"', "", 1).replace("\0", '"')


_READ: dict[Format, Callable[[str, Part], Json]] = {
    Format.JSON: lambda source, _: json.loads(source),
    Format.JSONL: lambda source, _: json.loads(source),
    Format.TOML: _read_toml,
    Format.CSV: lambda source, _: _unquoted(source),
}


def _accepts(data: bytes, format_: Format) -> bool:
    """Whether the reference parser takes what we rejected."""
    import yaml

    try:
        match format_:
            case Format.JSON:
                json.loads(data, parse_constant=_refuse)
            case Format.JSONL:
                [json.loads(line, parse_constant=_refuse) for line in data.split(b"\n") if line.strip()]
            case Format.TOML:
                tomllib.loads(data.decode("utf-8-sig"))
            case Format.YAML:
                list(yaml.compose_all(data, Loader=yaml.CSafeLoader))
            case Format.CSV:
                return False
    except (ValueError, yaml.YAMLError):
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(name)


def main(folders: list[str]) -> int:
    """Check every file below the folders."""
    tally, began = Tally(), time.process_time()
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in sorted(names):
                check_file(os.path.join(parent, name), tally)
    for name, count in sorted(tally.counts.items()):
        print(f"{name:32} {count:>12,}")
    print(f"{'CPU seconds':32} {time.process_time() - began:>12.1f}")
    print(f"{'mismatches':32} {len(tally.mismatches):>12,}")
    print(*tally.mismatches[:50], sep="\n")
    return 1 if tally.mismatches else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
