"""What every test stands on: an environment with nothing of the developer's in it, and real throw-away repositories."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import settings

from guards._core import git as git_

_AUTHOR = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
}
settings.register_profile("guard", deadline=None)  # how long an example takes is up to who else uses the machine
settings.load_profile("guard")
_OUR_SWITCHES = {"GUARD_UPDATE_GOLDEN"}


class TestsMustNotUseTheNetworkError(Exception):
    """A test tried to connect somewhere."""


@pytest.fixture(scope="session", autouse=True)
def _clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No HOME, git settings or guard settings of whoever runs the tests."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("GIT_", "GUARD_", "XDG_")) and name not in _OUR_SWITCHES:
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setattr(socket.socket, "connect", _refuse)
        yield


def _refuse(self: socket.socket, address: object) -> None:
    raise TestsMustNotUseTheNetworkError(repr(address))


class Repository:
    """A real git repository, and short words for what tests do to it."""

    def __init__(self, root: Path, *init: str) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.run("init", "-q", "-b", "main", "--template=", *init)

    def run(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Run git here; what it prints."""
        done = self._run(arguments, stdin, env or {})
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}"
        return done.stdout

    def attempt(self, *arguments: str) -> int:
        """Run git here; its exit code."""
        return self._run(arguments, b"", {}).returncode

    def _run(
        self, arguments: Sequence[str], stdin: bytes, env: Mapping[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env=os.environ | _AUTHOR | dict(env),
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,
        )

    def id_of(self, revision: str) -> str:
        """The object id of a revision."""
        return self.run("rev-parse", revision).decode().strip()

    def write(self, path: str, content: str | bytes = "", *, executable: bool = False) -> Path:
        """Put a file on disk, in place of whatever file was there."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        file.chmod(0o755 if executable else 0o644)
        return file

    def link(self, path: str, target: str) -> None:
        """Put a symbolic link on disk, in place of whatever file was there."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.symlink_to(target)

    def stage(self, *paths: str) -> None:
        """Put paths, or everything, into the index."""
        self.run("add", "-A", "--", *(paths or (".",)))

    def commit(self, files: Mapping[str, str | bytes] | None = None) -> str:
        """Write files, stage everything, commit; the commit's id."""
        for path, content in (files or {}).items():
            self.write(path, content)
        self.stage()
        self.run("commit", "-q", "--allow-empty", "-m", "a change")
        return self.id_of("HEAD")

    def config(self, key: str, value: str) -> None:
        """Change the repository's own config."""
        self.run("config", "--local", key, value)

    def git(self) -> git_.Git:
        """The repository as guard sees it."""
        found = git_.discover(str(self.root))
        assert found is not None
        return found


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    """An empty repository."""
    return Repository(tmp_path / "repo")
