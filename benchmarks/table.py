"""The results as a Markdown table between two markers of a page, where a new result replaces the old one of its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measure import Sample, Spread, noise, ratios, spread

BEGIN = "<!-- results: written by `python -m benchmarks.run --write` -->"
END = "<!-- end of results -->"
_COLUMNS = (
    "What", "Against", "Budget", "Within", "Wall, ratio: min / **median** / max", "CPU, ratio", "Time", "Noise", "Load",
    "Rounds", "Date",
)  # fmt: skip
HEAD = (f"| {' | '.join(_COLUMNS)} |", f"| {' | '.join('---' for _ in _COLUMNS)} |")


class PageError(Exception):
    """The page has no place for the results."""


@dataclass(frozen=True, slots=True)
class Line:
    """One result."""

    what: str
    against: str
    budget: str
    within: str
    wall: str
    cpu: str = "–"
    time: str = "–"
    noise: str = "–"
    load: str = "–"
    rounds: int = 0
    date: str = ""

    def markdown(self) -> str:
        """The row of the table."""
        cells = (
            self.what,
            self.against,
            self.budget,
            self.within,
            self.wall,
            self.cpu,
            self.time,
            self.noise,
            self.load,
            str(self.rounds),
            self.date,
        )
        return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def compared(
    what: str,
    against: str,
    budget: float | None,
    samples: tuple[Sequence[Sample], Sequence[Sample], Sequence[Sample]],
) -> Line:
    """The line of a comparison. `samples`: ours, theirs, and those of the yardstick in the same rounds."""
    ours, theirs, yardstick = samples
    wall = ratios([one.wall for one in ours], [one.wall for one in theirs])
    cpu = ratios([one.cpu for one in ours], [one.cpu for one in theirs])
    times = (spread(one.wall for one in side).median for side in (ours, theirs))
    return Line(
        what,
        against,
        "–" if budget is None else f"at most {budget:g}x",
        verdict(wall.median, budget),
        _shown(wall, "x"),
        f"{_number(cpu.median)}x",
        " : ".join(map(_duration, times)),
        f"{noise([one.wall for one in yardstick]):.2f}",
        rounds=len(ours),
    )


def held(what: str, budget: float, peaks: Sequence[float]) -> Line:
    """The line of a measurement of memory, in MB."""
    wall = spread(peaks)
    return Line(what, "–", f"at most {budget:g} MB", verdict(wall.high, budget), _shown(wall, " MB"), rounds=len(peaks))


def failed(what: str, reason: str) -> Line:
    """The line of a row that gave no result: it takes the place of the old result, which may no longer be true."""
    return Line(what, "–", "–", "**not measured**", " ".join(reason.split()))


def verdict(value: float, budget: float | None) -> str:
    """Whether a budget is kept."""
    if budget is None:
        return "–"
    return "yes" if value <= budget else "**no**"


def updated(page: str, head: str, lines: Iterable[Line], order: Sequence[str]) -> str:
    """The page with new results, and old ones of rows that were not measured now and still exist (`order`)."""
    before, begin, rest = page.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not begin or not end:
        raise PageError(f"the page lacks {BEGIN} or {END}")
    rows = _rows(old)
    for what, new in _grouped(lines).items():
        rows[what] = new
    kept = [row for what in order for row in rows.get(what, ())]
    return "".join((before, BEGIN, "\n", "\n".join(("", head, "", *HEAD, *kept, "")), "\n", END, after))


def _rows(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in text.splitlines():
        if row.startswith("| ") and row not in HEAD:
            found.setdefault(row.split(" | ")[0].removeprefix("| "), []).append(row)
    return found


def _grouped(lines: Iterable[Line]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line.what, []).append(line.markdown())
    return found


def _shown(numbers: Spread, unit: str) -> str:
    low, median, high = map(_number, numbers)
    return f"{low} / **{median}{unit}** / {high}"


def _number(number: float) -> str:
    """Three digits are more than the noise leaves true; large numbers are whole."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}" if number >= 1 else f"{number:.2g}"


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 2 else f"{seconds * 1000:.0f} ms"
