"""`guard doctor` says in one screen what is there, what is not in order, and what the next step is."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from guards._cli.doctor import Line, Mark, _shown
from tests.cli.command import Command, Result
from tests.cli.conftest import Guard
from tests.cli.terminal import in_terminal
from tests.conftest import Repository

CANONICAL = "guard: 1\nfacts: {}\n"


def told(result: Result) -> dict[str, list[str]]:
    """Topic to what is said of it, with marks and next steps, each in a line."""
    found: dict[str, list[str]] = {}
    topic = ""
    for line in result.out.split("\n\n")[0].splitlines():
        mark, name, said = re.match(r"(ok|--|NO|  )  (\S*)\s*(.*)", line).groups()  # type: ignore[union-attr]
        topic = name or topic
        if mark == "  " and not said.startswith("→"):
            found[topic][-1] += f" {said}"
        else:
            found.setdefault(topic, []).append(f"{mark} {said}".strip())
    return found


def test_lines_are_folded_to_the_terminal_and_what_is_copied_stays_whole() -> None:
    """Golden: the shape of the screen, at a width at which much has to break."""
    lines = [
        Line("git", "2.20.1 at /usr/bin/git is too old", Mark.WRONG, "Install git 2.35 or newer."),
        Line("guards", "boundaries, drift, hygiene, schema"),
        Line("guards", "not enabled: ruff", Mark.ABSENT),
        Line("cache", "1 record, 0.1 MiB in /a/path/that/is/longer/than/the/terminal/is/wide"),
    ]
    assert list(_shown(lines, width=40, colour=False)) == [
        "NO  git     2.20.1 at /usr/bin/git is",
        "            too old",
        "            → Install git 2.35 or newer.",
        "ok  guards  boundaries, drift, hygiene,",
        "            schema",
        "--          not enabled: ruff",
        "ok  cache   1 record, 0.1 MiB in",
        "            /a/path/that/is/longer/than/the/terminal/is/wide",
    ]


def test_names_from_the_repository_are_shown_and_not_obeyed() -> None:
    assert list(_shown([Line("settings", "a\x1b[2Jb")], width=80, colour=True)) == [
        "\x1b[32mok\x1b[0m  settings  a\\x1b[2Jb"
    ]


@pytest.mark.parametrize("files", [{}, {"canonical.yaml": CANONICAL, "guard.toml": 'skip = ["schema"]\n'}])
@pytest.mark.parametrize("columns", [80, 50])
def test_it_fits_a_terminal(
    files: dict[str, str], columns: int, command: Command, repo: Repository, home: Path
) -> None:
    """A screen of 80 columns holds it; a narrow one breaks between words, but for paths."""
    repo.commit(files)
    env = command.environment(home, {"NO_COLOR": "1"})
    code, shown = in_terminal(command, ["doctor"], repo.root, env, columns=columns)
    lines = shown.rstrip().split("\n")
    assert (code, "\x1b" in shown, lines[-1]) == (0, False, "Everything that guard needs is here.")
    assert [line for line in lines if len(line) > columns and "/" not in line] == []
    if columns == 80:
        paths = sum(len(line) > columns for line in lines)  # a test's own folders are long
        assert len(lines) + paths <= 28


BOTH = "NO two files hold guard's settings: guard.toml and pyproject.toml; keep one of them"
BEFORE = "→ No guard runs before this is mended."


@pytest.mark.parametrize(
    ("files", "said", "code"),
    [
        ({}, ["ok no file: defaults apply"], 0),
        ({"pyproject.toml": "[tool.other]\n"}, ["ok no file: defaults apply"], 0),
        ({"pyproject.toml": "[tool.guard]\n"}, ["ok pyproject.toml"], 0),
        ({"pyproject.toml": "[tool.other]\n", "guard.toml": ""}, ["ok guard.toml"], 0),
        ({"pyproject.toml": "[tool.guard]\n", "guard.toml": ""}, [BOTH, BEFORE], 2),
        (
            {"guard.toml": "fail-level = 3\n[hygine]\n"},
            [
                "NO guard.toml:2:2: hygine: unknown table 'hygine' (did you mean 'hygiene'?)",
                "NO guard.toml:1:14: fail-level: expected one of 'error', 'warning', 'note', not a number",
                BEFORE,
            ],
            2,
        ),
    ],
    ids=["none", "of others", "table", "file", "both", "wrong"],
)  # fmt: skip
def test_settings_are_read_as_a_run_reads_them(
    files: dict[str, str], said: list[str], code: int, guard: Guard, repo: Repository
) -> None:
    repo.commit(files)
    (repo.root / "sub").mkdir()
    for folder in (repo.root, repo.root / "sub"):
        result = guard("doctor", cwd=folder)
        assert (told(result)["settings"], result.code) == (said, code)
        assert result.out.endswith("Not in order: settings.\n" if code else "Everything that guard needs is here.\n")


def test_settings_of_guards_and_levels_are_checked_too(guard: Guard, repo: Repository) -> None:
    repo.commit({"guard.toml": '[levels]\n"hygiene/larg-file" = "off"\n[schema]\nmax-errors = "a"\n'})
    said = told(guard("doctor"))["settings"]
    assert [line for line in said if "larg-file" in line]
    assert [line for line in said if "max-errors" in line]


@pytest.mark.parametrize(
    ("files", "said", "code"),
    [
        (
            {},
            ["-- no file: nothing to check for boundaries, drift, no-direct-http", "→ guard drift init drafts one."],
            0,
        ),
        ({"config/canonical.yaml": CANONICAL}, ["ok config/canonical.yaml: facts"], 0),
        (
            {"canonical.yaml": "guard: 1\nfact: {}\n"},
            [
                "NO canonical.yaml:2:1: fact: unknown section 'fact' (did you mean 'facts'?)",
                "→ What is not understood checks nothing: guard all ends with 3.",
            ],
            2,
        ),
    ],
    ids=["none", "in config", "wrong"],
)
def test_canonical_is_read_as_a_run_reads_it(
    files: dict[str, str], said: list[str], code: int, guard: Guard, repo: Repository
) -> None:
    repo.commit(files)
    result = guard("doctor")
    assert (told(result)["canonical"], result.code) == (said, code)


def test_the_guards_that_run_are_told_from_those_that_do_not(guard: Guard, repo: Repository) -> None:
    repo.commit({"canonical.yaml": CANONICAL, "guard.toml": 'skip = ["schema"]\n'})
    running, idle, off = told(guard("doctor"))["guards"][:3]
    assert running == "ok drift, env, hygiene, secrets, versions"
    assert idle == "-- without a section in canonical.yaml: boundaries, no-direct-http"
    assert off == "-- not enabled, or skipped: ruff, schema"


def test_what_is_accepted_is_counted_and_waivers_that_are_over_are_told(guard: Guard, repo: Repository) -> None:
    waiver = '[[waiver]]\nrule = "hygiene/large-file"\nreason = "a film"\nuntil = 2020-01-31\n'
    repo.commit({"app.py.orig": "x\n", "guard.toml": waiver})
    guard("baseline", "create")
    assert told(guard("doctor"))["accepted"] == [
        "ok 1 finding by the baseline, 1 waiver in the settings",
        "→ The last day of 1 waiver has passed: renew it, or mend what it covers.",
    ]
    repo.write("guard-baseline.jsonl", "{}\n")
    result = guard("doctor")
    assert (result.code, "guard-baseline.jsonl:1:" in told(result)["settings"][0]) == (2, True)


def test_what_calls_guard_is_shown_and_what_is_unfinished(guard: Guard, repo: Repository) -> None:
    repo.commit({})
    assert told(guard("doctor"))["hooks"] == [
        "-- nothing here calls guard",
        "→ guard install git, guard install pre-commit or guard install github has it called.",
    ]
    guard("install", "pre-commit")
    assert told(guard("doctor"))["hooks"] == [
        "ok .pre-commit-config.yaml",
        "-- git does not call what .pre-commit-config.yaml says: pre-commit install, or prek install",
    ]
    guard("install", "git")
    hooks = ".git/hooks/pre-commit, .git/hooks/pre-merge-commit, .git/hooks/pre-push"
    assert told(guard("doctor"))["hooks"] == [f"ok {hooks}, .pre-commit-config.yaml"]
    (repo.root / ".git/hooks/pre-push").unlink()
    assert told(guard("doctor"))["hooks"][1] == "-- git: some are missing; guard install git writes them"


def test_hooks_that_several_repositories_share_are_nobodys_mistake(guard: Guard, repo: Repository) -> None:
    repo.commit({})
    guard("install", "pre-commit")
    repo.config("core.hooksPath", "/nowhere/hooks")
    result = guard("doctor")
    assert (told(result)["hooks"], result.code) == (["ok .pre-commit-config.yaml"], 0)


def test_without_git_it_says_what_that_means(guard: Guard, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    result = guard("doctor", cwd=folder)
    assert told(result)["repository"][0] == f"-- none: {folder.resolve()} itself is what is checked"
    assert ("hooks" in told(result), result.code) == (False, 0)


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo git version 2.20.1", "is too old"),
        ("echo nothing", "does not tell its version"),
    ],
)
def test_an_old_git_is_refused_with_the_version_that_is_needed(
    script: str, said: str, guard: Guard, repo: Repository, tmp_path: Path
) -> None:
    program = tmp_path / "old" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && {script} && exit\necho "no such option" >&2; exit 129\n')
    program.chmod(0o755)
    repo.commit({})
    result = guard("doctor", env={"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}"})
    state, step = told(result)["git"]
    assert (result.code, said in state, step) == (2, True, "→ Install git 2.35 or newer.")
    assert "no such option" in told(result)["repository"][0]


def test_without_any_git_the_next_step_is_to_install_it(guard: Guard, repo: Repository, tmp_path: Path) -> None:
    repo.commit({})
    result = guard("doctor", env={"PATH": str(tmp_path)})
    assert (told(result)["git"], result.code) == (["NO not on PATH", "→ Install git 2.35 or newer."], 2)


def test_a_repository_that_git_distrusts_comes_with_gits_own_way_out(guard: Guard, repo: Repository) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    repo.commit({})
    os.chown(repo.root, 65534, 65534)
    result = guard("doctor")
    assert told(result)["repository"][1].startswith("→ git config --global --add safe.directory ")


def test_programs_that_guards_wrap_are_shown_with_version_and_digest(guard: Guard) -> None:
    (said,) = told(guard("doctor"))["ruff"]
    assert re.fullmatch(r"ok \d+\.\d+\.\d+ at /.*/ruff \(sha256 [0-9a-f]{12}\)", said)


def test_the_interpreter_is_the_one_that_runs(guard: Guard) -> None:
    assert told(guard("doctor"))["python"] == [f"ok {sys.version.split()[0]} at {sys.executable}"]


def test_the_cache_is_that_of_the_root_wherever_one_stands(guard: Guard, repo: Repository) -> None:
    repo.commit({"sub/a.json": "{}\n"})
    guard("all")
    asked = [guard("cache", "info", cwd=folder).out for folder in (repo.root, repo.root / "sub")]
    assert asked[0] == asked[1]
    assert str(repo.root / ".guard") in asked[0]
