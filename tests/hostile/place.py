"""A place with a tree to let the command loose on, and what must hold after whatever it did there."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs

import guards
from tests.cli.command import Command, Result
from tests.output.test_sarif import STANDARD as SARIF

SECONDS = 10.0
MEMORY = 512 << 20
_HUNG = 90.0
"""After so many seconds we end it."""

_REPORT = jsonschema_rs.validator_for(
    json.loads((Path(guards.__file__).parent / "_output" / "guard-report-1.schema.json").read_text(encoding="utf-8"))
)
_TEXTS = ("text", "markdown", "github")
_OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_ANNOTATION = re.compile(r"::(error|warning|notice) [^\n]*?::")
_KEY = "home/.local/state/guard/key"
_GIT = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.hooksPath=/dev/null",
        "-c", "core.autocrlf=false", "-c", "protocol.ext.allow=never")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a tree, a HOME, a folder for temporary files, one for reports, and one that nobody asked for."""

    folder: Path
    command: Command

    @classmethod
    def make(
        cls, ground: Path, command: Command, fill: Callable[[Path], None], *, git: bool = True, add: bool = True
    ) -> Place:
        """A new one. With `git` the tree is a repository; with `add` it is in the index, and in a commit at `main`."""
        folder = Path(tempfile.mkdtemp(dir=ground))
        place = cls(folder, command)
        for name in ("tree", "home", "tmp", "outside", "reports"):
            (folder / name).mkdir()
        fill(place.tree)
        if git:
            place._track(add=add)
        return place

    @property
    def tree(self) -> Path:
        """What is looked at."""
        return self.folder / "tree"

    def _track(self, *, add: bool) -> None:
        self._git("init", "-q", "-b", "main", "--template=")
        if add:
            self._git("add", "--ignore-errors", "-A", check=False)
            self._git("commit", "-q", "--allow-empty", "-m", "a change")
            self._git("symbolic-ref", "HEAD", "refs/heads/unborn")

    def _git(self, *arguments: str, check: bool = True) -> None:
        subprocess.run([*_GIT, *arguments], cwd=self.tree, check=check, capture_output=True, timeout=120)

    def remove(self) -> None:
        """Make room."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *arguments: str, seconds: float = SECONDS) -> Result:
        """Run the command in the tree, and check all that must hold whatever there is in it."""
        before = dict(self._snapshot())
        result = self._run(arguments)
        if result.seconds > seconds > 2 * result.cpu_seconds:  # the machine is busy with something else: once more
            result = self._run(arguments)
        assert result.code in range(6), f"ended by signal {-result.code} after {result.seconds:.1f} s: {result.err}"
        assert "Traceback" not in result.err
        assert result.left_behind == ()
        assert result.seconds < seconds
        assert result.memory < MEMORY, f"{result.memory >> 20} MiB"
        after = dict(self._snapshot())
        assert {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)} <= {_KEY}
        self._check_reports(result)
        return result

    def _run(self, arguments: tuple[str, ...]) -> Result:
        outputs = [f"--output={name}={self.folder}/reports/{name}" for name in ("sarif", *_TEXTS)]
        env = self.command.environment(self.folder / "home", {"TMPDIR": str(self.folder / "tmp")})
        end = arguments.index("--") if "--" in arguments else len(arguments)
        all_arguments = [*arguments[:end], "--format=json", *outputs, *arguments[end:]]
        return self.command.run(all_arguments, self.tree, env, seconds=_HUNG)

    def _check_reports(self, result: Result) -> None:
        report = result.report
        assert [error.message for error in _REPORT.iter_errors(report)] == []
        assert report["exit_code"] == result.code
        for guard in report["guards"]:
            assert is_balanced(guard["ledger"]), guard
        if result.code in {2, 4, 5}:
            assert report["verdict"] == "incomplete"
            assert report["problems"]
        assert not _OBEYED.search(result.out)
        sarif = json.loads((self.folder / "reports" / "sarif").read_text(encoding="utf-8"))
        assert [error.message for error in SARIF.iter_errors(sarif)] == []
        for name in _TEXTS:
            check_inert(name, (self.folder / "reports" / name).read_bytes().decode("utf-8"))

    def _snapshot(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """What is on disk: the reports that were asked for and the run store are none of its business."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            for entry, status in self._entries(folder):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if not stat.S_ISDIR(status.st_mode):
                    yield path, (status.st_mode, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                elif path not in {"tree/.guard", "reports"}:
                    if not path.startswith("home/"):
                        yield path, (status.st_mode, status.st_ino)
                    waiting.append(path)

    def _entries(self, folder: str) -> list[tuple[os.DirEntry[str], os.stat_result]]:
        try:
            with os.scandir(os.path.join(self.folder, folder)) as entries:
                return [(entry, entry.stat(follow_symlinks=False)) for entry in entries]
        except OSError:  # too deep, or closed: then nobody else wrote there either
            return []


def is_balanced(ledger: Mapping[str, Any]) -> bool:
    """Whether every path that a guard was given ended somewhere, once."""
    parts = sum(sum(ledger[part].values()) for part in ("skipped", "excluded", "failed"))
    return bool(ledger["enumerated"] == ledger["checked"] + ledger["cached"] + parts)


def check_inert(name: str, text: str) -> None:
    """Nothing in a report for people is obeyed by a terminal or by what runs the job."""
    assert not _OBEYED.search(text)
    assert "##[" not in text
    assert "##vso[" not in text
    for line in text.splitlines():
        if name == "github":
            assert _ANNOTATION.match(line), line
        else:
            assert not line.lstrip().startswith("::"), line
    if name == "markdown":
        assert not re.search(r"<(?!/?(?:code|details|summary|b|br|sub|table|tr|td|th)\b)[a-zA-Z!/]", text)
