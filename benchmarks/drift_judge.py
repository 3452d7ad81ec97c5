"""How long drift's judge takes on a repository with 50 facts that are bound in 200 places.

    python -m benchmarks.drift_judge

Everything that scan learned is known; judge alone is measured, in CPU time of this process, the best of 20.
"""

from __future__ import annotations

import sys
import time

from guards._core import canonical as canonical_
from guards._core.model import Case, Entry, Fact, Kind, Source
from guards.drift import GUARD, Options
from guards.drift.mapping import classify, scan_slice

_FACTS, _PLACES = 50, 200
_LIMIT_MS = 30.0


def case(*, differing: int = 0) -> Case[Options]:
    """What judge is given. `differing`: how many of the places hold another value."""
    facts = "".join(f"  fact.n{one}: {{kind: port, value: {8000 + one}}}\n" for one in range(_FACTS))
    files = {f"config/f{number}.yaml": "" for number in range(_PLACES // 10)}
    bind: dict[int, list[str]] = {}
    for number in range(_PLACES):
        path, one = f"config/f{number // 10}.yaml", number % _FACTS
        files[path] += f"key{number}: {8000 + one + (number < differing)}\n"
        bind.setdefault(one, []).append(f"{path}#key{number}")
    places = "".join(f"  fact.n{one}: {selectors}\n" for one, selectors in bind.items())
    text = f"guard: 1\nfacts:\n{facts}bind:\n{places}".encode()
    section = canonical_.read("canonical.yaml", text, [GUARD]).sections["facts"]
    contents = {path: content.encode() for path, content in files.items()} | {"canonical.yaml": text}
    slice_ = scan_slice(Options(), section)
    seen: dict[str, tuple[Fact, ...]] = {}
    for path, data in contents.items():
        path_class = classify(path, slice_)
        if path_class is not None and GUARD.scan is not None:
            found = GUARD.scan(Source(data, data, Kind.FILE, path_class, {}, slice_))
            seen[path] = tuple(one for one in found if isinstance(one, Fact))
    entries = [Entry(path, Kind.FILE, "") for path in sorted(contents)]
    return Case(Options(), seen, entries, {}, section)


def best(given: Case[Options]) -> tuple[float, int]:
    """Milliseconds, and the number of findings."""
    spent = []
    count = 0
    for _ in range(20):
        began = time.process_time()
        count = len(list(GUARD.judge(given) if GUARD.judge else ()))
        spent.append(time.process_time() - began)
    return min(spent) * 1000, count


def main() -> int:
    """Print both cases."""
    slow = False
    for differing in (0, _PLACES):
        milliseconds, count = best(case(differing=differing))
        slow |= milliseconds > _LIMIT_MS
        print(f"{_FACTS} facts, {_PLACES} places, {count} findings: judge takes {milliseconds:.1f} ms")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
