"""Measure guard against its peers, and write what came out into docs/performance.md.

    python -m benchmarks.run [--rows REGEX] [--rounds N] [--write] [--list]

The first run fetches the trees and makes the environments, which takes minutes and about 4 GB below benchmarks/.work.
The exit code is 1 if a row could not be measured; a budget that is missed is a result.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from benchmarks import corpora, installed, table
from benchmarks.corpora import COMPOSITE, DJANGO, HOME_ASSISTANT, RELEASES, CorpusError
from benchmarks.measure import MeasureError
from benchmarks.rows import ROWS, Place, Row
from benchmarks.table import Line

PAGE = os.path.join(installed.ROOT, "docs", "performance.md")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the rows that were asked for, and print each as it is done."""
    options = _options(arguments)
    rows = [row for row in ROWS if re.search(options.rows, row.name)]
    if options.list:
        print(*(row.name for row in rows), sep="\n")
        return 0
    place = Place(options.rounds)
    print(*table.HEAD, sep="\n", flush=True)
    lines: list[Line] = []
    for row in rows:
        measured = _measured(row, place)
        lines += measured
        print(*(line.markdown() for line in measured), sep="\n", flush=True)
        if options.write:
            _write(lines)
    return 1 if any(not line.rounds for line in lines) or not lines else 0


def _measured(row: Row, place: Place) -> list[Line]:
    """The lines of a row; one that says why where there are none, so that the other rows go on."""
    try:
        lines = row.measure(place, row.name)
    except (MeasureError, CorpusError, OSError, subprocess.CalledProcessError) as error:
        print(f"{row.name}: {error}", file=sys.stderr)
        lines = [table.failed(row.name, type(error).__name__)]
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "–"
    date = time.strftime("%Y-%m-%d", time.gmtime())
    return [replace(line, load=load, date=date) for line in lines]


def _write(lines: Sequence[Line]) -> None:
    with open(PAGE, encoding="utf-8") as file:
        page = file.read()
    page = table.updated(page, _circumstances(), lines, [row.name for row in ROWS])
    with open(f"{PAGE}.new", "w", encoding="utf-8") as file:
        file.write(page)
    os.replace(f"{PAGE}.new", PAGE)


def _circumstances() -> str:
    """The machine and the versions, without a name or a path."""
    git = corpora.git(installed.ROOT, "--version").split()[2]
    peers = ", ".join(f"{name} {version}" for name, version in sorted(installed.PEERS.items()) if name != "uv")
    return (
        f"{os.cpu_count()} shared cores, {platform.system()} on {platform.machine()}, "
        f"Python {platform.python_version()}, git {git}; {peers}; "
        f"scripts by pip {installed.PIP} unless the row says otherwise (uv {installed.UV}). "
        f"Django: {DJANGO.pins.split()[1]}. Composite: {COMPOSITE.pins}. Home Assistant: the wheel of "
        f"{HOME_ASSISTANT.pins}. Releases of Django: {len(RELEASES.archives)}, from {RELEASES.archives[0].version} on, "
        "a commit for each."
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure guard against its peers.")
    parser.add_argument("--rows", metavar="REGEX", default="", help="only rows whose name matches")
    parser.add_argument("--rounds", type=_positive, metavar="N", default=15, help="rounds of each row [15]")
    parser.add_argument("--write", action="store_true", help="write the results into docs/performance.md")
    parser.add_argument("--list", action="store_true", help="only print the names of the rows")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} rounds measure nothing")
    return number


if __name__ == "__main__":
    sys.exit(main())
