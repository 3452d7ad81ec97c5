"""The progress bar is for whoever watches a long run, and leaves nothing behind: neither text nor streams."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import Command
from tests.cli.terminal import in_terminal
from tests.conftest import Repository


@pytest.fixture
def impatient(tmp_path: Path) -> Command:
    """The command with a bar that is shown at once."""
    folder = tmp_path / "impatient"
    folder.mkdir()
    command = Command(folder)
    code = command.package / "_cli" / "progress.py"
    text = code.read_text(encoding="utf-8")
    assert "_PATIENCE = 1.0" in text
    code.write_text(text.replace("_PATIENCE = 1.0", "_PATIENCE = 0.0"), encoding="utf-8")
    return command


@pytest.mark.parametrize("arguments", [["all"], ["explain", "app.py.orig"], ["init"]], ids=" ".join)
def test_what_was_asked_for_is_written_after_it(
    arguments: list[str], impatient: Command, repo: Repository, home: Path
) -> None:
    """A run that takes long in a terminal ends as every other one."""
    repo.commit({"app.py.orig": "x = 1\n", "app.py": "x = 1\n"})
    code, shown = in_terminal(impatient, arguments, repo.root, impatient.environment(home, {"TERM": "xterm"}))
    bar, _, said = shown.partition("\x1b[2K")
    assert ("checking" in bar, code) == (True, 0)
    assert "backup" in said or "hygiene" in said
