"""`guards.testing`: what authors of guards rely on, tried on a guard that anybody could have published."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from guards._core.model import Case, Edit, Fact, Finding, Fix, Guard, Problem, Rule, Source, Trigger
from guards._core.report import GuardStatus
from guards.testing import (
    Example,
    Link,
    Submodule,
    check_example,
    check_guard,
    complaints,
    examples,
    repository,
    run_guard,
)

HERE = Path(__file__).parent / "example_guard"


def load() -> Guard[Any]:
    """The guard of the example distribution, without installing it."""
    spec = importlib.util.spec_from_file_location("example_guard", HERE / "example_guard.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # a dataclass looks itself up there
    spec.loader.exec_module(module)
    guard: Guard[Any] = module.GUARD
    return guard


GUARD = load()
EXAMPLES = examples(HERE / "examples")


# ---- The example is a good guard ------------------------------------------------------------------------------------


def test_the_example_keeps_the_contract() -> None:
    check_guard(GUARD, EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    check_example(GUARD, example)


@pytest.mark.slow
def test_the_example_can_be_installed_and_run(tmp_path: Path) -> None:
    """pip builds and installs it, the registry finds it by its entry point, and it runs only when it is asked for."""
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *isolation]
    subprocess.run([*pip, "--target", str(tmp_path), str(HERE)], check=True, timeout=300)
    script = (
        "import json, sys; from guards._core.runner import Request, run\n"
        "asked = [(), ('example-guard.fixme',)]\n"
        "reports = [run(Request(cwd=sys.argv[1], guards=names, use_cache=False)) for names in asked]\n"
        "print(json.dumps([[[g.id for g in r.guards], [[f.rule, f.path] for f in r.findings]] for r in reports]))"
    )
    root = Path(__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(root)])}
    with repository({"a.txt": b"FIXME\n"}) as tree:
        done = subprocess.run(
            [sys.executable, "-c", script, tree], cwd=tmp_path, env=env, check=True, capture_output=True, timeout=60
        )
    by_default, by_name = json.loads(done.stdout)
    assert "example-guard.fixme" not in by_default[0]
    assert by_name == [["example-guard.fixme"], [["example-guard.fixme/unowned-fixme", "a.txt"]]]


# ---- A guard that breaks the contract is told so --------------------------------------------------------------------


def changed(**changes: Any) -> Guard[Any]:
    return structs.replace(GUARD, **changes)


def with_rule(**changes: Any) -> Guard[Any]:
    return changed(rules=(structs.replace(GUARD.rules[0], **changes),))


def crashing(source: Source[Any]) -> Iterator[Finding]:
    if b"\0" in source.data:
        raise ValueError("NUL")
    yield from ()


def forgetful() -> Callable[[Source[Any]], Iterator[Fact]]:
    """A scan that counts its calls in what it learns."""
    calls: list[int] = []

    def scan(source: Source[Any]) -> Iterator[Fact]:
        calls.append(0)
        yield Fact("call", len(calls))

    return scan


def finds_anything(source: Source[Any]) -> Iterator[Finding]:
    yield Finding(GUARD.rules[0].id, "here it is")


def fixes_another_text(source: Source[Any]) -> Iterator[Finding]:
    yield Finding(GUARD.rules[0].id, "here it is", fix=Fix("mend it", (Edit(0, 7, b"NOT HERE", b""),)))


def unknown_rule(source: Source[Any]) -> Iterator[Finding]:
    yield Finding("example-guard.fixme/other", "what is this")


def tuple_fact(source: Source[Any]) -> Iterator[Fact]:
    yield Fact("pair", (1, 2))  # type: ignore[arg-type]


def judges_nothing(case: Case[Any]) -> Iterator[Finding]:
    yield Finding(GUARD.rules[0].id, "there is nothing", "a")


def judge_crashes(case: Case[Any]) -> list[Problem]:
    raise KeyError(case.paths)


@dataclasses.dataclass(frozen=True)
class Undocumented:
    """An option that nobody explained."""

    depth: int = 3


@dataclasses.dataclass(frozen=True)
class Incomplete:
    """An option that must be given."""

    depth: int = dataclasses.field(metadata={"doc": "How deep."})


@pytest.mark.parametrize(
    ("guard", "complaint"),
    [
        (changed(summary=""), "it has no summary"),
        (changed(rules=GUARD.rules * 2), "its rules are not sorted by id, or one stands twice"),
        (with_rule(summary="no sentence"), "its summary is no sentence"),
        (with_rule(help=""), "it has no help"),
        (changed(page="x"), "its page does not begin with"),
        (changed(page=GUARD.page.replace("## Bad", "## Wrong")), "no heading 'Bad'"),
        (changed(page=GUARD.page.replace("## Options", "## More")), "no heading 'Options'"),
        (changed(options=int), "its options are no dataclass"),
        (changed(options=Undocumented, scan_slice=lambda options, canonical: ()), "option depth has no description"),
        (changed(options=Incomplete), "its options have no complete defaults: missing key 'depth'"),
        (changed(triggers=(Trigger("a(?=b)"),)), "trigger 'a(?=b)'"),
        (changed(path_patterns={"x": "("}), "path pattern 'x'"),
        (changed(scan=crashing, triggers=()), "raises ValueError: NUL"),
        (changed(scan=crashing, triggers=()), "in a repository of hostile files"),
        (changed(scan=forgetful(), triggers=()), "it saw something else"),
        (changed(scan=finds_anything), "it found something that no trigger hits"),
        (changed(scan=fixes_another_text, triggers=()), "a fix would replace what is not there"),
        (changed(scan=unknown_rule, triggers=()), "raises TypeError: unknown rule"),
        (changed(scan=tuple_fact, triggers=()), "a fact is not the same after a trip through JSON"),
        (changed(judge=judges_nothing), "judge of an empty repository finds something"),
        (changed(judge=judge_crashes), "judge of an empty repository raises KeyError"),
        (changed(rules=(*GUARD.rules, Rule("example-guard.fixme/zzz", "Never.", help="x"))), "no bad example shows it"),
    ],
)
def test_complaint(guard: Guard[Any], complaint: str) -> None:
    """Each way to break the contract is named."""
    assert any(complaint in line for line in complaints(guard, EXAMPLES)), list(complaints(guard, EXAMPLES))


def test_all_complaints_come_at_once() -> None:
    with pytest.raises(AssertionError) as caught:
        check_guard(changed(summary="", page=""))
    assert str(caught.value).startswith(
        "guard example-guard.fixme breaks the contract:\n- it has no summary\n- its page"
    )


# ---- Examples -------------------------------------------------------------------------------------------------------


def test_an_example_holds_its_files_and_what_cannot_lie_there(tmp_path: Path) -> None:
    case = tmp_path / "bad" / "all"
    (case / "src").mkdir(parents=True)
    (tmp_path / "good" / "plain").mkdir(parents=True)
    (case / "src" / "a.py").write_bytes(b"x\r\n")
    (tmp_path / "good" / "plain" / "b").write_bytes(b"")
    (case / "expect.toml").write_text(
        'options = {a = 1}\ncanonical = "guard: 1"\n[[finding]]\nrule = "x/y"\n[text]\n"t" = "é"\n[zeros]\n"z" = 3\n'
        '[link]\n"l" = "t"\n[submodule]\n"s" = "01"\n[untracked]\n"u" = "u"\n',
        encoding="utf-8",
    )
    bad, good = examples(tmp_path)
    assert bad == Example(
        "bad/all",
        {"src/a.py": b"x\r\n", "t": "é".encode(), "z": b"\0\0\0", "l": Link("t"), "s": Submodule("01")},
        {"u": b"u"},
        ({"rule": "x/y"},),
        {"a": 1},
        "guard: 1",
    )
    assert good == Example("good/plain", {"b": b""})


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("bad", "", "a bad example has findings"),
        ("good", '[[finding]]\nrule = "x/y"\n', "a good one has none"),
        ("bad", '[[finding]]\nrlue = "x/y"\n', "unknown keys: rlue"),
        ("bad", '[[finding]]\nrule = "x/y"\n[txt]\n', "unknown keys: txt"),
    ],
)
def test_an_example_that_could_not_fail_is_refused(tmp_path: Path, kind: str, text: str, message: str) -> None:
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
    (tmp_path / kind / "case").mkdir()
    (tmp_path / kind / "case" / "expect.toml").write_text(text)
    with pytest.raises(ValueError, match=message):
        examples(tmp_path)


@pytest.mark.parametrize(
    "findings",
    [
        (),
        ({"rule": "example-guard.fixme/unowned-fixme"},) * 2,
        ({"rule": "example-guard.fixme/other"},),
        ({"path": "b"},),
        ({"line": 2},),
        ({"level": "error"},),
    ],
)
def test_a_wrong_expectation_fails(findings: tuple[dict[str, Any], ...]) -> None:
    """Too few, too many, another rule, path, line or level."""
    with pytest.raises(AssertionError, match="expected"):
        check_example(GUARD, Example("bad/x", {"a": b"FIXME"}, findings=findings))


def test_an_example_that_was_not_checked_fails() -> None:
    with pytest.raises(AssertionError, match=r"not everything was checked: a: crashed: ValueError"):
        check_example(changed(scan=crashing, triggers=()), Example("good/x", {"a": b"\0"}))


# ---- Runs -----------------------------------------------------------------------------------------------------------


def test_a_run_is_a_real_one() -> None:
    """A file, one that git does not track, a link that is not followed, and what becomes of each in the ledger."""
    report = run_guard(GUARD, {"a": b"FIXME", "l": Link("a")}, untracked={"u/n": b"FIXME"})
    assert [(finding.path, finding.status.value) for finding in report.findings] == [("a", "new"), ("u/n", "new")]
    (part,) = report.guards
    assert part.status is GuardStatus.FINDINGS
    assert (part.ledger.enumerated, part.ledger.checked, sum(part.ledger.skipped.values())) == (3, 2, 1)
    assert part.ledger.adds_up()


def test_only_what_is_new_since_the_base() -> None:
    report = run_guard(GUARD, {"a": b"FIXME", "b": b"FIXME"}, base={"a": b"FIXME", "gone": b"FIXME"})
    assert [finding.path for finding in report.findings] == ["b"]


def test_options_reach_the_guard() -> None:
    """Plain data of every shape that TOML and JSON share."""
    tree = {"a": b'FIXME(ada) FIXME(b\xc3\xa9a "b")'}
    report = run_guard(GUARD, tree, options={"owners": ["ada"], "exclude": ["x/**"]})
    assert [finding.span and finding.span.column for finding in report.findings] == [12]
    assert run_guard(GUARD, tree, options={"owners": ["ada", 'béa "b"']}).findings == ()


def test_a_repository_knows_nothing_of_its_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the developer's git settings nor a hook's environment reach it, and nothing of it stays."""
    (tmp_path / ".gitconfig").write_text("[core]\n\texcludesFile = /dev/full\n[user]\n\tname = Somebody\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    with repository({"a.log": b"x", ".gitignore": b"*.log\n", "s": Submodule("1" * 40)}, base={}) as root:
        env = {"PATH": os.environ["PATH"]}
        listed = subprocess.run(
            ["git", "ls-files", "-s"], cwd=root, env=env, capture_output=True, text=True, check=True
        )
        author = subprocess.run(
            ["git", "log", "--format=%an"], cwd=root, env=env, capture_output=True, text=True, check=True
        )
    assert [line.split("\t")[1] for line in listed.stdout.splitlines()] == [".gitignore", "a.log", "s"]
    assert "160000 " + "1" * 40 in listed.stdout
    assert author.stdout == "Author\n"
    assert not os.path.exists(root)
    assert sorted(os.listdir(tmp_path)) == [".gitconfig"]
