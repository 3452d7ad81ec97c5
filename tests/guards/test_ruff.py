"""The guard that wraps ruff, with the real ruff: its examples, its options, and what is kept of it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from guards._cli.explain import explain
from guards._core.config import ConfigError
from guards._core.errors import GuardError
from guards._core.model import ExitCode, Output, Problem, ProblemKind, Told
from guards._core.options import parse as parse_options
from guards._core.report import FindingStatus, Report
from guards._core.runner import Request, ViewName, run
from guards.ruff import _UNANSWERABLE, GUARD, Options, classify, command, parse
from guards.testing import Example, check_example, check_guard, examples, run_guard
from tests.conftest import Repository

EXAMPLES = examples(Path(__file__).parent / "ruff")


def ruff(repo: Repository, **more: Any) -> Report:
    return run(Request(cwd=str(repo.root), guards=("ruff",), **more))


def counts(report: Report) -> tuple[int, int]:
    """How many files were checked, and how many were known."""
    (guard,) = report.guards
    return guard.ledger.checked, guard.ledger.cached


def test_contract() -> None:
    check_guard(GUARD, EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_example(example: Example) -> None:
    check_example(GUARD, example)


def test_the_value_of_a_password_is_in_no_part_of_the_report() -> None:
    value = "zq" + "x7" * 6
    report = run_guard(GUARD, {"a.py": f'password = "{value}"\n'.encode()})
    assert [finding.rule for finding in report.findings] == ["ruff/S105"]
    assert value not in repr(report)


def test_what_ruff_saw_once_is_not_given_to_it_again(repo: Repository) -> None:
    """At another path of the same class, in the index and in a commit."""
    repo.commit({"a.py": "import os\n", "b.py": "x = 1\n"})
    assert counts(ruff(repo)) == (2, 0)
    repo.write("sub/c.py", "import os\n")
    report = ruff(repo)
    assert [finding.path for finding in report.findings] == ["a.py", "sub/c.py"]
    assert report.findings[0].snippet == report.findings[1].snippet == "import os"
    assert counts(report) == (0, 3)
    assert counts(ruff(repo, view=ViewName.COMMIT, rev="HEAD")) == (0, 2)


def test_the_same_bytes_in_one_run_are_equal_wherever_they_stand(repo: Repository) -> None:
    repo.commit({f"{name}.py": "import os\n" for name in "abc"})
    report = ruff(repo, use_cache=False)
    assert [(finding.path, finding.message) for finding in report.findings] == [
        (f"{name}.py", "`os` imported but unused") for name in "abc"
    ]


@pytest.mark.parametrize(
    "settings",
    [
        '[ruff]\nselect = ["F"]\n',
        "[ruff]\nignore = []\n",
        "[ruff]\npreview = true\n",
        '[ruff]\ntarget-version = "py39"\n',
    ],
)
def test_other_options_make_what_is_known_unknown(repo: Repository, settings: str) -> None:
    repo.commit({"a.py": "assert 1\n"})
    assert counts(ruff(repo)) == (1, 0)
    repo.write("guard.toml", settings)
    report = ruff(repo)
    assert counts(report) == (1, 0)
    assert [finding.rule for finding in report.findings] == (["ruff/S101"] if "ignore" in settings else [])


def test_another_ignored_code_for_a_file_asks_again_for_that_file_alone(repo: Repository) -> None:
    repo.commit({"a.py": "import os\n", "tests/a.py": "import os\n", "guard.toml": ""})
    ruff(repo)
    repo.write("guard.toml", '[ruff.per-file-ignores]\n"tests/**" = ["F401"]\n')
    assert [finding.path for finding in ruff(repo).findings] == ["a.py"]


def test_the_index_and_a_commit_are_looked_at_without_the_work_tree(repo: Repository) -> None:
    repo.commit({"a.py": "import os\n"})
    repo.write("b.py", "import re\n")
    repo.stage()
    for name in ("a.py", "b.py"):
        (repo.root / name).unlink()
    staged = ruff(repo, view=ViewName.INDEX)
    assert [(f.path, f.status) for f in staged.findings] == [("b.py", FindingStatus.NEW)]
    assert [f.path for f in ruff(repo, view=ViewName.COMMIT, rev="HEAD").findings] == ["a.py"]


def test_settings_of_the_tree_are_not_obeyed(repo: Repository) -> None:
    """What would leave everything out, mend files, or read from elsewhere does nothing."""
    outside = repo.root.parent / "outside.toml"
    outside.write_text('lint.ignore = ["F"]\n')
    hostile = f'extend = "{outside}"\nfix = true\nexclude = ["*"]\ncache-dir = "{repo.root.parent}/made"\n'
    repo.commit({"a.py": "import os\n", "ruff.toml": hostile, ".ruff.toml": hostile, "sub/a.py": "import os\n"})
    repo.write("sub/ruff.toml", hostile)
    before = sorted(path.name for path in repo.root.rglob("*") if ".git/" not in str(path))
    report = ruff(repo, use_cache=False)
    assert [finding.path for finding in report.findings] == ["a.py", "sub/a.py"]
    assert (repo.root / "a.py").read_text() == "import os\n"
    assert sorted(path.name for path in repo.root.rglob("*") if ".git/" not in str(path)) == before
    assert not (repo.root.parent / "made").exists()


def test_the_environment_does_not_steer_it(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUFF_OUTPUT_FORMAT", "concise")
    monkeypatch.setenv("RUFF_OUTPUT_FILE", str(repo.root / "made"))
    repo.commit({"a.py": "import os\n"})
    assert ruff(repo).exit_code is ExitCode.FINDINGS
    assert not (repo.root / "made").exists()


def test_a_file_that_ruff_cannot_read_is_a_problem_of_that_file(repo: Repository) -> None:
    repo.commit({"a.py": b"caf\xe9 = 1\n", "b.py": "x = 1\n", "c.py": "# ü".encode("utf-16")})
    report = ruff(repo)
    assert [(one.path, one.kind) for one in report.problems] == [
        ("a.py", ProblemKind.UNREADABLE), ("c.py", ProblemKind.UNREADABLE),
    ]  # fmt: skip
    assert (report.exit_code, counts(report)) == (ExitCode.RUNTIME, (1, 0))
    assert counts(ruff(repo)) == (0, 1), "what could not be checked is not remembered"


def test_a_code_that_ruff_does_not_know_is_an_error_of_the_settings(repo: Repository) -> None:
    repo.commit({"a.py": "x = 1\n", "guard.toml": '[ruff]\nselect = ["ZZZ"]\n'})
    report = ruff(repo)
    assert [one.kind for one in report.problems] == [ProblemKind.CONFIG]
    assert report.exit_code is ExitCode.ENVIRONMENT


def test_levels_may_name_any_code_and_nothing_else(repo: Repository) -> None:
    repo.commit({"a.py": "import os\n", "guard.toml": '[levels]\n"ruff/F401" = "off"\n'})
    assert ruff(repo).findings == ()
    repo.write("guard.toml", '[levels]\n"ruff/unused" = "off"\n')
    with pytest.raises(ConfigError, match="no rule 'ruff/unused'"):
        ruff(repo)


@pytest.mark.parametrize("code", sorted(_UNANSWERABLE | {"I", "INP"}))
def test_a_code_that_needs_more_than_a_file_is_refused(code: str) -> None:
    _, errors = parse_options(Options, {"select": ["F", code]})
    assert [error.message for error in errors] == [f"{code} needs more than a file's content, and is not supported"]


@pytest.mark.parametrize("table", [{"select": ["--fix"]}, {"ignore": ["F,--x"]}, {"target-version": "py3\n--fix"},
                                   {"per-file-ignores": {"a": ["f"]}}, {"per-file-ignores": {"[": ["F"]}}])  # fmt: skip
def test_what_is_no_code_never_reaches_a_command_line(table: dict[str, Any]) -> None:
    assert parse_options(Options, table)[1]


def test_each_code_that_is_refused_is_one_of_ruffs() -> None:
    for code in _UNANSWERABLE:
        subprocess.run(["ruff", "rule", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("path", "path_class"),
    [
        ("a.py", "module.py|"),
        ("x/a.PY", "module.py|"),
        ("x/__init__.py", "__init__.py|"),
        ("__main__.py", "__main__.py|"),
        ("x/_a.pyi", "_private.pyi|"),
        ("test_a.py", "test_module.py|"),
        ("-x\n|.py", "module.py|"),
        ("tests/test_a.py", "test_module.py|F,S101"),
    ],
)
def test_of_a_path_only_its_class_is_told(path: str, path_class: str) -> None:
    options = Options(per_file_ignores={"tests/**": ("S101", "F"), "tests/*": ("F",)})
    assert classify(path, options) == path_class


# ---- What it says is read with care ----------------------------------------------------------------------------------


def told(stdout: str, stderr: str, code: int) -> dict[str, tuple[object, ...]]:
    output = Output(code, stdout.encode(), stderr.encode(), "/f")
    items = parse(output, {"0/module.py": "module.py|", "1/module.py": "module.py|F"})
    return {item.name: item.seen for item in items if isinstance(item, Told)}


def test_a_file_of_which_nothing_is_said_is_not_accounted_for() -> None:
    assert told("[]", "[DEBUG] Checking: /f/1/module.py\nChecked 2 files", 0) == {"1/module.py": ()}
    assert told("[]", "", 0) == {}


@pytest.mark.parametrize(
    ("stdout", "code"), [("", 0), ("", 1), ("[]", 1), ("[]", 2), ("[]", 101), ("[{}]", 0), ("{}x", 0)]
)
def test_what_contradicts_itself_or_is_cut_off_is_not_believed(stdout: str, code: int) -> None:
    with pytest.raises((ValueError, KeyError)):
        told(stdout, "Checking: /f/0/module.py\nChecking: /f/1/module.py", code)


def test_a_word_that_is_no_code_means_that_ruff_failed_on_the_file() -> None:
    item = '[{"filename": "/f/0/module.py", "code": "panic", "message": "?", "fix": null}]'
    assert [type(one) for one in told(item, "", 1)["0/module.py"]] == [Problem]


def test_nothing_but_its_arguments_decides_what_it_does() -> None:
    arguments = command(Options(), ["0/module.py"])
    assert {"--isolated", "--no-cache", "--no-fix", "--"} <= set(arguments)
    assert arguments[-1] == "0/module.py"


def test_any_code_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    explain.main(["ruff/S602"], standalone_mode=False)
    assert "`ruff rule S602` explains it" in capsys.readouterr().out
    with pytest.raises(GuardError, match="unknown rule 'ruff/S-602'"):
        explain.main(["ruff/S-602"], standalone_mode=False)
