"""A guard that wraps a program which the tests write, and a run of it that is watched."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from guards._core.model import Finding, Guard, Output, Program, Rule, Select, Span, Told
from guards._core.registry import Registry
from guards._core.report import Report
from guards._core.runner import Request, run
from tests.conftest import Repository
from tests.core.test_programs import wait_until_gone
from tests.faults.tools import Personality, install

TOOL = "guard-test-tool"
EMPTY = Rule("sizes/empty", "A file is empty.", help="Write something.")


@dataclass(frozen=True, slots=True)
class Options:
    """No options."""


def _parse(output: Output, classes: Mapping[str, str]) -> Iterator[Told]:
    """Lines of a name and a size; a negative size is a rule that there is not."""
    if output.returncode:
        raise ValueError("it failed")
    for line in output.stdout.decode("ascii").splitlines():
        name, size = line.split(" ")
        rule = "sizes/other" if int(size) < 0 else EMPTY.id
        yield Told(name, () if int(size) > 0 else (Finding(rule, "it is empty", span=Span(1, 1, 1, 1)),))


SIZES = Guard(
    id="sizes",
    summary="Is a file empty?",
    rules=(EMPTY,),
    options=Options,
    select=Select(suffixes=frozenset({".txt"})),
    program=Program(
        name=TOOL,
        install="make it",
        oldest=(1, 2),
        file_name=lambda path_class: "file",
        command=lambda scan_slice, names: list(names),
        parse=_parse,
    ),
)


def changed(**more: Any) -> Guard[Any]:
    """The guard with another program."""
    assert SIZES.program is not None
    return replace(SIZES, program=replace(SIZES.program, **more))


@dataclass
class Stage:
    """A repository of three files, a folder on PATH, one for temporary files, and what is left of processes."""

    repo: Repository
    bin: Path
    tmp: Path
    pids: Path
    guard: Guard[Any] = field(default_factory=lambda: SIZES)

    def play(self, personality: Personality) -> None:
        """Be this program from now on."""
        install(personality, self.bin, TOOL, self.pids)

    def run(
        self, *, timeout: float = 0.7, flags: Mapping[str, Any] | None = None, touches: bool = False, **more: Any
    ) -> Report:
        """Run the guard, and check what must hold whatever its program did, but that it `touches` the tree."""
        before = self.tree()
        started = time.monotonic()
        request = Request(
            cwd=str(self.repo.root), **{"guards": ("sizes",), "flags": {"timeout": timeout, **(flags or {})}, **more}
        )
        report = run(request, registry=Registry(given=[self.guard]))
        assert time.monotonic() - started < 20
        assert (self.tree() != before) == touches
        assert list(self.tmp.iterdir()) == [], "something was left behind"
        assert [pid for pid in self.started() if not wait_until_gone(pid)] == []
        assert all(guard.ledger.adds_up() for guard in report.guards)
        return report

    def started(self) -> list[int]:
        """The processes that the program was."""
        return [int(line) for line in self.pids.read_text().splitlines()] if self.pids.exists() else []

    def tree(self) -> list[tuple[str, float]]:
        """What is in the tree."""
        files: Iterable[Path] = self.repo.root.rglob("*")
        return sorted((str(path), path.lstat().st_mtime_ns) for path in files if not _is_ours(path))


def _is_ours(path: Path) -> bool:
    return not {".git", ".guard"}.isdisjoint(path.parts)


def put_copies(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the folder be where temporary files belong."""
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)


FILES: Sequence[str] = ("a.txt", "b.txt", "c.txt")


@pytest.fixture
def stage(repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """Three files with content, and no program yet."""
    repo.commit({name: f"{name}\n" for name in FILES})
    for name in ("bin", "tmp"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    put_copies(tmp_path / "tmp", monkeypatch)
    return Stage(repo, tmp_path / "bin", tmp_path / "tmp", tmp_path / "pids")
