"""The drift guard: its examples, its parts by their laws, and what is wrong in canonical.yaml at its place."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from msgspec.structs import replace

from guards._code.reading import Reader, reader_of
from guards._code.spans import Format, parse
from guards._code.versions import Scheme, bounds, satisfies, version
from guards._core.globs import matcher
from guards._core.model import ExitCode, Fact, Kind as FileKind, Problem, ProblemKind, Select, Source
from guards._core.options import parse as parse_options
from guards._core.replay import pack
from guards._core.report import GuardStatus, Report
from guards._core.runner import Request, run
from guards._core.staged import Ordinary
from guards.drift import GUARD, Options
from guards.drift.kinds import Kind, normal
from guards.drift.lenses import Lens, default_of, focused, lens, meaning, plain, put
from guards.drift.mapping import CANONICAL, PathClass, Slice, always, classify, is_bound, scan_slice, tells_of_old
from guards.drift.paths import dotted
from guards.drift.patterns import Pattern
from guards.drift.section import Declared, Section
from guards.drift.selectors import EVERY, Having, Mention, point, selector
from guards.testing import Example, check_example, check_guard, examples, repository, run_guard
from guards.testing.conformance import HOSTILE
from tests.conftest import Repository

EXAMPLES = examples(Path(__file__).parent / "drift")
VALUES = next(example for example in EXAMPLES if example.name == "bad/values")


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    check_example(GUARD, example)


def test_contract() -> None:
    """Of live things there are no examples in files: tests/cli/test_drift_live.py has them."""
    rules = tuple(rule for rule in GUARD.rules if not rule.id.startswith("drift/live-"))
    check_guard(replace(GUARD, rules=rules), EXAMPLES)


def test_the_expected_places_hold_the_values_that_the_messages_name() -> None:
    """The example's list is right by itself: at each place that it names stands the value of its message."""
    named = [one for one in VALUES.findings if "message" in one and "end_column" in one]
    assert len(named) > 5
    for one in named:
        content = VALUES.tree[one["path"]]
        assert isinstance(content, bytes)
        line = content.decode().split("\n")[one["line"] - 1]
        shown = re.findall(r"`([^`]*)`", one["message"])[0]
        assert line[one["column"] - 1 : one["end_column"] - 1] in {shown, "3.10"}


# ---- canonical.yaml -------------------------------------------------------------------------------------------------


def told(canonical: str, tree: Mapping[str, bytes] | None = None) -> Report:
    return run_guard(GUARD, {"a.toml": b"v = 1\n", **(tree or {})}, canonical=canonical)


SCHEME_WANTED = (
    "facts.a.scheme: expected one of 'pep440', 'semver', 'calver', 'docker', not 'pepp440' (did you mean 'pep440'?)"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("facts: {a: {kind: port, value: 1, scheme: pepp440}}",
         [(43, SCHEME_WANTED)]),
        ("facts: {a: {kind: port}}", [(12, "facts.a: needs one authority: `value`, `from` or `derive`")]),
        ("facts: {a: {kind: port, value: 1, derive: x}}",
         [(12, "facts.a: has more than one authority: value, derive")]),
        ("facts: {a: {kind: port, value: 65536}}", [(32, "facts.a.value: this is no port")]),
        ("facts: {a: {kind: port, value: [1]}}", [(32, "facts.a.value: a port is one value")]),
        ("facts: {a: {kind: set, value: 1}}", [(31, "facts.a.value: a set is a list of values")]),
        ("facts: {a: {kind: version, value: 3.10}}",
         [(35, "facts.a.value: put a version in quotes: YAML reads it as a number, and 3.10 as 3.1")]),
        ("facts: {a: {kind: version, value: '1.0', scheme: semver}}",
         [(35, "facts.a.value: this is no version of semver")]),
        ("facts: {a: {kind: text, value: x, is: file}}", [(39, "facts.a.is: only a path is a file or a folder")]),
        ("facts: {a b: {kind: text, value: x}}",
         [(9, "facts.a b: a fact's name is letters, digits, `_`, `-` and dots")]),
        ("facts: {abc: {kind: text, derive: '{abd}'}}",
         [(35, "facts.abc.derive: there is no fact 'abd' (did you mean 'abc'?)")]),
        ("facts: {a: {kind: text, derive: '{b}'}, b: {kind: text, derive: '{a}'}}",
         [(33, "facts.a.derive: this fact is derived from itself"),
          (65, "facts.b.derive: this fact is derived from itself")]),
        ("facts: {a: {kind: text, from: nowhere}}",
         [(31, "facts.a.from: write a selector as file#path, or file#path | lens")]),
        ("facts: {a: {kind: text, value: x}}\nbind: {b: [f#p]}", [(8, "bind.b: there is no fact 'b' (known: a)")]),
        ("facts: {a: {kind: text, value: x}}\nbind: {a: [f#p, 'f#p | prot.host']}",
         [(17, "bind.a.1: unknown lens 'prot.host' (did you mean 'port.host'?)")]),
        ("facts: {a: {kind: text, value: x}}\nbind: {a: [{at: f#p, rel: min-of}]}",
         [(27, "bind.a.0.rel: min-of is for what has an order: versions, numbers, ports")]),
        ("facts: {a: {kind: text, value: x}}\nbind: {a: [{at: f#p, count: many}]}",
         [(29, "bind.a.0.count: must match ^(?:>=|<=)?[0-9]{1,6}$")]),
        ("bind: {a: [f#p]}", [(1, "missing key 'facts'")]),
        ("facts: {a: {kind: port, value: 1}}\nlive: {b: [{kind: listening}]}",
         [(8, "live.b: there is no fact 'b' (known: a)")]),
        ("facts: {a: {kind: port, value: 1}}\nlive: {a: [{kind: sqlite, at: x, name: t}]}",
         [(19, "live.a.0.kind: sqlite is for a table")]),
        ("facts: {a: {kind: port, value: 1}}\nlive: {a: [{kind: listening, at: x, rel: exists}]}",
         [(34, "live.a.0.at: this machine is the only place to look at"),
          (42, "live.a.0.rel: a port is listened on, or it is not")]),
        ("facts: {a: {kind: table, value: {x: y}}}\nlive: {a: [{kind: postgresql, at: 'postgresql://x', name: t}]}",
         [(12, "live.a.0: missing key 'env': the variable that holds the connection string"),
          (35, "live.a.0.at: a connection string does not stand here: name a variable with `env`")]),
        ("facts: {a: {kind: table, value: {x: y}}}\nlive: {a: [{kind: postgresql, env: 'postgresql://x', name: t}]}",
         [(36, "live.a.0.env: must match ^(?:[A-Za-z_][A-Za-z0-9_]{0,99})?$")]),
        ("facts: {a: {kind: table, value: {x: y}}}\nlive: {a: [{kind: sqlite, at: ../x, env: X}]}",
         [(12, "live.a.0: missing key 'name': the table"), (12, "live.a.0: needs `at` or `env`, and not both")]),
        ("facts: {a: {kind: table, value: {x: y}}}\nlive: {a: [{kind: sqlite, at: ../x, name: t}]}",
         [(31, "live.a.0.at: write a path from the root, not out of it")]),
        ("facts: {a: {kind: version, value: '1'}}\nlive: {a: [{kind: installed, env: X, name: t, rel: one-of}]}",
         [(52, "live.a.0.rel: one-of is for facts of several items")]),
    ],
)  # fmt: skip
def test_what_is_wrong_in_canonical_is_said_at_its_place(text: str, expected: list[tuple[int, str]]) -> None:
    report = told(f"guard: 1\n{text}\n")
    assert [(p.span.column, p.reason) for p in report.problems if p.span] == expected
    assert report.guards[0].reason == "canonical.yaml could not be read"
    assert report.exit_code is ExitCode.SCHEMA


@pytest.mark.parametrize("text", ["", "guard: 1\n"])
def test_without_facts_there_is_nothing_to_check(text: str) -> None:
    report = told(text) if text else run_guard(GUARD, {"a.toml": b""})
    assert [run.status for run in report.guards] == [GuardStatus.SKIPPED]
    assert report.guards[0].reason == "canonical.yaml has no section `facts`; guard drift init drafts it"
    assert report.exit_code is ExitCode.OK


@pytest.mark.parametrize(("canonical", "expected"), [("guard: 1\n", []), ("guard: 1\nfacts: {}\n", ["drift"])])
def test_it_is_enabled_where_there_are_facts(repo: Repository, canonical: str, expected: list[str]) -> None:
    repo.write("canonical.yaml", canonical)
    report = run(Request(cwd=str(repo.root)))
    assert [one.id for one in report.guards if one.id == "drift"] == expected


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("a.json", b"{", ProblemKind.DOCUMENT),
        ("a.yaml", b"a: [\n", ProblemKind.DOCUMENT),
        ("a.ini", b"a=\xff\n", ProblemKind.DOCUMENT),
        ("a.yaml", b"[" * 300, ProblemKind.LIMIT),
        ("notes.txt", b"p = 1\n", ProblemKind.CONFIG),
    ],
)
def test_a_bound_file_that_cannot_be_read_is_a_problem(path: str, content: bytes, kind: ProblemKind) -> None:
    """Beside the finding that nothing stands there: what could not be checked is never silent."""
    report = told(f'guard: 1\nfacts: {{p: {{kind: port, value: 1}}}}\nbind: {{p: ["{path}#p"]}}\n', {path: content})
    assert [(problem.path, problem.kind) for problem in report.problems] == [(path, kind)]
    assert report.exit_code not in {ExitCode.OK, ExitCode.FINDINGS}


def test_two_binds_that_lead_to_one_place_give_one_finding() -> None:
    canonical = 'guard: 1\nfacts: {p: {kind: port, value: 2}}\nbind: {p: ["a.toml#v", "*.toml#v"]}\n'
    assert [finding.path for finding in told(canonical).findings] == ["a.toml"]


def test_the_value_of_a_fact_is_nothing_that_a_scan_depends_on() -> None:
    """So editing it makes no fact of any file unknown; a bind does."""

    def slice_of(value: str, place: str) -> Any:
        section, errors = parse_options(
            Section, {"facts": {"a": {"kind": "text", "value": value}}, "bind": {"a": [place]}}
        )
        assert errors == []
        return scan_slice(Options(), section)

    assert slice_of("x", "f#p") == slice_of("y", "f#p") != slice_of("x", "f#q")


def test_a_run_without_facts_loads_nothing_that_reads_selectors() -> None:
    """Every run loads the guard, to know which sections there may be."""
    code = "import sys, guards.drift; print(*sorted(name for name in sys.modules if name.startswith('guards.drift.')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = ["kinds", "mapping", "options", "rules", "section"]
    assert done.stdout.split() == [f"guards.drift.{name}" for name in loaded]


# ---- Selectors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", ("a",)),
        ("a.b-c[0].d", ("a", "b-c", 0, "d")),
        ('jobs.*.matrix."a.b"[*]', ("jobs", EVERY, "matrix", "a.b", EVERY)),
        ("[0][1]", (0, 1)),
        ('"a \\" | b"', ('a " | b',)),
        ("tool:x.é", ("tool:x", "é")),
        ("env[name=PORT].value", ("env", Having("name", "PORT"), "value")),
        ('t[Service = "a b"]', ("t", Having("Service", "a b"))),
    ],
)
def test_steps_of_a_path(text: str, steps: tuple[object, ...]) -> None:
    assert point(text).where == steps


@pytest.mark.parametrize(
    ("text", "where", "lenses"),
    [
        ("a | image.tag | semver.major", ("a",), ["image.tag", "semver.major"]),
        ('a | regex("x | (?P<v>y)") | item[2]', ("a",), ['regex("x | (?P<v>y)")', "item[2]"]),
        ("mention(url.port)", Mention(), ["url.port"]),
        ('mention(url.host, "api")', Mention("api"), ["url.host"]),
        ("regex('a # | (?P<v>b)') | duration", Pattern("a # | (?P<v>b)"), ["duration"]),
    ],
)
def test_lenses_and_calls(text: str, where: object, lenses: list[str]) -> None:
    found = selector(f"f#{text}")
    assert found.glob == "f"
    assert point(found.point).where == where
    assert [one.name for one in point(found.point).lenses] == lenses


@pytest.mark.parametrize(
    "text",
    ["", "f", "f#", "#p", "f#a..b", "f#a.", "f#[x]", "f#a | ", "f#a | nothing", "f#a | duration | item[0]", "f#[",
     "f#mention(port)", "f#regex(a)", "f#regex('(')", "f#regex('a')", "f#regex('(?P<a>x)(?P<b>y)')",
     "f#regex('(?=x)(?P<a>y)')", "f#regex('(?P<a>((x{99}){99}){99})')", "[#a", "f#" + "a." * 600 + "a"],
)  # fmt: skip
def test_what_is_no_selector_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        selector(text)


@given(st.text("f#a.b[]*0\"'| regx()mention,", max_size=40))
def test_any_text_is_a_selector_or_refused(text: str) -> None:
    try:
        found = selector(text)
    except ValueError:
        return
    assert selector(f"{found.glob}#{found.point}") == found


@given(st.lists(st.text(min_size=1, max_size=8) | st.integers(0, 99), min_size=1, max_size=5))
def test_a_path_that_is_shown_reads_as_it_was(path: list[str | int]) -> None:
    """What a hint shows can be written into canonical.yaml. Control characters stand escaped in it."""
    if all(isinstance(step, int) or step.isprintable() for step in path):
        assert point(dotted(tuple(path))).where == tuple(path)


# ---- Lenses ---------------------------------------------------------------------------------------------------------

PARTS: Mapping[str, Mapping[str, str | None]] = {
    "registry.example:5000/acme/api:v1.4.0@sha256:0aF1": {
        "image.name": "registry.example:5000/acme/api", "image.tag": "v1.4.0", "image.digest": "sha256:0aF1"},
    "python": {"image.name": "python", "image.tag": None, "image.digest": None},
    "localhost:5000/app": {"image.name": "localhost:5000/app", "image.tag": None},
    "app:${TAG:-1.2}": {"image.name": "app", "image.tag": "${TAG:-1.2}"},
    "8080": {"port.host": None, "port.container": "8080", "port.proto": None},
    "8080:80/tcp": {"port.host": "8080", "port.container": "80", "port.proto": "tcp"},
    "127.0.0.1:8080:80": {"port.host": "8080", "port.container": "80"},
    "[::1]:8080:80": {"port.host": "8080", "port.container": "80"},
    "127.0.0.1::80": {"port.host": None, "port.container": "80"},
    "${P:-8080}:${P:-80}": {"port.host": "${P:-8080}", "port.container": "${P:-80}"},
    "22:22": {"port.host": "22", "port.container": "22"},
    "https://ana@a.example:8443/b/c?d=e#f": {
        "url.scheme": "https", "url.host": "a.example", "url.port": "8443", "url.path": "/b/c", "url.query": "d=e"},
    "postgres://[::1]:5432/db": {"url.host": "[::1]", "url.port": "5432", "url.path": "/db"},
    "jdbc:postgresql://db:5432/app": {"url.scheme": "postgresql", "url.host": "db", "url.port": "5432"},
    "localhost:8080": {"url.scheme": None, "url.host": "localhost", "url.port": "8080"},
    "v1.22.333-rc.1": {"semver.major": "1", "semver.minor": "22", "semver.patch": "333"},
    "^2.0": {"semver.major": "2", "semver.minor": "0", "semver.patch": None},
    "requests[socks] >=2.31,<3 ; python_version > '3'": {"pep508.name": "requests", "pep508.spec": ">=2.31,<3"},
    "flask": {"pep508.name": "flask", "pep508.spec": None},
    "a, b c ,d": {"item[0]": "a", "item[1]": "b c", "item[2]": "d", "item[3]": None},
    "a b\tc": {"item[1]": "b", "item[3]": None},
    "1h30m": {"duration": "5400"}, "500ms": {"duration": "0.5"}, "15": {"duration": "15", "size": "15"},
    "2 min": {"duration": "120"}, "1x": {"duration": None}, "1m5": {"duration": None},
    "512Mi": {"size": "536870912"}, "1.5GB": {"size": "1500000000"}, "64k": {"size": "65536"},
    "x-12-y": {'regex("-(?P<n>[0-9]+)-")': "12", 'regex("(?P<n>z)")': None},
}  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), PARTS.items(), ids=list(PARTS))
def test_parts(text: str, parts: Mapping[str, str | None]) -> None:
    assert {name: lens(name).get(text) for name in parts} == parts


LENSES = [lens(name) for name in sorted({name for parts in PARTS.values() for name in parts})]
LIKELY = st.sampled_from(sorted(PARTS)) | st.text("a1.:/@[]v-,${} ms", max_size=20)


@given(st.sampled_from(LENSES), LIKELY)
def test_putting_back_what_was_read_changes_no_meaning(one: Lens, text: str) -> None:
    """The first law. Where a lens only cuts, not a character changes; where it measures, not the amount."""
    read = one.get(text)
    if read is not None:
        back = one.put(text, read)
        assert back is not None
        assert one.get(back) == read
        assert one.converts or back == text


@given(st.sampled_from(LENSES), LIKELY, LIKELY | st.from_regex(r"[0-9]{1,5}|v?[0-9]\.[0-9]|[a-z]{1,5}", fullmatch=True))
def test_what_was_put_is_read_and_nothing_else_changes(one: Lens, text: str, new: str) -> None:
    """The second law; what could not be read back is refused."""
    changed, part = one.put(text, new), one.focus(text)
    if changed is not None and part is not None:
        assert one.get(changed) == new
        assert changed.startswith(text[: part.start])
        assert changed.endswith(text[part.end :])


PARTED = [
    lens(name) for name in ("image.name", "image.tag", "url.host", "url.path", "semver.minor", "item[0]", "duration")
]


@given(st.lists(st.sampled_from(PARTED), max_size=3), LIKELY | st.just("${P:-a:1.2}"), LIKELY | st.just("7"))
def test_the_laws_hold_for_lenses_behind_each_other(lenses: list[Lens], text: str, new: str) -> None:
    """And for the default of what is filled in, at the end of them."""
    lenses = [one for one in lenses[:-1] if not one.converts] + lenses[-1:]
    part = focused(text, lenses)
    if part is None:
        assert put(text, lenses, new) is None
        return
    read = meaning(text[part.start : part.end], lenses)
    back = put(text, lenses, read)
    assert back is None or (focused(back, lenses) is not None and (back == text or lenses[-1].converts))
    changed = put(text, lenses, new)
    if changed is not None:
        there = focused(changed, lenses)
        assert there is not None
        assert meaning(changed[there.start : there.end], lenses) == new
        assert changed.startswith(text[: part.start])
        assert changed.endswith(text[part.end :])


def test_the_laws_are_not_empty() -> None:
    """Most lenses take most likely values, so that the laws above say something."""
    put = [(one.name, text) for text, parts in PARTS.items() for one in LENSES if parts.get(one.name) is not None
           and one.put(text, {"port.proto": "udp", "url.path": "/x", "url.scheme": "ws", "image.digest": "sha256:0"}
                       .get(one.name, ">=9" if one.name == "pep508.spec" else "7"))]  # fmt: skip
    assert len(put) == sum(part is not None for parts in PARTS.values() for part in parts.values())


@given(st.decimals(0, 10**6, places=2), st.sampled_from(["30s", "5m", "2h", "100ms", "7"]))
def test_an_amount_is_written_in_the_unit_that_stood_there_where_that_is_whole(amount: Decimal, text: str) -> None:
    new = plain(amount)
    changed = lens("duration").put(text, new)
    assert changed is not None
    assert lens("duration").get(changed) == new


@pytest.mark.parametrize(
    "text",
    ["1" * 4000 + "!", ":" * 4000, "a:" * 2000, "[" * 4000, "@" * 4000, "1." * 2000, " " * 4000 + "x", "${" * 2000],
)  # fmt: skip
@pytest.mark.parametrize("one", LENSES, ids=lambda one: one.name)
def test_no_text_keeps_a_lens_busy(one: Lens, text: str) -> None:
    """The time limit of the whole is the tests' own: a pattern that backtracks would never end."""
    one.get(text)


@pytest.mark.parametrize(
    ("text", "default"),
    [("${PORT:-8080}", "8080"), ("${PORT-8080}", "8080"), ("${PORT:-}", ""), ("${PORT}", None), ("x${P:-1}", None)],
)
def test_the_default_of_what_is_filled_in(text: str, default: str | None) -> None:
    part = default_of(text)
    assert (part and text[part.start : part.end]) == default


# ---- Kinds and versions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (Kind.PORT, ["8080", "0x1f90", "8080/tcp", " 8080 ", "0o17620", "8_080"]),
        (Kind.NUMBER, ["1.50", "1.5", "15e-1"]),
        (Kind.VERSION, ["1.0", "v1.0.0", "1"]),
        (Kind.URL, ["https://A.example/", "HTTPS://a.example:443"]),
        (Kind.PATH, ["docs/", "./docs", "x/../docs"]),
    ],
)
def test_texts_that_mean_the_same(kind: Kind, texts: list[str]) -> None:
    meanings = [normal(text, kind, Scheme.PEP440) for text in texts]
    assert None not in meanings
    assert all(meaning == meanings[0] for meaning in meanings)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Kind.PORT, "-1"), (Kind.PORT, "65536"), (Kind.PORT, "80.5"), (Kind.PORT, "http"), (Kind.NUMBER, "1.2.3"),
     (Kind.VERSION, "latest"), (Kind.URL, "a.example"), (Kind.URL, "http://a:b:c"), (Kind.PATH, "")],
)  # fmt: skip
def test_texts_that_mean_nothing(kind: Kind, text: str) -> None:
    assert normal(text, kind, Scheme.PEP440) is None


@pytest.mark.parametrize(
    ("scheme", "ascending"),
    [
        (Scheme.PEP440, ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.1"]),
        (Scheme.SEMVER, ["1.0.0-1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta", "1.0.0", "1.0.1", "1.10.0"]),
        (Scheme.CALVER, ["2024.01", "2024.2", "2024.10", "2025-01-03"]),
        (Scheme.DOCKER, ["3.9", "3.11", "3.11-slim", "3.12.1-alpine3.20"]),
    ],
)
def test_versions_are_ordered(scheme: Scheme, ascending: list[str]) -> None:
    keys: list[Any] = [version(text, scheme) for text in ascending]
    assert None not in keys
    assert all(before < after for before, after in itertools.pairwise(keys))


@pytest.mark.parametrize(
    ("requirement", "allowed", "refused"),
    [
        ("^1.2.3", ["1.2.3", "1.9.0"], ["1.2.2", "2.0.0"]),
        ("^0.2.3", ["0.2.9"], ["0.3.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("~1.2.3", ["1.2.9"], ["1.3.0"]),
        ("~1", ["1.9.0"], ["2.0.0"]),
        ("1.x", ["1.0.0", "1.9.9"], ["2.0.0", "0.9.0"]),
        (">=1.2.0 <2", ["1.2.0"], ["2.0.0", "1.1.9"]),
        ("1.0.0 - 1.5.0", ["1.5.0"], ["1.5.1"]),
        ("1.2.3 || ^3.0.0", ["1.2.3", "3.1.0"], ["1.2.4", "2.0.0"]),
        ("*", ["0.0.1"], []),
    ],
)
def test_requirements_of_semver(requirement: str, allowed: list[str], refused: list[str]) -> None:
    assert [satisfies(text, requirement, Scheme.SEMVER) for text in allowed] == [True] * len(allowed)
    assert [satisfies(text, requirement, Scheme.SEMVER) for text in refused] == [False] * len(refused)


@pytest.mark.parametrize("scheme", list(Scheme))
def test_what_is_no_requirement_is_not_read(scheme: Scheme) -> None:
    assert satisfies("1.0.0", "latest, please", scheme) is None
    assert bounds("latest, please", scheme, lower=True) is None


@given(st.sampled_from(list(Scheme)), st.text("0123456789.<>=^~xv*|- ,ab", max_size=30))
def test_any_text_is_a_requirement_or_none(scheme: Scheme, text: str) -> None:
    assert satisfies("1.2.3", text, scheme) in {True, False, None}
    bounds(text, scheme, lower=False)


# ---- Scan -----------------------------------------------------------------------------------------------------------

READERS = [*(str(format_) for format_ in Format), *(str(reader) for reader in Reader)]
POINTS = ("a.b[0]", "*[*] | port.host", "*.*", "FROM", "mention(url.port)", 'regex("(?P<v>[a-z]+)")')


def scanned(data: bytes, reader: str) -> list[Any]:
    path_class = PathClass(reader, POINTS).encoded()
    assert GUARD.scan is not None
    return list(GUARD.scan(Source(data, data, FileKind.FILE, path_class, {}, ())))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_give_facts_or_one_problem(reader: str, name: str) -> None:
    seen = scanned(HOSTILE[name], reader)
    assert sum(isinstance(one, Problem) for one in seen) <= 1
    assert all(isinstance(one, (Fact, Problem)) for one in seen)


@given(st.sampled_from(READERS), st.text("ab=:.[]{}\"'\n FROMEX#,`\\", max_size=60))
def test_what_is_seen_stands_in_the_text(reader: str, text: str) -> None:
    """A value that is no number and has no escapes is the very text at its place."""
    lines = text.split("\n")
    for one in scanned(text.encode(), reader):
        if isinstance(one, Fact) and one.kind == "site" and one.span and one.span.line == one.span.end_line:
            there = lines[one.span.line - 1][one.span.column - 1 : one.span.end_column - 1]
            value: Any = one.data
            assert value["value"] in {there, there[1:-1]} or "\\" in there or value["value"] in {"", "null"} or (
                there.startswith(("{", "[", "*", '"', "'"))
            )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "reader"),
    [("a/compose.yaml", "yaml"), ("pyproject.toml", "toml"), (".env", "dotenv"), (".env.example", "dotenv"),
     ("prod.env", "dotenv"), (".envrc", "dotenv"), ("Dockerfile", "dockerfile"), ("x/Dockerfile.dev", "dockerfile"),
     ("api.dockerfile", "dockerfile"), ("Containerfile", "dockerfile"), ("setup.cfg", "ini"), ("tox.ini", "ini"),
     ("README.md", "markdown"), ("tsconfig.json", "text"), ("environment.py", "python"), ("notes.txt", "text")],
)  # fmt: skip
def test_the_format_of_a_path(path: str, reader: str) -> None:
    assert reader_of(path) == reader


def test_a_path_is_of_concern_where_a_glob_matches_it() -> None:
    slice_ = Slice((selector("*.toml#a"), selector("b.toml#c")))
    assert classify("b.toml", slice_) == PathClass("toml", ("a", "c")).encoded()
    assert classify("b.yaml", slice_) is None
    assert {classify(path, Slice()) for path in CANONICAL} == {PathClass(is_canonical=True).encoded()}


GLOBS = ["a", "/a", "a/", "a/b", "./a/b", "/b", "b.c", "*.c", "a/*", "**/b", "{a,b}", "a/b/", "./a"]


@given(
    st.lists(st.sampled_from(GLOBS), unique=True, min_size=1),
    st.lists(st.sampled_from(["a", "b", "b.c", "ab"]), min_size=1, max_size=4),
)
def test_a_glob_that_is_looked_up_matches_what_it_matches_as_a_pattern(globs: list[str], names: list[str]) -> None:
    path = "/".join(names)
    found = classify(path, Slice(tuple(selector(f"{glob}#p{at}") for at, glob in enumerate(globs))))
    expected = tuple(sorted(f"p{at}" for at, glob in enumerate(globs) if matcher([glob])(path)))
    assert (PathClass.decoded(found).points if found else ()) == expected


def test_every_document_of_a_stream_and_a_place_behind_an_alias() -> None:
    """The value behind an alias stands where it is used."""
    data = b"a: &x 1\nb: *x\n---\nb: 2\n"
    path_class = PathClass("yaml", ("b",)).encoded()
    assert GUARD.scan is not None
    seen = list(GUARD.scan(Source(data, data, FileKind.FILE, path_class, {}, ())))
    assert [(one.data["value"], tuple(one.span)) for one in seen] == [("1", (2, 4, 2, 6)), ("2", (4, 4, 4, 5))]  # type: ignore[union-attr,index,call-overload,arg-type]
    assert parse(data, Format.YAML)[0].value == {"a": 1, "b": 1}


# ---- What nobody declared -------------------------------------------------------------------------------------------


def undeclared(
    canonical: str, earlier: list[str], tree: Mapping[str, bytes], **options: Any
) -> list[tuple[str, str, Any]]:
    """Rule, path and line of what is found beside the binds."""
    report = run_guard(GUARD, {"a.toml": b"v = 8081\n", **tree}, canonical=canonical, earlier=earlier, options=options)
    assert report.problems == ()
    kinds = {"drift/zombie", "drift/twin", "drift/bare-literal"}
    return [(one.rule, one.path, one.span and one.span.line) for one in report.findings if one.rule in kinds]


PORT = "guard: 1\nfacts: {{api.port: {{kind: port, {}}}}}\nbind: {{api.port: ['a.toml#v']}}\n"


def test_a_value_that_moved_to_its_authority_is_not_a_former_one() -> None:
    """It was said in canonical.yaml and now stands elsewhere: what it is, only judge knows."""
    tree = {"run.sh": b"API_PORT=8081\nAPI_PORT=8090\n"}
    earlier = [PORT.format("value: 8090"), PORT.format("value: 8081")]
    assert undeclared(PORT.format('from: "a.toml#v"'), earlier, tree) == [("drift/zombie", "run.sh", 2)]


def test_a_line_with_both_values_tells_a_story_however_short_they_are() -> None:
    canonical = "guard: 1\nfacts: {{python: {{kind: version, value: '{}'}}}}\nbind: {{python: ['a.toml#v']}}\n"
    tree = {"b.txt": b"Python 3.8\nPython 3.8 became 3.9\n"}
    assert undeclared(canonical.format("3.9"), [canonical.format("3.8")], tree) == [("drift/zombie", "b.txt", 1)]


def test_undeclared_values_are_found_in_a_file_that_is_read_in_pieces() -> None:
    """Above the size limit only lines count, in constant memory; what is bound there is still a problem."""
    filler = b"nothing of it here, line by line\n" * 40_000
    data = filler + b"API_PORT=8090\n" + filler + b"x" * 5_000_000 + b" API_PORT=8090\nAPI_PORT=8090"
    with repository({"canonical.yaml": PORT.format("value: 8081").encode(), "a.toml": b"v = 8081\n", "b.txt": data},
                    earlier=[PORT.format("value: 8090")]) as root:  # fmt: skip
        request = Request(cwd=root, guards=("drift",), flags={"max-file-size": 100_000}, use_cache=False)
        report = run(request)
    lines = [one.span.line for one in report.findings if one.rule == "drift/zombie" and one.span]
    assert lines == [40_001, 80_003]
    assert report.problems == ()


def test_what_scan_depends_on_is_the_same_text_in_every_process() -> None:
    """Or nothing that was learned would be known to the next run."""
    code = """
from guards._core import canonical
from guards._core.staged import Ordinary
from guards.drift import GUARD, Options
text = b"guard: 1\\nfacts: {one.two-three: {kind: port, value: 8081}}\\nbind: {one.two-three: [a#b, c/d#e]}\\n"
project = b"guard: 1\\nbind: {one.two-three: [x#y]}\\n"
found = canonical.read("canonical.yaml", text, [GUARD])
for folder in ("p", "q", "r"):
    found = canonical.with_project(found, folder, project, [GUARD])
slice_ = GUARD.scan_slice(Options(), found.sections["facts"])
print(slice_, GUARD.triggers_for(slice_, {}))
"""
    told = set()
    for seed in range(4):
        env = os.environ | {"PYTHONHASHSEED": str(seed)}
        command = [sys.executable, "-c", code]
        told.add(subprocess.run(command, env=env, capture_output=True, check=True, timeout=60).stdout)
    assert len(told) == 1
    assert b"8081" in told.pop()


def test_they_are_not_looked_for_where_that_is_switched_off() -> None:
    tree = {".env": b"API_PORT=8081\n", "run.sh": b"API_PORT=8090\n"}
    earlier = [PORT.format("value: 8090")]
    assert len(undeclared(PORT.format("value: 8081"), earlier, tree)) == 2
    assert undeclared(PORT.format("value: 8081"), earlier, tree, mentions=False) == []


@pytest.mark.parametrize(
    "path",
    ["CHANGELOG.md", "docs/releases/1.0.md", "tests/a.env", "vendor/a.env", "poetry.lock", "db/migrations/1.py",
     "a.log", "NEWS", "src/app.test.ts", "go.sum", "examples/a.env", "a.min.js"],
)  # fmt: skip
def test_paths_that_tell_of_something_else(path: str) -> None:
    assert tells_of_old(path)


@pytest.mark.parametrize(
    "path",
    ["README.md", ".env.example", "src/exchange.py", "renews.py", "deploy/prod.env", "src/testing.py", "build.sh"],
)
def test_paths_that_tell_of_this_system_today(path: str) -> None:
    assert not tells_of_old(path)


# ---- Tables ---------------------------------------------------------------------------------------------------------


def test_without_the_reader_of_sql_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    canonical = "guard: 1\nfacts: {t: {kind: table, value: {id: int}}, p: {kind: port, value: 1}}\n"
    canonical += "bind: {t: [a.sql#t], p: [a.toml#v]}\n"
    report = told(canonical, {"a.sql": b"CREATE TABLE t (id int);\n"})
    assert [(one.path, one.kind) for one in report.problems] == [("a.sql", ProblemKind.TOOL_MISSING)]
    assert "pip install 'guard-suite[sql]'" in report.problems[0].reason
    assert report.exit_code is ExitCode.ENVIRONMENT
    assert [run.ledger.checked for run in report.guards] == [1]  # the other file was judged all the same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("id int", "ID INTEGER", True),
        ("a numeric(10, 2)", "a DECIMAL(10,2)", True),
        ("a timestamptz", "a timestamp with  time zone", True),
        ("a text[]", "a TEXT[]", True),
        ("a varchar(10)", "a varchar(11)", False),
        ("a int", "a bigint", False),
        ("a", "a text", False),
    ],
)
def test_columns_that_are_the_same(one: str, other: str, same: bool) -> None:
    meanings = [normal(text, Kind.TABLE, Scheme.PEP440) for text in (one, other)]
    assert None not in meanings
    assert (meanings[0] == meanings[1]) is same


def test_broken_sql_is_a_problem_at_its_place() -> None:
    report = told("guard: 1\nfacts: {t: {kind: table, value: {id: int}}}\nbind: {t: [a.sql#t]}\n",
                  {"a.sql": b"SELECT 1;\nCREATE TABLE t (id int\n"})  # fmt: skip
    assert [(one.kind, one.span and one.span.line) for one in report.problems] == [(ProblemKind.DOCUMENT, 2)]
    assert report.exit_code is ExitCode.SCHEMA


@pytest.mark.parametrize(
    ("requirement", "version", "expected"),
    [
        ("^3.10", "3.10", True), ("^3.10", "3.14.1", True), ("^3.10", "4.0", False), ("^3.10", "3.9", False),
        ("^0.2.3", "0.2.9", True), ("^0.2.3", "0.3", False), ("^0", "0.9", True), ("^0", "1", False),
        ("^0.0", "0.0.5", True), ("^0.0", "0.1", False), ("^ v1", "1.9", True),
    ],
)  # fmt: skip
def test_what_poetry_means_by_a_caret(requirement: str, version: str, expected: bool) -> None:
    assert satisfies(version, requirement, Scheme.PEP440) is expected


@given(
    st.lists(st.sampled_from(["a", "docs", "x.md", "b.yml", ".env", "Dockerfile", "c.tar.gz"]), min_size=1, max_size=3),
    st.sampled_from(
        ["*.md", "docs/*.md", "docs/**/*.{md,yml}", "*.env", ".env", "docs", "**/Dockerfile", "docs/", "*.gz", "a*",
         "docs/**", "[ab].yml", "x.{md,rst}", "/docs/x.md", "./b.yml"]
    ),
)  # fmt: skip
def test_no_bound_path_is_outside_of_what_always_counts(names: list[str], glob: str) -> None:
    """A hook passes over what is of no such kind without a look at the globs."""
    slice_ = scan_slice(Options(mentions=False), Section({"f": Declared(kind=Kind.TEXT, from_=f"{glob}#x")}, {}))
    path, select = "/".join(names), always(slice_)
    found = classify(path, slice_)
    if found is not None and is_bound(found) and select != Select():
        kinds = [b"1", *("\0".join(sorted(one)).encode() for one in (select.suffixes, select.names))]
        assert Ordinary(pack([*kinds, b"", b""])).is_wanted_kind(path.encode())
