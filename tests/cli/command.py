"""The `guard` command as its users meet it: from a copy of the package that nobody edits, as a process of its own, in
an environment and a HOME of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import guards

_HERE = Path(__file__).parent
STARTER = "import sys; from guards._front import command; command()"
"""What the installed console script does."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended, and what it took."""

    code: int
    out: str
    err: str
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: int = 0
    """The most bytes that it, or a process that it started, held at a time."""
    left_behind: tuple[str, ...] = ()
    """Command lines of processes that outlived it."""

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report; that there is one is part of the test."""
        assert "Traceback" not in self.err, self.err
        assert self.out, f"no report, exit code {self.code}: {self.err}"
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def said(self) -> tuple[int, dict[str, Any]]:
        """The exit code and the report, without what two runs over the same state may differ in."""
        return self.code, unnamed(self.report)


def unnamed(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report without what two runs over the same state may differ in: header, durations, what was cached."""
    run = {key: value for key, value in report["run"].items() if key not in {"id", "started", "duration_ms"}}
    runs = []
    for one in report["guards"]:
        ledger = dict(one["ledger"])
        ledger["looked"] = ledger.pop("checked") + ledger.pop("cached")
        runs.append({**{key: value for key, value in one.items() if key != "duration_ms"}, "ledger": ledger})
    return {**report, "run": run, "guards": runs}


@dataclass
class Command:
    """The command, ready to run."""

    folder: Path
    """A folder of its own."""
    confined: bool = False
    """Without a network, and without what root may do to files that are closed to it; as far as the system can."""
    _server: subprocess.Popen[str] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.package = self.folder / "lib" / "guards"
        shutil.copytree(Path(guards.__file__).parent, self.package, ignore=shutil.ignore_patterns("__pycache__"))

    def environment(self, home: Path | str, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """A small environment: what the caller of the tests has in its own does not count."""
        return {
            "HOME": str(home),
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(self.package.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            **(more or {}),
        }

    def argv(self, *arguments: str) -> list[str]:
        """The command line of a process of its own."""
        return [sys.executable, "-P", "-c", STARTER, *arguments]

    def start(
        self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], **more: Any
    ) -> subprocess.Popen[bytes]:
        """Start it as a process of its own."""
        given: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
        } | more
        process: subprocess.Popen[bytes] = subprocess.Popen(self.argv(*arguments), cwd=cwd, env=dict(env), **given)
        return process

    def spawn(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], **more: Any) -> Result:
        """Run it as a process of its own."""
        process = self.start(arguments, cwd, env, **more)
        out, err = process.communicate(timeout=60)
        return Result(process.returncode, os.fsdecode(out or b""), os.fsdecode(err or b""))

    def run(
        self,
        arguments: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        *,
        seconds: float = 60,
        fault: tuple[int, int, str] | None = None,
    ) -> Result:
        """Run it in a fork of a process that has imported everything.

        With a fault, the n-th operation on its own files fails with an error, and word of it is left in a file.
        """
        server = self._serving()
        assert server.stdin is not None
        assert server.stdout is not None
        request = {"argv": list(arguments), "cwd": str(cwd), "env": dict(env), "seconds": seconds, "fault": fault}
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        told = json.loads(server.stdout.readline())
        return Result(**{**told, "left_behind": tuple(told["left_behind"])})

    def close(self) -> None:
        """End the process that serves runs."""
        if self._server is not None:
            self._server.communicate(timeout=30)

    def _serving(self) -> subprocess.Popen[str]:
        if self._server is None:
            self._server = subprocess.Popen(
                [*(_confinement() if self.confined else ()), sys.executable, "-P", str(_HERE / "serving.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=self.folder,
                env=self.environment(self.folder),
            )
        return self._server


def _confinement() -> list[str]:
    """The beginning of a command line that takes the network and root's privileges from a process."""
    choices = (
        ["unshare", "--net", "setpriv", "--bounding-set=-all", "--inh-caps=-all"],  # for root
        ["unshare", "--map-current-user", "--net"],
    )
    return next((words for words in choices if _works([*words, "true"])), [])


def _works(argv: Sequence[str]) -> bool:
    return shutil.which(argv[0]) is not None and subprocess.run(argv, capture_output=True, check=False).returncode == 0
