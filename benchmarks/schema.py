"""The schema guard against its rivals: JSON Lines, and many small JSON files.

    python -m benchmarks.schema [--lines 100000] [--files 1000] [--rounds 5]

JSON Lines: the guard and the `jsonschema` package check the same file, each in a process of its own, in turn. Errors
are planted at known places, and the guard must find exactly those, to line and column. Files: the guard's scan of each
file in one process, against one call of `check-jsonschema` with all of them. Ratios are within a round.
Both clocks start before
the tool is imported, and stop when it has finished.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "https://example.org/record.schema.json",
    "type": "object",
    "required": ["id", "kind", "tags", "place", "score"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": "^r-[0-9a-f]{8}$"},
        "kind": {"enum": ["alpha", "beta", "gamma"]},
        "tags": {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
        "place": {"$ref": "#/$defs/place"},
        "score": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]},
        "note": {"type": "string"},
    },
    "$defs": {
        "place": {
            "type": "object",
            "required": ["x", "y"],
            "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}, "name": {"type": "string"}},
        }
    },
}
PLANTED = 140


def main() -> int:
    """Print one table; the exit code is 1 if a planted error was missed, misplaced or invented."""
    options = _options()
    if options.child:
        return CHILDREN[options.child](options.folder)
    with tempfile.TemporaryDirectory() as folder:
        planted = plant(os.path.join(folder, "records.jsonl"), options.lines)
        write_files(os.path.join(folder, "files"), options.files)
        with open(os.path.join(folder, "record.schema.json"), "w", encoding="utf-8") as file:
            json.dump(SCHEMA, file)
        report = compare("guard-lines", "jsonschema-lines", folder, options.rounds)
        exact = sorted(map(tuple, report["places"])) == sorted(planted)
        print(f"  places: {len(report['places'])} found, {len(planted)} planted, all exact: {exact}")
        compare("guard-files", "check-jsonschema", folder, options.rounds)
    return 0 if exact else 1


def plant(path: str, lines: int) -> list[tuple[int, int]]:
    """Write records with errors in some of them; returns the line and column of each error."""
    rng = random.Random(20)  # the same file in every run
    bad = set(rng.sample(range(lines), PLANTED))
    places = []
    with open(path, "w", encoding="utf-8") as file:
        for number in range(lines):
            record = _record(rng)
            text = json.dumps(record, ensure_ascii=False)
            if number in bad:
                text, column = _spoil(text, rng)
                places.append((number + 1, column))
            file.write(text + "\n")
    return places


def _record(rng: random.Random) -> dict[str, Any]:
    words = ["déjà", "plain", "日本", "🎈", "long " * 12]
    return {
        "id": f"r-{rng.getrandbits(32):08x}",
        "kind": rng.choice(["alpha", "beta", "gamma"]),
        "tags": rng.sample(words, 3),
        "place": {"x": rng.randrange(10**6), "y": -rng.randrange(10**6), "name": rng.choice(words)},
        "score": rng.choice([None, 0.5, 17, 10**9]),
        "note": rng.choice(words) * 2,
    }


def _spoil(text: str, rng: random.Random) -> tuple[str, int]:
    """A line with one error, and the column where that error must be shown."""
    before, after, marker = rng.choice([
        ('"id": "r-', '"id": "q-', '"q-'),
        ('"x": ', '"x": "7", "was": ', '"7"'),
        ('"note": ', '"noet": ', '"noet"'),
        ('"y": ', '"z": ', '{"x"'),
        ('"tags": [', '"tags": ["", ', '""'),
    ])  # fmt: skip
    spoilt = text.replace(before, after, 1)
    return spoilt, spoilt.index(marker) + 1


def write_files(folder: str, count: int) -> None:
    """Sound records, one to a file."""
    rng = random.Random(21)
    os.makedirs(folder)
    for number in range(count):
        with open(os.path.join(folder, f"{number:05}.json"), "w", encoding="utf-8") as file:
            json.dump(_record(rng), file, indent=2, ensure_ascii=False)


def compare(ours: str, theirs: str, folder: str, rounds: int) -> dict[str, Any]:
    """Run both in turn and print times, memory and ratios; returns what ours last reported."""
    reports: dict[str, list[dict[str, Any]]] = {ours: [], theirs: []}
    for _ in range(rounds):
        for name in (ours, theirs):
            reports[name].append(_measured(name, folder))
    for name in (ours, theirs):
        peak = max(report["rss"] for report in reports[name])
        print(f"{name:18} peak {peak:.0f} MB, errors {reports[name][-1]['count']}")
        for clock in ("wall", "cpu"):
            print(f"  {clock:4} s     {_spread([report[clock] for report in reports[name]])}")
    for clock in ("wall", "cpu"):
        ratios = [other[clock] / own[clock] for own, other in zip(reports[ours], reports[theirs], strict=True)]
        print(f"  {clock:4} ratio {_spread(ratios)}")
    return reports[ours][-1]


def _spread(numbers: list[float]) -> str:
    return f"min {min(numbers):.2f} median {statistics.median(numbers):.2f} max {max(numbers):.2f}"


def _measured(name: str, folder: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.schema", "--child", name, "--folder", folder]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _now() -> tuple[float, float]:
    """Wall and processor time, with that of finished children."""
    used = os.times()
    return time.perf_counter(), used.user + used.system + used.children_user + used.children_system


def _tell(started: tuple[float, float], count: int, *, whose: int = resource.RUSAGE_SELF, places: Any = ()) -> int:
    wall, cpu = (now - then for now, then in zip(_now(), started, strict=True))
    peak = resource.getrusage(whose).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": cpu, "rss": peak, "count": count, "places": places}))
    return 0


def _guard_lines(folder: str) -> int:
    started = _now()
    from guards._core.model import Finding, Kind, Source
    from guards.schema import GUARD, Options

    slice_, documents = _set_up(folder, "*.jsonl", PLANTED * 2)
    path_class = GUARD.classify("records.jsonl", slice_)
    assert isinstance(path_class, str)
    assert GUARD.scan is not None
    with open(os.path.join(folder, "records.jsonl"), "rb") as reader:
        source: Source[Options] = Source(
            b"", b"", Kind.FILE, path_class, {}, slice_, reader=reader, documents=documents
        )
        found = [seen for seen in GUARD.scan(source) if isinstance(seen, Finding)]
    places = [(seen.span.line, seen.span.column) for seen in found if seen.span]
    return _tell(started, len(found), places=places)


def _guard_files(folder: str) -> int:
    started = _now()
    from guards._core.model import Finding, Kind, Source
    from guards.schema import GUARD, Options

    slice_, documents = _set_up(folder, "files/*.json", 100)
    assert GUARD.scan is not None
    count = 0
    for name in sorted(os.listdir(os.path.join(folder, "files"))):
        path_class = GUARD.classify(f"files/{name}", slice_)
        assert isinstance(path_class, str)
        with open(os.path.join(folder, "files", name), "rb") as file:
            data = file.read()
        source: Source[Options] = Source(data, data, Kind.FILE, path_class, {}, slice_, documents=documents)
        count += sum(isinstance(seen, Finding) for seen in GUARD.scan(source))
    return _tell(started, count)


def _set_up(folder: str, glob: str, most: int) -> tuple[Any, dict[str, bytes]]:
    from guards.schema import GUARD, Options

    with open(os.path.join(folder, "record.schema.json"), "rb") as file:
        documents = {"record.schema.json": file.read()}
    return GUARD.scan_slice(Options(max_errors=most), {glob: "record.schema.json"}), documents


def _jsonschema_lines(folder: str) -> int:
    started = _now()
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    validator = Draft202012Validator(SCHEMA)
    with open(os.path.join(folder, "records.jsonl"), "rb") as reader:
        count = sum(len(list(validator.iter_errors(json.loads(line)))) for line in reader)
    return _tell(started, count)


def _check_jsonschema(folder: str) -> int:
    started = _now()
    files = sorted(os.path.join(folder, "files", name) for name in os.listdir(os.path.join(folder, "files")))
    schema = os.path.join(folder, "record.schema.json")
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", schema, *files]
    subprocess.run(command, check=True, capture_output=True)
    return _tell(started, 0, whose=resource.RUSAGE_CHILDREN)


CHILDREN: dict[str, Callable[[str], int]] = {
    "check-jsonschema": _check_jsonschema,
    "guard-files": _guard_files,
    "guard-lines": _guard_lines,
    "jsonschema-lines": _jsonschema_lines,
}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The schema guard against its rivals.")
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", choices=sorted(CHILDREN), help=argparse.SUPPRESS)
    parser.add_argument("--folder", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
