"""A bug of ours is 5 wherever it is: never findings, never a pass, and never a word of what was being looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import STARTER, Command
from tests.conftest import Repository

_WORD = "what-was-being-looked-at"
_BUG = f"""
def bug(*given, **more):
    raise KeyError({_WORD!r})
"""
INSIDE = {
    "listing": "import guards._core.workspace as m; m.Worktree.listing = bug",
    "settings": "import guards._core.config as m; m.load = bug",
    "scanning": "import guards._core.scanning as m; m.Scanner.look = bug",
    "judging": "import guards._core.examination as m; m.Side.judge = bug",
    "cache": "import guards._core.facts as m; m.Facts.save = bug",
}
OUTSIDE = {
    "policy": "import guards._core.policy as m; m.decide = bug",
    "output": "import guards._output.json_report as m; m.render = bug",
    "writing": "import guards._cli.check as m; m.write_stdout = bug",
}


def _run(command: Command, repo: Repository, home: Path, patch: str) -> subprocess.CompletedProcess[str]:
    repo.commit({"a.json": "{}\n"})
    return subprocess.run(
        [sys.executable, "-P", "-c", f"{_BUG}\n{patch}\n{STARTER}", "all", "--format=json"],
        cwd=repo.root,
        env=command.environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("where", INSIDE)
def test_a_bug_in_a_run_still_gives_a_report(command: Command, repo: Repository, home: Path, where: str) -> None:
    done = _run(command, repo, home, INSIDE[where])
    report = json.loads(done.stdout)
    assert (done.returncode, report["exit_code"], report["verdict"]) == (5, 5, "incomplete")
    assert "internal" in {problem["kind"] for problem in report["problems"]}
    assert "Traceback" not in done.stderr
    assert _WORD not in done.stdout + done.stderr


@pytest.mark.parametrize("where", OUTSIDE)
def test_a_bug_in_telling_is_told_on_stderr(command: Command, repo: Repository, home: Path, where: str) -> None:
    done = _run(command, repo, home, OUTSIDE[where])
    assert (done.returncode, done.stdout) == (5, "")
    assert "internal error: KeyError" in done.stderr
    assert "Traceback" not in done.stderr
    assert _WORD not in done.stderr
