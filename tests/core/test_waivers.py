"""Waivers: what they cover, and until when. The clock is ours."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guards._core import config, inline, waivers
from guards._core.config import ConfigError
from guards._core.model import Fact, Place, Problem
from guards._core.waivers import Placed, Terms, Waivers

DAY = 86_400 * 10**9


def ns(text: str) -> int:
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC).timestamp()) * 10**9


# --- the calendar ---------------------------------------------------------------------------------------------------

VALID = [  # until, clock in UTC, whether it is over
    ("2026-11-21", "2026-11-21T12:00:00", False),  # today
    ("2026-11-21", "2026-11-21T00:00:00", False),
    ("2026-11-21", "2026-11-21T23:59:59", False),  # the last second of the last day
    ("2026-11-21", "2026-11-22T00:00:00", True),  # and the first one after it
    ("2026-11-20", "2026-11-21T12:00:00", True),  # yesterday
    ("2026-11-22", "2026-11-21T12:00:00", False),  # tomorrow
    ("2028-02-29", "2028-02-29T23:59:59", False),  # a leap day
    ("2028-02-29", "2028-03-01T00:00:00", True),
    ("2026-12-31", "2027-01-01T00:00:00", True),  # over a year's end
    ("9999-12-31", "2026-11-21T12:00:00", False),  # the far future
    ("9999-12-31", "9999-12-31T23:59:59", False),
    ("0001-01-01", "2026-11-21T12:00:00", True),  # the far past
    ("2026-11-21", "1970-01-01T00:00:00", False),  # a clock that was never set
    ("1969-12-31", "1970-01-01T00:00:00", True),
    ("2026-11-21", "2100-01-01T00:00:00", True),  # a clock that is far ahead
    ("2100-01-01", "2100-01-01T12:00:00", False),
]
MALFORMED = [
    '"2026-02-31"',  # there is no such day
    "2026-02-31",
    '"2027-02-29"',
    '"2026-13-01"',
    '"2026-1-1"',
    '"20260101"',
    '"2026-W01-1"',
    '"tomorrow"',
    '""',
    '"2026-11-21T00:00:00"',  # a time, and of no zone
    "2026-11-21T00:00:00",
    "2026-11-21T00:00:00Z",
    '"2026-11-21+02:00"',
    '"10000-01-01"',
    '"２０２６-01-01"',
    "true",
    "20260101",
]


@pytest.mark.parametrize(("until", "clock", "is_over"), VALID)
@pytest.mark.parametrize("quote", ["", '"'])
def test_the_last_day_counts_to_its_end_in_utc(until: str, clock: str, is_over: bool, quote: str) -> None:
    (one,) = _load(f'[[waiver]]\nrule = "g/r"\nreason = "x"\nuntil = {quote}{until}{quote}\n')
    assert one.terms.is_over(waivers.today(ns(clock))) is is_over


@pytest.mark.parametrize("until", MALFORMED)
def test_a_day_that_is_none_is_refused_with_its_place(until: str) -> None:
    """Never "for ever", and never "not at all"."""
    with pytest.raises(ConfigError) as raised:
        _load(f'[[waiver]]\nrule = "g/r"\nreason = "x"\nuntil = {until}\n')
    assert raised.value.lines[0].startswith("guard.toml:4:")


@pytest.mark.parametrize("clock", [-(10**30), 0, 10**30])
def test_a_clock_beyond_all_calendars_is_some_day(clock: int) -> None:
    assert waivers.today(clock) in {datetime.date.min, datetime.date(1970, 1, 1), datetime.date.max}


def _load(text: str, name: str = "guard.toml") -> tuple[Placed, ...]:
    found = config.load({name: text.encode()}, flags={}, environ={}, known_guards=lambda enabled: ())
    return found.waivers()


ENDS = st.lists(st.dates(datetime.date(2000, 1, 1), datetime.date(2060, 1, 1)), max_size=5)


@given(ENDS, st.dates(datetime.date(1999, 1, 1), datetime.date(2061, 1, 1)), st.integers(0, DAY - 1))
def test_while_nothing_ends_nothing_changes(ends: list[datetime.date], day: datetime.date, moment: int) -> None:
    """Within the time that is given all waivers mean the same, and at its edges one of them does not."""
    found = [Placed(Terms("x", "g/r", until=end), Place("f")) for end in ends]
    span = waivers.unchanging(found, day)
    if not ends:
        assert span is None
        return
    assert span is not None

    def meaning(clock: int) -> list[bool]:
        return [one.terms.is_over(waivers.today(clock)) for one in found]

    now = ns(f"{day}T00:00:00") + moment
    assert span[0] <= now < span[1]
    assert meaning(span[0]) == meaning(now) == meaning(span[1] - 1)
    if span[0] > ns("1000-01-01T00:00:00"):
        assert meaning(span[0] - 1) != meaning(now)
    if span[1] < ns("9000-01-01T00:00:00"):
        assert meaning(span[1]) != meaning(now)


# --- what they say --------------------------------------------------------------------------------------------------

REFUSED = {
    "no reason": ('rule = "g/r"', "missing key 'reason'"),
    "an empty reason": ('rule = "g/r"\nreason = " "', "reason: must match"),
    "covers nothing": ('reason = "x"', "covers nothing: name a rule, a path or a fingerprint"),
    "a misspelt key": ('rule = "g/r"\nreason = "x"\nuntill = "2027-01-01"', "unknown key 'untill'"),
    "no rule id": ('rule = "Not A Rule"\nreason = "x"', "rule: must match"),
    "no glob": ('path = "a[b"\nreason = "x"', "a bracket is never closed"),
    "no fingerprint": ('fingerprint = "abc"\nreason = "x"', "fingerprint: must match"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_waiver_that_means_nothing_is_refused(name: str) -> None:
    text, told = REFUSED[name]
    with pytest.raises(ConfigError) as raised:
        _load(f"[[waiver]]\n{text}\n")
    assert told in str(raised.value)
    assert str(raised.value).startswith("guard.toml:")


def test_settings_of_pyproject_hold_waivers_too() -> None:
    text = '[project]\nname = "x"\n\n[[tool.guard.waiver]]\nrule = "g/r"\nreason = "x"\n'
    (one,) = _load(text, "pyproject.toml")
    assert (one.terms.rule, one.place.path, one.place.span and one.place.span.line) == ("g/r", "pyproject.toml", 6)


COVERS: list[tuple[dict[str, Any], tuple[str, str, str], bool]] = [
    ({"rule": "g/r"}, ("g/r", "a/b.py", "f" * 32), True),
    ({"rule": "g/r"}, ("g/rr", "a/b.py", "f" * 32), False),
    ({"rule": "g/*"}, ("g/rr", "a/b.py", "f" * 32), True),
    ({"rule": "g/*"}, ("gg/r", "a/b.py", "f" * 32), False),
    ({"rule": "*"}, ("gg/r", "a/b.py", "f" * 32), True),
    ({"path": "a/**"}, ("g/r", "a/b.py", "f" * 32), True),
    ({"path": "a"}, ("g/r", "a/b.py", "f" * 32), True),
    ({"path": "x/a"}, ("g/r", "x/a/b.py", "f" * 32), True),
    ({"path": "./x/a/"}, ("g/r", "x/a/b.py", "f" * 32), True),
    ({"path": "x/a/b.py"}, ("g/r", "x/a/b.py", "f" * 32), True),
    ({"path": "x/a"}, ("g/r", "x/ab.py", "f" * 32), False),
    ({"path": "x/a"}, ("g/r", "y/x/a", "f" * 32), False),
    ({"path": "b.py"}, ("g/r", "a/b.py", "f" * 32), True),
    ({"path": "a/*.js"}, ("g/r", "a/b.py", "f" * 32), False),
    ({"rule": "g/r", "path": "a/**"}, ("g/r", "c/b.py", "f" * 32), False),
    ({"rule": "g/x", "path": "a/**"}, ("g/r", "a/b.py", "f" * 32), False),
    ({"fingerprint": "f" * 32}, ("g/r", "a/b.py", "f" * 32), True),
    ({"fingerprint": "e" * 32}, ("g/r", "a/b.py", "f" * 32), False),
    ({"fingerprint": "f" * 32, "path": "c"}, ("g/r", "a/b.py", "f" * 32), False),
    ({"fingerprint": "f" * 32, "rule": "g/*"}, ("g/r", "a/b.py", "f" * 32), True),
    ({"fingerprint": "f" * 32, "rule": "h/*"}, ("g/r", "a/b.py", "f" * 32), False),
]


@pytest.mark.parametrize(("terms", "finding", "covered"), COVERS)
def test_all_that_a_waiver_names_must_be_true(
    terms: dict[str, Any], finding: tuple[str, str, str], covered: bool
) -> None:
    others = [Placed(Terms("other", "z/z"), Place("f")), Placed(Terms("other", path="z/z"), Place("f"))]
    found = Waivers([*others, Placed(Terms("x", **terms), Place("f"))])
    rule, path, mark = finding
    assert list(found.covering(rule, path, 3, mark)) == ([2] if covered else [])


BROAD: list[tuple[dict[str, str], bool]] = [
    ({"rule": "*", "path": "**"}, True),
    ({"rule": "*"}, True),
    ({"path": "**/*"}, True),
    ({"rule": "g/*"}, True),
    ({"rule": "g/*", "path": "./**"}, True),
    ({"rule": "g/r"}, False),
    ({"rule": "g/r", "path": "**"}, False),
    ({"rule": "*", "path": "tests/**"}, False),
    ({"fingerprint": "f" * 32}, False),
]


@pytest.mark.parametrize(("terms", "broad"), BROAD)
def test_several_rules_everywhere_are_too_much(terms: dict[str, str], broad: bool) -> None:
    assert Placed(Terms("x", **terms), Place("f")).is_broad is broad  # type: ignore[arg-type]


# --- comments -------------------------------------------------------------------------------------------------------

HONOURED = {
    "a.py": "x = 1  # Guard: allow[g/r] why until=2027-01-31\n",
    "a.js": "x = 1; // Guard: allow[g/r] why until=2027-01-31\n",
    "a.css": "a {} /* Guard: allow[g/r] why until=2027-01-31 */ b {}\n",
    "a.c": "/*\n * Guard: allow[g/r] why until=2027-01-31\n */\n",
    "a.sql": "select 1 -- Guard: allow[g/r] why until=2027-01-31\n",
    "a.lua": "x = 1 --Guard: allow[g/r] why until=2027-01-31\n",
    "a.ini": "x = 1 ; Guard: allow[g/r] why until=2027-01-31\n",
    "a.el": "(x) ;; Guard: allow[g/r] why until=2027-01-31\n",
    "a.tex": "x % Guard: allow[g/r] why until=2027-01-31\n",
    "a.hs": "x = 1 {- Guard: allow[g/r] why until=2027-01-31 -}\n",
    "a.ml": "let x = 1 (* Guard: allow[g/r] why until=2027-01-31 *)\n",
    "a.html": "<a> <!-- Guard: allow[g/r] why until=2027-01-31 -->\n",
    "a.md": "text <!-- Guard: allow[g/r] why until=2027-01-31 -->\n",
    "a.rst": ".. Guard: allow[g/r] why until=2027-01-31\n\ntext\n",
    "a.j2": "{{ x }} {# Guard: allow[g/r] why until=2027-01-31 #}\n",
    "a.jsp": "x <%-- Guard: allow[g/r] why until=2027-01-31 --%>\n",
    "a.cshtml": "x @* Guard: allow[g/r] why until=2027-01-31 *@\n",
    "a.bat": "REM Guard: allow[g/r] why until=2027-01-31\n",
    "a.vb": "' Guard: allow[g/r] why until=2027-01-31\n",
    "a.vim": '" Guard: allow[g/r] why until=2027-01-31\n',
    "Dockerfile": "#Guard:allow[g/r] why until=2027-01-31\n",
    "a.yaml": "x: 1 # Guard:   allow[ g/r ] until=2027-01-31 why\n",
}


def facts(name: str, text: str) -> list[Fact | Problem]:
    """What is read in a file. In this one the mark is written otherwise, for guard looks at this file, too."""
    text = text.replace("Guard:", "guard:")
    path_class = inline.GUARD.classify(name, None)
    assert isinstance(path_class, str)
    return list(inline.marks(text.encode(), path_class))


@pytest.mark.parametrize("name", HONOURED)
def test_a_comment_of_any_language_is_read(name: str) -> None:
    (fact,) = facts(name, HONOURED[name])
    assert isinstance(fact, Fact)
    (one,) = inline.at(name, [fact])
    assert (one.terms.rule, one.terms.reason, str(one.terms.until)) == ("g/r", "why", "2027-01-31")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "```\nx = 1  # Guard: allow[g/r] why\n```\n"),  # shown, not meant
        ("a.txt", "write # Guard: allow[g/r] why\n"),
        ("a.py", 'x = "Guard: allow[g/r] why"\n'),  # no comment
        ("a.py", 'x = "# Guard: allow[g/r] why"\n'),  # shown in a text
        ("a.py", "x = 1  # such as `# Guard: allow[g/r] why`\n"),
        ("a.py", "x = 1  # see Guard: allow[g/r] why\n"),  # talked about
        ("a.py", "x = 1  # guard: allow g/r why\n"),
    ],
)
def test_what_is_no_comment_of_its_own_is_not(name: str, text: str) -> None:
    assert facts(name, text) == []


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.csv"])
def test_files_without_comments_hold_none(name: str) -> None:
    assert not isinstance(inline.GUARD.classify(name, None), str)


@pytest.mark.parametrize(
    "rest",
    ["", "until=2027-01-31", "why until=2027-02-31", "why until=", "why until=soon", "why until=2027-01-31T00:00"],
)
def test_a_comment_that_cannot_be_read_is_a_problem(rest: str) -> None:
    (problem,) = facts("a.py", f"\nx = 1  # Guard: allow[g/r] {rest}\n")
    assert isinstance(problem, Problem)
    assert (problem.kind.value, problem.span and problem.span.line) == ("config", 2)


@pytest.mark.parametrize("rules", ["", "not a rule", "g/r,", "g/r, Not"])
def test_a_comment_names_rules(rules: str) -> None:
    assert any(isinstance(one, Problem) for one in facts("a.py", f"x  # Guard: allow[{rules}] why\n"))


LINES = {
    "x = 1  # Guard: allow[g/r] why\ny = 2\n": [1],
    "# Guard: allow[g/r] why\nx = 1\n": [2],
    "    # Guard: allow[g/r] why\n\n    x = 1\n": [3],
    "# Guard: allow[g/r] why\n# Guard: allow[g/s] why\nx = 1\n": [3, 3],
    "x = 1  # Guard: allow[g/r, g/s] why\n": [1, 1],
    "x = 1\n# Guard: allow[g/r] why\n": [2],
}


@pytest.mark.parametrize("text", LINES)
def test_a_comment_speaks_of_its_own_line_or_of_the_next(text: str) -> None:
    found = [one for one in facts("a.py", text) if isinstance(one, Fact)]
    assert [one.line for one in inline.at("a.py", found)] == LINES[text]


@given(st.text(), st.sampled_from(["code", "text"]))
def test_any_text_is_read(text: str, path_class: str) -> None:
    """Whatever stands there is a waiver or a problem, and never an error."""
    for one in inline.marks(f"# {'guard'}: allow[{text}\n".encode("utf-8", "surrogatepass"), path_class):
        assert isinstance(one, Problem) or list(inline.at("f", [one]))
