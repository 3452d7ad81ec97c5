"""`guard versions installed`: every dependency with what is installed, read from the files of an environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.conftest import Guard
from tests.conftest import Repository

MANIFEST = """\
[project]
name = "app"
version = "1.0"
dependencies = ["Fine>=1", "old.one>=2", "gone", "told==3", "win; sys_platform == 'win32'", "vcs @ git+https://x/y"]

[dependency-groups]
dev = ["locked", "not-here"]
"""
LOCK = 'version = 1\n[[package]]\nname = "locked"\nversion = "1.0"\n'
INSTALLED = {"fine": "1.2", "Old_One": "1.9", "told": "3", "locked": "2.0", "vcs": "1"}


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """The folder of an environment, with what must not be believed or waited for."""
    folder = tmp_path / "venv" / "lib" / "python3.12" / "site-packages"
    for name, version in INSTALLED.items():
        info = folder / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nVersion: 9\n")
    trap = folder / "trap-1.dist-info"
    trap.mkdir()
    os.mkfifo(trap / "METADATA")
    return tmp_path / "venv"


def test_every_dependency_has_its_verdict(repo: Repository, guard: Guard, environment: Path) -> None:
    repo.commit({"pyproject.toml": MANIFEST, "uv.lock": LOCK, "README.md": "$ pip install told==2\n"})
    result = guard("versions", "installed", str(environment))
    assert (result.code, result.err) == (1, "")
    assert result.out.splitlines() == [
        "place             declared                      locked  installed  documented  verdict",
        "pyproject.toml:4  Fine>=1                               1.2                    agrees",
        "pyproject.toml:4  old.one>=2                            1.9                    differs",
        "pyproject.toml:4  gone                                                         missing",
        "pyproject.toml:4  told==3                               3          2           differs",
        "pyproject.toml:4  win; sys_platform == 'win32'                                 absent",
        "pyproject.toml:4  vcs @ git+https://x/y                 1                      unknown",
        "pyproject.toml:7  locked                        1.0     2.0                    differs",
        "pyproject.toml:7  not-here                                                     absent",
        "",
        "1 agrees, 3 differs, 1 missing, 2 absent, 1 unknown",
    ]


def test_a_project_in_a_folder(repo: Repository, guard: Guard, environment: Path) -> None:
    """Only what is declared there counts, and all of it agrees."""
    repo.commit({"pyproject.toml": MANIFEST, "part/requirements.txt": "fine==1.2\n"})
    result = guard("versions", "installed", str(environment), "--project", "part")
    assert (result.code, result.out.splitlines()[-1]) == (0, "1 agrees")


def test_no_environment_and_no_project(repo: Repository, guard: Guard, environment: Path, tmp_path: Path) -> None:
    repo.commit({"x": ""})
    assert guard("versions", "installed", str(tmp_path / "none")).code == 2
    assert guard("versions", "installed", str(environment)).code == 2


def test_an_environment_that_the_settings_name(repo: Repository, guard: Guard, environment: Path) -> None:
    """Each run reads it anew: what was reported a moment ago is not believed."""
    environment.rename(repo.root / ".venv")
    settings = '[versions]\nenvironment = ".venv"\n'
    repo.commit({"pyproject.toml": MANIFEST, "uv.lock": LOCK, "guard.toml": settings, ".gitignore": ".venv\n"})

    def found() -> list[tuple[str, str]]:
        report = guard("versions", "--format", "json").report
        rules = ("versions/installed-otherwise", "versions/not-installed")
        return [(one["rule"].partition("/")[2], one["message"]) for one in report["findings"] if one["rule"] in rules]

    first = [
        ("installed-otherwise", "old-one 1.9 is installed in .venv, and asked for is old.one>=2"),
        ("not-installed", "gone is not installed in .venv"),
        ("installed-otherwise", "locked 2.0 is installed in .venv, and asked for is locked (locked: 1.0)"),
    ]
    assert sorted(found()) == sorted(first)
    info = repo.root / ".venv/lib/python3.12/site-packages/gone-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: gone\nVersion: 1\n")
    assert sorted(found()) == sorted(one for one in first if one[0] != "not-installed")


def test_an_environment_that_is_not_there_is_never_green(repo: Repository, guard: Guard) -> None:
    for where in (".venv", "/", "../x"):
        repo.write("guard.toml", f'[versions]\nenvironment = "{where}"\n')
        result = guard("versions", "--format", "json")
        assert result.code == 2
        assert len(result.report["problems"]) == 1
