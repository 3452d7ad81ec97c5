"""The catalogue in ordinary contexts: what is found of a labelled corpus, and what is flagged that is none."""

from __future__ import annotations

from benchmarks.secrets_corpus import Case, look_alikes, secrets
from guards.secrets.default import Found
from tests.guards.secrets.drawn import looked


def _found(case: Case) -> list[Found]:
    return looked(case.text, case.path)[0]


def test_at_least_97_percent_of_the_values_are_found() -> None:
    """As the value that it is: not less of it, and not more than a block has."""
    cases = list(secrets(seed=1, each=4))
    missed = [case.format for case in cases if not any(case.value in one.value for one in _found(case))]
    assert all(case.value for case in cases)
    assert len(missed) <= 0.03 * len(cases), sorted(missed)


def test_at_most_2_percent_of_the_look_alikes_are_flagged() -> None:
    """As an error of the format that they resemble."""
    cases = list(look_alikes(seed=2, each=2))
    flagged = [
        case.format
        for case in cases
        if any(one.accepted.rule == f"secrets/{case.format}" and one.accepted.level is None for one in _found(case))
    ]
    assert len(cases) > 1_000
    assert len(flagged) <= 0.02 * len(cases), sorted(flagged)
