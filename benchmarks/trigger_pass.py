"""How fast the trigger pass is, as ratios within one run: each engine against counting newlines (memchr).

    python -m benchmarks.trigger_pass [FOLDER...]        # default: the standard library of this interpreter

Prints, for 10, 200 and 600 triggers: what it takes to compile a database, to load the stored one, and to scan all
files with each engine, one call per file. Then what batching would give, and how hostile lines are borne.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import string
import sysconfig
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from guards._core.model import Trigger
from guards._core.transcode import to_utf8
from guards._core.triggers import Engine, engine_for

ROUNDS = 5
LARGEST = 1 << 20

WORDS = (
    "import requests", "urllib", "httpx", "os.environ", "getenv", "process.env", "subprocess", "eval(", "exec(",
    "fetch(", "XMLHttpRequest", "http://", "https://", "create_task", "<<<<<<< ",
)  # fmt: skip
SHAPES = (
    r"\b{word}_[0-9A-Za-z]{{32}}\b",
    r"""{word}.{{0,40}}[=:].{{0,20}}["'][0-9a-f]{{32}}["']""",
    r"\b{word}-[0-9]{{12}}-[a-z]{{8,20}}",
    "{word}",
)


class Shelf(dict[str, bytes]):
    """A store in memory."""

    def load(self, key: str) -> bytes | None:
        return self.get(key)

    def save(self, key: str, data: bytes) -> None:
        self[key] = data


def some_triggers(count: int) -> list[Trigger]:
    """A mix as guards bring it: words that occur, token formats that hardly do, half of those caseless."""
    chance = random.Random(count)
    triggers = [Trigger(word, literal=True) for word in WORDS[: count // 2]]
    triggers += [Trigger(r"""["'][A-Za-z0-9+/=_-]{23}"""), Trigger("password", caseless=True)]
    while len(triggers) < count:
        word = "".join(chance.choices(string.ascii_lowercase, k=7))
        triggers.append(Trigger(chance.choice(SHAPES).format(word=word), caseless=len(triggers) % 2 == 0))
    return triggers[:count]


def files_below(folders: Sequence[str]) -> Iterator[bytes]:
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(parent, name)
                if os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) <= LARGEST:
                    with open(path, "rb") as file:
                        yield file.read()


def cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def medians(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Interleaved, so that a busy machine disturbs all alike."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            taken[name].append(cpu_seconds(work))
    return {name: statistics.median(values) for name, values in taken.items()}


def scan(engine: Engine, files: Sequence[bytes]) -> int:
    return sum(len(starts) for data in files for starts in engine.lines(data).values())


def batches(files: Sequence[bytes], size: int) -> list[bytes]:
    joined: list[bytes] = []
    batch: list[bytes] = []
    for data in files:
        batch.append(data)
        if sum(map(len, batch)) >= size:
            joined.append(b"\n".join(batch))
            batch = []
    return [*joined, b"\n".join(batch)]


def compare(count: int, files: Sequence[bytes], megabytes: float) -> Engine:
    triggers, shelf = some_triggers(count), Shelf()
    compiling = cpu_seconds(lambda: engine_for(triggers, shelf))
    bridging = cpu_seconds(lambda: engine_for(triggers, None, wait=False))
    loading = min(cpu_seconds(lambda: engine_for(triggers, shelf)) for _ in range(9))
    stored = sum(map(len, shelf.values()))
    print(f"\n{count} triggers: compile {compiling:.2f} s (RE2 instead: {bridging:.2f} s),", end=" ")
    print(f"load {loading * 1e3:.1f} ms, {stored / 1e6:.2f} MB stored")
    vectorscan, re2 = engine_for(triggers, shelf), engine_for(triggers, None, wait=False)
    works: dict[str, Callable[[], object]] = {
        "count newlines": lambda: [data.count(b"\n") for data in files],
        "vectorscan": lambda: scan(vectorscan, files),
        "re2": lambda: scan(re2, files),
    }
    show(medians(works), megabytes)
    print(f"  {scan(vectorscan, files)} lines hit in {sum(bool(vectorscan.lines(data)) for data in files)} files")
    return vectorscan


def show(taken: dict[str, float], megabytes: float) -> None:
    yardstick = next(iter(taken.values()))
    for name, seconds in taken.items():
        print(f"  {name:28} {megabytes / seconds:8.0f} MB/s {seconds / yardstick:8.2f}x")


def compare_batches(engine: Engine, files: Sequence[bytes], megabytes: float) -> None:
    print("\nvectorscan, and what else a file may cost")
    joined = batches(files, 1 << 20)
    works: dict[str, Callable[[], object]] = {
        "one call per file": lambda: scan(engine, files),
        "batches of a megabyte": lambda: scan(engine, joined),
        "looking for UTF-16 alone": lambda: [to_utf8(data) for data in files],
    }
    show(medians(works), megabytes)


def compare_hostile(engine: Engine) -> None:
    print("\n5 MB each, against counting newlines in it")
    size = 5_000_000
    texts = {
        "one line, all letters": b"a" * size,
        "one line, tokens": b"'" + b"Zm9vYmFy" * (size // 8),
        "one line, all words": " ".join(WORDS).encode() * (size // 170),
        "a word on every line": b"eval(\n" * (size // 6),
    }
    for name, data in texts.items():
        taken = medians({"count": partial(data.count, b"\n"), name: partial(engine.lines, data)})
        print(f"  {name:28} {taken[name] * 1e3:8.0f} ms {taken[name] / max(taken['count'], 1e-6):8.1f}x")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", default=[sysconfig.get_paths()["stdlib"]])
    files = [data for data in files_below(parser.parse_args().folders) if data]
    megabytes = sum(map(len, files)) / 1e6
    print(f"{len(files)} files, {megabytes:.1f} MB, medians of {ROUNDS} rounds of processor time")
    engines = [compare(count, files, megabytes) for count in (10, 200, 600)]
    compare_batches(engines[1], files, megabytes)
    compare_hostile(engines[1])


if __name__ == "__main__":
    main()
