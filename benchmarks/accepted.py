"""What a baseline and waivers cost a run: `python -m benchmarks.accepted [BASELINE-LINES] [WAIVERS]`.

CPU time of reading `guard-baseline.jsonl`, of making the waivers of the settings ready, and of policy with both over
policy with neither, on as many findings as the baseline accepts and the waivers cover. The least of several rounds.
"""

from __future__ import annotations

import datetime
import gc
import sys
import time
from collections.abc import Callable

from guards._core import baseline, policy
from guards._core.baseline import Line
from guards._core.config import Settings
from guards._core.fingerprint import fingerprints
from guards._core.model import Finding, Place, Rule, Span
from guards._core.policy import Accepted, Reach
from guards._core.report import GuardRun, GuardStatus, Ledger
from guards._core.waivers import Placed, Terms, Waivers

_ROUNDS = 7
_RULES = 40
_TODAY = datetime.date(2026, 1, 1)


def findings(count: int, *, path: str) -> list[Finding]:
    """Findings of many rules, four in each file."""
    return [
        Finding(f"g/rule-{at % _RULES}", "m", f"{path}/{at // 4:05}.py", Span(at % 900 + 1, 1, 1, 2), f"subject {at}")
        for at in range(count)
    ]


def waivers(found: list[Finding]) -> list[Placed]:
    """A waiver for each finding: by fingerprint, by rule and file, and by rule and folder in turn."""
    made = []
    for at, (one, mark) in enumerate(zip(found, fingerprints(found), strict=True)):
        kinds = (
            Terms("x", fingerprint=mark, until=_TODAY),
            Terms("x", one.rule, one.path, until=_TODAY),
            Terms("x", one.rule, f"{one.path.removesuffix('.py')}*", until=_TODAY),
        )
        made.append(Placed(kinds[at % 3], Place("guard.toml")))
    return made


def cpu(work: Callable[[], object]) -> float:
    """Milliseconds of the fastest round."""
    best = float("inf")
    for _ in range(_ROUNDS):
        gc.collect()
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best * 1000


def main(arguments: list[str]) -> int:
    """Measure and print."""
    sizes = [int(text.replace(",", "")) for text in arguments]
    lines, count = (*sizes, *(10_000, 500)[len(sizes) :])
    old, waived = findings(lines, path="old"), findings(count, path="new")
    accepted = [Line(mark, one.rule, one.path) for one, mark in zip(old, fingerprints(old), strict=True)]
    data = baseline.written(accepted)
    placed = waivers(waived)
    rules = {one.rule: Rule(one.rule, "R.") for one in old}
    runs = [GuardRun("g", GuardStatus.PASSED, Ledger(1, 1))]

    def decide(accepted: Accepted) -> policy.Decision:
        return policy.decide(
            [*old, *waived], rules=rules, guards=runs, problems=[], settings=Settings(), accepted=accepted,
            known=frozenset(), reach=Reach.EVERYTHING,
        )  # fmt: skip

    both = Accepted(baseline.read(data), Waivers(placed), _TODAY)
    decision = decide(both)
    assert all(one.status.value in {"baselined", "waived"} for one in decision.findings), "something is not accepted"
    reading, making = cpu(lambda: baseline.read(data)), cpu(lambda: Waivers(placed))
    without = cpu(lambda: decide(Accepted()))
    # With fresh waivers each time: what is prepared on first use belongs to the cost.
    with_both = cpu(lambda: decide(Accepted(both.baseline, Waivers(placed), _TODAY)))
    sys.stdout.write(
        f"{lines:,} lines, {count:,} waivers, {len(old) + len(waived):,} findings; CPU ms\n"
        f"reading the baseline          {reading:7.1f}\n"
        f"making the waivers ready      {making:7.1f}\n"
        f"policy with neither           {without:7.1f}\n"
        f"policy with both              {with_both:7.1f}\n"
        f"what both cost altogether     {reading + with_both - without:7.1f}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
