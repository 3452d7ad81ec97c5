"""`guard drift explain`: every place of a fact, and how it ends."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Guard
from tests.conftest import Repository

CANONICAL = """\
guard: 1
facts:
  port: {kind: port, value: 8080}
  made: {kind: text, derive: "p{gone}"}
  gone: {kind: text, from: "a.toml#nothing"}
bind:
  port:
    - a.toml#ports
    - {at: "a.toml#many", rel: exists}
    - a.toml#other
    - {at: "b.toml#port", count: ">=0"}
  made: [a.toml#text]
"""


@pytest.fixture
def bound(repo: Repository) -> Repository:
    """One fact with a place for each verdict."""
    repo.commit(
        {
            "canonical.yaml": CANONICAL,
            "a.toml": 'ports = [8080, "8081", "${PORT}"]\nmany = 9\ntext = "::error::\\u001b[1m"\n',
        }
    )
    return repo


def test_every_place_has_its_verdict(bound: Repository, guard: Guard) -> None:
    result = guard("drift", "explain", "port")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "port is 8080",
        "",
        "place                value    relation  verdict    bound as",
        "a.toml:1:10          8080     equal     agrees     a.toml#ports",
        "a.toml:1:17          8081     equal     differs    a.toml#ports",
        "a.toml:1:25          ${PORT}  equal     undecided  a.toml#ports",
        "a.toml:2:8           9        exists    agrees     a.toml#many",
        "canonical.yaml:10:7           equal     missing    a.toml#other",
        "canonical.yaml:11:7           equal     absent     b.toml#port",
    ]


def test_a_fact_without_a_value_and_what_a_terminal_would_obey(bound: Repository, guard: Guard) -> None:
    result = guard("drift", "explain", "made")
    assert result.code == 0
    assert result.out.startswith("made has no value\n")
    assert "undecided" in result.out
    assert "\x1b" not in result.out


def test_there_is_no_such_fact(bound: Repository, guard: Guard) -> None:
    result = guard("drift", "explain", "prot")
    assert (result.code, result.out) == (2, "")
    assert "did you mean 'port'?" in result.err


@pytest.mark.parametrize(
    ("files", "code", "words"),
    [
        ({"canonical.yaml": "guard: 1\nfacts: 3\n"}, 3, "not checked: canonical.yaml: facts: expected a table"),
        ({"a.toml": "ports = ["}, 3, "not checked: a.toml: "),
        ({"guard.toml": "nonsense = 1\n"}, 2, "nonsense"),
    ],
)
def test_what_cannot_be_read_is_said(
    bound: Repository, guard: Guard, files: dict[str, str], code: int, words: str
) -> None:
    bound.commit(files)
    result = guard("drift", "explain", "port")
    assert result.code == code
    assert words in result.out + result.err


def test_the_guard_still_runs_and_takes_paths(bound: Repository, guard: Guard) -> None:
    """The verb is only the second word; a folder of its name is written as a path."""
    bound.commit({"explain/x": "y"})
    assert guard("drift", "./explain").code == 0
    assert guard("drift", "a.toml").code == 1
    assert guard("drift").code == 1
