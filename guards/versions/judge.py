"""All facts in, what disagrees out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guards._code.tree import Tree
from guards._core.model import Case, Judged, Need
from guards.versions import installed
from guards.versions.facts import Known
from guards.versions.judging import hooks, locks, own, pins, pythons, scripts, tools
from guards.versions.judging.repository import Repository
from guards.versions.options import Options


def repository_of(case: Case[Options]) -> Repository:
    """All that is known of it."""
    return Repository(Known(case.facts), Tree(case.entries, case.paths))


def judge(case: Case[Options]) -> Iterator[Judged]:
    """What two sources say differently. First come the modules that have to be parsed for it."""
    repository = repository_of(case)
    missing = tuple(sorted({path for path in repository.asked_for() if path not in case.facts}))
    if missing:
        yield Need(missing)
        return
    yield from own.judge(repository)
    yield from pythons.judge(repository)
    yield from locks.judge(repository)
    yield from hooks.judge(repository)
    yield from scripts.judge(repository)
    yield from pins.judge(repository, case.options.exact)
    yield from installed.judge(repository, case)
    yield from tools.judge(repository, case.canonical if isinstance(case.canonical, Mapping) else {})
