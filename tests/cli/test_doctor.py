"""`guard doctor` says what is there, and which file the settings really come from."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Guard
from tests.conftest import Repository


def line(out: str, topic: str) -> str:
    """What is said of a topic, with its mark."""
    (found,) = re.findall(rf"^(.{{4}}{topic} .*)$", out, re.MULTILINE)
    return " ".join(found.split())


BOTH = "NO settings two files hold guard's settings: guard.toml and pyproject.toml; keep one of them"


@pytest.mark.parametrize(
    ("files", "said", "code"),
    [
        ({}, "ok settings no file: defaults apply", 0),
        ({"pyproject.toml": "[tool.other]\n"}, "ok settings no file: defaults apply", 0),
        ({"pyproject.toml": "[tool.guard]\n"}, "ok settings pyproject.toml", 0),
        ({"pyproject.toml": "[tool.other]\n", "guard.toml": ""}, "ok settings guard.toml", 0),
        ({"pyproject.toml": "[tool.guard]\n", "guard.toml": ""}, BOTH, 2),
    ],
    ids=["none", "of others", "table", "file", "both"],
)  # fmt: skip
def test_settings_are_in_the_file_that_holds_them(
    files: dict[str, str], said: str, code: int, guard: Guard, repo: Repository
) -> None:
    repo.commit(files)
    (repo.root / "sub").mkdir()
    for folder in (repo.root, repo.root / "sub"):
        result = guard("doctor", cwd=folder)
        assert (line(result.out, "settings"), result.code) == (said, code)


def test_programs_that_guards_wrap_are_shown_with_their_version(guard: Guard, repo: Repository) -> None:
    assert re.fullmatch(r"ok ruff \d+\.\d+\.\d+ at /.*/ruff", line(guard("doctor").out, "ruff"))


def test_the_cache_is_that_of_the_root_wherever_one_stands(guard: Guard, repo: Repository) -> None:
    repo.commit({"sub/a.json": "{}\n"})
    guard("all")
    asked = [guard("cache", "info", cwd=folder).out for folder in (repo.root, repo.root / "sub")]
    assert asked[0] == asked[1]
    assert str(repo.root / ".guard") in asked[0]
