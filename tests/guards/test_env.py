"""The env guard: its examples, reads in every form that we know of, and that no value ever leaves it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from guards._core.canonical import read
from guards._core.model import Fact, Kind, Problem, Source
from guards._core.triggers import Engine, engine_for
from guards.env.facts import READ
from guards.env.guard import GUARD
from guards.env.options import Options
from guards.testing import Example, check_example, check_guard, examples
from tests.probes.env import PROBES, Probe

EXAMPLES = examples(Path(__file__).parent / "env")
_SECTION: Any = read("canonical.yaml", b"guard: 1\nenv: {}\n", [GUARD]).sections["env"]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    check_example(GUARD, example)


def test_contract() -> None:
    check_guard(GUARD, EXAMPLES)


# ---- Probes ---------------------------------------------------------------------------------------------------------


@cache
def _engine() -> Engine:
    return engine_for(GUARD.triggers_for(GUARD.scan_slice(Options(), _SECTION), {}), None)


def facts_of(path: str, text: bytes) -> tuple[Fact, ...]:
    """What scan says of a file if its triggers let it."""
    slice_ = GUARD.scan_slice(Options(), _SECTION)
    path_class = GUARD.classify(path, slice_)
    if not isinstance(path_class, str) or GUARD.scan is None or GUARD.whatever_triggers is None:
        return ()
    hits = _engine().lines(text)
    if not (hits or GUARD.whatever_triggers(path_class)):
        return ()
    seen = list(GUARD.scan(Source(text, text, Kind.FILE, path_class, hits, slice_, key=b"k" * 32)))
    assert not [one for one in seen if isinstance(one, Problem)]
    return tuple(one for one in seen if isinstance(one, Fact))


def names_of(probe: Probe) -> set[str]:
    """The variables that the guard says are read."""
    found = facts_of(probe.path, probe.source.encode())
    return {str(one.data["name"]) for one in found if one.kind == READ and isinstance(one.data, dict)}


@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_probe(probe: Probe) -> None:
    assert names_of(probe) == probe.names


def test_there_are_enough_probes() -> None:
    assert sum(len(probe.names) for probe in PROBES) >= 150
    assert sum(not probe.names for probe in PROBES) >= 60
    assert len({(probe.path, probe.source) for probe in PROBES}) == len(PROBES)
