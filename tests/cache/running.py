"""The installed `guard` command as tests run it: from a copy that nobody edits, in a HOME of its own."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.command import Command, Result as Result
from tests.conftest import Repository

_HERE = Path(__file__).parent
TICK_SECONDS = 0.03
"""What changes later than this before a run may have changed during the run, as far as time stamps tell."""
_WITHOUT_MACHINERY = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("guards._cli"):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
from guards._front import main
sys.exit(main())
"""
"""The command without a command line behind it."""
_SCRIPT = "import sys\nfrom guards._front import command\ncommand()\n"


class Installation(Command):
    """The package, a third-party guard beside it, and the console script, in folders of their own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.site = self.folder / "site"
        self.watch = self.site / "acme_watch"
        self.script = self.folder / "bin" / "guard"
        self.watch.mkdir(parents=True)
        shutil.copy(_HERE / "acme_watch.py", self.watch / "__init__.py")
        (self.watch / "words.txt").write_text("seen")
        self.distribution("acme_watch", "1.0", "[guards]\nacme.watch = acme_watch:GUARD\n")
        self.script.parent.mkdir()
        self.script.write_text(_SCRIPT)

    def distribution(self, name: str, version: str, entry_points: str = "") -> None:
        """What an installer leaves beside a package."""
        info = self.site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(entry_points)

    def environment(self, home: Path | str, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The same, with the third-party guard installed."""
        installed = f"{self.package.parent}{os.pathsep}{self.site}"
        return super().environment(home, {"PYTHONPATH": installed, **(more or {})})

    def is_short(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str]) -> bool:
        """Whether a run takes a short way: nothing of the machinery can be loaded, and there is an answer."""
        other = Installation.__new__(Installation)
        other.script = self.short()
        return "cannot start" not in other.spawn(arguments, cwd, env).err

    def short(self) -> Path:
        """A script that fails where there is no short way."""
        script = self.script.with_name("short.py")
        script.write_text(_WITHOUT_MACHINERY)
        return script

    def argv(self, *arguments: str) -> list[str]:
        """The command line of a process of its own: by the script, which a test may replace.

        It looks for modules where the process that serves runs does: records are of one such list of folders.
        """
        return [sys.executable, "-P", str(self.script), *arguments]


def at(folder: Path) -> Repository:
    """A repository that is there already."""
    found = object.__new__(Repository)
    found.root = folder
    return found


CONFIG = 'enable = ["acme.watch"]\nskip = ["env", "hygiene", "schema", "secrets", "versions"]\n'
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
        result = self.installation.run(self.args, self.cwd, env, fault=(number, error, str(fired)))
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
