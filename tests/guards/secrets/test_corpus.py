"""The catalogue in ordinary contexts: what is found of a labelled corpus, and what is flagged that is none."""

from __future__ import annotations

from benchmarks.secrets_corpus import PLACES, Case, look_alikes, secrets, stand_ins
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


def test_at_most_2_percent_of_what_stands_in_for_a_value_is_flagged() -> None:
    """Blanks, rows of the alphabet, words that say so, and digests beside a name that says so: as anything at all."""
    cases = list(stand_ins(seed=3, each=2))
    flagged = [
        (case.format, case.text)
        for case in cases
        if any(one.accepted.rule == f"secrets/{case.format}" and one.accepted.level is None for one in _found(case))
    ]
    assert len(cases) > 1_000
    assert len(flagged) <= 0.02 * len(cases), flagged


def test_no_kind_of_file_hides_values() -> None:
    """Of the values in files of one name, nine in ten are found, whatever the name."""
    found: dict[str, list[bool]] = {path: [] for path, _ in PLACES}
    for case in secrets(seed=4, each=30):
        found.setdefault(case.path, []).append(any(case.value in one.value for one in _found(case)))
    assert min(map(len, found.values())) > 0
    assert {path: sum(own) / len(own) for path, own in found.items() if sum(own) < 0.9 * len(own)} == {}
