"""The installed `guard` command as tests run it: from a copy that nobody edits, in a HOME of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import guards
from tests.conftest import Repository

_HERE = Path(__file__).parent
TICK_SECONDS = 0.03
"""What changes later than this before a run may have changed during the run, as far as time stamps tell."""
_SCRIPT = "import sys\nfrom guards._front import main\nsys.exit(main())\n"


@dataclass(frozen=True, slots=True)
class Result:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON report; that there is one is part of every test."""
        assert "Traceback" not in self.err, self.err
        assert self.out, f"no report, exit code {self.code}: {self.err}"
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def said(self) -> tuple[int, dict[str, Any]]:
        """The exit code and the report without what a run may have of its own: header, durations, cached or checked."""
        report = self.report
        for key in ("id", "started", "duration_ms"):
            report["run"].pop(key)
        for guard in report["guards"]:
            guard.pop("duration_ms")
            ledger = guard["ledger"]
            ledger["looked"] = ledger.pop("checked") + ledger.pop("cached")
        return self.code, report


class Installation:
    """The package, a third-party guard beside it, and the console script, in folders of their own."""

    def __init__(self, folder: Path) -> None:
        self.package = folder / "lib" / "guards"
        self.watch = folder / "site" / "acme_watch"
        self.site = folder / "site"
        self.script = folder / "bin" / "guard"
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(guards.__file__).parent, self.package, ignore=ignore, symlinks=True)
        self.watch.mkdir(parents=True)
        shutil.copy(_HERE / "acme_watch.py", self.watch / "__init__.py")
        (self.watch / "words.txt").write_text("seen")
        self.distribution("acme_watch", "1.0", "[guards]\nacme.watch = acme_watch:GUARD\n")
        self.script.parent.mkdir()
        self.script.write_text(_SCRIPT)
        self._server: subprocess.Popen[str] | None = None

    def distribution(self, name: str, version: str, entry_points: str = "") -> None:
        """What an installer leaves beside a package."""
        info = self.site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(entry_points)

    def environment(self, home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """A small environment: what the caller of the tests has in its own does not count."""
        return {
            "HOME": str(home),
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": f"{self.package.parent}{os.pathsep}{self.site}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            **(more or {}),
        }

    def command(self, *arguments: str) -> list[str]:
        """The command line of a process of its own."""
        return [sys.executable, str(self.script), *arguments]

    def spawn(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], **more: Any) -> Result:
        """Run it as a process of its own."""
        done = subprocess.run(
            self.command(*arguments), cwd=cwd, env=dict(env), capture_output=True, check=False, timeout=120, **more
        )
        return Result(done.returncode, os.fsdecode(done.stdout), os.fsdecode(done.stderr))

    def run(
        self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], fault: tuple[int, int, str] | None = None
    ) -> Result:
        """Run it in a fork of a process that has imported everything."""
        writer, reader = self._streams()
        request = {"argv": list(arguments), "cwd": str(cwd), "env": dict(env), "fault": fault}
        writer.write(json.dumps(request) + "\n")
        writer.flush()
        return Result(**json.loads(reader.readline()))

    def close(self) -> None:
        """End the process that serves runs."""
        if self._server is not None:
            self._server.communicate(timeout=30)

    def _streams(self) -> tuple[IO[str], IO[str]]:
        if self._server is None:
            serving = self.script.parent / "serving.py"
            shutil.copy(_HERE / "serving.py", serving)
            self._server = subprocess.Popen(
                [sys.executable, str(serving)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=self.script.parent,
                env=self.environment(self.script.parent),
            )
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        return self._server.stdin, self._server.stdout


def at(folder: Path) -> Repository:
    """A repository that is there already."""
    found = object.__new__(Repository)
    found.root = folder
    return found


CONFIG = 'enable = ["acme.watch"]\nskip = ["hygiene", "schema"]\n'
"""Only the guard that tells everything."""


@dataclass
class Scene:
    """A repository, a user and a command line; what a test changes between runs."""

    installation: Installation
    folder: Path
    args: list[str] = field(default_factory=lambda: ["all", "--format", "json"])
    env: dict[str, str] = field(default_factory=dict)
    home: Path = field(init=False)
    repo: Repository = field(init=False)
    cwd: Path = field(init=False)

    def __post_init__(self) -> None:
        self.home = self.folder / "home"
        self.home.mkdir()
        self.repo = Repository(self.folder / "repo")
        self.cwd = self.repo.root

    @property
    def root(self) -> Path:
        """The repository's folder."""
        return self.repo.root

    def enter(self, folder: Path) -> None:
        """Go on in another work tree."""
        self.repo = at(folder)
        self.cwd = folder

    @property
    def cache(self) -> Path:
        """Where the records are."""
        return self.root / ".guard" / "cache"

    def fill(self) -> None:
        """A first commit, and files beside it."""
        self.repo.write("run.sh", "#!/bin/sh\n", executable=True)
        self.repo.link("link", "a.txt")
        self.repo.commit(
            {
                "a.txt": "one\n",
                "sub/b.txt": "two\n",
                "schemas/s.json": "{}\n",
                ".gitignore": "*.log\n/hidden/\n",
                "guard.toml": CONFIG,
            }
        )
        self.repo.write("ignored.log", "a log\n")
        self.repo.write("untracked.txt", "loose\n")

    def run(self, *more: str, own_process: bool = False) -> Result:
        """Run the command as it stands."""
        env = self.installation.environment(self.home, self.env)
        run = self.installation.spawn if own_process else self.installation.run
        return run([*self.args, *more], self.cwd, env)

    def run_with_fault(self, number: int, error: int) -> tuple[Result, bool]:
        """A run whose n-th operation on its own files fails; whether there were so many."""
        fired = self.folder / "fired"
        fired.unlink(missing_ok=True)
        env = self.installation.environment(self.home, self.env)
        result = self.installation.run(self.args, self.cwd, env, (number, error, str(fired)))
        return result, fired.exists()

    def settle(self) -> None:
        """Let what was written become older than the next run, as far as time stamps tell."""
        time.sleep(TICK_SECONDS)

    def cold(self) -> Result:
        """The truth: a run that knows nothing."""
        return self.run("--no-cache")

    def records(self, prefix: str = "same-") -> dict[str, tuple[int, int]]:
        """Names of records, with what changes whenever one is written."""
        found = {}
        if self.cache.is_dir():
            for path in self.cache.iterdir():
                if path.name.startswith(prefix):
                    status = path.lstat()
                    found[path.name] = (status.st_ino, status.st_mtime_ns)
        return found
