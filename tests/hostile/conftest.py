"""The command as an ordinary user without a network, and places to let it loose on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.hostile.place import Place


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all of it happens."""
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="session")
def command(ground: Path) -> Iterator[Command]:
    """The command with no network, and no more rights than any user has."""
    made = Command(ground, confined=True)
    yield made
    made.close()


@pytest.fixture(scope="session")
def new_place(ground: Path, command: Command) -> Callable[..., Place]:
    """A function that makes a place with a tree in it."""

    def make(fill: Callable[[Path], None], *, git: bool = True, add: bool = True) -> Place:
        return Place.make(ground, command, fill, git=git, add=add)

    return make
