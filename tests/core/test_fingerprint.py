"""A finding keeps its identity through edits that do not concern it, and two findings never share one."""

from __future__ import annotations

import random

from hypothesis import given, strategies as st

from guards._core import policy
from guards._core.fingerprint import digest, fingerprints, line_key
from guards._core.model import Finding, Span

TEXT = st.text(st.characters(exclude_categories=["Cc"]), max_size=20)


def findings_in(lines: list[str], *, subject: str = "") -> list[Finding]:
    """One finding for each line that says `bad`, as the runner would anchor it."""
    return [
        Finding(
            "g/bad", "bad", "f.py", Span.of_line(number, line), subject, line_key=line_key(line, line.index("bad") + 1)
        )
        for number, line in enumerate(lines, 1)
        if "bad" in line
    ]


def identities(found: list[Finding]) -> list[str]:
    return list(fingerprints(sorted(found, key=policy.order)))


@given(
    lines=st.lists(TEXT | TEXT.map(lambda text: text + "bad")), above=st.lists(TEXT), indent=st.text(" \t", max_size=5)
)
def test_other_lines_and_new_indentation_change_nothing(lines: list[str], above: list[str], indent: str) -> None:
    above = [line for line in above if "bad" not in line]
    moved = [*above, *(indent + line for line in lines)]
    assert identities(findings_in(moved)) == identities(findings_in(lines))


@given(lines=st.lists(TEXT.map(lambda text: text + "bad"), max_size=8), seed=st.randoms())
def test_the_order_in_which_findings_come_does_not_matter(lines: list[str], seed: random.Random) -> None:
    found = findings_in(lines)
    shuffled = list(found)
    seed.shuffle(shuffled)
    assert identities(shuffled) == identities(found)
    assert len(set(identities(found))) == len(found)


def test_equal_lines_are_told_apart_and_only_the_new_one_is_new() -> None:
    before = identities(findings_in(["bad()", "x", "bad()"]))
    after = identities(findings_in(["bad()", "bad()", "y", "bad()"]))
    assert len(set(after)) == 3
    assert set(before) < set(after)


def test_everything_that_makes_a_finding_another_one_counts() -> None:
    base = Finding("g/a", "m", "p", Span(1, 1, 1, 2), "", line_key="k")
    others = [
        base,
        Finding("g/b", "m", "p", Span(1, 1, 1, 2), "", line_key="k"),
        Finding("g/a", "m", "q", Span(1, 1, 1, 2), "", line_key="k"),
        Finding("g/a", "m", "p", Span(1, 1, 1, 2), "", line_key="l"),
        Finding("g/a", "m", "p", Span(1, 1, 1, 2), "subject", line_key="k"),
    ]
    assert len({next(iter(fingerprints([one]))) for one in others}) == len(others)


def test_line_message_level_and_hint_do_not_count() -> None:
    base = Finding("g/a", "m", "p", Span(1, 1, 1, 2), "name", line_key="k")
    same = Finding("g/a", "other words", "p", Span(90, 7, 91, 2), "name", hint="do this", line_key="l")
    assert list(fingerprints([base])) == list(fingerprints([same]))


@given(st.lists(st.text()), st.lists(st.text()))
def test_parts_do_not_run_into_each_other(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_names_that_are_not_utf8_have_an_identity() -> None:
    assert digest("\udcff") != digest("\udcfe")


def test_on_a_very_long_line_only_what_begins_at_the_finding_counts() -> None:
    """A bundle is one line: two findings in it are two, and an edit before the first leaves it the same."""
    line = "a" * 10_000 + "first" + "b" * 10_000 + "second" + "c" * 10_000
    first, second = line.index("first") + 1, line.index("second") + 1
    assert line_key(line, first) != line_key(line, second)
    assert line_key("zzz" + line, first + 3) == line_key(line, first)
    assert line_key(line + "zzz", first) == line_key(line, first)
