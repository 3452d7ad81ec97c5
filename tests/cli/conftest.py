"""The command, a HOME, and a repository with one finding of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.command import Command, Result
from tests.conftest import Repository


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """From a copy of the package: whoever edits the original while the tests run does not change what they see."""
    made = Command(tmp_path_factory.mktemp("command"))
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty HOME."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


Guard = Callable[..., Result]


@pytest.fixture
def guard(command: Command, repo: Repository, home: Path) -> Guard:
    """Run the command in the repository; `env` adds to its environment, `cwd` is another folder to run it in."""

    def run(*arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> Result:
        return command.run(arguments, cwd or repo.root, command.environment(home, env))

    return run
