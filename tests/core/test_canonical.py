"""canonical.yaml: what is wrong in it is a problem at its place, and what is right beside it still counts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from guards._core import canonical, policy
from guards._core.canonical import Canonical
from guards._core.model import ExitCode, Guard, ProblemKind, Rule, Span
from guards._core.options import OptionError, RefusedError, option, required


@dataclass(frozen=True)
class NoOptions:
    pass


@dataclass(frozen=True)
class Client:
    hosts: tuple[str, ...] = required("Hosts.")
    strict: bool = option(False, "Strict.")


def guard(name: str, section: str, kind: object) -> Guard[NoOptions]:
    return Guard(
        id=name, summary="S.", rules=(Rule(f"{name}/x", "X."),), options=NoOptions, section=section, section_type=kind
    )


GUARDS = [guard("clients", "clients", Mapping[str, Client]), guard("env", "env", Mapping[str, int])]


def read(text: str | bytes) -> Canonical:
    return canonical.read("canonical.yaml", text if isinstance(text, bytes) else text.encode(), GUARDS)


def wrong(text: str | bytes) -> list[tuple[int, int, str]]:
    """Line, column and reason of each problem."""
    problems = read(text).problems
    assert {(problem.kind, problem.path) for problem in problems} <= {(ProblemKind.DOCUMENT, "canonical.yaml")}
    return [(*((p.span.line, p.span.column) if p.span else (0, 0)), p.reason) for p in problems]


GOOD = "guard: 1\nclients:\n  anthropic: {hosts: [api.example.org]}\nenv:\n  BUDGET: 3\n"


def test_sections_become_the_types_that_their_guards_declare() -> None:
    found = read(GOOD)
    assert found.sections == {"clients": {"anthropic": Client(("api.example.org",))}, "env": {"BUDGET": 3}}
    assert found.problems == ()
    assert found.digest != read(GOOD + "#\n").digest


def test_a_wrong_section_leaves_the_others_standing() -> None:
    text = "guard: 1\nclients: [a]\nenv:\n  BUDGET: 3\n"
    assert wrong(text) == [(2, 10, "clients: expected a table, not a list")]
    assert read(text).sections == {"env": {"BUDGET": 3}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, 1, "must be a mapping that begins with `guard: 1`")]),
        ("- a\n", [(1, 1, "must be a mapping that begins with `guard: 1`")]),
        ("just text\n", [(1, 1, "must be a mapping that begins with `guard: 1`")]),
        ("env: {}\n", [(1, 1, "must say `guard: 1`")]),
        ("guard: 2\n", [(1, 8, "guard: must say `guard: 1`")]),
        ("guard: true\n", [(1, 8, "guard: must say `guard: 1`")]),
        ("guard: 1.0\n", [(1, 8, "guard: must say `guard: 1`")]),
        ("guard: '1'\n", [(1, 8, "guard: must say `guard: 1`")]),
        ("guard: 1\ncleints: {}\n", [(2, 1, "cleints: unknown section 'cleints' (did you mean 'clients'?)")]),
        ("guard: 1\nenv:\n  A: yes\n  B: 1.5\n",
         [(3, 6, "env.A: expected a whole number, not a text"),
          (4, 6, "env.B: expected a whole number, not a number")]),
        ("guard: 1\nenv:\n", [(2, 5, "env: expected a table, not nothing")]),
        ("guard: 1\nclients:\n  a: {hosts: x, strcit: true}\n",
         [(3, 14, "clients.a.hosts: expected a list, not a text"),
          (3, 17, "clients.a.strcit: unknown key 'strcit' (did you mean 'strict'?)")]),
        ("guard: 1\nclients:\n  a: {}\n", [(3, 6, "clients.a: missing key 'hosts'")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_place(text: str, expected: list[tuple[int, int, str]]) -> None:
    assert wrong(text) == expected


def test_a_key_that_stands_twice_is_a_problem() -> None:
    """The later one would silently win."""
    ((line, column, reason),) = wrong("guard: 1\nenv:\n  A: 1\n  A: 2\n")
    assert (line, column) == (4, 3)
    assert "stood in the same object before" in reason
    assert [entry[:2] for entry in wrong("guard: 1\nenv: {A: 1}\nenv: {}\n")] == [(3, 1)]


def test_two_documents_are_a_problem() -> None:
    ((_, _, reason),) = wrong("guard: 1\n---\nguard: 1\nenv: {A: 1}\n")
    assert reason == "must hold exactly one document"
    assert read("guard: 1\n---\nguard: 1\n").sections == {}


QUIET_BOMB = "guard: 1\nenv:\n  r: &a [" + "1, " * 999 + "1]\n  s: [" + "*a, " * 999 + "*a]\n"
"""A million values: few enough to be expanded, too many to be meant."""

BOMB = "guard: 1\na: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "guard: 1\nenv: " + "[" * 10_000,
        "guard: 1\nenv: &x [*x]\n",
        "guard: 1\nenv: {A: &a 1",
        "\t- x",
        b"\xff\xfe\x00",
        QUIET_BOMB,
    ],
    ids=["alias bomb", "deep nesting", "alias of itself", "unclosed", "tab", "not text", "quiet bomb"],
)
def test_a_document_that_cannot_be_read_is_one_problem_in_time(text: str | bytes) -> None:
    started = time.monotonic()
    found = read(text)
    assert time.monotonic() - started < 5
    assert found.sections == {}
    (problem,) = found.problems
    assert problem.kind is ProblemKind.DOCUMENT
    assert isinstance(problem.span, Span)
    assert policy.CODES[problem.kind] is ExitCode.SCHEMA


@given(st.text("guard: 1\n-[]{}&*!#'\"\\\t env", max_size=80) | st.binary(max_size=60))
def test_any_content_is_sections_or_problems(text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    found = read(data)
    assert found.problems or set(found.sections) <= {"clients", "env"}
    assert all(problem.kind is ProblemKind.DOCUMENT for problem in found.problems)


@dataclass(frozen=True)
class Joined:
    """Two keys that only make sense together: each wish names a thing."""

    things: Mapping[str, int] = required("Things.")
    wishes: tuple[str, ...] = option((), "Names of things.")

    def __post_init__(self) -> None:
        unknown = [number for number, name in enumerate(self.wishes) if name not in self.things]
        if unknown:
            raise RefusedError(OptionError(("wishes", number), "no such thing") for number in unknown)


JOINED = replace(guard("joined", "things", Joined), joined_sections=("wishes",))


def read_joined(text: str) -> Canonical:
    return canonical.read("canonical.yaml", text.encode(), [*GUARDS, JOINED])


@pytest.mark.parametrize("text", ["things: {a: 1}\nwishes: [a]\n", "wishes: [a]\nthings: {a: 1}\n"])
def test_joined_sections_become_one_value_whatever_their_order(text: str) -> None:
    found = read_joined(f"guard: 1\n{text}env: {{B: 2}}\n")
    assert found.problems == ()
    assert found.sections == {"things": Joined({"a": 1}, ("a",)), "env": {"B": 2}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("things: {a: 1}\nwishes: [a, b, c]\n",
         [(3, 13, "wishes.1: no such thing"), (3, 16, "wishes.2: no such thing")]),
        ("wishes: [a]\n", [(1, 1, "missing key 'things'")]),
        ("things: {a: x}\nwishes: [1]\n",
         [(2, 13, "things.a: expected a whole number, not a text"),
          (3, 10, "wishes.0: expected a text, not a number")]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_one_of_two_joined_sections_is_said_at_its_place(
    text: str, expected: list[tuple[int, int, str]]
) -> None:
    problems = read_joined(f"guard: 1\n{text}").problems
    assert [(p.span.line, p.span.column, p.reason) for p in problems if p.span] == expected
