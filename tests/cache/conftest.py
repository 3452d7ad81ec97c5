"""An installation that stays the same for the whole session, and scenes to attack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cache.running import Installation, Scene


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A copy of the package: whoever edits the original while the tests run does not change what they see."""
    made = Installation(tmp_path_factory.mktemp("installation"))
    yield made
    made.close()


@pytest.fixture
def scene(installation: Installation, tmp_path: Path) -> Scene:
    """A repository with a bit of everything, never looked at before."""
    made = Scene(installation, tmp_path)
    made.fill()
    return made
