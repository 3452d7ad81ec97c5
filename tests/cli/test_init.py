"""`guard init`: it shows first, writes only with consent, and can be run again."""

from __future__ import annotations

import tomllib
from collections.abc import Callable

import pytest

from guards._core.baseline import FILE
from tests.cli.command import Result
from tests.conftest import Repository
from tests.guards.secrets.drawn import slack_token

Guard = Callable[..., Result]


@pytest.fixture
def first(repo: Repository) -> Repository:
    """A repository that guard has never seen: something wrong, a fact in several places, and code of others."""
    repo.commit(
        {
            "pyproject.toml": '[project]\nname = "x"\nversion = "1.4.2"\n',
            "compose.yaml": "services:\n  api:\n    image: x:1.4.2\n    ports: ['8080:8080']\n",
            ".env.example": "API_PORT=8080\n",
            "vendor/broken.json": "{\n",
            "broken.json": "{\n",
        }
    )
    return repo


def _written(repo: Repository) -> set[str]:
    return {path.name for path in repo.root.iterdir()} & {"guard.toml", "canonical.yaml", FILE}


def test_it_shows_and_writes_nothing(first: Repository, guard: Guard) -> None:
    done = guard("init")
    assert done.code == 0
    assert _written(first) == set()
    assert not (first.root / ".guard").exists(), "its times must be those of a run that knows nothing"
    assert "Python, containers" in done.out
    assert all(name in done.out for name in ("schema", "secrets", "1 error", f"would write {FILE}", "guard init --yes"))


def test_it_writes_what_it_showed_and_no_second_time(first: Repository, guard: Guard) -> None:
    assert guard("all").code == 3
    assert guard("init", "--yes").code == 0
    assert {"guard.toml", FILE} <= _written(first)
    assert tomllib.loads((first.root / "guard.toml").read_text())["exclude"] == ["vendor"]
    assert guard("all").code == 0
    before = {name: (first.root / name).read_bytes() for name in _written(first)}
    again = guard("init", "--yes")
    assert again.code == 0
    assert again.out.count("there already") == len(before)
    assert {name: (first.root / name).read_bytes() for name in _written(first)} == before


def test_settings_in_pyproject_are_settings(first: Repository, guard: Guard) -> None:
    first.write("pyproject.toml", '[project]\nname = "x"\nversion = "1.4.2"\n[tool.guard]\nfail-level = "note"\n')
    assert "there already: pyproject.toml" in guard("init", "--yes").out
    assert "guard.toml" not in _written(first)


def test_a_clean_repository_needs_no_baseline(repo: Repository, guard: Guard) -> None:
    repo.commit({"a.txt": "x\n"})
    guard("init", "--yes")
    assert _written(repo) == {"guard.toml"}


def test_what_could_not_be_looked_at_is_said(first: Repository, guard: Guard) -> None:
    first.write("canonical.yaml", "guard: 1\nfacts: [\n")
    done = guard("init")
    assert (done.code, "not checked: canonical.yaml" in done.out) == (3, True)


def test_it_says_what_it_found(first: Repository, guard: Guard) -> None:
    """Counts alone would send everybody to another command."""
    assert "1 error   1 parse" in guard("init").out


def test_a_repository_of_several_projects_is_understood(repo: Repository, guard: Guard) -> None:
    repo.commit({"api/pyproject.toml": "", "web/package.json": "{}\n", "README": "x\n"})
    assert guard("init").out.startswith("3 files: Python, JavaScript\n")


def test_it_says_what_to_do_next(first: Repository, guard: Guard) -> None:
    assert "commit them" not in guard("init").out
    assert "commit them" in guard("init", "--yes").out
    assert "commit them" not in guard("init", "--yes").out


def test_each_guard_may_begin_by_watching(first: Repository, guard: Guard) -> None:
    """The draft has a line for each; without its # the guard fails nothing."""
    guard("init", "--yes")
    settings = (first.root / "guard.toml").read_text()
    assert '# "schema/*" = "note"\n' in settings
    first.write("fresh.json", "{\n")
    assert guard("all").code == 3
    first.write(
        "guard.toml", settings.replace("# ", "").replace("How strict", "# How strict").replace("A guard may", "# A")
    )
    assert guard("all").code == 0


def test_real_secrets_are_not_accepted_in_passing(repo: Repository, guard: Guard) -> None:
    repo.commit({"a.txt": "x\n"})
    assert "Revoke" not in guard("init").out
    repo.write("settings.py", f"TOKEN = '{slack_token()}'\n")
    assert "Revoke what is one before anything is accepted" in guard("init").out
